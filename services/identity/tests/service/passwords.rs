//! `SetPassword`, and which passwords a person may have.

use crate::users::reason;
use crate::{Answer, PASSWORD, Service, WRONG, import::row, logged};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    CreateUserRequest, SetPasswordRequest, User, import_users_response::Result as Imported,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    a_new_password_counts_at_once_and_the_old_one_no_more,
    guessable_passwords_are_refused_with_a_reason_wherever_they_come_in,
    lengths_are_checked_before_any_hash,
    who_had_no_password_gets_one,
);

const NEW: &str = "purple monkey dishwasher";

async fn set(service: &Service, subject: &str, password: &str) -> Result<User, Status> {
    let request = SetPasswordRequest {
        subject: subject.to_owned(),
        password: password.to_owned(),
        etag: String::new(),
    };
    Ok(service.users().set_password(request).await?.into_inner().user.unwrap())
}

async fn a_new_password_counts_at_once_and_the_old_one_no_more(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let changed = set(&service, &ada.subject, NEW).await.unwrap();
    assert_ne!(changed.etag, ada.etag);
    assert_eq!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    let answer = service.verify("ada@example.com", NEW).await.unwrap();
    assert_eq!(answer, Answer::Verified(ada.subject));
    assert!(!logged().contains(NEW));
    service.stop().await;
}

fn told(status: &Status) -> String {
    assert_eq!((status.code(), reason(status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
    let details = status.get_error_details();
    let violation = details.bad_request().unwrap().field_violations[0].clone();
    assert_eq!(violation.field, "password");
    violation.description
}

async fn guessable_passwords_are_refused_with_a_reason_wherever_they_come_in(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("user@example.com", "lovelace1815").await.unwrap();
    for (password, why) in [
        ("passwordpassword", "common"),
        ("qwertyuiopasdfgh", "common"),
        ("111111111111111", "common"),
        ("user@example.com1234", "own"),
        ("lovelace1815lovelace1815", "own"),
        ("AdaLovelaceAda1", "own"),
    ] {
        let status = set(&service, &ada.subject, password).await.unwrap_err();
        assert!(told(&status).contains(why), "{password}: {}", told(&status));
        assert!(!format!("{status:?}").contains(password), "{status:?}");

        let create = CreateUserRequest {
            email: "user@example.com".to_owned(),
            username: "lovelace1815".to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            password: password.to_owned(),
            ..Default::default()
        };
        let status = service.users().create_user(create).await.unwrap_err();
        assert!(told(&status).contains(why), "{password}");

        let mut import = row(1, password);
        import.email = "user@example.com".into();
        import.username = "lovelace1815".into();
        import.display_name = "Ada Lovelace".into();
        let results = service.import(vec![import]).await.unwrap();
        let Some(Imported::Rejected(rejected)) = &results[0].result else { panic!("{password}") };
        assert!(rejected.violations[0].description.contains(why), "{password}");
    }
    assert_ne!(service.verify("user@example.com", PASSWORD).await.unwrap(), WRONG);
    service.stop().await;
}

async fn lengths_are_checked_before_any_hash(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let begun = service.identity.hashing.begun();
    for wrong in ["", "purple monkey!", &"tangerine vortex ".repeat(61)] {
        told(&set(&service, &ada.subject, wrong).await.unwrap_err());
    }
    assert_eq!(service.identity.hashing.begun(), begun);
    let longest = "tangerine vortex".repeat(64);
    set(&service, &ada.subject, &longest).await.unwrap();
    assert_ne!(service.verify("ada@example.com", &longest).await.unwrap(), WRONG);
    assert_eq!(service.verify("ada@example.com", &longest[..1023]).await.unwrap(), WRONG);
    service.stop().await;
}

async fn who_had_no_password_gets_one(engine: Engine) {
    let service = Service::on(engine).await;
    let results = service.import(vec![row(1, "")]).await.unwrap();
    let Some(Imported::Subject(subject)) = results[0].result.clone() else { panic!("{results:?}") };
    assert_eq!(service.verify("person1@example.com", PASSWORD).await.unwrap(), WRONG);
    set(&service, &subject, NEW).await.unwrap();
    let answer = service.verify("person1@example.com", NEW).await.unwrap();
    assert_eq!(answer, Answer::Verified(subject));
    service.stop().await;
}
