//! Who may call: client certificates.

use crate::{PASSWORD, attempt, authority::Authority, config};
use chassis::grpc::Channel;
use chassis::{Clock, tls::Certificate};
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::{
    AuditEvent, CreateUserRequest, DeleteUserRequest, DeleteUserResponse, GetUserRequest,
    ListEventsRequest, audit_service_client::AuditServiceClient,
    credential_service_client::CredentialServiceClient, user_service_client::UserServiceClient,
};
use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};
use tonic::{Code, Request, Status, codegen::http::uri::PathAndQuery};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

const OPERATOR: &str = "spiffe://example.org/operator";

/// An identity service with certificates.
pub(crate) struct Guarded {
    pub(crate) identity: Identity,
    pub(crate) authority: Authority,
    _scratch: Scratch,
}

impl Guarded {
    pub(crate) async fn start() -> Self {
        let (scratch, authority) =
            (Scratch::new(Engine::Sqlite, &MIGRATIONS).await, Authority::new());
        let mut options = authority.options();
        options.push("--caller=consent=identity.verify,identity.users.read".to_owned());
        options.push(format!("--caller={OPERATOR}=identity.users,identity.audit"));
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let identity =
            Identity::build(config(&scratch.url, &options), Clock::System).await.unwrap();
        Self { identity, authority, _scratch: scratch }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.identity.running.address("gRPC").unwrap()
    }

    pub(crate) async fn channel(&self, own: &Certificate) -> Channel {
        self.authority.channel(self.address(), own).await
    }

    /// A channel by the holder of a good certificate with this name.
    async fn named(&self, name: &str) -> Channel {
        self.channel(&self.authority.vouch(name)).await
    }

    pub(crate) async fn stop(self) {
        self.identity.running.stop(Duration::from_secs(10)).await;
    }
}

/// The reason in a refusal, if it comes from the service and not from the connection.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

pub(crate) async fn get(channel: Channel) -> Status {
    let request = GetUserRequest { subject: "1".to_owned() };
    UserServiceClient::new(channel).get_user(request).await.unwrap_err()
}

#[tokio::test]
async fn whoever_is_not_on_the_list_may_not_call() {
    let service = Guarded::start().await;
    let nobody = service.channel(&Certificate::default()).await;
    let status = get(nobody.clone()).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "CALLER_MISSING")
    );
    for unlisted in ["consents", "x.consent", "spiffe://example.org/Operator"] {
        let status = get(service.named(unlisted).await).await;
        let told = (status.code(), reason(&status));
        assert_eq!(told, (Code::Unauthenticated, "CALLER_UNKNOWN".to_owned()), "{unlisted}");
    }
    // Health is for everybody who reaches it.
    HealthClient::new(nobody).check(HealthCheckRequest::default()).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn a_certificate_that_is_not_good_opens_no_connection() {
    let service = Guarded::start().await;
    let expired = SystemTime::now() - Duration::from_mins(1);
    for certificate in
        [Authority::new().vouch("consent"), service.authority.vouch_until("consent", expired)]
    {
        let status = get(service.channel(&certificate).await).await;
        assert!(status.get_error_details().error_info().is_none(), "{status:?}");
    }
    // Others come in as before.
    assert_eq!(get(service.named("consent").await).await.code(), Code::NotFound);
    service.stop().await;
}

