//! `UpdateUser`, `DisableUser`, `EnableUser` and `DeleteUser`.

use crate::users::{get, reason};
use crate::{Answer, PASSWORD, Service, WRONG};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    DeleteUserRequest, DisableUserRequest, EnableUserRequest, ImportUsersRequest,
    ListEventsRequest, UpdateUserRequest, User, UserState,
    import_users_response::Result as Imported,
};
use prost_types::FieldMask;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    what_the_mask_names_is_changed_and_nothing_else,
    a_changed_name_signs_in_and_the_old_one_is_free,
    a_taken_name_changes_nothing,
    what_is_wrong_with_an_update_is_named_by_its_path,
    a_lost_update_is_aborted,
    of_ten_who_saw_the_same_one_writes,
    updates_without_an_etag_all_count,
    who_is_disabled_signs_in_no_more_until_enabled,
    a_change_of_nobody_is_not_found,
    who_is_deleted_leaves_nothing_but_the_subject,
    the_trail_of_who_is_deleted_tells_no_longer_from_where,
);

async fn update(service: &Service, user: &User, paths: &[&str]) -> Result<User, Status> {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    let request =
        UpdateUserRequest { user: Some(user.clone()), update_mask: Some(FieldMask { paths }) };
    Ok(service.users().update_user(request).await?.into_inner().user.unwrap())
}

async fn what_the_mask_names_is_changed_and_nothing_else(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    let wish = User {
        email: "other@example.com".to_owned(),
        username: "other".to_owned(),
        display_name: " Countess ".to_owned(),
        ..ada.clone()
    };
    let changed = update(&service, &wish, &["display_name"]).await.unwrap();
    let expected = User {
        display_name: "Countess".to_owned(),
        etag: changed.etag.clone(),
        update_time: changed.update_time,
        ..ada.clone()
    };
    assert_eq!(changed, expected);
    assert_ne!(changed.etag, ada.etag);
    assert_eq!(get(&service, &ada.subject).await.unwrap(), changed);
    service.stop().await;
}

async fn a_changed_name_signs_in_and_the_old_one_is_free(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    let wish =
        User { email: "countess@example.com".to_owned(), username: String::new(), ..ada.clone() };
    update(&service, &wish, &["email", "username"]).await.unwrap();
    let signed_in = Answer::Verified(ada.subject.clone());
    assert_eq!(service.verify("countess@example.com", PASSWORD).await.unwrap(), signed_in);
    for old in ["ada@example.com", "ada"] {
        assert_eq!(service.verify(old, PASSWORD).await.unwrap(), WRONG);
    }
    service.add("ada@example.com", "ada").await.unwrap();
    service.stop().await;
}

async fn a_taken_name_changes_nothing(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    service.add("bob@example.com", "bob").await.unwrap();
    for (email, username) in [("BOB@example.com", "ada"), ("new@example.com", "\u{ff22}ob")] {
        let (email, username) = (email.to_owned(), username.to_owned());
        let wish = User { email, username, ..ada.clone() };
        let status = update(&service, &wish, &["email", "username"]).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "USER_EXISTS"));
    }
    assert_eq!(get(&service, &ada.subject).await.unwrap(), ada);
    for name in ["ada@example.com", "ada"] {
        assert_ne!(service.verify(name, PASSWORD).await.unwrap(), WRONG, "{name}");
    }
    service.stop().await;
}

async fn what_is_wrong_with_an_update_is_named_by_its_path(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let wish = User { email: "none".to_owned(), display_name: String::new(), ..ada.clone() };
    for (paths, fields) in [
        (&["email", "display_name"][..], &["user.email", "user.display_name"][..]),
        (&[], &["update_mask"]),
        (&["state"], &["update_mask"]),
        (&["display_name", "subject"], &["update_mask"]),
        (&["*"], &["update_mask"]),
    ] {
        let status = update(&service, &wish, paths).await.unwrap_err();
        let found = (status.code(), reason(&status));
        assert_eq!(found, (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), fields);
    }
    assert_eq!(get(&service, &ada.subject).await.unwrap(), ada);
    service.stop().await;
}

async fn a_lost_update_is_aborted(engine: Engine) {
    let service = Service::on(engine).await;
    let seen = service.add("ada@example.com", "").await.unwrap();
    update(&service, &seen, &["display_name"]).await.unwrap();
    let (subject, etag) = (seen.subject.clone(), seen.etag.clone());
    let set = latchkey_proto::identity::v1::SetPasswordRequest {
        subject: subject.clone(),
        password: "another horse battery staple".to_owned(),
        etag: etag.clone(),
    };
    let mut users = service.users();
    let disable = DisableUserRequest { subject: subject.clone(), etag: etag.clone() };
    let enable = EnableUserRequest { subject: subject.clone(), etag: etag.clone() };
    let delete = DeleteUserRequest { subject: subject.clone(), etag };
    let never = User { etag: "never given".to_owned(), ..seen.clone() };
    for status in [
        update(&service, &seen, &["display_name"]).await.unwrap_err(),
        update(&service, &never, &["display_name"]).await.unwrap_err(),
        users.set_password(set).await.unwrap_err(),
        users.disable_user(disable).await.unwrap_err(),
        users.enable_user(enable).await.unwrap_err(),
        users.delete_user(delete).await.unwrap_err(),
    ] {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    }
    assert_ne!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    service.stop().await;
}

