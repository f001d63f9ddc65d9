//! An authorization server that does what a test tells it to, and counts what it is asked.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

/// Ends with the test.
pub(crate) struct Server {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
    _tasks: JoinSet<()>,
}

/// What the server says.
pub(crate) struct Told {
    /// To introspection.
    pub(crate) answer: Value,
    /// How long it thinks.
    pub(crate) delay: Duration,
    pub(crate) status: StatusCode,
    /// The keys that it publishes.
    pub(crate) keys: Vec<Value>,
    /// How often it was asked anything.
    pub(crate) asked: usize,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let told = Arc::new(Mutex::new(Told {
            answer: active(json!({})),
            delay: Duration::ZERO,
            status: StatusCode::OK,
            keys: vec![],
            asked: 0,
        }));
        let router = Router::new()
            .route("/introspect", post(introspect))
            .route("/jwks.json", get(jwks))
            .with_state(told.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, told, _tasks: tasks }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }
}

/// An answer about a person's access token, with these claims besides.
pub(crate) fn active(claims: Value) -> Value {
    let base = json!({
        "active": true, "token_use": "access_token", "sub": "1", "client_id": "shop",
        "scope": "openid orders.read", "exp": now() + 3600, "iss": "https://id.test/", "aud": [],
    });
    merged(base, claims)
}

/// One object over another; null takes a member away.
pub(crate) fn merged(mut base: Value, over: Value) -> Value {
    let (Some(members), Value::Object(over)) = (base.as_object_mut(), over) else { return base };
    members.extend(over);
    members.retain(|_, value| !value.is_null());
    base
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn introspect(
    State(told): State<Arc<Mutex<Told>>>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    assert!(!form["token"].is_empty());
    let (status, answer, delay) = {
        let mut told = told.lock().unwrap();
        told.asked += 1;
        (told.status, told.answer.clone(), told.delay)
    };
    tokio::time::sleep(delay).await;
    (status, Json(answer))
}

async fn jwks(State(told): State<Arc<Mutex<Told>>>) -> (StatusCode, Json<Value>) {
    let mut told = told.lock().unwrap();
    told.asked += 1;
    (told.status, Json(json!({ "keys": told.keys })))
}

/// A signing key (ES256).
pub(crate) struct Key {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(kid: &'static str) -> Self {
        Self { kid, pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// Its public half.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    /// A token with this header over the usual one.
    pub(crate) fn sign(&self, header: Value, claims: &Value) -> String {
        let usual = json!({ "alg": "ES256", "kid": self.kid, "typ": "JWT" });
        let message = message(&merged(usual, header), claims);
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token whose HMAC has the public key as its secret (key confusion).
    pub(crate) fn confuse(&self, claims: &Value) -> String {
        let message = message(&json!({ "alg": "HS256", "kid": self.kid, "typ": "JWT" }), claims);
        let secret = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, message.as_bytes())))
    }
}

/// Header and claims, without a signature.
pub(crate) fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
