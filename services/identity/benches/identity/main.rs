//! How fast identity is, as ratios beside a peer in the same run. `cargo xtask bench identity` runs it,
//! `docs/benchmarks.md` says how to read it.

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed, and prints what it measures"
)]

#[path = "../../tests/service/authority.rs"]
mod authority;
mod load;
mod peers;
mod people;
mod process;
#[path = "../../tests/service/program.rs"]
mod program;
mod reads;
mod sign_ins;
mod statistics;
mod table;
mod timing;

use database::scratch::{Engine, Scratch};
use latchkey_identity::{
    domain::{
        hashing::{Hashing, cost::Cost, pepper::Peppers},
        password::Password,
    },
    store::MIGRATIONS,
};
use program::Program;
use std::{
    net::SocketAddr,
    num::NonZero,
    thread,
    time::{Duration, Instant},
};
use table::Table;
use tonic::transport::Channel;

/// How long each figure is measured, and how often in turn with its peer.
const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

const CONNECTIONS: usize = 4;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;

/// The lines that say where it listens, and the audit trail.
const OPTIONS: [&str; 1] = ["--log=warn,latchkey_chassis=info"];

const PARTS: [&str; 6] = ["start", "reads", "tls", "sign-ins", "timing", "people"];
const ENGINES: [(&str, Engine); 2] = [("sqlite", Engine::Sqlite), ("postgres", Engine::Postgres)];

fn main() {
    // Cargo adds words of its own, with dashes.
    let words: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match words.first().map(String::as_str) {
        Some("echo") => peers::echo(),
        _ => bench(&Asked(words)),
    }
}

/// What is measured: all, or the engines and parts that are named.
struct Asked(Vec<String>);

impl Asked {
    fn engine(&self, name: &str) -> bool {
        let named = |word: &&String| ENGINES.iter().any(|(engine, _)| word == engine);
        self.0.iter().all(|word| !named(&word)) || self.0.iter().any(|word| word == name)
    }

    fn part(&self, name: &str) -> bool {
        let named = |word: &&String| PARTS.iter().any(|part| word == part);
        self.0.iter().all(|word| !named(&word)) || self.0.iter().any(|word| word == name)
    }
}

#[tokio::main]
async fn bench(asked: &Asked) {
    let known = |word: &str| PARTS.contains(&word) || ENGINES.iter().any(|(name, _)| *name == word);
    let unknown = asked.0.iter().find(|word| !known(word));
    assert!(unknown.is_none(), "{unknown:?} is neither an engine nor one of {PARTS:?}");
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    println!("{cores} cores, shared by identity, its database and the callers\n");
    let mut table = Table::new();
    let (hash, hash_ms) = hash().await;
    for (_, engine) in ENGINES.into_iter().filter(|(name, _)| asked.engine(name)) {
        let few = people_in(engine, FEW, &hash).await;
        drop(Program::start(&few.url, &OPTIONS));
        let began = Instant::now();
        let identity = Program::start(&few.url, &OPTIONS);
        let ready = began.elapsed().as_secs_f64() * 1e3;
        if asked.part("start") {
            table.at_most(engine, "ready after, ms", ready, 200.0);
            tokio::time::sleep(Duration::from_secs(1)).await;
            table.at_most(engine, "memory at rest, MiB", identity.memory("VmRSS"), 25.0);
        }
        if asked.part("reads") {
            reads::beside_an_echo(&mut table, engine, &identity, &few).await;
        }
        if asked.part("tls") {
            reads::over_tls(&mut table, engine, &identity, &few).await;
        }
        if asked.part("sign-ins") {
            sign_ins::beside_argon2(&mut table, engine, &identity, cores).await;
        }
        if asked.part("timing") {
            timing::of_refusals(&mut table, engine, &few, &identity).await;
            timing::of_new_passwords(&mut table, engine, hash_ms).await;
        }
        if asked.part("people") {
            let many = people_in(engine, MANY, &hash).await;
            let large = Program::start(&many.url, &OPTIONS);
            scale(&mut table, engine, &identity, &large, cores).await;
        }
    }
    println!();
    table.print();
}

/// A database with so many people.
async fn people_in(engine: Engine, count: u64, hash: &str) -> Scratch {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    people::add(&scratch.database, i64::try_from(count).unwrap(), hash).await;
    scratch
}

/// A hash, and how long it took, in milliseconds.
async fn hash() -> (String, f64) {
    let hashing = Hashing::new(
        Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 },
        Peppers::default(),
        1,
    );
    let password = Password::parse("password", people::PASSWORD).unwrap();
    let hashing = hashing.unwrap();
    let began = Instant::now();
    let hash = hashing.hash(&password, None).await.unwrap();
    (hash, began.elapsed().as_secs_f64() * 1e3)
}

async fn channels(address: SocketAddr) -> Vec<Channel> {
    let mut channels = Vec::new();
    for _ in 0..CONNECTIONS {
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        channels.push(endpoint.tcp_nodelay(true).connect().await.unwrap());
    }
    channels
}

/// The same with a thousand times as many people.
async fn scale(table: &mut Table, engine: Engine, few: &Program, many: &Program, cores: usize) {
    let mut rates = [0.0; 4];
    for _ in 0..ROUNDS {
        for (place, (identity, people)) in [(few, FEW), (many, MANY)].into_iter().enumerate() {
            rates[place] += reads::read(channels(identity.grpc).await, people).await.rate();
            let callers = sign_ins::CALLERS * cores;
            rates[2 + place] +=
                sign_ins::sign_in(identity.grpc, people, false, callers).await.rate();
        }
    }
    table.at_least(engine, "GetUser with 1,000,000 people / 1,000", rates[1] / rates[0], 0.9);
    table.at_least(engine, "verify with 1,000,000 people / 1,000", rates[3] / rates[2], 0.9);
}
