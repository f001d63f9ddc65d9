//! The server around the services: start, health, limits, reflection, stop, configuration.

use crate::{PASSWORD, Service, attempt, config};
use chassis::Clock;
use clap::{CommandFactory as _, Parser as _};
use database::scratch::Engine;
use latchkey_identity::{Config, Identity};
use latchkey_proto::identity::v1::{
    GetProfileRequest, VerifyCredentialsRequest, profile_service_client::ProfileServiceClient,
};
use std::time::Duration;
use tonic::{Code, Request};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt as _;

const SERVICES: [&str; 7] = [
    "",
    "latchkey.identity.v1.AuditService",
    "latchkey.identity.v1.CredentialService",
    "latchkey.identity.v1.ProfileService",
    "latchkey.identity.v1.SessionService",
    "latchkey.identity.v1.ThrottleService",
    "latchkey.identity.v1.UserService",
];

fn health(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn health_is_told_for_each_service_and_ends_with_the_stop() {
    let service = Service::on(Engine::Sqlite).await;
    let mut client = HealthClient::new(service.channel.clone());
    let mut watched = Vec::new();
    for name in SERVICES {
        let now = client.check(health(name)).await.unwrap().into_inner();
        assert_eq!(now.status(), ServingStatus::Serving, "{name}");
        let mut stream = client.watch(health(name)).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        watched.push(stream);
    }
    assert_eq!(client.check(health("other")).await.unwrap_err().code(), Code::NotFound);

    let drain = Duration::from_secs(20);
    tokio::time::timeout(drain / 2, service.identity.running.stop(drain))
        .await
        .unwrap_or_else(|_| panic!("watchers hold the drain"));
    for mut stream in watched {
        assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    }
}

#[tokio::test]
async fn a_call_that_has_begun_is_answered_before_the_stop() {
    let service = Service::with(Engine::Sqlite, &["--hash-workers=1"]).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let mut client = service.credentials();
        calls.spawn(async move { client.verify_credentials(attempt("a", PASSWORD, &[])).await });
    }
    while service.identity.hashing.begun() == 0 {
        tokio::task::yield_now().await;
    }
    service.identity.running.stop(Duration::from_secs(10)).await;
    let served = calls.join_all().await.into_iter().flatten().count();
    assert!(served >= 1);
    assert_eq!(service.identity.hashing.begun(), served as u64);
}

#[tokio::test]
async fn live_and_ready() {
    let service = Service::on(Engine::Sqlite).await;
    let address = service.identity.running.address("internal").unwrap();
    for page in ["livez", "readyz"] {
        let answer = reqwest::get(format!("http://{address}/{page}")).await.unwrap();
        assert_eq!(answer.status(), 200, "{page}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused() {
    let service = Service::on(Engine::Sqlite).await;
    let request = VerifyCredentialsRequest {
        identifier: "a".repeat(64 * 1024),
        ..VerifyCredentialsRequest::default()
    };
    let status = service.credentials().verify_credentials(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn a_profile_is_nobodys_without_a_token_and_nobodys_while_hydra_is_away() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hydra = format!("--hydra-admin-url=http://{nowhere}");
    let service = Service::with(Engine::Sqlite, &[&hydra]).await;
    let mut client = ProfileServiceClient::new(service.channel.clone());
    for (header, code, reason) in [
        (None, Code::Unauthenticated, "TOKEN_MISSING"),
        (Some("Basic dTpw"), Code::Unauthenticated, "TOKEN_MISSING"),
        (Some("Bearer not a token"), Code::Unauthenticated, "TOKEN_INVALID"),
        (Some("bearer ory_at_token"), Code::Unavailable, "AUTHORIZATION_SERVER_UNAVAILABLE"),
    ] {
        let mut request = Request::new(GetProfileRequest {});
        if let Some(header) = header {
            request.metadata_mut().insert("authorization", header.parse().unwrap());
        }
        let status = client.get_profile(request).await.unwrap_err();
        assert_eq!(status.code(), code, "{header:?}");
        assert_eq!(status.get_error_details().error_info().unwrap().reason, reason, "{header:?}");
        assert!(!format!("{status:?}").contains("ory_at_token"), "{status:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn reflection_is_served_where_it_was_asked_for() {
    for (options, expected) in [(&["--reflection"][..], Code::Ok), (&[], Code::Unimplemented)] {
        let service = Service::with(Engine::Sqlite, options).await;
        let answer = reflection::services(service.channel.clone()).await;
        match (answer, expected) {
            (Ok(names), Code::Ok) => assert_eq!(names, SERVICES[1..]),
            (Err(status), expected) => assert_eq!(status.code(), expected),
            (Ok(names), _) => panic!("{names:?}"),
        }
        service.stop().await;
    }
}

mod reflection {
    use tonic::{Request, Status, transport::Channel};
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };

    /// The names that the server lists.
    pub(super) async fn services(channel: Channel) -> Result<Vec<String>, Status> {
        let list = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers = ServerReflectionClient::new(channel)
            .server_reflection_info(Request::new(tokio_stream::once(list)))
            .await?
            .into_inner();
        let answer = answers.message().await?.unwrap().message_response.unwrap();
        let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
        let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
        names.sort();
        Ok(names)
    }
}

#[test]
fn every_option_has_an_environment_name_and_help() {
    Config::command().debug_assert();
    for option in Config::command().get_arguments() {
        assert!(option.get_env().is_some() && option.get_help().is_some(), "{}", option.get_id());
    }
}

#[test]
fn a_wrong_value_names_its_option_and_what_is_allowed() {
    for (wrong, allowed) in [
        ("--listen=here", "socket address"),
        ("--hydra-admin-url=localhost:4445", "such as http://localhost:4445"),
        ("--database-connections=1", "2..=200"),
        ("--argon2-memory-kib=262145", "8..=262144"),
        ("--audit-retention=1h", "1d to 100y"),
        ("--argon2-iterations=0", "1..=16"),
        ("--argon2-parallelism=17", "1..=16"),
        ("--hash-workers=0", "1..=256"),
        ("--password-min-length=7", "8..=64"),
        ("--throttle-account=101", "1..=100"),
        ("--throttle-source=0", "1..=1000000"),
        ("--throttle-longest=2d", "1s to 24h"),
        ("--drain-timeout=soon", "number"),
    ] {
        let error = Config::try_parse_from(["identity", wrong]).unwrap_err().to_string();
        let (option, value) = wrong.split_once('=').unwrap();
        for part in [option, value, allowed] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[tokio::test]
async fn a_start_that_cannot_work_names_the_option() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("identity.sqlite").display());
    for (url, options, named) in [
        (url.as_str(), &["--argon2-iterations=1"][..], "--argon2-memory-kib 19456"),
        (&url, &["--listen=0.0.0.0:0"], "--listen 0.0.0.0:0"),
        ("mysql://root:hunter2@localhost/", &[], "--database-url"),
        ("sqlite:/nowhere/identity.sqlite", &[], "--database-url"),
    ] {
        let error = Identity::build(config(url, options), Clock::System).await.unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(named) && !error.contains("hunter2"), "{error}");
    }
    let without = Config::parse_from(["identity", "--listen=127.0.0.1:0"]);
    let error = Identity::build(without, Clock::System).await.unwrap_err().to_string();
    assert!(error.contains("--database-url is required"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was changed");
}

#[test]
fn the_database_url_is_never_printed() {
    let config = config("postgres://identity:hunter2@localhost/identity", &[]);
    assert!(!format!("{config:?}").contains("hunter2"));
}
