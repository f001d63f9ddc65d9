//! `VerifyCredentials`: who gets which answer, and at what price.

use crate::{Answer, PASSWORD, Service, WRONG, attempt, attempt_from, config, logged};
use chassis::Clock;
use database::scratch::Engine;
use latchkey_identity::Identity;
use latchkey_proto::identity::v1::{RejectionReason, verify_credentials_response::Outcome};
use std::time::{Duration, SystemTime};
use tonic::Code;
use tonic_types::StatusExt as _;

database::both_databases!(
    the_right_password_gives_the_subject_and_how_it_was_shown,
    nobody_can_tell_why_a_sign_in_was_refused,
    every_refusal_takes_exactly_one_hash,
    spelling_does_not_matter,
    a_challenge_serves_one_subject,
    of_two_subjects_at_once_a_challenge_serves_one,
    an_old_hash_is_renewed_at_sign_in,
    what_cannot_be_an_attempt_is_named_and_not_hashed,
    a_hash_that_costs_too_much_is_never_made,
    the_audit_event_tells_who_and_from_where_and_nothing_that_was_typed,
);

async fn the_right_password_gives_the_subject_and_how_it_was_shown(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    for identifier in ["ada@example.com", "ada"] {
        let request = attempt(identifier, PASSWORD, &[]);
        let answer = service.credentials().verify_credentials(request).await.unwrap().into_inner();
        let Some(Outcome::Verified(verified)) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(verified.subject, ada.subject);
        assert_eq!(verified.amr, ["pwd"]);
        let at = SystemTime::try_from(verified.auth_time.unwrap()).unwrap();
        assert!(at.elapsed().unwrap() < Duration::from_mins(1), "{at:?}");
    }
    service.stop().await;
}

/// Four people who may not sign in with what they typed, each for another reason.
async fn refused(service: &Service) -> [(&'static str, &'static str); 4] {
    for name in ["wrong@example.com", "disabled@example.com", "no.password@example.com"] {
        service.add(name, "").await.unwrap();
    }
    service.sql("UPDATE users SET state = 'disabled' WHERE email = 'disabled@example.com'").await;
    service.sql("UPDATE users SET password_hash = NULL WHERE email LIKE 'no.%'").await;
    [
        ("wrong@example.com", "another password"),
        ("disabled@example.com", PASSWORD),
        ("no.password@example.com", PASSWORD),
        ("nobody@example.com", PASSWORD),
    ]
}

