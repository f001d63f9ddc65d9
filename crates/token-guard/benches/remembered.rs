//! What the layer costs where the token is remembered: one request through a router, bare and guarded,
//! in turns, so that both meet the same machine. Counted is the time that the thread computes: it never
//! waits, and what else runs on the machine does not count. `cargo bench -p latchkey-token-guard --bench remembered`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use axum::{
    Form, Json, Router,
    body::Body,
    routing::{get, post},
};
use http::Request;
use latchkey_token_guard::{Grant, Settings, TokenGuard, web};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tower::ServiceExt as _;

/// Requests in one turn, and turns. What was computed is known to some milliseconds.
const REQUESTS: u32 = 100_000;
const TURNS: usize = 11;
/// The layer may add this much to a request.
const MOST: Duration = Duration::from_micros(2);
/// As long as Hydra's.
const TOKEN: &str =
    "ory_at_c2l4dHktZm91ci1yYW5kb20tYnl0ZXM.bm8tc2VjcmV0LWF0LWFsbC1qdXN0LWFzLWxvbmc";

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let introspection = format!("http://{}/introspect", listener.local_addr()?).parse()?;
    let server = Router::new().route("/introspect", post(introspect));
    tasks.spawn(async move { axum::serve(listener, server).await });

    let settings = Settings { granted_for: Duration::from_hours(1), ..Settings::default() };
    let guard = TokenGuard::introspecting(introspection, &settings)?;
    let bare = Router::new().route("/", get(async || "hello"));
    let guarded = Router::new().route("/", get(async |_: Grant| "hello")).layer(web::guard(guard));
    turn(&guarded).await?;

    let (mut without, mut with) = (vec![], vec![]);
    for _ in 0..TURNS {
        without.push(turn(&bare).await?);
        with.push(turn(&guarded).await?);
    }
    let (without, with) = (median(without), median(with));
    let added = with.saturating_sub(without);
    let verdict = if added <= MOST { "ok" } else { "MISSED" };
    println!("| a request with a remembered token | figure | target | |\n|---|---|---|---|");
    println!("| bare | {without:?} | | |\n| guarded | {with:?} | | |");
    println!("| added by the layer | {added:?} | at most {MOST:?} | {verdict} |");
    Ok(())
}

async fn introspect(Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    Json(json!({
        "active": form.contains_key("token"), "token_use": "access_token", "sub": "1",
        "client_id": "shop", "scope": "openid orders.read", "exp": u32::MAX,
    }))
}

/// How long one request takes, on average of a turn.
async fn turn(router: &Router) -> anyhow::Result<Duration> {
    let began = computed()?;
    for _ in 0..REQUESTS {
        let request = Request::get("/").header("authorization", format!("Bearer {TOKEN}"));
        let response = router.clone().oneshot(request.body(Body::empty())?).await?;
        anyhow::ensure!(response.status().is_success(), "{}", response.status());
    }
    Ok(computed()?.saturating_sub(began) / REQUESTS)
}

/// For how long this thread has had a processor, to the nanosecond (Linux, `sched-stats`).
fn computed() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = stat.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn median(mut turns: Vec<Duration>) -> Duration {
    turns.sort_unstable();
    turns.get(turns.len() / 2).copied().unwrap_or_default()
}
