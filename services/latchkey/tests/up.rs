//! `latchkey up` as a person runs it: the real program, the real Hydra, the three services.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test cannot go on without")]

use latchkey::{
    ports::Ports,
    program::{HYDRA, Search},
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::{
    fs,
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A data folder and ports of a test's own.
struct Place {
    data: TempDir,
    ports: Ports,
    hydra: PathBuf,
}

/// A running `latchkey up`.
struct Up(Child);

impl Place {
    async fn new() -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.latchkey");
        let hydra = Search::new(None, &repository).find(&HYDRA).await.unwrap();
        let hydra = hydra.canonicalize().unwrap();
        Self { data: tempfile::tempdir().unwrap(), ports: Ports::free().unwrap(), hydra }
    }

    fn command(&self) -> Command {
        let ports = &self.ports;
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command.arg("up").arg("--data").arg(self.data.path()).arg("--hydra").arg(&self.hydra);
        for (option, port) in [
            ("client", ports.client),
            ("consent", ports.consent),
            ("identity", ports.identity),
            ("registry", ports.registry),
            ("hydra-public", ports.hydra_public),
            ("hydra-admin", ports.hydra_admin),
            ("otlp", ports.otlp_grpc),
            ("identity-internal", ports.identity_internal),
            ("consent-internal", ports.consent_internal),
            ("client-internal", ports.client_internal),
        ] {
            command.arg(format!("--{option}-port={port}"));
        }
        command
    }

    /// Starts it and waits until it says that it is ready.
    fn up(&self) -> Up {
        self.up_with(&[])
    }

    fn up_with(&self, arguments: &[&str]) -> Up {
        let said = self.data.path().with_extension("said");
        let mut command = self.command();
        command.args(arguments);
        Self::start(command, &said)
    }

    fn start(mut command: Command, said: &Path) -> Up {
        command.stdout(fs::File::create(said).unwrap());
        let mut up = Up(command.spawn().unwrap());
        wait_until("it is ready", Duration::from_mins(1), || {
            assert!(up.0.try_wait().unwrap().is_none(), "`up` ended; see above");
            fs::read_to_string(said).unwrap().contains("Ctrl-C stops everything.")
        });
        fs::remove_file(said).unwrap();
        up
    }

    /// Runs it where it is expected to refuse.
    fn refused(&self) -> Output {
        self.command().output().unwrap()
    }

    /// The files of secrets with what is in them.
    fn secrets(&self) -> Vec<(PathBuf, String)> {
        let files = fs::read_dir(self.data.path().join("secrets")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
    }
}

impl Up {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// The programs that it has started: Hydra and three services.
    fn programs(&self) -> Vec<Pid> {
        let programs = descendants(self.pid());
        assert_eq!(programs.len(), 4, "{programs:?}");
        programs
    }

    fn interrupt(mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::INT).unwrap();
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it has not stopped after 5 s");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn descendants(of: Pid) -> Vec<Pid> {
    let id = of.as_raw_pid();
    let threads = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let lists = threads.map(|it| fs::read_to_string(it.unwrap().path().join("children")).unwrap());
    let children = lists.collect::<Vec<_>>().join(" ");
    children.split_whitespace().filter_map(|it| Pid::from_raw(it.parse().ok()?)).collect()
}

fn all_gone(programs: &[Pid]) -> bool {
    programs.iter().all(|program| test_kill_process(*program).is_err())
}

fn wait_until(what: &str, patience: Duration, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + patience;
    while !condition() {
        assert!(Instant::now() < end, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn ctrl_c_stops_everything_within_five_seconds() {
    let place = Place::new().await;
    let up = place.up();
    let programs = up.programs();
    assert!(up.interrupt().success());
    assert!(all_gone(&programs), "{programs:?}");
    place.ports.check(true).unwrap();
}

#[tokio::test]
async fn a_second_start_has_the_same_secrets() {
    let place = Place::new().await;
    place.up().interrupt();
    let secrets = place.secrets();
    assert!(!secrets.is_empty());

    let up = place.up();
    assert_eq!(place.secrets(), secrets);
    up.interrupt();
}

#[tokio::test]
async fn a_second_one_says_who_holds_the_ports_and_changes_nothing() {
    let place = Place::new().await;
    let first = place.up();
    let other = Place { data: tempfile::tempdir().unwrap(), ..place };
    let refusal = other.refused();
    assert_eq!(refusal.status.code(), Some(1));
    let text = String::from_utf8(refusal.stderr).unwrap();
    for program in first.programs() {
        let name = fs::read_to_string(format!("/proc/{}/comm", program.as_raw_pid())).unwrap();
        let holder = format!("held by {} (process {})", name.trim(), program.as_raw_pid());
        assert!(text.contains(&holder), "{holder} in: {text}");
    }
    assert!(text.contains(&format!("--client-port {}", other.ports.client)), "{text}");
    assert_eq!(fs::read_dir(other.data.path()).unwrap().count(), 0, "it made something");
    first.interrupt();
}

#[tokio::test]
async fn one_data_folder_serves_one_suite_at_a_time() {
    let place = Place::new().await;
    let first = place.up();
    let secrets = place.secrets();
    let second = Place { ports: Ports::free().unwrap(), ..place };
    let refusal = second.refused();
    assert_eq!(refusal.status.code(), Some(1));
    let text = String::from_utf8(refusal.stderr).unwrap();
    assert!(text.contains("another `latchkey up` uses this folder"), "{text}");
    assert_eq!(second.secrets(), secrets);
    first.interrupt();
}

#[tokio::test]
async fn a_taken_port_names_its_holder_before_anything_is_made() {
    let mut place = Place::new().await;
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    place.ports.consent = holder.local_addr().unwrap().port();
    let refusal = place.refused();
    assert_eq!(refusal.status.code(), Some(1));
    let text = String::from_utf8(refusal.stderr).unwrap();
    assert!(text.contains(&format!("--consent-port {}", place.ports.consent)), "{text}");
    assert!(text.contains(&format!("(process {})", std::process::id())), "{text}");
    assert_eq!(fs::read_dir(place.data.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn killed_it_leaves_no_process() {
    let place = Place::new().await;
    let mut up = place.up();
    let programs = up.programs();
    up.0.kill().unwrap();
    up.0.wait().unwrap();
    wait_until("all programs are gone", Duration::from_secs(5), || all_gone(&programs));
}

#[tokio::test]
async fn when_a_part_ends_it_says_which_and_stops_the_rest() {
    let place = Place::new().await;
    let mut command = place.command();
    let said = place.data.path().join("said");
    command.stdout(fs::File::create(&said).unwrap()).stderr(Stdio::piped());
    let mut up = Up(command.spawn().unwrap());
    wait_until("it is ready", Duration::from_mins(1), || {
        fs::read_to_string(&said).unwrap().contains("Ctrl-C stops everything.")
    });
    let programs = up.programs();
    let hydra = programs.iter().copied().find(|program| {
        let name = fs::read_to_string(format!("/proc/{}/comm", program.as_raw_pid())).unwrap();
        name.starts_with("hydra")
    });
    kill_process(hydra.unwrap(), Signal::KILL).unwrap();
    assert_eq!(up.0.wait().unwrap().code(), Some(1));
    let mut text = String::new();
    up.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("hydra ended: signal: 9"), "{text}");
    assert!(text.contains("hydra.log"), "{text}");
    assert!(all_gone(&programs), "{programs:?}");
}

#[tokio::test]
async fn it_shows_the_theme_that_it_is_given() {
    let place = Place::new().await;
    let missing = place.command().args(["--theme", "no-such-folder"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    let text = String::from_utf8(missing.stderr).unwrap();
    assert!(text.contains("--theme no-such-folder"), "{text}");

    // From a folder of its own: what is given is meant from where it is typed.
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut command = place.command();
    let said = place.data.path().with_extension("said");
    command.args(["--theme", "branding"]).current_dir(docs);
    let up = Place::start(command, &said);
    let page = format!("http://localhost:{}/authentication/signed-out", place.ports.consent);
    let html = reqwest::get(page).await.unwrap().text().await.unwrap();
    assert!(html.contains("Northwind"), "{html}");
    up.interrupt();
}

#[tokio::test]
async fn it_runs_on_postgresql() {
    let place = Place::new().await;
    let url = database::scratch::postgres_url("up").await;
    let up = place.up_with(&["--postgres", &url]);
    let files = fs::read_dir(place.data.path()).unwrap();
    let names: Vec<_> = files.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.contains("sqlite")), "{names:?}");
    assert!(up.interrupt().success());
}
