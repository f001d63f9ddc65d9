//! How each component is called: its arguments, and what goes through the environment.

use super::{Component, settings::Settings};
use crate::{
    attached,
    certificates::{Certificates, Holder},
    program::JAEGER,
    secrets::{Secret, Secrets},
};
use anyhow::{Context as _, Result};
use secrecy::ExposeSecret as _;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Client id of the demo client.
pub const DEMO_CLIENT_ID: &str = "myclient";
/// Its secret, which every document names: it protects nothing but a demo on loopback.
const DEMO_CLIENT_SECRET: &str = "mysecret";

/// What programs see of our environment. The rest could hold options of theirs: Hydra and the
/// services both read theirs from there.
const ENVIRONMENT: [&str; 13] = [
    "HOME",
    "LANG",
    "LATCHKEY_LOG",
    "LATCHKEY_LOG_FORMAT",
    "LC_ALL",
    "PATH",
    "RUST_BACKTRACE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CONFIG_HOME",
];

/// The command that runs a component.
pub(super) fn command(
    component: Component,
    settings: &Settings,
    secrets: &Secrets,
    certificates: &Certificates,
) -> Result<Command> {
    match component {
        Component::Jaeger => jaeger(settings),
        Component::Hydra => hydra(settings, secrets),
        Component::Identity => Ok(identity(settings, secrets, certificates)),
        Component::Consent => Ok(consent(settings, secrets, certificates)),
        Component::Client => Ok(client(settings, secrets, certificates)),
    }
}

/// Brings Hydra's schema up to date, and ends. It gets the database alone: with the settings it
/// would send a trace for each of its hundreds of steps.
pub(super) fn hydra_migration(settings: &Settings) -> Command {
    let mut command = attached(settings, &settings.hydra);
    command
        .args(["migrate", "sql", "up", "--read-from-env", "--yes"])
        .env("DSN", settings.databases.hydra.expose_secret());
    command
}

/// The file of Hydra's settings.
pub(super) fn hydra_settings_file(data: &Path) -> PathBuf {
    data.join("hydra.json")
}

fn hydra(settings: &Settings, secrets: &Secrets) -> Result<Command> {
    let mut command = attached(settings, &settings.hydra);
    command
        // Without --dev no http issuer is taken, whatever the settings say.
        .args(["serve", "all", "--dev", "--config"])
        .arg(hydra_settings_file(&settings.data))
        .env("DSN", settings.databases.hydra.expose_secret())
        .env("SECRETS_SYSTEM", secrets.read(Secret::HydraSystem)?.expose_secret())
        .env("SECRETS_COOKIE", secrets.read(Secret::HydraCookie)?.expose_secret());
    Ok(command)
}

fn jaeger(settings: &Settings) -> Result<Command> {
    let program = settings.jaeger.as_ref();
    let program = program.with_context(|| format!("no {} program is given", JAEGER.title))?;
    let mut command = attached(settings, program);
    let ports = &settings.ports;
    for (option, port) in [
        ("query.http-server", ports.jaeger_ui),
        ("collector.otlp.grpc", ports.otlp_grpc),
        ("collector.otlp.http", ports.otlp_http),
        // What nobody asks for gets any free port.
        ("admin.http", 0),
        ("query.grpc-server", 0),
        ("collector.grpc-server", 0),
        ("collector.http-server", 0),
        ("http-server", 0),
    ] {
        command.arg(format!("--{option}.host-port=127.0.0.1:{port}"));
    }
    for udp in ["jaeger-binary", "jaeger-compact", "zipkin-compact"] {
        command.arg(format!("--processor.{udp}.server-host-port=127.0.0.1:0"));
    }
    Ok(command)
}

/// What identity lets the others and an operator do. For a profile the client brings a person's token.
const IDENTITY_CALLERS: [&str; 3] = [
    "client=identity.sessions",
    "consent=identity.sessions,identity.users.read,identity.verify",
    "operator=identity.audit,identity.sessions,identity.throttles,identity.users,identity.verify",
];