async fn nobody_can_tell_why_a_sign_in_was_refused(engine: Engine) {
    let service = Service::on(engine).await;
    let mut answers = Vec::new();
    for (identifier, password) in refused(&service).await {
        let request = attempt(identifier, password, &[7; 32]);
        let answer = service.credentials().verify_credentials(request).await.unwrap();
        let (mut metadata, message, _) = answer.into_parts();
        metadata.remove("date");
        answers.push(format!("{metadata:?} {message:?}"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].contains("WrongCredentials"), "{}", answers[0]);
    service.stop().await;
}

async fn every_refusal_takes_exactly_one_hash(engine: Engine) {
    let service = Service::on(engine).await;
    for (identifier, password) in refused(&service).await {
        let before = service.identity.hashing.begun();
        assert_eq!(service.verify(identifier, password).await.unwrap(), WRONG);
        assert_eq!(service.identity.hashing.begun() - before, 1, "{identifier}");
    }
    service.stop().await;
}

async fn spelling_does_not_matter(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("Jos\u{e9}@Example.com", "\u{df}eta").await.unwrap().subject;
    for identifier in [
        "jos\u{e9}@example.com",
        "JOSE\u{301}@EXAMPLE.COM",
        "  jos\u{e9}@example.com\u{a0}",
        "\u{ff2a}\u{ff2f}\u{ff33}\u{c9}\u{ff20}example.com",
        "SSETA",
    ] {
        let answer = service.verify(identifier, PASSWORD).await.unwrap();
        assert_eq!(answer, Answer::Verified(ada.clone()), "{identifier}");
    }
    assert_eq!(service.verify("jose@example.com", PASSWORD).await.unwrap(), WRONG);
    assert_eq!(service.verify("sseta\0", PASSWORD).await.unwrap(), WRONG);
    assert_eq!(service.verify("sseta", &PASSWORD.to_uppercase()).await.unwrap(), WRONG);
    service.stop().await;
}

async fn a_challenge_serves_one_subject(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap().subject;
    let bob = service.add("bob@example.com", "").await.unwrap().subject;
    let used = Answer::Rejected(RejectionReason::ChallengeUsed);

    let first = [1; 32];
    assert_eq!(service.verify_in("bob@example.com", "no", &first).await.unwrap(), WRONG);
    for _ in 0..2 {
        let answer = service.verify_in("ada@example.com", PASSWORD, &first).await.unwrap();
        assert_eq!(answer, Answer::Verified(ada.clone()));
    }
    assert_eq!(service.verify_in("bob@example.com", PASSWORD, &first).await.unwrap(), used);
    assert_eq!(service.verify_in("bob@example.com", "no", &first).await.unwrap(), WRONG);

    let answer = service.verify_in("bob@example.com", PASSWORD, &[2; 32]).await.unwrap();
    assert_eq!(answer, Answer::Verified(bob));
    service.stop().await;
}

async fn of_two_subjects_at_once_a_challenge_serves_one(engine: Engine) {
    let service = Service::with(engine, &["--hash-workers=8"]).await;
    service.add("ada@example.com", "").await.unwrap();
    service.add("bob@example.com", "").await.unwrap();
    for challenge in 0..5 {
        let challenge = [challenge; 32];
        let (ada, bob) = tokio::join!(
            service.verify_in("ada@example.com", PASSWORD, &challenge),
            service.verify_in("bob@example.com", PASSWORD, &challenge),
        );
        let verified = [ada.unwrap(), bob.unwrap()]
            .into_iter()
            .filter(|answer| matches!(answer, Answer::Verified(_)))
            .count();
        assert_eq!(verified, 1);
    }
    service.stop().await;
}

async fn an_old_hash_is_renewed_at_sign_in(engine: Engine) {
    let service =
        Service::with(engine, &["--argon2-memory-kib=12288", "--argon2-iterations=3"]).await;
    service.add("ada@example.com", "").await.unwrap();
    let costs = async |cost: &str| -> i64 {
        let database = &service.scratch.database;
        database::sql!(database.read().await.unwrap().on(), c => sqlx::query_scalar(
            "SELECT count(*) FROM users WHERE password_hash LIKE $1",
        ).bind(format!("$argon2id$v=19${cost}$%")).fetch_one(c).await.unwrap())
    };
    assert_eq!(costs("m=12288,t=3,p=1").await, 1);

    let renewed = Identity::build(config(&service.scratch.url, &[]), Clock::System).await.unwrap();
    let address = renewed.running.address("gRPC").unwrap();
    let mut client =
        latchkey_proto::identity::v1::credential_service_client::CredentialServiceClient::connect(
            format!("http://{address}"),
        )
        .await
        .unwrap();
    for (password, cost) in [("wrong", "m=12288,t=3,p=1"), (PASSWORD, "m=19456,t=2,p=1")] {
        client.verify_credentials(attempt("ada@example.com", password, &[])).await.unwrap();
        assert_eq!(costs(cost).await, 1, "after {password}");
    }
    let hashes = renewed.hashing.begun();
    client.verify_credentials(attempt("ada@example.com", PASSWORD, &[])).await.unwrap();
    assert_eq!(renewed.hashing.begun() - hashes, 1, "once is enough");
    renewed.running.stop(Duration::from_secs(10)).await;
    service.stop().await;
}

async fn what_cannot_be_an_attempt_is_named_and_not_hashed(engine: Engine) {
    let service = Service::on(engine).await;
    let long = "a".repeat(1025);
    let mut ip = attempt("a", "b", &[]);
    ip.context.as_mut().unwrap().ip.clone_from(&long);
    for (request, fields) in [
        (attempt("", "", &[]), vec!["identifier", "password"]),
        (attempt(" \u{a0}", "b", &[]), vec!["identifier"]),
        (attempt(&long, &long, &[]), vec!["identifier", "password"]),
        (attempt("a", "b", &[0; 31]), vec!["context.login_challenge_sha256"]),
        (ip, vec!["context.ip"]),
        (attempt_from("192.0.2.1:80", "a", "b"), vec!["context.ip"]),
    ] {
        let status = service.credentials().verify_credentials(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), fields);
        assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELD");
        assert_eq!(details.error_info().unwrap().domain, "latchkey");
    }
    assert_eq!(service.identity.hashing.begun(), 0);
    service.stop().await;
}

async fn a_hash_that_costs_too_much_is_never_made(engine: Engine) {
    let service = Service::on(engine).await;
    service.add("ada@example.com", "").await.unwrap();
    service
        .sql("UPDATE users SET password_hash = replace(password_hash, 'm=19456', 'm=4194304')")
        .await;
    let before = service.identity.hashing.begun();
    let status = service.verify("ada@example.com", PASSWORD).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(!format!("{status:?}").contains("argon2"), "{status:?}");
    assert_eq!(service.identity.hashing.begun(), before);
    service.stop().await;
}

async fn the_audit_event_tells_who_and_from_where_and_nothing_that_was_typed(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap().subject;
    let ip = if engine == Engine::Sqlite { "198.51.100.1" } else { "198.51.100.2" };
    for (identifier, password) in [
        ("ada@example.com", PASSWORD),
        ("ada@example.com", "typed-password"),
        ("typed-name", PASSWORD),
    ] {
        let mut request = attempt(identifier, password, &[]);
        ip.clone_into(&mut request.context.as_mut().unwrap().ip);
        service.credentials().verify_credentials(request).await.unwrap();
    }

    let text = logged();
    let here = format!("ip=\"{ip}\" client.id=\"myclient\"");
    let ours = |line: &&str| line.contains(&here) && !line.contains("device.add");
    let audit: Vec<_> = text.lines().filter(ours).collect();
    assert_eq!(audit.len(), 3, "{text}");
    for (line, outcome, known) in [
        (audit[0], "verified", true),
        (audit[1], "wrong_credentials", true),
        (audit[2], "wrong_credentials", false),
    ] {
        assert!(line.contains(&format!("outcome=\"{outcome}\"")), "{line}");
        assert_eq!(line.contains(&format!("subject=\"{ada}\"")), known, "{line}");
        assert!(line.contains("latchkey_audit: audit"), "{line}");
        assert!(line.contains("event=\"credentials.verify\""), "{line}");
    }
    for secret in [PASSWORD, "typed-password", "typed-name", "ada@example.com", "argon2id"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    service.stop().await;
}
