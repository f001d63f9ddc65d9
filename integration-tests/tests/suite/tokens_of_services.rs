//! Who may call identity and the registry: apps' own access tokens, as Hydra gives them.

use crate::tokens::{App, bearer};
use chassis::grpc::Channel;
use database::{both_databases, scratch::Engine};
use latchkey::certificates::Holder;
use latchkey_integration_tests::{Addresses, Suite, visitor::Choice};
use latchkey_proto::{
    identity::v1::{
        CreateUserRequest, DeleteUserRequest, ListEventsRequest,
        audit_service_client::AuditServiceClient, user_service_client::UserServiceClient,
    },
    methods,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tonic::{Code, Request, Status, codegen::http::uri::PathAndQuery};
use tonic_types::StatusExt as _;

both_databases! {
    a_token_opens_the_methods_of_its_scope_and_no_other,
    no_other_token_opens_any_method,
    a_token_that_has_ended_opens_nothing,
    the_audit_trail_names_the_app,
}

/// What an app that calls services may ask for.
const SCOPES: [&str; 9] = [
    "clients.manage",
    "identity.audit",
    "identity.sessions",
    "identity.throttles",
    "identity.users",
    "identity.users.read",
    "identity.verify",
    "scopes.read",
    "sessions.end",
];

/// The scopes that open a method, as docs/grpc.md has them.
fn opened_by(path: &str) -> &'static [&'static str] {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
    match (service.rsplit('.').next().unwrap(), method) {
        ("AuditService", _) => &["identity.audit"],
        ("CredentialService", _) => &["identity.verify"],
        ("SessionService", _) => &["identity.sessions"],
        ("ThrottleService", _) => &["identity.throttles"],
        ("UserService", "GetUser" | "BatchGetUsers" | "ListUsers") => {
            &["identity.users.read", "identity.users"]
        }
        ("UserService", _) => &["identity.users"],
        ("ClientAppService", _) => &["clients.manage"],
        ("ScopeCatalogService", _) => &["scopes.read"],
        ("SignOutService", _) => &["sessions.end"],
        (other, _) => panic!("who may call {other}?"),
    }
}

/// Both services, by somebody without a certificate.
struct Services {
    identity: Channel,
    registry: Channel,
}

impl Services {
    async fn of(at: &Addresses) -> Self {
        let identity = at.channel(&at.identity, None).await;
        Self { identity, registry: at.channel(&at.registry, None).await }
    }

    /// All methods but the one that serves people.
    fn methods() -> impl Iterator<Item = String> {
        let all = ["latchkey.identity.v1", "latchkey.client.v1"].map(|it| methods(it).unwrap());
        all.into_iter().flatten().filter(|path| !path.contains(".ProfileService/"))
    }

    /// Calls a method with an empty message: what it answers where it is open does no harm.
    async fn call(&self, path: &str, authorization: &[&str]) -> Result<(), Status> {
        let of_identity = path.starts_with("/latchkey.identity.");
        let channel = if of_identity { &self.identity } else { &self.registry };
        let mut client = tonic::client::Grpc::new(channel.clone());
        client.ready().await.unwrap();
        let mut request = Request::new(());
        for value in authorization {
            request.metadata_mut().append("authorization", value.parse().unwrap());
        }
        let path = PathAndQuery::try_from(path).unwrap();
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        client.unary(request, path, codec).await.map(drop)
    }
}

/// How the gate refuses; None where the call passed it, whatever the service said then.
fn refusal(answer: Result<(), Status>) -> Option<(Code, String)> {
    let status = answer.err()?;
    let refused = matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied);
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    refused.then_some((status.code(), reason))
}