#[tokio::test]
async fn a_caller_does_what_its_scopes_allow_and_no_more() {
    let service = Guarded::start().await;
    let (consent, operator) = (service.named("Consent").await, service.named(OPERATOR).await);
    assert_eq!(get(consent.clone()).await.code(), Code::NotFound);
    assert_eq!(get(operator.clone()).await.code(), Code::NotFound);

    let delete = DeleteUserRequest { subject: "1".to_owned(), ..DeleteUserRequest::default() };
    let status = UserServiceClient::new(consent).delete_user(delete.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INSUFFICIENT_SCOPE", "latchkey"));
    assert_eq!(info.metadata["scope"], "identity.users");
    let gone = UserServiceClient::new(operator.clone()).delete_user(delete).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let attempt = attempt("ada@example.com", PASSWORD, &[]);
    let status = CredentialServiceClient::new(operator).verify_credentials(attempt).await;
    assert_eq!(reason(&status.unwrap_err()), "INSUFFICIENT_SCOPE");
    service.stop().await;
}

/// The gate and the router read the same path, so that no spelling passes the one and reaches the
/// other.
#[tokio::test]
async fn a_path_that_is_spelt_otherwise_leads_nowhere() {
    let service = Guarded::start().await;
    let operator = service.named(OPERATOR).await;
    let call = async |path: &'static str| {
        let mut client = tonic::client::Grpc::new(operator.clone());
        client.ready().await.unwrap();
        let delete = DeleteUserRequest { subject: "1".to_owned(), ..DeleteUserRequest::default() };
        let codec = tonic_prost::ProstCodec::<_, DeleteUserResponse>::default();
        let path = PathAndQuery::from_static(path);
        client.unary(Request::new(delete), path, codec).await.unwrap_err().code()
    };
    assert_eq!(call("/latchkey.identity.v1.UserService/DeleteUser").await, Code::NotFound);
    for path in [
        "//latchkey.identity.v1.UserService/DeleteUser",
        "/latchkey.identity.v1.UserService//DeleteUser",
        "/latchkey.identity.v1.UserService/DeleteUser/",
        "/latchkey.identity.v1.UserService%2fDeleteUser",
        "/latchkey.identity.v1.UserService/%44eleteUser",
        "/latchkey.identity.v1.userservice/DeleteUser",
        "/latchkey.identity.v1.UserService/deleteUser",
        "/./latchkey.identity.v1.UserService/DeleteUser",
        "/x/../latchkey.identity.v1.UserService/DeleteUser",
    ] {
        assert_eq!(call(path).await, Code::Unimplemented, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn the_audit_trail_tells_who_called() {
    let service = Guarded::start().await;
    let (consent, operator) = (service.named("consent").await, service.named(OPERATOR).await);
    let create = CreateUserRequest {
        email: "ada@example.com".to_owned(),
        display_name: "Ada".to_owned(),
        password: PASSWORD.to_owned(),
        ..CreateUserRequest::default()
    };
    let mut users = UserServiceClient::new(operator.clone());
    users.create_user(create).await.unwrap();
    let row = latchkey_proto::identity::v1::ImportUsersRequest {
        email: "bob@example.com".to_owned(),
        display_name: "Bob".to_owned(),
        ..Default::default()
    };
    let mut results = users.import_users(tokio_stream::once(row)).await.unwrap().into_inner();
    while results.message().await.unwrap().is_some() {}
    let attempt = attempt("ada@example.com", "wrong", &[]);
    CredentialServiceClient::new(consent).verify_credentials(attempt).await.unwrap();

    let mut audit = AuditServiceClient::new(operator);
    let events = audit.list_events(ListEventsRequest::default()).await.unwrap().into_inner().events;
    let told: Vec<_> =
        events.into_iter().map(|AuditEvent { event, actor, .. }| (event, actor)).collect();
    let operator = format!("certificate:{OPERATOR}");
    let expected = [
        ("credentials.verify", "certificate:consent"),
        ("user.create", &operator),
        ("user.create", &operator),
    ];
    assert_eq!(told, expected.map(|(event, actor)| (event.to_owned(), actor.to_owned())));
    service.stop().await;
}

#[tokio::test]
async fn a_scope_that_nothing_asks_for_is_a_slip_that_is_told_at_start() {
    let authority = Authority::new();
    let mut options = authority.options();
    options.push("--caller=consent=identity.verfy".to_owned());
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let config = config("sqlite:/nowhere/identity.sqlite", &options);
    let error = format!("{:#}", Identity::build(config, Clock::System).await.unwrap_err());
    for part in ["--caller consent", "identity.verfy", "identity.verify"] {
        assert!(error.contains(part), "{part} in: {error}");
    }
}
