//! The callers in Go and Python do what their comments say: in plaintext on loopback, over mutual TLS,
//! and with an app's tokens.

use crate::NOTHING;
use database::scratch::{Engine, Scratch};
use hydra_admin::{Client, HydraAdmin};
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{
    Addresses, Suite,
    identity::Identity,
    programs::{root, run, tool},
    suite::Options,
};
use std::{fs, path::PathBuf, process::Command, time::Duration};

/// What each of them prints. The name of the language is in the people's names.
const TOUR: &str = "\
created: LANGUAGE1@example.com v1
asked again: the same person
invalid: INVALID_FIELD
  field: email
  field: password
verified: pwd
rejected: REJECTION_REASON_WRONG_CREDENTIALS
updated: NAME v2
seen before that: ABORTED ETAG_MISMATCH
listed: 5 people on 3 pages
too late: DEADLINE_EXCEEDED
guessed too often: RESOURCE_EXHAUSTED THROTTLED for an hour
";

/// Nobody waits less than an hour, so that it does not matter how long the guesses take.
const DELAY: &str = "--throttle-delay=1h";

/// What was printed, with an hour in the place of its seconds, some of which have gone by.
fn printed(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let seconds = text.rsplit(' ').nth(1).unwrap_or_default();
    let hour = seconds.parse().is_ok_and(|left| (3000..=3600).contains(&left));
    if hour { text.replace(&format!("{seconds} s"), "an hour") } else { text.into_owned() }
}

/// Runs a caller in each of the three ways, each against an identity of its own.
async fn tours(caller: impl Fn() -> Command, language: &str, name: &str) {
    let expected = TOUR.replace("LANGUAGE", language).replace("NAME", name);
    let tour = |caller: &mut Command| {
        let output = caller.output().unwrap();
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert_eq!(printed(&output.stdout), expected, "{wrong}");
        assert!(output.status.success(), "{wrong}");
    };
    let scratch = Scratch::new(Engine::Postgres, &NOTHING).await;
    let alone = Identity::start(&scratch.url, &[DELAY]);
    tour(caller().arg(alone.address.to_string()));

    let suite = Suite::start_with(Engine::Sqlite, patient()).await;
    let at = suite.addresses();
    let certificate = at.certificates.certificate(Holder::Operator);
    let key = at.certificates.key(Holder::Operator);
    let mut shown = caller();
    over_tls(&mut shown, at).arg("--cert").arg(certificate).arg("--key").arg(key);
    tour(shown.arg(listening(at)));
    drop(suite);

    let suite = Suite::start_with(Engine::Sqlite, patient()).await;
    let at = suite.addresses();
    let secret = register(at).await;
    let mut caller = caller();
    caller.envs([("CLIENT_ID", APP), ("CLIENT_SECRET", &secret)]);
    let token_url = at.hydra.join("oauth2/token").unwrap();
    tour(over_tls(&mut caller, at).args(["--token-url", token_url.as_str()]).arg(listening(at)));
}

fn patient() -> Options {
    Options::default().argument(Component::Identity, DELAY)
}

fn over_tls<'a>(caller: &'a mut Command, at: &Addresses) -> &'a mut Command {
    caller.arg("--ca").arg(at.certificates.ca())
}

fn listening(at: &Addresses) -> String {
    format!("127.0.0.1:{}", at.identity.port().unwrap())
}

const APP: &str = "a-team-s-program";

/// Registers a program, as an operator does; its secret.
async fn register(at: &Addresses) -> String {
    let secret = "a-secret-of-the-test".to_owned();
    let client = Client {
        client_id: APP.to_owned(),
        client_secret: Some(secret.clone()),
        grant_types: vec!["client_credentials".to_owned()],
        scope: "identity.users identity.verify".to_owned(),
        token_endpoint_auth_method: "client_secret_post".to_owned(),
        ..Client::default()
    };
    let patience = Duration::from_secs(5);
    let hydra = HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), patience).unwrap();
    hydra.create_client(&client).await.unwrap();
    secret
}

fn target() -> PathBuf {
    let folder = root().join("target/callers");
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
async fn in_go() {
    let source = root().join("integration-tests/callers/go");
    let buf = tool("buf", "github.com/bufbuild/buf/cmd/buf");
    run(Command::new(buf).args(["generate", "../../../proto"]).current_dir(&source));
    let program = target().join("go");
    run(Command::new("go").args(["vet", "."]).current_dir(&source));
    run(Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(&source));
    tours(|| Command::new(&program), "go", "Gopher").await;
}

#[tokio::test]
async fn in_python() {
    let (source, made) = (root().join("integration-tests/callers/python"), target().join("python"));
    let (python, generated) = (made.join("bin/python"), made.join("generated"));
    run(Command::new("python3").args(["-m", "venv"]).arg(&made));
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(install).arg(source.join("requirements.txt")));
    fs::create_dir_all(&generated).unwrap();
    let out = |what: &str| format!("--{what}={}", generated.display());
    let contracts = fs::read_dir(root().join("proto/latchkey/identity/v1")).unwrap();
    let mut generate = Command::new(&python);
    generate.args(["-m", "grpc_tools.protoc", "--proto_path=proto"]);
    generate.args([out("python_out"), out("grpc_python_out")]);
    generate
        .args(contracts.map(|file| file.unwrap().path().strip_prefix(root()).unwrap().to_owned()));
    run(generate.current_dir(root()));
    let caller = || {
        let mut caller = Command::new(&python);
        caller.arg(source.join("caller.py")).env("PYTHONPATH", &generated);
        caller
    };
    tours(caller, "python", "Pythonista").await;
}