fn refused(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

/// An app that acts for itself.
async fn machine(at: &Addresses, id: &str) -> App {
    App::for_scope(at, id, &["client_credentials"], &SCOPES.join(" ")).await
}

async fn token(app: &App, scope: &str) -> Value {
    app.token(&[("grant_type", "client_credentials"), ("scope", scope)]).await
}

async fn a_token_opens_the_methods_of_its_scope_and_no_other(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (app, services) = (machine(at, "machine").await, Services::of(at).await);
    let mut opened = 0;
    for scope in SCOPES {
        let token = bearer(&token(&app, scope).await, "access_token");
        for path in Services::methods() {
            let found = refusal(services.call(&path, &[&token]).await);
            if opened_by(&path).contains(&scope) {
                assert_eq!(found, None, "{path} with {scope}");
                opened += 1;
            } else {
                let expected = Some(refused(Code::PermissionDenied, "INSUFFICIENT_SCOPE"));
                assert_eq!(found, expected, "{path} with {scope}");
            }
        }
    }
    // Reading people is opened by two.
    assert_eq!(opened, Services::methods().count() + 3);
}

async fn no_other_token_opens_any_method(engine: Engine) {
    let at = Suite::shared(engine).await;
    let services = Services::of(at).await;
    let machine = machine(at, "machine").await;
    let all = bearer(&token(&machine, &SCOPES.join(" ")).await, "access_token");
    let person = App::register(at, "reader", &["authorization_code", "refresh_token"]).await;
    let tokens = person.tokens(Choice::default()).await;
    let [access, refresh, id_token] =
        ["access_token", "refresh_token", "id_token"].map(|name| bearer(&tokens, name));
    let bare = all.trim_start_matches("Bearer ").to_owned();
    let garbled = all.split_at(all.len() - 1).0.to_owned();

    let (unknown, forbidden) = (Code::Unauthenticated, Code::PermissionDenied);
    let cases: [(&[&str], Code, &str); 9] = [
        (&[], unknown, "CALLER_MISSING"),
        (&["Bearer garbage"], unknown, "TOKEN_INVALID"),
        (&[&garbled], unknown, "TOKEN_INVALID"),
        (&[&bare], unknown, "TOKEN_MISSING"),
        (&[&refresh], unknown, "TOKEN_INVALID"),
        (&[&id_token], unknown, "TOKEN_INVALID"),
        (&[&all, &all], unknown, "TOKEN_MISSING"),
        (&[&all, &access], unknown, "TOKEN_MISSING"),
        // Hydra knows it well: it is the wrong one.
        (&[&access], forbidden, "NOT_A_CLIENT"),
    ];
    for path in Services::methods() {
        for (authorization, code, reason) in cases {
            let answer = services.call(&path, authorization).await;
            if let Err(status) = &answer {
                let shown = authorization.iter().any(|token| status.message().contains(token));
                assert!(!shown, "{status:?}");
            }
            assert_eq!(refusal(answer), Some(refused(code, reason)), "{path}");
        }
        assert_eq!(refusal(services.call(&path, &[&all]).await), None, "{path}");
    }
}

async fn a_token_that_has_ended_opens_nothing(engine: Engine) {
    let at = Suite::shared(engine).await;
    let services = Services::of(at).await;
    let (another, short) = (machine(at, "machine-revoker").await, machine(at, "brief").await);
    lives_for(at, "brief", "3s").await;
    let revoked = bearer(&token(&another, "identity.audit").await, "access_token");
    let expired = bearer(&token(&short, "identity.audit").await, "access_token");
    let path = "/latchkey.identity.v1.AuditService/ListEvents";
    assert_eq!(refusal(services.call(path, &[&revoked]).await), None);
    let form = [("token", revoked.trim_start_matches("Bearer "))];
    assert!(another.post("oauth2/revoke", &form).await.status().is_success());
    for ended in [revoked, expired] {
        // It was found good a moment ago, and identity remembers that for `--token-cache`.
        let limit = Instant::now() + Duration::from_mins(1);
        while services.call(path, &[&ended]).await.is_ok() {
            assert!(Instant::now() < limit, "it is let in for ever");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let found = refusal(services.call(path, &[&ended]).await);
        assert_eq!(found, Some(refused(Code::Unauthenticated, "TOKEN_INVALID")));
    }
}

/// Sets how long an app's own tokens live.
#[expect(clippy::disallowed_methods, reason = "an operator at Hydra's admin API")]
async fn lives_for(at: &Addresses, app: &str, time: &str) {
    let url = at.hydra_admin.join(&format!("admin/clients/{app}/lifespans")).unwrap();
    let lifespans = json!({ "client_credentials_grant_access_token_lifespan": time });
    let http = reqwest::Client::builder().build().unwrap();
    let set = http.put(url).json(&lifespans).send().await.unwrap();
    assert!(set.status().is_success(), "{set:?}");
}

async fn the_audit_trail_names_the_app(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = machine(at, "machine").await;
    let token = bearer(&token(&app, "identity.users identity.audit").await, "access_token");
    let shows = |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        Ok(request)
    };
    let channel = at.channel(&at.identity, None).await;
    let mut users = UserServiceClient::with_interceptor(channel.clone(), shows);
    let email = "added-by-a-machine@example.com".to_owned();
    let create = CreateUserRequest {
        email,
        display_name: "Somebody".to_owned(),
        password: crate::token_hook::PASSWORD.to_owned(),
        ..Default::default()
    };
    let subject = users.create_user(create).await.unwrap().into_inner().user.unwrap().subject;
    let delete = DeleteUserRequest { subject: subject.clone(), etag: String::new() };
    users.delete_user(delete).await.unwrap();

    let operator = at.channel(&at.identity, Some(Holder::Operator)).await;
    let request = ListEventsRequest { subject, ..Default::default() };
    let events = AuditServiceClient::new(operator).list_events(request).await.unwrap();
    let mut told: Vec<_> =
        events.into_inner().events.into_iter().map(|it| (it.event, it.actor)).collect();
    told.sort();
    let expected = ["user.create", "user.delete"];
    assert_eq!(told, expected.map(|event| (event.to_owned(), "client:machine".to_owned())));
}
