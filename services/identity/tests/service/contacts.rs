//! Phone numbers and postal addresses.

use crate::import::row;
use crate::users::get;
use crate::{PASSWORD, Service};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    Address, CreateUserRequest, DeleteUserRequest, ImportUsersRequest, UpdateUserRequest, User,
    import_users_response::Result as Imported,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    a_person_has_a_phone_number_and_an_address,
    each_changes_alone_and_goes_away,
    what_is_wrong_is_told_by_its_path,
    an_import_brings_them,
    no_password_is_made_of_the_number,
);

fn london() -> Address {
    Address {
        formatted: "12 St James's Square\nLondon".to_owned(),
        street_address: "12 St James's Square".to_owned(),
        locality: "London".to_owned(),
        region: "England".to_owned(),
        postal_code: "SW1Y 4JH".to_owned(),
        country: "United Kingdom".to_owned(),
    }
}

fn ada() -> CreateUserRequest {
    CreateUserRequest {
        email: "ada@example.com".to_owned(),
        display_name: "Ada Lovelace".to_owned(),
        password: PASSWORD.to_owned(),
        phone_number: "+44 (20) 7946-0000".to_owned(),
        address: Some(london()),
        request_id: "once".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn create(service: &Service, request: CreateUserRequest) -> Result<User, Status> {
    Ok(service.users().create_user(request).await?.into_inner().user.unwrap())
}

pub(crate) async fn update(service: &Service, user: User, path: &str) -> Result<User, Status> {
    let update_mask = Some(FieldMask { paths: vec![path.to_owned()] });
    let request = UpdateUserRequest { user: Some(user), update_mask };
    Ok(service.users().update_user(request).await?.into_inner().user.unwrap())
}

pub(crate) fn violations(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|it| it.field.clone()).collect()
}

async fn a_person_has_a_phone_number_and_an_address(engine: Engine) {
    let service = Service::on(engine).await;
    let kept = create(&service, ada()).await.unwrap();
    assert_eq!(kept.phone_number, "+442079460000");
    assert_eq!(kept.address, Some(london()));
    assert_eq!(get(&service, &kept.subject).await.unwrap(), kept);
    assert_eq!(create(&service, ada()).await.unwrap(), kept, "the same request again");
    for other in [
        CreateUserRequest { phone_number: "+442079460001".to_owned(), ..ada() },
        CreateUserRequest { address: None, ..ada() },
    ] {
        let status = create(&service, other).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "another request with its id");
    }
    let bob = service.add("bob@example.com", "").await.unwrap();
    assert_eq!((bob.phone_number.as_str(), bob.address), ("", None));
    service.stop().await;
}

async fn each_changes_alone_and_goes_away(engine: Engine) {
    let service = Service::on(engine).await;
    let kept = create(&service, ada()).await.unwrap();
    let paris = Address { locality: "Paris".to_owned(), ..Address::default() };
    let wish = User {
        phone_number: "+33 1 40 00 00 00".to_owned(),
        address: Some(paris.clone()),
        display_name: "Countess".to_owned(),
        ..kept.clone()
    };
    let called = update(&service, wish.clone(), "phone_number").await.unwrap();
    assert_eq!(called.phone_number, "+33140000000");
    assert_eq!((called.address, called.display_name), (kept.address, kept.display_name));
    let moved = User { etag: called.etag, ..wish };
    let moved = update(&service, moved, "address").await.unwrap();
    assert_eq!(moved.address, Some(paris), "as a whole");
    let nothing = User { phone_number: String::new(), address: None, ..moved };
    let silent = update(&service, nothing.clone(), "phone_number").await.unwrap();
    let gone = update(&service, User { etag: silent.etag, ..nothing }, "address").await.unwrap();
    assert_eq!((gone.phone_number.as_str(), gone.address), ("", None));

    let request = DeleteUserRequest { subject: kept.subject, etag: String::new() };
    service.users().delete_user(request).await.unwrap();
    assert_eq!(service.count("SELECT count(*) FROM users").await, 0);
    service.stop().await;
}

async fn what_is_wrong_is_told_by_its_path(engine: Engine) {
    let service = Service::on(engine).await;
    let wrong = Address { postal_code: "1".repeat(33), country: "a\0".to_owned(), ..london() };
    let phone_number = "030 123456".to_owned();
    let request = CreateUserRequest {
        phone_number: phone_number.clone(),
        address: Some(wrong.clone()),
        ..ada()
    };
    let status = create(&service, request).await.unwrap_err();
    assert_eq!(violations(&status), ["phone_number", "address.postal_code", "address.country"]);
    assert!(!format!("{status:?}").contains("123456"), "{status:?}");

    let kept = create(&service, ada()).await.unwrap();
    let wish = User { phone_number, address: Some(wrong), ..kept.clone() };
    let status = update(&service, wish.clone(), "phone_number").await.unwrap_err();
    assert_eq!(violations(&status), ["user.phone_number"]);
    let status = update(&service, wish, "address").await.unwrap_err();
    assert_eq!(violations(&status), ["user.address.postal_code", "user.address.country"]);
    assert_eq!(get(&service, &kept.subject).await.unwrap(), kept);
    service.stop().await;
}

async fn an_import_brings_them(engine: Engine) {
    let service = Service::on(engine).await;
    let good = ImportUsersRequest {
        phone_number: "+49 30 123456".to_owned(),
        address: Some(london()),
        ..row(1, "")
    };
    let bad = ImportUsersRequest { phone_number: "12".to_owned(), ..row(2, "") };
    let results = service.import(vec![good, bad]).await.unwrap();
    let Some(Imported::Subject(subject)) = &results[0].result else { panic!("{results:?}") };
    let kept = get(&service, subject).await.unwrap();
    assert_eq!((kept.phone_number.as_str(), kept.address), ("+4930123456", Some(london())));
    let Some(Imported::Rejected(rejected)) = &results[1].result else { panic!("{results:?}") };
    assert_eq!(rejected.violations[0].field, "phone_number");
    service.stop().await;
}

async fn no_password_is_made_of_the_number(engine: Engine) {
    let service = Service::on(engine).await;
    let request = CreateUserRequest { password: "xx 442079460000".to_owned(), ..ada() };
    let status = create(&service, request).await.unwrap_err();
    assert_eq!(violations(&status), ["password"]);
    service.stop().await;
}
