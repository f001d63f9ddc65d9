//! How fast identity is, as ratios beside a peer in the same run. `cargo xtask bench identity` runs it,
//! `docs/benchmarks.md` says how to read it.

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed, and prints what it measures"
)]

mod load;
mod peers;
mod people;
mod process;
mod table;

use database::scratch::{Engine, Scratch};
use latchkey_identity::{
    domain::{
        hashing::{Hashing, cost::Cost, pepper::Peppers},
        password::Password,
    },
    store::MIGRATIONS,
};
use latchkey_proto::identity::v1::{
    GetUserRequest, credential_service_client::CredentialServiceClient,
    user_service_client::UserServiceClient,
};
use load::{Met, closed, open, over, percentile};
use process::{Identity, Peer};
use std::{net::SocketAddr, num::NonZero, thread, time::Duration};
use table::Table;
use tonic::{Request, transport::Channel};

/// How long each figure is measured, and how often in turn with its peer.
const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

/// Callers at once for each hashing thread. No attempt is refused yet, and no thread ever rests.
const CALLERS: usize = 16;
/// Callers at once of quick calls.
const READERS: usize = 32;
const CONNECTIONS: usize = 4;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;

/// The lines that say where it listens, and the audit trail.
const OPTIONS: [&str; 1] = ["--log=warn,latchkey_chassis=info"];

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("echo") => peers::echo(),
        _ => bench(),
    }
}

#[tokio::main]
async fn bench() {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    println!("{cores} cores, shared by identity, its database and the callers\n");
    let mut table = Table::new();
    let hash = hash().await;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let few = people_in(engine, FEW, &hash).await;
        drop(Identity::start(&few.url, &OPTIONS));
        let identity = Identity::start(&few.url, &OPTIONS);
        table.at_most(engine, "ready after, ms", identity.ready_after.as_secs_f64() * 1e3, 200.0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        table.at_most(engine, "memory at rest, MiB", identity.memory(), 25.0);

        reads(&mut table, engine, &identity).await;
        sign_ins(&mut table, engine, &identity, cores).await;

        let many = people_in(engine, MANY, &hash).await;
        let large = Identity::start(&many.url, &OPTIONS);
        scale(&mut table, engine, &identity, &large, cores).await;
    }
    println!();
    table.print();
}

/// A database with so many people.
async fn people_in(engine: Engine, count: u64, hash: &str) -> Scratch {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    people::add(&scratch.database, i64::try_from(count).unwrap(), hash).await;
    scratch.database.close().await;
    scratch
}

async fn hash() -> String {
    let hashing = Hashing::new(
        Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 },
        Peppers::default(),
        1,
    );
    let password = Password::parse("password", people::PASSWORD).unwrap();
    hashing.unwrap().hash(&password, None).await.unwrap()
}

async fn channels(address: SocketAddr) -> Vec<Channel> {
    let mut channels = Vec::new();
    for _ in 0..CONNECTIONS {
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        channels.push(endpoint.tcp_nodelay(true).connect().await.unwrap());
    }
    channels
}

/// Reads people from 0 to `people`, for a while.
async fn read(address: SocketAddr, people: u64) -> Met {
    let call = move |channel, number: u64| async move {
        let subject = people::subject(number.wrapping_mul(7919) % people);
        UserServiceClient::new(channel).get_user(GetUserRequest { subject }).await.map(drop)
    };
    closed(READERS, TIME, over(channels(address).await, call)).await
}

/// Signs people in from 0 to `people`, for a while.
async fn sign_in(address: SocketAddr, people: u64, known: bool, callers: usize) -> Met {
    let call = move |channel, number| async move {
        let attempt = people::attempt(number, people, known);
        CredentialServiceClient::new(channel).verify_credentials(attempt).await.map(drop)
    };
    closed(callers, TIME, over(channels(address).await, call)).await
}

