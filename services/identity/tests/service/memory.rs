//! What the program takes of the machine's memory.

use crate::{attempt, program::Program};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::MIGRATIONS;
use latchkey_proto::identity::v1::credential_service_client::CredentialServiceClient;
use tokio::task::JoinSet;
use tonic::{Code, transport::Channel};

const THREADS: f64 = 4.0;
/// One block, in MiB.
const BLOCK: f64 = 64.0;

/// Beside the blocks: calls in flight, and what each connection to SQLite keeps of a small file.
const REST: f64 = 32.0;

#[tokio::test]
async fn a_flood_takes_a_block_for_each_thread_and_no_more() {
    let scratch = Scratch::new(Engine::Sqlite, &MIGRATIONS).await;
    let program = Program::start(&scratch.url, &["--hash-workers=4", "--argon2-memory-kib=65536"]);
    let at_rest = program.memory("VmRSS");
    let channel = Channel::from_shared(format!("http://{}", program.grpc)).unwrap();
    let channel = channel.connect().await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..500 {
        let mut client = CredentialServiceClient::new(channel.clone());
        let mut request = attempt(&format!("nobody{number}"), &"x".repeat(1024), &[]);
        request.context.as_mut().unwrap().ip.clear();
        calls.spawn(async move { client.verify_credentials(request).await.map(drop) });
    }
    let answers = calls.join_all().await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let refused = refused.filter(|status| status.code() == Code::ResourceExhausted).count();
    assert!((1..500).contains(&refused), "{refused}");
    let taken = program.memory("VmHWM") - at_rest;
    // More than all but one: each thread had its block at the same time.
    assert!(taken > BLOCK * (THREADS - 1.0), "{taken} MiB");
    assert!(taken < BLOCK * THREADS + REST, "{taken} MiB");
}
