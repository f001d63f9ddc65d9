//! An OpenID provider that does what a test tells it to, also what Hydra would never do.

mod ways;

pub(crate) use ways::{Key, Signature, Ways};

use axum::{
    Form, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use chassis::process::Running;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use ways::merged;

/// What the token endpoint answers.
#[derive(Debug, Clone)]
pub(crate) enum Tokens {
    /// Tokens; the access token lasts this many seconds, the ID token answers this nonce.
    Granted { expires_in: u64, nonce: String },
    /// An error of RFC 6749, section 5.2.
    Refused(&'static str),
    /// 503
    Down,
    /// No answer for as long as the caller waits.
    Silent,
    /// 307, which has the form sent to another address.
    Elsewhere(String),
}

/// A running issuer.
pub(crate) struct Issuer {
    address: SocketAddr,
    state: Arc<Behaviour>,
    /// Ends with the test.
    pub(crate) running: Running,
}

struct Behaviour {
    key: Mutex<Key>,
    url: String,
    ways: Mutex<Ways>,
    tokens: Mutex<Tokens>,
    calls: Mutex<Vec<HashMap<String, String>>>,
    revocations: Mutex<Vec<HashMap<String, String>>>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Behaviour {
            key: Mutex::new(Key::new("one")),
            url: format!("http://{address}/"),
            ways: Mutex::default(),
            tokens: Mutex::new(Tokens::Down),
            calls: Mutex::default(),
            revocations: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/.well-known/jwks.json", get(keys))
            .route("/oauth2/token", post(tokens))
            .route("/oauth2/revoke", post(revoke))
            .with_state(state.clone());
        let mut running = Running::new();
        let server = axum::serve(listener, router)
            .with_graceful_shutdown(running.stopping().cancelled_owned());
        running.serve("issuer", address, server.into_future());
        Self { address, state, running }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn answers(&self, tokens: Tokens) {
        *self.state.tokens.lock().unwrap() = tokens;
    }

    /// From now on it does this differently.
    pub(crate) fn behaves(&self, ways: Ways) {
        *self.state.ways.lock().unwrap() = ways;
    }

    /// From now on it signs with another key, under another name.
    pub(crate) fn rotates(&self) {
        let mut key = self.state.key.lock().unwrap();
        *key = Key::new(if key.is("one") { "two" } else { "one" });
    }

    /// A logout token for this session, in the issuer's ways.
    pub(crate) fn logout_token(&self, claims: Value) -> String {
        let now = chassis::Clock::System.now().timestamp();
        let usual = json!({
            "iss": self.state.url, "aud": "myclient", "iat": now, "exp": now + 120, "jti": "a",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        self.state.sign(merged(usual, claims))
    }

    /// The forms that the token endpoint was sent, with the `authorization` header besides.
    pub(crate) fn token_calls(&self) -> MutexGuard<'_, Vec<HashMap<String, String>>> {
        self.state.calls.lock().unwrap()
    }

    /// The forms that the revocation endpoint was sent.
    pub(crate) fn revocations(&self) -> MutexGuard<'_, Vec<HashMap<String, String>>> {
        self.state.revocations.lock().unwrap()
    }
}

impl Behaviour {
    fn id_token(&self, nonce: &str) -> String {
        let now = chassis::Clock::System.now().timestamp();
        self.sign(json!({
            "iss": self.url, "sub": "1", "aud": ["myclient"], "iat": now, "exp": now + 3600,
            "nonce": nonce, "name": "Ada <Lovelace>", "sid": "a-session",
        }))
    }

    fn sign(&self, claims: Value) -> String {
        let ways = self.ways.lock().unwrap();
        ways.sign(&self.key.lock().unwrap(), &merged(claims, ways.claims.clone()))
    }
}

async fn discovery(State(issuer): State<Arc<Behaviour>>) -> String {
    let at = |path: &str| format!("{}{path}", issuer.url);
    let document = json!({
        "issuer": issuer.url,
        "authorization_endpoint": at("oauth2/auth"),
        "token_endpoint": at("oauth2/token"),
        "revocation_endpoint": at("oauth2/revoke"),
        "end_session_endpoint": at("oauth2/sessions/logout"),
        "jwks_uri": at(".well-known/jwks.json"),
    });
    merged(document, issuer.ways.lock().unwrap().discovery.clone()).to_string()
}

/// Like Hydra at its first sign-in, it has no key before it has answered with a token.
async fn keys(State(issuer): State<Arc<Behaviour>>) -> String {
    if issuer.calls.lock().unwrap().is_empty() {
        return json!({ "keys": [] }).to_string();
    }
    let published = (issuer.ways.lock().unwrap().published)(issuer.key.lock().unwrap().public());
    json!({ "keys": published }).to_string()
}

async fn tokens(
    State(issuer): State<Arc<Behaviour>>,
    headers: HeaderMap,
    Form(mut form): Form<HashMap<String, String>>,
) -> Response {
    if let Some(basic) = headers.get(AUTHORIZATION) {
        form.insert("authorization".to_owned(), basic.to_str().unwrap().to_owned());
    }
    let answer = issuer.tokens.lock().unwrap().clone();
    let number = {
        let mut calls = issuer.calls.lock().unwrap();
        calls.push(form);
        calls.len()
    };
    let (status, body) = match answer {
        Tokens::Granted { expires_in, nonce } => (
            StatusCode::OK,
            merged(
                json!({
                    "access_token": format!("canary-access-{number}"), "token_type": "bearer",
                    "refresh_token": format!("canary-refresh-{number}"), "expires_in": expires_in,
                    "scope": "openid users.read", "id_token": issuer.id_token(&nonce),
                }),
                issuer.ways.lock().unwrap().tokens.clone(),
            ),
        ),
        Tokens::Refused(code) => (StatusCode::BAD_REQUEST, json!({ "error": code })),
        Tokens::Down => (StatusCode::SERVICE_UNAVAILABLE, json!({})),
        Tokens::Silent => std::future::pending().await,
        Tokens::Elsewhere(url) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, url)]).into_response();
        }
    };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn revoke(
    State(issuer): State<Arc<Behaviour>>,
    Form(form): Form<HashMap<String, String>>,
) -> StatusCode {
    issuer.revocations.lock().unwrap().push(form);
    issuer.ways.lock().unwrap().revocation
}
