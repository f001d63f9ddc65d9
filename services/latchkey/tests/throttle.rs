//! `latchkey throttle` as an operator runs it: the real program against a real identity service.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test cannot go on without")]

use chassis::Clock;
use clap::Parser as _;
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Config, Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::{
    AttemptContext, CreateUserRequest, VerifyCredentialsRequest,
    credential_service_client::CredentialServiceClient, user_service_client::UserServiceClient,
};
use serde_json::Value;
use std::{
    process::{Command, Output},
    time::Duration,
};
use url::Url;

database::both_databases!(counters_are_shown_and_lifted_by_person_name_and_address);

/// What the program ends with, and what it says on both outputs.
async fn run(url: &Url, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.arg("throttle").arg(format!("--identity-url={url}")).args(arguments);
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = ended;
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// The counters that are listed.
async fn counters(url: &Url, whose: &[&str]) -> Vec<Value> {
    let (code, said) = run(url, &[&["list", "--json"], whose].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn counters_are_shown_and_lifted_by_person_name_and_address(engine: Engine) {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let database = format!("--database-url={}", scratch.url);
    let listen = ["--listen=127.0.0.1:0", "--internal-listen=127.0.0.1:0"];
    let config = Config::parse_from(["identity", &database].into_iter().chain(listen));
    let identity = Identity::build(config, Clock::System).await.unwrap();
    let url = format!("http://{}", identity.running.address("gRPC").unwrap()).parse().unwrap();
    let channel = chassis::grpc::connect("identity-url", &url, None, Duration::from_mins(1));
    let channel = channel.await.unwrap();
    let ada = CreateUserRequest {
        email: "ada@example.com".to_owned(),
        username: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        password: "correct horse battery staple".to_owned(),
        ..CreateUserRequest::default()
    };
    let created = UserServiceClient::new(channel.clone()).create_user(ada).await.unwrap();
    let subject = created.into_inner().user.unwrap().subject;
    let mut credentials = CredentialServiceClient::new(channel);
    for identifier in ["ada", "ada@example.com", "nobody"] {
        let context = AttemptContext { ip: "192.0.2.7".to_owned(), ..AttemptContext::default() };
        let wrong = VerifyCredentialsRequest {
            identifier: identifier.to_owned(),
            password: "wrong".to_owned(),
            context: Some(context),
        };
        credentials.verify_credentials(wrong).await.unwrap();
    }

    let of_ada = counters(&url, &["ADA"]).await;
    let mut kinds: Vec<_> = of_ada.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["account", "pair"]);
    for counter in &of_ada {
        assert_eq!((&counter["failures"], &counter["subject"]), (&2.into(), &subject[..].into()));
    }
    assert_eq!(counters(&url, &[&subject]).await.len(), 2);
    assert_eq!(counters(&url, &["nobody"]).await[0]["failures"], 1);
    assert_eq!(counters(&url, &["somebody"]).await, [Value::Null; 0]);
    // The source, and a pair for each of the two accounts.
    assert_eq!(counters(&url, &["--address=192.0.2.7"]).await.len(), 3);
    let (code, table) = run(&url, &["list"]).await;
    assert_eq!((code, table.lines().count()), (Some(0), 6), "{table}");
    assert!(table.starts_with("KIND") && table.contains(&subject), "{table}");

    for (whose, said) in [
        ("ada@example.com", "2 counters are forgotten.\n"),
        ("ada@example.com", "Nothing was counted.\n"),
        ("--address=192.0.2.7", "2 counters are forgotten.\n"),
        ("nobody", "1 counter is forgotten.\n"),
    ] {
        assert_eq!(run(&url, &["lift", whose]).await, (Some(0), said.to_owned()), "{whose}");
    }
    assert_eq!(counters(&url, &[]).await, [Value::Null; 0]);

    let long = "a".repeat(400);
    for (wrong, code, told) in [
        (&["lift"][..], 2, "say whose: a person, or --address"),
        (&["list", "--address=192.0.2"], 2, "--address <IP>"),
        (&["lift", "ada", "--address=192.0.2.7"], 2, "cannot be used with"),
        (&["lift", &long], 1, "the name: it "),
    ] {
        let (ended, said) = run(&url, wrong).await;
        assert!(ended == Some(code) && said.contains(told), "{told} in {ended:?} {said}");
    }
    identity.running.stop(Duration::from_secs(10)).await;
}