/// How many of ten updates at once are written.
async fn ten_updates(service: &Service, user: &User) -> usize {
    let mut calls = JoinSet::new();
    for number in 0..10 {
        let (mut users, user) = (service.users(), user.clone());
        calls.spawn(async move {
            let user = User { display_name: format!("Ada {number}"), ..user };
            let paths = vec!["display_name".to_owned()];
            let request =
                UpdateUserRequest { user: Some(user), update_mask: Some(FieldMask { paths }) };
            users.update_user(request).await.map_or_else(|status| status.code(), |_| Code::Ok)
        });
    }
    let codes = calls.join_all().await;
    assert!(codes.iter().all(|code| matches!(code, Code::Ok | Code::Aborted)), "{codes:?}");
    codes.into_iter().filter(|code| *code == Code::Ok).count()
}

async fn of_ten_who_saw_the_same_one_writes(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    assert_eq!(ten_updates(&service, &ada).await, 1);
    service.stop().await;
}

async fn updates_without_an_etag_all_count(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let written = ten_updates(&service, &User { etag: String::new(), ..ada.clone() }).await;
    let etag = get(&service, &ada.subject).await.unwrap().etag;
    assert_eq!(etag, format!("v{}", 1 + written));
    assert!(written >= 8, "{written}");
    service.stop().await;
}

async fn who_is_disabled_signs_in_no_more_until_enabled(engine: Engine) {
    let service = Service::on(engine).await;
    let subject = service.add("ada@example.com", "").await.unwrap().subject;
    let mut etags = Vec::new();
    for _ in 0..2 {
        let request = DisableUserRequest { subject: subject.clone(), etag: String::new() };
        let user = service.users().disable_user(request).await.unwrap().into_inner().user.unwrap();
        assert_eq!(user.state(), UserState::Disabled);
        etags.push(user.etag);
    }
    assert_eq!(etags[0], etags[1], "who is disabled stays as they are");
    assert_eq!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    assert_eq!(get(&service, &subject).await.unwrap().etag, etags[0]);

    let request = EnableUserRequest { subject: subject.clone(), etag: etags[0].clone() };
    let user = service.users().enable_user(request).await.unwrap().into_inner().user.unwrap();
    assert_eq!(user.state(), UserState::Active);
    assert_eq!(
        service.verify("ada@example.com", PASSWORD).await.unwrap(),
        Answer::Verified(subject)
    );
    service.stop().await;
}

async fn a_change_of_nobody_is_not_found(engine: Engine) {
    let service = Service::on(engine).await;
    let long = "a".repeat(1000);
    for subject in ["", "nobody", "a\0b", &long] {
        let (subject, etag) = (subject.to_owned(), String::new());
        let mut users = service.users();
        let wish = User { subject: subject.clone(), ..User::default() };
        let set = latchkey_proto::identity::v1::SetPasswordRequest {
            subject: subject.clone(),
            password: PASSWORD.to_owned(),
            etag: etag.clone(),
        };
        let disable = DisableUserRequest { subject: subject.clone(), etag: etag.clone() };
        let enable = EnableUserRequest { subject: subject.clone(), etag: etag.clone() };
        for status in [
            update(&service, &wish, &["email"]).await.unwrap_err(),
            users.set_password(set).await.unwrap_err(),
            users.disable_user(disable).await.unwrap_err(),
            users.enable_user(enable).await.unwrap_err(),
            users.delete_user(DeleteUserRequest { subject, etag }).await.unwrap_err(),
        ] {
            let found = (status.code(), reason(&status));
            assert_eq!(found, (Code::NotFound, "USER_NOT_FOUND".to_owned()));
        }
    }
    assert_eq!(service.identity.hashing.begun(), 0);
    service.stop().await;
}

async fn who_is_deleted_leaves_nothing_but_the_subject(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    let request = DeleteUserRequest { subject: ada.subject.clone(), etag: ada.etag };
    service.users().delete_user(request.clone()).await.unwrap();
    assert_eq!(get(&service, &ada.subject).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(service.verify("ada", PASSWORD).await.unwrap(), WRONG);
    let status = service.users().delete_user(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    for table in ["SELECT count(*) FROM users", "SELECT count(*) FROM identifiers"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }

    let again = ImportUsersRequest {
        row: 1,
        subject: ada.subject.clone(),
        email: "ada@example.com".to_owned(),
        display_name: "Ada".to_owned(),
        ..ImportUsersRequest::default()
    };
    let results = service.import(vec![again]).await.unwrap();
    let Some(Imported::Rejected(rejected)) = &results[0].result else { panic!("{results:?}") };
    assert_eq!(rejected.violations[0].field, "subject");
    let new = service.add("ada@example.com", "ada").await.unwrap();
    assert_ne!(new.subject, ada.subject, "the name is free, the subject is not");
    service.stop().await;
}

async fn the_trail_of_who_is_deleted_tells_no_longer_from_where(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    service.add("bob@example.com", "bob").await.unwrap();
    for name in ["ada", "bob"] {
        service.verify(name, PASSWORD).await.unwrap();
    }
    let from = "SELECT count(*) FROM audit_events WHERE ip = '192.0.2.1' AND user_agent = 'test'";
    assert_eq!(service.count(from).await, 4, "two sign-ins, two devices");
    let request = DeleteUserRequest { subject: ada.subject.clone(), etag: ada.etag };
    service.users().delete_user(request).await.unwrap();
    assert_eq!(service.count(from).await, 2, "another person's stay");
    let request = ListEventsRequest { subject: ada.subject, ..Default::default() };
    let told = service.audit().list_events(request).await.unwrap().into_inner().events;
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|it| it.ip.is_empty() && it.user_agent.is_empty()), "{told:?}");
    service.stop().await;
}
