//! Who is hashed next, and who would wait in vain: the rules, free of threads and clocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// One in so many turns is an import's where both wait.
const IMPORTS_TURN: u64 = 8;

/// A place in the queue: smaller ones came earlier.
pub(super) type Ticket = u64;

/// Who waits for a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A person, until the deadline.
    Person(Option<Instant>),
    /// Nobody: it is done where a thread has nothing else to do, or not at all.
    Spare,
    /// An import, as long as it takes.
    Import,
}

/// What a hash takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// Who waits for it.
    pub(super) urgency: Urgency,
    /// How long it takes a thread. Zero: not known yet.
    pub(super) time: Duration,
    /// How long its caller has to do something else, before and after it.
    pub(super) beside: Beside,
    /// Memory beside the thread's own block, in KiB.
    pub(super) extra_kib: u32,
}

/// What is to be done around a hash.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside {
    pub(super) before: Duration,
    pub(super) after: Duration,
}

/// What a thread does now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<J> {
    /// This, and then it says [`Queue::done`].
    Run(Ticket, J),
    /// It tells that this came too late.
    Late(J),
    /// Nothing.
    Rest,
}

/// At most `threads` at work and `places` waiting, with at most `extra_kib` memory beside their blocks.
#[derive(Debug)]
pub(super) struct Queue<J> {
    threads: u32,
    places: usize,
    extra_kib: u32,
    /// Who has a place, and does not need a thread yet.
    reserved: BTreeMap<Ticket, Need>,
    persons: BTreeMap<Ticket, (Need, J)>,
    imports: BTreeMap<Ticket, (Need, J)>,
    running: BTreeMap<Ticket, Need>,
    /// What came too late, until its caller has left.
    late: BTreeSet<Ticket>,
    /// The time of all that people wait for, begun or not.
    ahead: Duration,
    given: Ticket,
    turns: u64,
}

impl<J> Queue<J> {
    pub(super) fn new(threads: u32, places: usize, extra_kib: u32) -> Self {
        Self {
            threads,
            places,
            extra_kib,
            reserved: BTreeMap::new(),
            persons: BTreeMap::new(),
            imports: BTreeMap::new(),
            running: BTreeMap::new(),
            late: BTreeSet::new(),
            ahead: Duration::ZERO,
            given: 0,
            turns: 0,
        }
    }

    /// Whether there is a place; else after how long the caller would be done: later than it waits, or
    /// behind a full queue.
    pub(super) fn check(&self, need: Need, now: Instant) -> Result<(), Duration> {
        let done_in =
            self.ahead / self.threads + need.beside.before + need.time + need.beside.after;
        let waiting = self.reserved.len() + self.persons.len();
        let idle = waiting + self.running.len() < self.threads as usize;
        let admitted = match need.urgency {
            // With a thread idle the estimate is not asked: only a hash can show that it is wrong.
            Urgency::Person(deadline) => {
                let in_time = deadline.is_none_or(|deadline| now + done_in <= deadline);
                idle || in_time && waiting < self.places
            }
            Urgency::Spare => idle,
            Urgency::Import => self.imports.len() < self.places,
        };
        if admitted { Ok(()) } else { Err(done_in) }
    }

    /// Gives a place to who will need a thread.
    pub(super) fn reserve(&mut self, need: Need, now: Instant) -> Result<Ticket, Duration> {
        self.check(need, now)?;
        self.given += 1;
        if need.urgency != Urgency::Import {
            self.ahead += need.time;
        }
        self.reserved.insert(self.given, need);
        Ok(self.given)
    }

    /// Who has a place needs a thread now, and knows for what.
    pub(super) fn enter(&mut self, ticket: Ticket, time: Duration, extra_kib: u32, job: J) {
        let Some(reserved) = self.reserved.remove(&ticket) else { return };
        let need = Need { time, extra_kib, ..reserved };
        if need.urgency == Urgency::Import {
            self.imports.insert(ticket, (need, job));
        } else {
            self.ahead = (self.ahead + time).saturating_sub(reserved.time);
            self.persons.insert(ticket, (need, job));
        }
    }

    /// The next hash for a thread that has nothing to do.
    pub(super) fn next(&mut self, now: Instant) -> Next<J> {
        let imports_turn = self.turns % IMPORTS_TURN == IMPORTS_TURN - 1;
        let left =
            self.extra_kib.saturating_sub(self.running.values().map(|it| it.extra_kib).sum());
        let (first, second) = if imports_turn {
            (&mut self.imports, &mut self.persons)
        } else {
            (&mut self.persons, &mut self.imports)
        };
        let Some((ticket, (need, job))) = take(first, left).or_else(|| take(second, left)) else {
            return Next::Rest;
        };
        // Where nobody else waits, it is tried: the estimate may be wrong.
        let least =
            if self.persons.is_empty() { Duration::ZERO } else { need.time + need.beside.after };
        if let Urgency::Person(Some(deadline)) = need.urgency
            && deadline <= now + least
        {
            self.ahead = self.ahead.saturating_sub(need.time);
            self.late.insert(ticket);
            return Next::Late(job);
        }
        if need.urgency == Urgency::Import {
            self.ahead += need.time;
        }
        self.turns += 1;
        self.running.insert(ticket, need);
        Next::Run(ticket, job)
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.persons.len() + self.imports.len()
    }

    /// A hash is done.
    pub(super) fn done(&mut self, ticket: Ticket) {
        let time = self.running.remove(&ticket).map(|need| need.time);
        self.ahead = self.ahead.saturating_sub(time.unwrap_or_default());
    }

    /// Nobody waits for it any more: where it has not begun, it never will, and the answer is true.
    pub(super) fn cancel(&mut self, ticket: Ticket) -> bool {
        let imported = self.imports.remove(&ticket).is_some();
        let entered = self.persons.remove(&ticket).map(|(need, _)| need);
        let need = self.reserved.remove(&ticket).or(entered);
        let counted = need.filter(|need| need.urgency != Urgency::Import);
        let time = counted.map(|need| need.time);
        self.ahead = self.ahead.saturating_sub(time.unwrap_or_default());
        imported || need.is_some() || self.late.remove(&ticket)
    }
}

/// The first one for which there is memory. Of those who need more than a thread's block only the
/// first may go: smaller ones would keep it from its turn.
fn take<J>(waiting: &mut BTreeMap<Ticket, (Need, J)>, left: u32) -> Option<(Ticket, (Need, J))> {
    let small = waiting.iter().find(|(_, (need, _))| need.extra_kib == 0);
    let large = waiting.iter().find(|(_, (need, _))| need.extra_kib > 0);
    let large = large.filter(|(_, (need, _))| need.extra_kib <= left);
    let ticket = *small.into_iter().chain(large).map(|(ticket, _)| ticket).min()?;
    waiting.remove_entry(&ticket)
}

#[cfg(test)]
mod tests;
