//! One process of a service, and the connection to it.

use super::{innermost, message::Message, target::Target};
use h2::Reason;
use hyper::client::conn::http2::SendRequest;
use std::{
    error::Error as _,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};
use tonic::{
    Code, Status,
    body::Body,
    codegen::http::{Request, Response},
};

/// For how long a process that cannot be reached is asked only where no other one can.
const REST: Duration = Duration::from_secs(5);

/// A process of a service.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) target: Arc<Target>,
    pub(super) address: SocketAddr,
    connection: Mutex<Option<SendRequest<Message>>>,
    /// When it could not be reached last, if it has not been reached since.
    failed: StdMutex<Option<Instant>>,
}

/// A call that was not answered.
pub(super) enum Failed {
    /// Nobody has heard it: any other process can take it.
    Unheard(String),
    /// Nobody knows whether it arrived.
    Lost(Status),
}

impl Replica {
    pub(super) fn new(target: Arc<Target>, address: SocketAddr) -> Arc<Self> {
        let (connection, failed) = (Mutex::default(), StdMutex::default());
        Arc::new(Self { target, address, connection, failed })
    }

    /// Whether it could not be reached a moment ago.
    pub(super) fn rests(&self) -> bool {
        self.failed().is_some_and(|at| at.elapsed() < REST)
    }

    /// Sends a call. What was not heard over a connection that is just ending is said over another one:
    /// gRPC calls that a transparent retry.
    pub(super) async fn send(&self, call: &Request<Message>) -> Result<Response<Body>, Failed> {
        let mut ended = String::new();
        for _ in 0..2 {
            let connection = self.connection().await;
            let mut connection = connection.map_err(|error| Failed::Unheard(innermost(&error)))?;
            let message = call.body().again();
            let mut call = call.clone().map(|_| message.clone());
            self.target.address(&mut call);
            match connection.send_request(call).await {
                Ok(answer) => return Ok(answer.map(Body::new)),
                Err(error) if is_unheard(&error, &message) => ended = innermost(&error),
                Err(error) => return Err(Failed::Lost(lost(error))),
            }
        }
        Err(Failed::Unheard(ended))
    }

    /// The connection, made where there is none. Of all who wait one makes it; where that fails it has
    /// failed for all of them.
    pub(super) async fn connection(&self) -> io::Result<SendRequest<Message>> {
        let began = Instant::now();
        let mut kept = self.connection.lock().await;
        if let Some(open) = kept.as_ref().filter(|open| !open.is_closed()) {
            return Ok(open.clone());
        }
        if self.failed().is_some_and(|at| at > began) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let made = self.target.open(self.address).await;
        self.set_failed(made.as_ref().err().map(|_| Instant::now()));
        let made = made?;
        *kept = Some(made.clone());
        Ok(made)
    }

    fn failed(&self) -> Option<Instant> {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_failed(&self, failed: Option<Instant>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }
}

/// Whether the other end cannot have acted on a call: it has seen no part of the message, or says itself
/// that it has not (RFC 9113, sections 6.8 and 8.7).
fn is_unheard(error: &hyper::Error, message: &Message) -> bool {
    let http2 = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    let refused = http2.is_some_and(|error| {
        error.is_remote()
            && match error.reason() {
                Some(Reason::NO_ERROR) => error.is_go_away(),
                Some(Reason::REFUSED_STREAM) => error.is_reset(),
                _ => false,
            }
    });
    message.is_unsaid() || refused && message.is_whole()
}

/// A connection that breaks off says nothing of the call: gRPC has it UNAVAILABLE.
fn lost(error: hyper::Error) -> Status {
    let reason = innermost(&error);
    match Status::from_error(Box::new(error)) {
        status if status.code() == Code::Unknown => Status::unavailable(reason),
        status => status,
    }
}