/// What the client's registry lets them do.
const REGISTRY_CALLERS: [&str; 2] =
    ["consent=scopes.read,sessions.end", "operator=clients.manage,scopes.read,sessions.end"];

fn identity(settings: &Settings, secrets: &Secrets, certificates: &Certificates) -> Command {
    let ports = &settings.ports;
    let mut arguments = vec![
        format!("--listen=127.0.0.1:{}", ports.identity),
        format!("--internal-listen=127.0.0.1:{}", ports.identity_internal),
        format!("--hydra-admin-url=http://127.0.0.1:{}", ports.hydra_admin),
        format!("--throttle-key-file={}", secrets.file(Secret::ThrottleKey).display()),
        "--reflection".to_owned(),
        "--demo-users".to_owned(),
    ];
    arguments.extend(shows(Holder::Identity, certificates));
    arguments.extend(serves(&IDENTITY_CALLERS, certificates));
    let mut command = service(Component::Identity, settings, arguments);
    command.env("LATCHKEY_DATABASE_URL", settings.databases.identity.expose_secret());
    command
}

fn consent(settings: &Settings, secrets: &Secrets, certificates: &Certificates) -> Command {
    let ports = &settings.ports;
    let mut arguments = vec![
        format!("--listen=127.0.0.1:{}", ports.consent),
        format!("--internal-listen=127.0.0.1:{}", ports.consent_internal),
        format!("--public-url=http://localhost:{}", ports.consent),
        format!("--hydra-admin-url=http://127.0.0.1:{}", ports.hydra_admin),
        format!("--hydra-public-url=http://localhost:{}", ports.hydra_public),
        format!("--identity-url=https://127.0.0.1:{}", ports.identity),
        format!("--client-url=https://127.0.0.1:{}", ports.registry),
        format!("--tls-ca-file={}", certificates.ca().display()),
        format!("--cookie-key-file={}", secrets.file(Secret::ConsentCookieKey).display()),
        format!("--hook-key-file={}", secrets.file(Secret::HookKey).display()),
        format!("--trace-key-file={}", secrets.file(Secret::TraceKey).display()),
    ];
    arguments.extend(shows(Holder::Consent, certificates));
    service(Component::Consent, settings, arguments)
}

fn client(settings: &Settings, secrets: &Secrets, certificates: &Certificates) -> Command {
    let ports = &settings.ports;
    let mut arguments = vec![
        format!("--listen=127.0.0.1:{}", ports.client),
        format!("--grpc-listen=127.0.0.1:{}", ports.registry),
        format!("--internal-listen=127.0.0.1:{}", ports.client_internal),
        format!("--redirect-url=http://localhost:{}/callbacks", ports.client),
        format!("--client-id={DEMO_CLIENT_ID}"),
        format!("--issuer=http://localhost:{}", ports.hydra_public),
        format!("--hydra-admin-url=http://127.0.0.1:{}", ports.hydra_admin),
        format!("--identity-url=https://127.0.0.1:{}", ports.identity),
        format!("--tls-ca-file={}", certificates.ca().display()),
        format!("--session-key-file={}", secrets.file(Secret::ClientSessionKey).display()),
        format!("--trace-key-file={}", secrets.file(Secret::TraceKey).display()),
        "--reflection".to_owned(),
        "--demo-client".to_owned(),
    ];
    arguments.extend(shows(Holder::Client, certificates));
    arguments.extend(serves(&REGISTRY_CALLERS, certificates));
    let mut command = service(Component::Client, settings, arguments);
    command
        .env("LATCHKEY_DATABASE_URL", settings.databases.client.expose_secret())
        .env("CLIENT_SECRET", DEMO_CLIENT_SECRET);
    command
}

/// The certificate that a service has.
fn shows(holder: Holder, certificates: &Certificates) -> [String; 2] {
    [
        format!("--tls-cert-file={}", certificates.certificate(holder).display()),
        format!("--tls-key-file={}", certificates.key(holder).display()),
    ]
}

