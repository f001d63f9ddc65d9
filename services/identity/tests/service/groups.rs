//! The groups that people are in.

use crate::contacts::{create, update, violations};
use crate::import::row;
use crate::users::get;
use crate::{PASSWORD, Service};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, CreateUserRequest, ImportUsersRequest, ListEventsRequest,
    ListUsersRequest, User, import_users_response::Result as Imported,
};
use tonic::Code;

database::both_databases!(
    a_person_is_in_groups_wherever_they_are_read,
    the_whole_set_is_replaced_and_nothing_else,
    a_name_that_is_none_is_told_by_its_place,
    an_import_brings_groups,
);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn ada(groups: &[&str]) -> CreateUserRequest {
    CreateUserRequest {
        email: "ada@example.com".to_owned(),
        display_name: "Ada Lovelace".to_owned(),
        password: PASSWORD.to_owned(),
        groups: names(groups),
        request_id: "once".to_owned(),
        ..Default::default()
    }
}

async fn a_person_is_in_groups_wherever_they_are_read(engine: Engine) {
    let service = Service::on(engine).await;
    let kept = create(&service, ada(&["staff", "eu/sales", "staff"])).await.unwrap();
    assert_eq!(kept.groups, ["eu/sales", "staff"]);
    assert_eq!(get(&service, &kept.subject).await.unwrap(), kept);
    let subjects = vec![kept.subject.clone()];
    let batch = service.users().batch_get_users(BatchGetUsersRequest { subjects }).await.unwrap();
    assert_eq!(batch.into_inner().users, std::slice::from_ref(&kept));
    let page = service.users().list_users(ListUsersRequest::default()).await.unwrap();
    assert_eq!(page.into_inner().users, std::slice::from_ref(&kept));

    let again = create(&service, ada(&["staff", "eu/sales"])).await.unwrap();
    assert_eq!(again, kept, "the same request again");
    let other = create(&service, ada(&["staff"])).await.unwrap_err();
    assert_eq!(other.code(), Code::FailedPrecondition, "another request with its id");
    service.stop().await;
}

async fn the_whole_set_is_replaced_and_nothing_else(engine: Engine) {
    let service = Service::on(engine).await;
    let kept = create(&service, ada(&["staff", "sales"])).await.unwrap();
    let wish =
        User { groups: names(&["board"]), display_name: "Countess".to_owned(), ..kept.clone() };
    let named = update(&service, wish.clone(), "display_name").await.unwrap();
    assert_eq!(named.groups, ["sales", "staff"], "the mask does not name them");
    let moved =
        update(&service, User { etag: named.etag, ..wish.clone() }, "groups").await.unwrap();
    assert_eq!(moved.groups, ["board"]);
    let stale = update(&service, wish.clone(), "groups").await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "the etag is an older one");
    let none = User { groups: Vec::new(), etag: moved.etag, ..wish };
    assert!(update(&service, none, "groups").await.unwrap().groups.is_empty());
    assert!(get(&service, &kept.subject).await.unwrap().groups.is_empty());

    let request = ListEventsRequest { subject: kept.subject, ..Default::default() };
    let events = service.audit().list_events(request).await.unwrap().into_inner().events;
    let told = |event: &str| events.iter().filter(|it| it.event == event).count();
    assert_eq!((told("user.update"), told("user.groups")), (1, 2), "{events:?}");
    service.stop().await;
}

async fn a_name_that_is_none_is_told_by_its_place(engine: Engine) {
    let service = Service::on(engine).await;
    let status = create(&service, ada(&["staff", "sales team", ""])).await.unwrap_err();
    assert_eq!(violations(&status), ["groups[1]", "groups[2]"]);
    assert!(!format!("{status:?}").contains("sales team"), "{status:?}");
    let status = create(&service, ada(&["a"; 101])).await.unwrap_err();
    assert_eq!(violations(&status), ["groups"]);

    let kept = create(&service, ada(&["staff"])).await.unwrap();
    let wish = User { groups: names(&["sales team"]), ..kept.clone() };
    let status = update(&service, wish, "groups").await.unwrap_err();
    assert_eq!(violations(&status), ["user.groups[0]"]);
    assert_eq!(get(&service, &kept.subject).await.unwrap(), kept);
    service.stop().await;
}

async fn an_import_brings_groups(engine: Engine) {
    let service = Service::on(engine).await;
    let good = ImportUsersRequest { groups: names(&["staff", "board"]), ..row(1, "") };
    let bad = ImportUsersRequest { groups: names(&["staff;board"]), ..row(2, "") };
    let results = service.import(vec![good, bad]).await.unwrap();
    let Some(Imported::Subject(subject)) = &results[0].result else { panic!("{results:?}") };
    assert_eq!(get(&service, subject).await.unwrap().groups, ["board", "staff"]);
    let Some(Imported::Rejected(rejected)) = &results[1].result else { panic!("{results:?}") };
    assert_eq!(rejected.violations[0].field, "groups[0]");
    service.stop().await;
}
