//! Many who connect and say nothing, and some who speak very slowly: others do not notice.

use crate::{PASSWORD, Service, WRONG};
use database::scratch::Engine;
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    task::JoinSet,
    time::{Duration, sleep},
};

/// What an HTTP/2 client says first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_who_say_nothing_do_not_keep_others_waiting() {
    let service = Service::on(Engine::Sqlite).await;
    service.add("ada@example.com", "").await.unwrap();
    let address = service.identity.running.address("gRPC").unwrap();
    let mut idle = Vec::new();
    for number in 0..2000 {
        let mut connection = TcpStream::connect(address).await.unwrap();
        // Every second one begins as a client would, and then says no more.
        if number % 2 == 0 {
            connection.write_all(PREFACE).await.unwrap();
        }
        idle.push(connection);
    }
    for _ in 0..3 {
        let answer = service.verify("ada@example.com", PASSWORD).await.unwrap();
        assert_ne!(answer, WRONG);
    }
    drop(idle);
    assert_ne!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_slowly_is_served_late_and_nobody_else_is() {
    let service = Service::on(Engine::Sqlite).await;
    service.add("ada@example.com", "").await.unwrap();
    let address = service.identity.running.address("gRPC").unwrap();
    let mut slow = JoinSet::new();
    for _ in 0..200 {
        slow.spawn(async move {
            let mut connection = TcpStream::connect(address).await.unwrap();
            for byte in PREFACE.iter().cycle() {
                if connection.write_all(&[*byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
    }
    for _ in 0..10 {
        assert_ne!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    }
    slow.shutdown().await;
    service.stop().await;
}
