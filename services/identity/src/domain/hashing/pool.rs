//! The hashing threads.

use super::{
    HashingError,
    memory::Memory,
    queue::{Need, Next, Queue, Ticket, Urgency},
    scheme::Kind,
};
use std::{
    collections::HashMap,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::{sync::oneshot, time::Instant};

/// How many people wait for each thread; who comes after them is refused at once.
const PLACES: usize = 64;

/// A thread that has had nothing to do for so long gives its block back.
const REST: Duration = Duration::from_secs(10);

/// A measurement counts for this part of the estimate.
const WEIGHT: u32 = 4;

/// So many kinds of hashes are measured.
const MOST_KINDS: usize = 256;

/// Work for a thread.
pub(super) trait Work: Send + 'static {
    /// What comes of it.
    type Done: Send + 'static;

    /// What it costs.
    fn kind(&self) -> &Kind;

    /// Memory beside the thread's block, in KiB.
    fn extra_kib(&self) -> u32;

    /// Does it. Takes its time.
    fn run(self, memory: &mut Memory) -> Result<Self::Done, HashingError>;
}

/// Threads that each own a block of memory.
pub(super) struct Pool<W: Work>(Arc<Shared<W>>);

struct Shared<W: Work> {
    state: Mutex<State<W>>,
    changed: Condvar,
    begun: AtomicU64,
}

struct State<W: Work> {
    queue: Queue<Waiting<W>>,
    /// How long each kind of hash takes a thread, lately.
    times: HashMap<Kind, Duration>,
    ended: bool,
}

struct Waiting<W: Work> {
    work: W,
    answer: oneshot::Sender<Result<W::Done, HashingError>>,
}

impl<W: Work> Pool<W> {
    /// Starts `threads` threads with blocks of `block_kib` each, and at most `extra_kib` besides, for
    /// all of them together.
    pub(super) fn start(threads: u16, block_kib: u32, extra_kib: u32) -> io::Result<Self> {
        let places = usize::from(threads) * PLACES;
        let pool = Self(Arc::new(Shared {
            state: Mutex::new(State {
                queue: Queue::new(threads.into(), places, extra_kib),
                times: HashMap::new(),
                ended: false,
            }),
            changed: Condvar::new(),
            begun: AtomicU64::new(0),
        }));
        for _ in 0..threads {
            let shared = pool.0.clone();
            let memory = Memory::new(block_kib);
            thread::Builder::new().name("hash".to_owned()).spawn(move || shared.work(memory))?;
        }
        Ok(pool)
    }

    /// Has `work` done. Dropped before it begins, it never does.
    pub(super) async fn run(&self, work: W, urgency: Urgency) -> Result<W::Done, HashingError> {
        let (answer, answered) = oneshot::channel();
        let ticket = self.0.admit(Waiting { work, answer }, urgency)?;
        let _place = Place { shared: &self.0, ticket };
        answered.await.unwrap_or_else(|_| Err(HashingError::Failed("it broke off".to_owned())))
    }

    /// Whether work of this kind would be taken in now. Nothing is promised.
    pub(super) fn check(&self, kind: &Kind, urgency: Urgency) -> Result<(), HashingError> {
        let state = self.0.state();
        let need = Need { urgency, time: state.time(kind), extra_kib: 0 };
        let checked = state.queue.check(need, Instant::now());
        checked.map_err(|retry| HashingError::Overloaded { retry })
    }

    /// How many hashes have begun.
    pub(super) fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::SeqCst)
    }
}

impl<W: Work> Drop for Pool<W> {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.changed.notify_all();
    }
}

/// A place in the queue, left when nobody waits any more.
struct Place<'a, W: Work> {
    shared: &'a Shared<W>,
    ticket: Ticket,
}

impl<W: Work> Drop for Place<'_, W> {
    fn drop(&mut self) {
        self.shared.state().queue.cancel(self.ticket);
    }
}

impl<W: Work> Shared<W> {
    /// No code that may panic runs with the lock held.
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, waiting: Waiting<W>, urgency: Urgency) -> Result<Ticket, HashingError> {
        let now = Instant::now();
        if matches!(urgency, Urgency::Person(Some(deadline)) if deadline <= now) {
            return Err(HashingError::TooLate);
        }
        let mut state = self.state();
        let time = state.time(waiting.work.kind());
        let need = Need { urgency, time, extra_kib: waiting.work.extra_kib() };
        let ticket = state.queue.admit(need, waiting, now);
        let ticket = ticket.map_err(|retry| HashingError::Overloaded { retry })?;
        drop(state);
        self.changed.notify_one();
        Ok(ticket)
    }

    /// A thread's life.
    fn work(&self, mut memory: Memory) {
        while let Some((ticket, Waiting { work, answer })) = self.next(&mut memory) {
            self.begun.fetch_add(1, Ordering::SeqCst);
            let (kind, began) = (work.kind().clone(), Instant::now());
            let done = catch_unwind(AssertUnwindSafe(|| work.run(&mut memory)));
            let mut state = self.state();
            state.queue.done(ticket);
            state.measured(kind, began.elapsed());
            drop(state);
            // Whoever has waited for memory may go now.
            self.changed.notify_one();
            let broke = |_| Err(HashingError::Failed("it panicked".to_owned()));
            // Where nobody waits for the answer any more, nobody gets it.
            let _ = answer.send(done.unwrap_or_else(broke));
        }
    }

    /// Waits for work. A block is wiped as soon as none follows, and given back when none comes.
    fn next(&self, memory: &mut Memory) -> Option<(Ticket, Waiting<W>)> {
        let mut state = self.state();
        while !state.ended {
            match state.queue.next(Instant::now()) {
                Next::Run(ticket, waiting) => return Some((ticket, waiting)),
                Next::Late(waiting) => {
                    let _ = waiting.answer.send(Err(HashingError::TooLate));
                }
                Next::Rest if memory.used() => {
                    drop(state);
                    memory.wipe();
                    state = self.state();
                }
                Next::Rest if memory.is_there() => {
                    let woken = self.changed.wait_timeout(state, REST);
                    let (woken, waited) = woken.unwrap_or_else(PoisonError::into_inner);
                    state = woken;
                    if waited.timed_out() {
                        drop(state);
                        memory.free();
                        state = self.state();
                    }
                }
                Next::Rest => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        None
    }
}

impl<W: Work> State<W> {
    fn time(&self, kind: &Kind) -> Duration {
        self.times.get(kind).copied().unwrap_or_default()
    }

    fn measured(&mut self, kind: Kind, took: Duration) {
        if self.times.len() >= MOST_KINDS && !self.times.contains_key(&kind) {
            return;
        }
        let time = self.times.entry(kind).or_insert(took);
        *time = (*time * (WEIGHT - 1) + took) / WEIGHT;
    }
}

impl<W: Work> fmt::Debug for Pool<W> {
    /// What waits are passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("begun", &self.begun()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
