//! How passwords are hashed, as operators set it and people meet it.

use crate::{Answer, PASSWORD, Service, WRONG, import::row, logged};
use chassis::Clock;
use database::scratch::Engine;
use latchkey_identity::{
    domain::{identifier::Identifier, user::change::Expected},
    store::{StoreError, users},
};
use latchkey_proto::identity::v1::import_users_response::Result as Imported;
use std::{fs, path::Path, process::Command};
use tonic::Code;

database::both_databases!(
    a_pepper_comes_in_with_a_sign_in_and_a_lost_one_is_told_to_the_operator,
    a_new_password_is_never_overwritten_by_a_renewed_hash,
);

const OLD: &str = "2025 0123456789abcdef0123456789abcdef";
const NEW: &str = "2026 fedcba9876543210fedcba9876543210";

/// The stored hashes that are made with this key.
async fn hashes_with(service: &Service, key_id: &'static str) -> i64 {
    match key_id {
        "2025" => {
            service.count("SELECT count(*) FROM users WHERE password_hash LIKE '%keyid=MjAyNQ$%'")
        }
        _ => service.count("SELECT count(*) FROM users WHERE password_hash LIKE '%keyid=MjAyNg$%'"),
    }
    .await
}

async fn a_pepper_comes_in_with_a_sign_in_and_a_lost_one_is_told_to_the_operator(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("peppers");
    let option = format!("--pepper-file={}", file.display());
    let with = async |scratch, keys: &str| {
        fs::write(&file, keys).unwrap();
        Service::over(scratch, &[&option]).await
    };
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let right = Answer::Verified(ada.subject);

    let mut service = service;
    for (keys, id) in [(OLD.to_owned(), "2025"), (format!("{NEW}\n{OLD}\n"), "2026")] {
        let scratch = service.end().await;
        service = with(scratch, &keys).await;
        assert_eq!(service.verify("ada@example.com", "wrong").await.unwrap(), WRONG);
        assert_eq!(hashes_with(&service, id).await, 0);
        assert_eq!(service.verify("ada@example.com", PASSWORD).await.unwrap(), right);
        assert_eq!(hashes_with(&service, id).await, 1, "{id}");
    }

    let scratch = service.end().await;
    let service = with(scratch, OLD).await;
    let lost = service.verify("ada@example.com", PASSWORD).await.unwrap_err();
    assert_eq!(lost.code(), Code::Internal);
    assert_eq!(service.identity.hashing.begun(), 0);
    assert!(logged().contains("needs the pepper key \"2026\", which is not in --pepper-file"));
    let mut import = row(1, "");
    import.password_hash =
        "$argon2id$v=19$m=19456,t=2,p=1,keyid=MjAyNg$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8"
            .into();
    let results = service.import(vec![import]).await.unwrap();
    assert!(matches!(results[0].result, Some(Imported::Rejected(_))), "{results:?}");
    assert!(!logged().contains(&OLD[5..]) && !logged().contains(&NEW[5..]));
    service.stop().await;
}

/// Renewals and changes, begun at once, a thousand times: no hashing, so that they really meet.
async fn a_new_password_is_never_overwritten_by_a_renewed_hash(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap().subject;
    let database = &service.scratch.database;
    let (now, name) = (Clock::System.now(), Identifier::parse("", "ada@example.com").unwrap());
    for turn in 0..1000 {
        let (renewed, changed) = (format!("renewed {turn}"), format!("changed {turn}"));
        let account = users::find_account(database, &name, &[], now).await.unwrap().unwrap();
        let (account, renewed) = (&account, Some(renewed.as_str()));
        let renew = database.transaction(|mut transaction| async move {
            users::confirm(&mut transaction, account, renewed).await?;
            Ok::<_, StoreError>(transaction.commit().await?)
        });
        let (ada, changed) = (ada.as_str(), changed.as_str());
        let change = database.transaction(|mut transaction| async move {
            let any = Expected::Any;
            users::set_password(&mut transaction, ada, any, changed, now).await?;
            Ok::<_, StoreError>(transaction.commit().await?)
        });
        let (renew, change) = if turn % 2 == 0 {
            tokio::join!(renew, change)
        } else {
            let (change, renew) = tokio::join!(change, renew);
            (renew, change)
        };
        renew.unwrap();
        change.unwrap();
        let stored = users::password_hash(database, ada).await.unwrap();
        assert_eq!(stored.as_deref(), Some(changed));
    }
    service.stop().await;
}

/// The program itself, with these options: its exit code, and what it says.
fn start(options: &[&str], folder: &Path) -> (Option<i32>, String) {
    let url = format!("sqlite:{}", folder.join("never.sqlite").display());
    let ended = Command::new(env!("CARGO_BIN_EXE_latchkey-identity"))
        .env("LATCHKEY_LISTEN", "127.0.0.1:0")
        .env("LATCHKEY_INTERNAL_LISTEN", "127.0.0.1:0")
        .env("LATCHKEY_DATABASE_URL", url)
        .args(options)
        .output()
        .unwrap();
    assert!(!folder.join("never.sqlite").exists(), "nothing is touched");
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn a_configuration_that_is_refused_ends_the_start_with_78_and_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let pepper = folder.path().join("pepper");
    fs::write(&pepper, "2026 hunter2").unwrap();
    let pepper = format!("--pepper-file={}", pepper.display());
    for (options, reason) in [
        (vec!["--argon2-memory-kib=8192"], "weaker than OWASP's floor"),
        (vec!["--argon2-memory-kib=19455", "--argon2-iterations=2"], "weaker than OWASP's floor"),
        (vec!["--argon2-iterations=1"], "at least 47104 with 1 iteration"),
        (vec![pepper.as_str()], "--pepper-file, line 1: a key has at least 32 bytes"),
        (vec!["--pepper-file=/nowhere"], "--pepper-file /nowhere"),
        (vec!["--throttle-key-file=/nowhere"], "--throttle-key-file /nowhere"),
        (vec!["--throttle-delay=2h"], "--throttle-delay is longer than --throttle-longest"),
        (vec!["--throttle-memory=1s"], "--throttle-longest is longer than --throttle-memory"),
        (vec!["--database-url-file=/nowhere"], "are both given"),
        (vec!["--listen=0.0.0.0:0"], "plaintext is for a loopback address"),
        (vec!["--tls-cert-file=/nowhere", "--tls-key-file=/nowhere"], "--tls-cert-file /nowhere"),
        (
            vec![
                "--caller=a=identity.verfy",
                "--tls-client-ca-file=/nowhere",
                "--tls-cert-file=/nowhere",
                "--tls-key-file=/nowhere",
            ],
            "identity.verfy",
        ),
        (vec!["--database-url=mysql://localhost/users"], "begins with none of these"),
    ] {
        let (code, said) = start(&options, folder.path());
        assert_eq!(code, Some(78), "{options:?}: {said}");
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
