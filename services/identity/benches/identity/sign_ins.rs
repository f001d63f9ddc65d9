//! `VerifyCredentials`: beside argon2id alone, and under more than can be served.

use crate::{
    FEW, ROUNDS, TIME, channels,
    load::{Met, closed, open, over, percentile},
    peers, people, process,
    program::Program,
    table::Table,
};
use database::scratch::Engine;
use latchkey_proto::identity::v1::credential_service_client::CredentialServiceClient;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tonic::Request;

/// Callers at once for each hashing thread. No attempt is refused yet, and no thread ever rests.
pub(crate) const CALLERS: usize = 16;

/// How long callers wait under twice the load, in p99 at saturation: longer than any of them should.
const PATIENCE: f64 = 4.0;

/// Signs people in from 0 to `people`, for a while.
pub(crate) async fn sign_in(address: SocketAddr, people: u64, known: bool, callers: usize) -> Met {
    let call = move |channel, number| async move {
        let attempt = people::attempt(number, people, known);
        CredentialServiceClient::new(channel).verify_credentials(attempt).await.map(drop)
    };
    closed(callers, TIME, over(channels(address).await, call)).await
}

/// Beside argon2id alone, then under twice the load.
pub(crate) async fn beside_argon2(
    table: &mut Table,
    engine: Engine,
    identity: &Program,
    cores: usize,
) {
    let (mut ours, mut bare, mut others, mut postgres) = (Met::default(), 0.0, 0.0, 0.0);
    let mut own = Duration::ZERO;
    for _ in 0..ROUNDS {
        bare += peers::bare_argon2(cores, TIME) / ROUNDS as f64;
        let began = Instant::now();
        let before = (process::own_cpu(), process::postgres_cpu());
        let own_before = process::cpu_of(identity.id()).unwrap();
        ours = ours.and(sign_in(identity.grpc, FEW, true, CALLERS * cores).await);
        own += process::cpu_of(identity.id()).unwrap().saturating_sub(own_before);
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
    let a_sign_in = own.as_secs_f64() * 1e3 / ours.all as f64;
    table.tell(engine, "a sign-in, in identity's own time, ms", a_sign_in);
    table.tell(engine, "a hash alone, ms", cores as f64 * 1e3 / bare);
    table.tell(engine, "verify / argon2id, all on these cores", ratio);
    let left = 1.0 - others - postgres;
    table.part(engine, "verify / argon2id, on identity's part", ratio / left, 0.97);
    overload(table, engine, identity, &ours).await;
}

/// Twice as many attempts as can be served.
async fn overload(table: &mut Table, engine: Engine, identity: &Program, saturated: &Met) {
    let p99 = percentile(&saturated.served, 99);
    table.tell(engine, "p99 at saturation, ms", p99);
    let patience = Duration::from_secs_f64(p99 * PATIENCE / 1e3);
    let call = move |channel, number| async move {
        let mut request = Request::new(people::attempt(number, FEW, true));
        request.set_timeout(patience);
        CredentialServiceClient::new(channel).verify_credentials(request).await.map(drop)
    };
    let connections = channels(identity.grpc).await;
    let met = open(saturated.rate() * 2.0, TIME * 2, over(connections, call)).await;
    let late = met.failed as f64 / (met.failed as f64 + met.served.len() as f64);
    let kept = met.rate() / saturated.rate();
    table.tell(engine, "served under twice the load / at saturation", kept);
    table.at_most(engine, "admitted, but not served in time", late, 0.01);
    let ratio = percentile(&met.served, 99) / p99;
    table.at_most(engine, "p99 under twice the load / at saturation", ratio, 2.0);
    table.at_most(engine, "p99 of refusals, ms", percentile(&met.refused, 99), 5.0);
    table.tell(engine, "memory after the flood, MiB", identity.memory("VmRSS"));
}