/// Whom it serves.
fn serves(callers: &[&str], certificates: &Certificates) -> Vec<String> {
    let authority = format!("--tls-client-ca-file={}", certificates.ca().display());
    let callers = callers.iter().map(|caller| format!("--caller={caller}"));
    std::iter::once(authority).chain(callers).collect()
}

/// One of our own services: a subcommand of `latchkey`.
fn service(component: Component, settings: &Settings, mut arguments: Vec<String>) -> Command {
    arguments.push(format!("--drain-timeout={}ms", settings.drain_timeout.as_millis()));
    if let Some(collector) = &settings.collector {
        arguments.push(format!("--otlp-endpoint={}", collector.grpc));
    }
    if let Some(more) = settings.arguments.get(&component) {
        replace(&mut arguments, more);
    }
    let mut command = attached(settings, &settings.program);
    command.arg(component.name()).args(arguments);
    command
}

fn attached(settings: &Settings, program: &Path) -> Command {
    let mut command = attached::command(&settings.program, program);
    let kept = ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    command.env_clear().envs(kept).current_dir(&settings.data);
    command
}

/// Adds arguments; an option that is given twice counts as the later one says.
fn replace(arguments: &mut Vec<String>, more: &[String]) {
    let option = |argument: &str| argument.split('=').next().unwrap_or_default().to_owned();
    let new: Vec<_> = more.iter().map(|it| option(it)).collect();
    arguments.retain(|argument| !new.contains(&option(argument)));
    arguments.extend_from_slice(more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn settings(data: &Path) -> (Settings, Secrets) {
        let settings = Settings::new(data, "latchkey".into(), "hydra".into()).unwrap();
        (settings, Secrets::open(data).unwrap())
    }

    fn command(component: Component, settings: &Settings, secrets: &Secrets) -> Result<Command> {
        super::command(component, settings, secrets, &Certificates::of(&settings.data))
    }

    fn arguments(command: &Command) -> String {
        let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        words.join(" ")
    }

    #[test]
    fn every_program_is_attached_and_no_secret_is_an_argument() {
        let data = tempfile::tempdir().unwrap();
        let (mut settings, secrets) = settings(data.path());
        settings.jaeger = Some("jaeger".into());
        settings.databases.identity = "postgres://me:hunter2@host/db".to_owned().into();
        for component in Component::ALL {
            let command = command(component, &settings, &secrets).unwrap();
            let arguments = arguments(&command);
            assert!(arguments.starts_with("attached --parent "), "{arguments}");
            for hidden in ["mysecret", "hunter2", "sqlite:"] {
                assert!(!arguments.contains(hidden), "{component}: {arguments}");
            }
            for secret in [Secret::HydraSystem, Secret::TraceKey, Secret::ConsentCookieKey] {
                let secret = secrets.read(secret).unwrap();
                assert!(!arguments.contains(secret.expose_secret()), "{component}");
            }
        }
    }

    #[test]
    fn a_tests_argument_replaces_ours() {
        let data = tempfile::tempdir().unwrap();
        let (mut settings, secrets) = settings(data.path());
        let other = "--hydra-admin-url=http://127.0.0.1:9".to_owned();
        settings.arguments.insert(Component::Consent, vec![other.clone()]);
        let arguments = arguments(&command(Component::Consent, &settings, &secrets).unwrap());
        assert_eq!(arguments.matches("--hydra-admin-url").count(), 1);
        assert!(arguments.ends_with(&other), "{arguments}");
    }

    #[test]
    fn options_in_our_own_environment_do_not_reach_programs() {
        let data = tempfile::tempdir().unwrap();
        let (settings, secrets) = settings(data.path());
        let command = command(Component::Hydra, &settings, &secrets).unwrap();
        let names: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
        for own in ["DSN", "SECRETS_SYSTEM", "SECRETS_COOKIE"] {
            assert!(names.iter().any(|it| it == own), "{own}");
        }
        assert!(names.iter().all(|it| it != "CARGO_MANIFEST_DIR"), "cargo sets it for tests");
    }
}