/// `GetUser` beside an echo of the same message.
async fn reads(table: &mut Table, engine: Engine, identity: &Identity) {
    let echo = Peer::start("echo");
    let (mut ours, mut bare) = (Met::default(), Met::default());
    for _ in 0..ROUNDS {
        bare = bare.and(read(echo.grpc, FEW).await);
        ours = ours.and(read(identity.grpc, FEW).await);
    }
    assert_eq!(ours.failed + bare.failed, 0);
    table.tell(engine, "GetUser /s", ours.rate());
    table.tell(engine, "echo /s", bare.rate());
    let least = if engine == Engine::Sqlite { 0.7 } else { 0.5 };
    table.at_least(engine, "GetUser / echo", ours.rate() / bare.rate(), least);
}

/// `VerifyCredentials` beside argon2id alone, then under twice the load.
async fn sign_ins(table: &mut Table, engine: Engine, identity: &Identity, cores: usize) {
    let (mut ours, mut bare, mut others, mut postgres) = (Met::default(), 0.0, 0.0, 0.0);
    for _ in 0..ROUNDS {
        bare += peers::bare_argon2(cores, TIME) / ROUNDS as f64;
        let began = std::time::Instant::now();
        let before = (process::own_cpu(), process::postgres_cpu());
        ours = ours.and(sign_in(identity.grpc, FEW, true, CALLERS * cores).await);
        let time = began.elapsed().as_secs_f64() * cores as f64 * ROUNDS as f64;
        others += process::own_cpu().saturating_sub(before.0).as_secs_f64() / time;
        postgres += process::postgres_cpu().saturating_sub(before.1).as_secs_f64() / time;
    }
    assert_eq!((ours.failed, ours.refused.len()), (0, 0));
    let ratio = ours.rate() / bare;
    table.tell(engine, "VerifyCredentials /s", ours.rate());
    table.tell(engine, "argon2id /s", bare);
    table.tell(engine, "callers' part of the cores", others);
    table.tell(engine, "PostgreSQL's part of the cores", postgres);
    table.tell(engine, "verify / argon2id, all on these cores", ratio);
    let left = 1.0 - others - postgres;
    table.part(engine, "verify / argon2id, on identity's part", ratio / left, 0.97);

    let saturated = percentile(&ours.served, 99);
    table.tell(engine, "p99 at saturation, ms", saturated);
    let patience = Duration::from_secs_f64(saturated * 2.0 / 1e3);
    let call = move |channel, number| async move {
        let mut request = Request::new(people::attempt(number, FEW, true));
        request.set_timeout(patience);
        CredentialServiceClient::new(channel).verify_credentials(request).await.map(drop)
    };
    let connections = channels(identity.grpc).await;
    let over = open(ours.rate() * 2.0, TIME * 2, over(connections, call)).await;
    let late = over.failed as f64 / (over.failed as f64 + over.served.len() as f64);
    table.tell(engine, "served under twice the load / at saturation", over.rate() / ours.rate());
    table.at_most(engine, "admitted, but not served in time", late, 0.01);
    let p99 = percentile(&over.served, 99);
    table.at_most(engine, "p99 under twice the load / at saturation", p99 / saturated, 2.0);
    table.at_most(engine, "p99 of refusals, ms", percentile(&over.refused, 99), 5.0);
    table.tell(engine, "memory after the flood, MiB", identity.memory());
}

/// The same with a thousand times as many people.
async fn scale(table: &mut Table, engine: Engine, few: &Identity, many: &Identity, cores: usize) {
    let mut rates = [0.0; 4];
    for _ in 0..ROUNDS {
        for (place, (identity, people)) in [(few, FEW), (many, MANY)].into_iter().enumerate() {
            rates[place] += read(identity.grpc, people).await.rate();
            let callers = CALLERS * cores;
            rates[2 + place] += sign_in(identity.grpc, people, false, callers).await.rate();
        }
    }
    table.at_least(engine, "GetUser with 1,000,000 people / 1,000", rates[1] / rates[0], 0.9);
    table.at_least(engine, "verify with 1,000,000 people / 1,000", rates[3] / rates[2], 0.9);
}
