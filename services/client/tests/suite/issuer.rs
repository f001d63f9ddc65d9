//! An OpenID provider that does what a test tells it to, also what Hydra would never do.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Form, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::process::Running;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

/// What the token endpoint answers.
#[derive(Debug, Clone)]
pub(crate) enum Tokens {
    /// Tokens; the access token lasts this many seconds, the ID token answers this nonce.
    Granted { expires_in: u64, nonce: String },
    /// An error of RFC 6749, section 5.2.
    Refused(&'static str),
    /// 503
    Down,
}

/// A running issuer.
pub(crate) struct Issuer {
    address: SocketAddr,
    state: Arc<Behaviour>,
    /// Ends with the test.
    pub(crate) running: Running,
}

struct Behaviour {
    key: EcdsaKeyPair,
    url: String,
    tokens: Mutex<Tokens>,
    calls: Mutex<Vec<HashMap<String, String>>>,
    revoked: Mutex<Vec<String>>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Behaviour {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            url: format!("http://{address}/"),
            tokens: Mutex::new(Tokens::Down),
            calls: Mutex::default(),
            revoked: Mutex::default(),
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

    /// The forms that the token endpoint was sent.
    pub(crate) fn token_calls(&self) -> MutexGuard<'_, Vec<HashMap<String, String>>> {
        self.state.calls.lock().unwrap()
    }

    pub(crate) fn revoked(&self) -> Vec<String> {
        self.state.revoked.lock().unwrap().clone()
    }
}

impl Behaviour {
    fn id_token(&self, nonce: &str) -> String {
        let now = chassis::Clock::System.now().timestamp();
        let claims = json!({
            "iss": self.url, "sub": "1", "aud": ["myclient"], "iat": now, "exp": now + 3600,
            "nonce": nonce, "name": "Ada <Lovelace>",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({"alg": "ES256", "kid": "one"})), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn discovery(State(issuer): State<Arc<Behaviour>>) -> String {
    let at = |path: &str| format!("{}{path}", issuer.url);
    json!({
        "issuer": issuer.url,
        "authorization_endpoint": at("oauth2/auth"),
        "token_endpoint": at("oauth2/token"),
        "revocation_endpoint": at("oauth2/revoke"),
        "end_session_endpoint": at("oauth2/sessions/logout"),
        "jwks_uri": at(".well-known/jwks.json"),
    })
    .to_string()
}

/// Like Hydra at its first sign-in, it has no key before it has answered with a token.
async fn keys(State(issuer): State<Arc<Behaviour>>) -> String {
    if issuer.calls.lock().unwrap().is_empty() {
        return json!({ "keys": [] }).to_string();
    }
    let point = issuer.key.public_key().as_ref();
    json!({"keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one",
        "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
    }]})
    .to_string()
}

async fn tokens(
    State(issuer): State<Arc<Behaviour>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let answer = issuer.tokens.lock().unwrap().clone();
    let number = {
        let mut calls = issuer.calls.lock().unwrap();
        calls.push(form);
        calls.len()
    };
    let (status, body) = match answer {
        Tokens::Granted { expires_in, nonce } => (
            StatusCode::OK,
            json!({
                "access_token": format!("canary-access-{number}"), "token_type": "bearer",
                "refresh_token": format!("canary-refresh-{number}"), "expires_in": expires_in,
                "scope": "openid users.read", "id_token": issuer.id_token(&nonce),
            }),
        ),
        Tokens::Refused(code) => (StatusCode::BAD_REQUEST, json!({ "error": code })),
        Tokens::Down => (StatusCode::SERVICE_UNAVAILABLE, json!({})),
    };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn revoke(
    State(issuer): State<Arc<Behaviour>>,
    Form(form): Form<HashMap<String, String>>,
) -> StatusCode {
    issuer.revoked.lock().unwrap().push(form["token"].clone());
    StatusCode::OK
}
