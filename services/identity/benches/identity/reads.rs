//! `GetUser`: beside an echo, beside the database alone, and over TLS.

use crate::{
    CONNECTIONS, FEW, OPTIONS, ROUNDS, TIME,
    authority::Authority,
    channels,
    load::{Met, closed, over},
    peers, people,
    process::{Peer, cpu_of},
    program::Program,
    table::Table,
};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::users;
use latchkey_proto::identity::v1::{GetUserRequest, user_service_client::UserServiceClient};
use tonic::{
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
};

/// Callers at once of quick calls.
const READERS: usize = 32;

/// Reads people from 0 to `people`, for a while.
pub(crate) async fn read<C>(channels: Vec<C>, people: u64) -> Met
where
    C: GrpcService<Body> + Clone + Send + Sync + 'static,
    C::Future: Send,
    C::Error: Into<StdError>,
    C::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <C::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    let call = move |channel, number: u64| async move {
        let subject = people::subject(number.wrapping_mul(7919) % people);
        UserServiceClient::new(channel).get_user(GetUserRequest { subject }).await.map(drop)
    };
    closed(READERS, TIME, over(channels, call)).await
}

/// Beside an echo of the same message, and what remains where each call has a statement of its own and
/// nothing else is done between both.
pub(crate) async fn beside_an_echo(
    table: &mut Table,
    engine: Engine,
    identity: &Program,
    people: &Scratch,
) {
    let echo = Peer::start("echo");
    let (mut ours, mut bare, mut alone) = (Met::default(), Met::default(), Met::default());
    for _ in 0..ROUNDS {
        bare = bare.and(read(channels(echo.grpc).await, FEW).await);
        ours = ours.and(read(channels(identity.grpc).await, FEW).await);
        let database = people.database.clone();
        let call = move |number: u64| {
            let database = database.clone();
            async move {
                let subject = people::subject(number.wrapping_mul(7919) % FEW);
                users::find(&database, &subject).await.map(drop).unwrap();
                Ok(())
            }
        };
        alone = alone.and(closed(READERS, TIME, call).await);
    }
    assert_eq!(ours.failed + bare.failed, 0);
    table.tell(engine, "GetUser /s", ours.rate());
    table.tell(engine, "echo /s", bare.rate());
    table.tell(engine, "the same SELECT alone, without gRPC /s", alone.rate());
    let both = 1.0 / (1.0 / alone.rate() + 1.0 / bare.rate());
    table.tell(engine, "echo and that SELECT one after the other / echo", both / bare.rate());
    let least = if engine == Engine::Sqlite { 0.7 } else { 0.5 };
    table.at_least(engine, "GetUser / echo", ours.rate() / bare.rate(), least);
}

/// What identity itself computes for a call: in plaintext, and to a caller with a certificate.
pub(crate) async fn over_tls(table: &mut Table, engine: Engine, plain: &Program, people: &Scratch) {
    let authority = Authority::new();
    let mut options = authority.options();
    options.push("--caller=reader=identity.users.read".to_owned());
    let options: Vec<_> = options.iter().map(String::as_str).chain(OPTIONS).collect();
    let guarded = Program::start(&people.url, &options);
    let own = authority.vouch("reader");
    let mut times = [0.0; 2];
    for _ in 0..ROUNDS {
        let before = cpu_of(plain.id()).unwrap();
        let met = read(channels(plain.grpc).await, FEW).await;
        let took = cpu_of(plain.id()).unwrap().saturating_sub(before);
        times[0] += took.as_secs_f64() * 1e6 / met.all as f64 / ROUNDS as f64;

        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(authority.channel(guarded.grpc, &own).await);
        }
        let before = cpu_of(guarded.id()).unwrap();
        let met = read(channels, FEW).await;
        let took = cpu_of(guarded.id()).unwrap().saturating_sub(before);
        times[1] += took.as_secs_f64() * 1e6 / met.all as f64 / ROUNDS as f64;
    }
    table.tell(engine, "a call, in identity's own time, us", times[0]);
    table.tell(engine, "mutual TLS adds to it, us", times[1] - times[0]);
    table.tell(engine, "the gate before it, us", peers::gate().await);
}
