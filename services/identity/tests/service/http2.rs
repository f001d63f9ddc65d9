//! Abuse below the calls, frame by frame (RFC 9113): who floods a connection loses that one, and
//! others do not notice.

use crate::{PASSWORD, Service, WRONG};
use database::scratch::Engine;
use std::{iter, process::Command, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, tcp::OwnedReadHalf},
    task::JoinSet,
    time::timeout,
};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const METHOD: &str = "/latchkey.identity.v1.UserService/GetUser";
/// Long enough for any machine, and no measure of anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// Frame types and flags.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [head.as_slice(), payload].concat()
}

/// A header in HPACK without a table (RFC 7541, section 6.2.2).
fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    [name, &[length], value].concat()
}

/// The head of a call.
fn head() -> Vec<u8> {
    let post_http = vec![0x83, 0x86];
    [
        post_http,
        literal(&[0x04], METHOD.as_bytes()),
        literal(&[0x01], b"localhost"),
        literal(&[0x0f, 0x10], b"application/grpc"),
        literal(b"\x00\x02te", b"trailers"),
    ]
    .concat()
}

/// A connection that sends frames as long as it is let. `ended` comes when the server has cut it.
struct Flood {
    _writing: JoinSet<()>,
    answers: OwnedReadHalf,
}

impl Flood {
    async fn of(service: &Service, frames: impl Iterator<Item = Vec<u8>> + Send + 'static) -> Self {
        let address = service.identity.running.address("gRPC").unwrap();
        let (answers, mut out) = TcpStream::connect(address).await.unwrap().into_split();
        let mut writing = JoinSet::new();
        writing.spawn(async move {
            let greeting = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
            for some in iter::once(greeting).chain(frames) {
                if out.write_all(&some).await.is_err() {
                    return;
                }
            }
            // It stays open: only the server may end it.
            std::future::pending::<()>().await;
        });
        Self { _writing: writing, answers }
    }

    /// Waits until the server has ended the connection.
    async fn ended(mut self) {
        let mut sink = vec![0; 64 * 1024];
        let end = async { while !matches!(self.answers.read(&mut sink).await, Ok(0) | Err(_)) {} };
        timeout(PATIENCE, end).await.unwrap();
    }
}

async fn serves(service: &Service) {
    let answered = service.verify("ada@example.com", PASSWORD);
    assert_ne!(timeout(PATIENCE, answered).await.unwrap().unwrap(), WRONG);
}

/// CVE-2023-44487.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_taken_back_at_once_end_the_connection() {
    let service = Service::on(Engine::Sqlite).await;
    service.add("ada@example.com", "").await.unwrap();
    let calls = (0..100_000).map(|number| {
        let stream = 2 * number + 1;
        let cancel = 8_u32.to_be_bytes();
        [frame(HEADERS, END_HEADERS, stream, &head()), frame(RST_STREAM, 0, stream, &cancel)]
            .concat()
    });
    let flood = Flood::of(&service, calls).await;
    serves(&service).await;
    flood.ended().await;
    serves(&service).await;
    service.stop().await;
}

/// CVE-2024-27316 and its kin.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_an_end_ends_the_connection() {
    let service = Service::on(Engine::Sqlite).await;
    service.add("ada@example.com", "").await.unwrap();
    let more = literal(b"\x00\x01x", &[b'a'; 100]).repeat(100);
    let start = frame(HEADERS, 0, 1, &head());
    let flood =
        iter::once(start).chain(iter::repeat_with(move || frame(CONTINUATION, 0, 1, &more)));
    let flood = Flood::of(&service, flood).await;
    serves(&service).await;
    flood.ended().await;
    serves(&service).await;
    service.stop().await;
}

/// CVE-2019-9512 and CVE-2019-9515: an answer for each, which nobody reads. The server stops to read
/// where its answers do not go out, and keeps none of them.
#[tokio::test(flavor = "multi_thread")]
async fn questions_whose_answers_nobody_reads_hold_their_own_connection_alone() {
    let service = Service::on(Engine::Sqlite).await;
    service.add("ada@example.com", "").await.unwrap();
    let pings = iter::repeat_with(|| frame(PING, 0, 0, &[7; 8]).repeat(1000));
    let settings = iter::repeat_with(|| frame(SETTINGS, 0, 0, &[]).repeat(1000));
    let floods = [Flood::of(&service, pings).await, Flood::of(&service, settings).await];
    for _ in 0..5 {
        serves(&service).await;
    }
    drop(floods);
    serves(&service).await;
    service.stop().await;
}

#[tokio::test]
async fn headers_that_are_too_long_are_refused() {
    let service = Service::on(Engine::Sqlite).await;
    let mut health = HealthClient::new(service.channel.clone());
    let mut with = async |length: usize| {
        let mut request = Request::new(HealthCheckRequest::default());
        request.metadata_mut().insert("x-long", "a".repeat(length).parse().unwrap());
        health.check(request).await
    };
    with(15 * 1024).await.unwrap();
    with(17 * 1024).await.unwrap_err();
    with(1024 * 1024).await.unwrap_err();
    with(1).await.unwrap();
    service.stop().await;
}

/// 32 MB in 32 KB: nothing here can inflate it.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "no client of ours sends this")]
async fn a_compressed_message_is_refused_as_it_is() {
    let service = Service::on(Engine::Sqlite).await;
    let zipped = Command::new("sh").args(["-c", "head -c 32000000 /dev/zero | gzip -9"]).output();
    let zipped = zipped.unwrap().stdout;
    assert!((16 * 1024..48 * 1024).contains(&zipped.len()), "{}", zipped.len());
    let length = u32::try_from(zipped.len()).unwrap().to_be_bytes();
    let message = [&[1], &length[..], &zipped].concat();
    let address = service.identity.running.address("gRPC").unwrap();
    let http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let call = http
        .post(format!("http://{address}{METHOD}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-encoding", "gzip")
        .body(message);
    let answer = call.send().await.unwrap();
    let status = Status::from_header_map(answer.headers()).unwrap();
    assert_eq!(status.code(), Code::Unimplemented, "{status:?}");
    service.stop().await;
}
