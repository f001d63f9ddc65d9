//! What a call says, kept so that it can be said again where nobody has heard it.

use hyper::body::{Bytes, Frame};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};
use tonic::{Status, body::Body};

/// Bytes that are kept. What is longer, such as an import, is said once.
const LONGEST: usize = 64 * 1024;

/// The message of a call. Clones say it together, each part once.
#[derive(Debug, Clone)]
pub(super) struct Message {
    held: Arc<Mutex<Held>>,
    /// How many parts have been said.
    said: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Held {
    body: Body,
    parts: Vec<Bytes>,
    /// Whether parts are missing that were said.
    cut: bool,
}

impl Message {
    pub(super) fn new(body: Body) -> Self {
        let held = Held { body, parts: Vec::new(), cut: false };
        Self { held: Arc::new(Mutex::new(held)), said: Arc::default() }
    }

    /// The same, to be said from its beginning.
    pub(super) fn again(&self) -> Self {
        Self { held: self.held.clone(), said: Arc::default() }
    }

    /// Whether no part has been said.
    pub(super) fn is_unsaid(&self) -> bool {
        self.said.load(Relaxed) == 0
    }

    /// Whether it can be said again.
    pub(super) fn is_whole(&self) -> bool {
        self.with(|held| !held.cut)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    fn keep(&mut self, part: &Bytes) {
        let kept: usize = self.parts.iter().map(Bytes::len).sum();
        self.cut |= kept + part.len() > LONGEST;
        if self.cut {
            self.parts.clear();
        } else {
            self.parts.push(part.clone());
        }
    }
}

impl hyper::body::Body for Message {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let said = self.said.load(Relaxed);
        let frame = self.with(|held| {
            if let Some(part) = held.parts.get(said) {
                return Poll::Ready(Some(Ok(Frame::data(part.clone()))));
            }
            let frame = ready!(Pin::new(&mut held.body).poll_frame(context));
            if let Some(part) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                held.keep(part);
            }
            Poll::Ready(frame)
        });
        self.said.fetch_add(usize::from(frame.is_ready()), Relaxed);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.with(|held| self.said.load(Relaxed) >= held.parts.len() && held.body.is_end_stream())
    }
}
