//! What identity is compared with: the hash alone, and a server that only echoes.

use crate::people;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use callers::{Access, Gate};
use chassis::grpc::Peer;
use latchkey_proto::identity::v1::{GetUserRequest, GetUserResponse};
use std::{
    convert::Infallible,
    io::Write as _,
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};
use token_guard::{Settings, TokenGuard};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;
use tower::ServiceExt as _;

/// Hashes a second that argon2id reaches on all cores, each in a block that is used again.
pub(crate) fn bare_argon2(cores: usize, time: Duration) -> f64 {
    let began = Instant::now();
    let hashes: Vec<_> = (0..cores)
        .map(|_| {
            thread::spawn(move || {
                let params = Params::new(19_456, 2, 1, Some(32)).unwrap();
                let mut blocks = vec![Block::new(); params.block_count()];
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                let (mut output, mut count) = ([0; 32], 0);
                while began.elapsed() < time {
                    let password = people::PASSWORD.as_bytes();
                    argon2
                        .hash_password_into_with_memory(
                            password,
                            &[7; 16],
                            &mut output,
                            &mut blocks,
                        )
                        .unwrap();
                    count += 1;
                }
                f64::from(count) / began.elapsed().as_secs_f64()
            })
        })
        .collect();
    hashes.into_iter().map(|thread| thread.join().unwrap()).sum()
}

/// Serves `GetUser` with one message, and nothing else; tells where.
#[tokio::main]
pub(crate) async fn echo() {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    println!("{}", incoming.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let incoming = incoming.with_nodelay(Some(true));
    Server::builder().add_service(Echo).serve_with_incoming(incoming).await.unwrap();
}

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "latchkey.identity.v1.UserService";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let codec = ProstCodec::<GetUserResponse, GetUserRequest>::default();
            Ok(Grpc::new(codec).unary(Echo, request).await)
        })
    }
}

impl UnaryService<GetUserRequest> for Echo {
    type Response = GetUserResponse;
    type Future = std::future::Ready<Result<Response<GetUserResponse>, Status>>;

    fn call(&mut self, request: Request<GetUserRequest>) -> Self::Future {
        let answer = GetUserResponse { user: Some(people::user(request.into_inner().subject)) };
        std::future::ready(Ok(Response::new(answer)))
    }
}

const METHOD: &str = "/latchkey.identity.v1.UserService/GetUser";

/// What the gate adds to a call by the holder of a certificate, in microseconds: the same router with it
/// and without, and nothing behind.
pub(crate) async fn gate() -> f64 {
    const CALLS: u32 = 200_000;
    let table: callers::Table = &[(METHOD, Access::Service(&["identity.users.read"]))];
    let listed = "reader=identity.users.read".parse().unwrap();
    let options = callers::Options { callers: vec![listed], ..callers::Options::default() };
    let hydra = "http://127.0.0.1:4445".parse().unwrap();
    let guard = TokenGuard::introspecting(hydra, &Settings::default()).unwrap();
    let bare = axum::Router::new().route(METHOD, axum::routing::post(|| async {}));
    let guarded = Gate::new(table, &options, guard).unwrap().before(bare.clone());
    let mut times = [f64::INFINITY; 2];
    for _ in 0..crate::ROUNDS {
        for (router, best) in [&bare, &guarded].into_iter().zip(&mut times) {
            let began = Instant::now();
            for _ in 0..CALLS {
                let mut request =
                    http::Request::post(METHOD).body(axum::body::Body::empty()).unwrap();
                request.extensions_mut().insert(Peer::Named(["reader".to_owned()].into()));
                let answer = router.clone().oneshot(request).await.unwrap();
                assert_eq!(answer.status(), 200);
            }
            *best = best.min(began.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
        }
    }
    times[1] - times[0]
}
