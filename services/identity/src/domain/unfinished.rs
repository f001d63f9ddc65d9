//! An attempt that gets no answer leaves an event too.

use crate::domain::{
    attempt::Attempt,
    audit::{Entry, Event},
};
use crate::store::audit;
use chassis::{Clock, process::Running};
use database::Database;

/// An attempt under way. Where it ends without an answer, because it was refused, or something
/// failed, or because nobody waited any longer and it was dropped, the trail says so.
#[derive(Debug)]
pub(crate) struct Unfinished<'a> {
    database: &'a Database,
    clock: &'a Clock,
    background: &'a Running,
    attempt: &'a Attempt,
    subject: Option<String>,
    outcome: Option<&'static str>,
    counted: bool,
}

impl<'a> Unfinished<'a> {
    /// It begins.
    pub(crate) fn new(
        database: &'a Database,
        clock: &'a Clock,
        background: &'a Running,
        attempt: &'a Attempt,
    ) -> Self {
        let (subject, outcome) = (None, Some("cut_off"));
        Self { database, clock, background, attempt, subject, outcome, counted: false }
    }

    /// It is counted, and so costs the database something: from now on the trail keeps it. Before
    /// that a flood is told in the log alone.
    pub(crate) fn counted(&mut self, subject: Option<&str>) {
        self.subject = subject.map(str::to_owned);
        self.counted = true;
    }

    /// It ends: without an answer with this outcome.
    pub(crate) fn end(mut self, outcome: Option<&'static str>) {
        self.outcome = outcome;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let Some(outcome) = self.outcome else { return };
        let subject = self.subject.as_deref();
        let entry = Entry {
            outcome,
            origin: self.attempt.origin.clone(),
            ..Entry::done(Event::CredentialsVerify, subject, self.clock.now())
        };
        if !self.counted {
            return entry.tell();
        }
        let database = self.database.clone();
        self.background.spawn(async move {
            if let Err(error) = audit::append_alone(&database, &entry).await {
                tracing::warn!(%error, audit.id = entry.id, "this event is told here alone");
            }
            entry.tell();
        });
    }
}
