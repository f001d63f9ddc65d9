//! What sessions and the token guard cost, beside a peer in the same run. `cargo xtask bench client`
//! runs it, `docs/benchmarks.md` says how to read it.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed, and prints what it measures"
)]

mod introspection;
mod sessions;

use database::scratch::Engine;
use latchkey_integration_tests::Suite;
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How long each figure is measured, and how often in turn with its peer.
const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;
/// What comes before: connections are made, caches settle.
const WARM_UP: Duration = Duration::from_millis(500);
/// Callers at once.
const CALLERS: usize = 16;

#[tokio::main]
async fn main() {
    println!("| figure | database | measured | target | |\n|---|---|---:|---:|---|");
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let suite = Suite::start(engine).await;
        introspection::measure(engine, suite.addresses()).await;
        sessions::measure(engine, suite.addresses()).await;
    }
}

/// A row of the table. A target is the least or the most that a figure may be.
fn row(engine: Engine, what: &str, figure: f64, target: Option<(char, f64)>) {
    let (target, verdict) = match target {
        None => (String::new(), ""),
        Some((sign, bound)) => {
            let good = if sign == '>' { figure >= bound } else { figure <= bound };
            (format!("{sign}= {bound}"), if good { "ok" } else { "MISSED" })
        }
    };
    println!("| {what} | {engine:?} | {figure:.3} | {target} | {verdict} |");
}

/// Calls a second, by [`CALLERS`] who each call again as soon as they are answered. A call gets a
/// number of its own.
async fn rate<F: Future<Output = ()> + Send>(
    call: impl Fn(usize) -> F + Clone + Send + 'static,
) -> f64 {
    let from = Instant::now() + WARM_UP;
    let until = from + TIME;
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let call = call.clone();
        callers.spawn(async move {
            let mut counted = 0_u32;
            for number in (caller..).step_by(CALLERS) {
                let began = Instant::now();
                if began >= until {
                    break;
                }
                call(number).await;
                counted += u32::from(began >= from && Instant::now() < until);
            }
            counted
        });
    }
    f64::from(callers.join_all().await.into_iter().sum::<u32>()) / TIME.as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
