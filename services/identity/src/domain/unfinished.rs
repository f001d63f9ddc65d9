//! An attempt that gets no answer leaves an event too.

use crate::domain::{
    attempt::Attempt,
    audit::{Entry, Event},
    hashing::HashingError,
    verify::{Verifier, VerifyError},
};
use crate::store::audit;

/// An attempt under way. Where it ends without an answer, because it was refused, or something
/// failed, or because nobody waited any longer and it was dropped, the trail says so.
#[derive(Debug)]
pub(crate) struct Unfinished<'a> {
    verifier: &'a Verifier,
    attempt: &'a Attempt,
    subject: Option<String>,
    outcome: Option<&'static str>,
    counted: bool,
}

impl<'a> Unfinished<'a> {
    /// It begins.
    pub(crate) fn new(verifier: &'a Verifier, attempt: &'a Attempt) -> Self {
        Self { verifier, attempt, subject: None, outcome: Some("cut_off"), counted: false }
    }

    /// It is counted, and so costs the database something: from now on the trail keeps it. Before
    /// that a flood is told in the log alone.
    pub(crate) fn counted(&mut self, subject: Option<&str>) {
        self.subject = subject.map(str::to_owned);
        self.counted = true;
    }

    /// It ends.
    pub(crate) fn end<T>(mut self, result: &Result<T, VerifyError>) {
        self.outcome = match result {
            Ok(_) => None,
            Err(VerifyError::Hashing(HashingError::Overloaded { .. })) => Some("overloaded"),
            Err(VerifyError::Hashing(HashingError::TooLate)) => Some("cut_off"),
            Err(_) => Some("failed"),
        };
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let Some(outcome) = self.outcome else { return };
        let subject = self.subject.as_deref();
        let entry = Entry {
            outcome,
            origin: self.attempt.origin.clone(),
            ..Entry::done(Event::CredentialsVerify, subject, self.verifier.clock.now())
        };
        if !self.counted {
            return entry.tell();
        }
        let database = self.verifier.database.clone();
        self.verifier.background.spawn(async move {
            if let Err(error) = audit::append_alone(&database, &entry).await {
                tracing::warn!(%error, audit.id = entry.id, "this event is told here alone");
            }
            entry.tell();
        });
    }
}
