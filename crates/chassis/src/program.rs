//! The program of one service: it runs the service, or asks one that runs whether it is ready.

use axum::body::{Body, to_bytes};
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use http::{Request, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    io::{Write as _, stdout},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};

/// The option that both share, as clap calls it.
const INTERNAL_LISTEN: &str = "internal_listen";
const HEALTHCHECK: &str = "healthcheck";
/// How long readiness may take: it asks a database, or another service.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most of an answer that is shown.
const LONGEST_REPORT: usize = 16 * 1024;

/// Runs what the command line says: `service` with its options `C`, or the subcommand `healthcheck`,
/// which containers without a shell have for a health check. Its exit code is 0 where the service is
/// ready, else 1; where the command line is wrong 2.
#[must_use]
pub fn main<C: CommandFactory + FromArgMatches>(service: impl FnOnce(C) -> ExitCode) -> ExitCode {
    let mut command = command::<C>();
    let matches = command.get_matches_mut();
    if let Some((_, asked)) = matches.subcommand() {
        return healthcheck(asked);
    }
    match C::from_arg_matches(&matches) {
        Ok(config) => service(config),
        Err(error) => error.format(&mut command).exit(),
    }
}

/// The health check has the service's own `--internal-listen`, so that neither its environment name
/// nor its default can be another one.
fn command<C: CommandFactory>() -> Command {
    // What the whole suite's program has at each subcommand says nothing about a health check.
    let service = C::command().mut_args(|option| option.global(false));
    let shared = service.get_arguments().find(|option| option.get_id() == INTERNAL_LISTEN).cloned();
    let healthcheck = Command::new(HEALTHCHECK)
        .about(
            "Ask the service that runs here whether it is ready: exit code 0, or 1 and the reason",
        )
        .args(shared);
    service.subcommand(healthcheck).subcommand_negates_reqs(true)
}

fn healthcheck(asked: &ArgMatches) -> ExitCode {
    let answer = asked
        .get_one::<SocketAddr>(INTERNAL_LISTEN)
        .ok_or_else(|| "this program has no --internal-listen".to_owned())
        .and_then(|listens| readiness(at_hand(*listens)));
    match answer {
        Ok(()) => {
            let _ = writeln!(stdout(), "ready");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{HEALTHCHECK}: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Who listens on every address is asked on loopback.
fn at_hand(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

fn readiness(address: SocketAddr) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let asking = async { timeout(PATIENCE, ask(address)).await };
    match runtime.map_err(|error| error.to_string())?.block_on(asking) {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer from {address} within {PATIENCE:?}")),
    }
}

async fn ask(address: SocketAddr) -> Result<(), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| {
        format!(
            "nothing answers at {address} ({error}): the service does not run here, or listens \
             elsewhere (--internal-listen)"
        )
    })?;
    let strange = |error: &dyn std::error::Error| format!("a strange answer at {address}: {error}");
    let (mut calls, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| strange(&error))?;
    let answer = async move {
        let request = Request::get("/readyz").header(header::HOST, address.to_string());
        let request = request.body(Body::empty()).map_err(|error| strange(&error))?;
        let answer = calls.send_request(request).await.map_err(|error| strange(&error))?;
        let ready = answer.status().is_success();
        let report = to_bytes(Body::new(answer.into_body()), LONGEST_REPORT).await;
        let report = report.map_err(|error| strange(&error))?;
        let not_ready = || format!("not ready: {}", String::from_utf8_lossy(&report).trim_end());
        if ready { Ok(()) } else { Err(not_ready()) }
    };
    // The connection ends with the answer, which holds its other half.
    let (answer, _) = tokio::join!(answer, connection);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{health, listen::bind, process::Running};
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Options {
        #[arg(long, env = "LATCHKEY_INTERNAL_LISTEN", default_value = "127.0.0.1:9101")]
        internal_listen: SocketAddr,

        #[arg(long)]
        required: String,
    }

    #[test]
    fn a_health_check_has_the_services_own_address_and_asks_for_nothing_else() {
        command::<Options>().debug_assert();
        let address = |line: &[&str]| {
            let matches = command::<Options>().try_get_matches_from(line).unwrap();
            let (_, asked) = matches.subcommand().unwrap();
            *asked.get_one::<SocketAddr>(INTERNAL_LISTEN).unwrap()
        };
        assert_eq!(address(&["it", "healthcheck"]), "127.0.0.1:9101".parse().unwrap());
        let other = ["it", "healthcheck", "--internal-listen", "[::]:1"];
        assert_eq!(at_hand(address(&other)), "[::1]:1".parse().unwrap());

        let options = command::<Options>().try_get_matches_from(["it"]).unwrap_err();
        assert!(options.to_string().contains("--required"), "{options}");
        let options = Options::try_parse_from(["it", "--required", "yes"]).unwrap();
        assert_eq!((options.internal_listen.port(), options.required.as_str()), (9101, "yes"));
    }

    #[test]
    fn what_it_says_is_what_readiness_says() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let serve = |state: Result<(), String>| {
            runtime.block_on(async {
                let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let (mut running, listener) = (Running::new(), bind("listen", any).await.unwrap());
                let address = listener.local_addr().unwrap();
                let check = move || std::future::ready([("database", state.clone())].into());
                health::serve(&mut running, listener, check).unwrap();
                (running, address)
            })
        };
        let (_ready, address) = serve(Ok(()));
        assert_eq!(readiness(address), Ok(()));

        let (failing, address) = serve(Err("does not answer".to_owned()));
        let problem = readiness(address).unwrap_err();
        assert!(problem.contains(r#""database":"does not answer""#), "{problem}");

        runtime.block_on(failing.stop(PATIENCE));
        let problem = readiness(address).unwrap_err();
        assert!(problem.starts_with("nothing answers at 127.0.0.1:"), "{problem}");
    }

    #[test]
    fn what_is_no_service_of_ours_is_strange() {
        let other = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = other.local_addr().unwrap();
        let speaks = std::thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            stream.write_all(b"220 mail.example.com ESMTP\r\n").unwrap();
        });
        let problem = readiness(address).unwrap_err();
        speaks.join().unwrap();
        assert!(problem.starts_with("a strange answer at "), "{problem}");
    }
}
