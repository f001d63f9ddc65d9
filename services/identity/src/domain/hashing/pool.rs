//! The hashing threads.

use super::{
    HashingError,
    estimate::Estimate,
    memory::Memory,
    queue::{Beside, Need, Next, Queue, Ticket, Urgency},
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

/// How many people wait for each thread; who comes after them is refused at once. A longer queue would
/// serve no more of them: it would only let each of them wait longer.
const PLACES: usize = 24;

/// A thread that has had nothing to do for so long gives its block back.
const REST: Duration = Duration::from_secs(10);

/// How far hashing threads step back (nice(1)): where others have work too, they get a third as much.
const NICE: i32 = 5;

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
    times: HashMap<Kind, Estimate>,
    /// How long whoever has a place takes before and after the hash, lately.
    before: Estimate,
    after: Estimate,
    ended: bool,
}

struct Waiting<W: Work> {
    work: W,
    answer: oneshot::Sender<Answer<W>>,
}

/// What came of it, and when.
struct Answer<W: Work> {
    done: Result<W::Done, HashingError>,
    at: Instant,
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
                before: Estimate::default(),
                after: Estimate::default(),
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

    /// A place for work that is most likely of this kind: taken in, or refused at once. What its holder
    /// does until then, and afterwards while it holds the place, is measured: it takes time too.
    pub(super) fn reserve(
        &self,
        kind: &Kind,
        urgency: Urgency,
    ) -> Result<Place<'_, W>, HashingError> {
        let since = Instant::now();
        if matches!(urgency, Urgency::Person(Some(deadline)) if deadline <= since) {
            return Err(HashingError::TooLate);
        }
        let mut state = self.0.state();
        let need = state.need(kind, urgency);
        let ticket = state.queue.reserve(need, since);
        drop(state);
        let ticket = ticket.map_err(|retry| HashingError::Overloaded { retry })?;
        Ok(Place { shared: &self.0, ticket, since, entered: None, done: None, measured: true })
    }

    /// Has `work` done. Dropped before it begins, it never does.
    pub(super) async fn run(&self, work: W, urgency: Urgency) -> Result<W::Done, HashingError> {
        let mut place = self.reserve(work.kind(), urgency)?;
        place.measured = false;
        place.run(work).await
    }

    /// Whether a place would be given now.
    pub(super) fn check(&self, kind: &Kind, urgency: Urgency) -> Result<(), HashingError> {
        let state = self.0.state();
        let checked = state.queue.check(state.need(kind, urgency), Instant::now());
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
pub(super) struct Place<'a, W: Work> {
    shared: &'a Shared<W>,
    ticket: Ticket,
    since: Instant,
    entered: Option<Instant>,
    done: Option<Instant>,
    measured: bool,
}

impl<W: Work> Place<'_, W> {
    /// Has `work` done. Dropped before it begins, it never does.
    pub(super) async fn run(&mut self, work: W) -> Result<W::Done, HashingError> {
        let (answer, answered) = oneshot::channel();
        self.entered = Some(Instant::now());
        self.shared.enter(self.ticket, Waiting { work, answer });
        let broke = |_| HashingError::Failed("it broke off".to_owned());
        let Answer { done, at } = answered.await.map_err(broke)?;
        self.done = Some(at);
        done
    }

    /// Leaves it. True: nothing was done with it, and nothing will be.
    pub(super) fn leave(&mut self) -> bool {
        self.shared.state().queue.cancel(self.ticket)
    }
}

impl<W: Work> Drop for Place<'_, W> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.queue.cancel(self.ticket);
        if self.measured {
            let before = self.entered.unwrap_or_else(Instant::now) - self.since;
            state.before.measured(before);
            if let Some(done) = self.done {
                state.after.measured(done.elapsed());
            }
        }
    }
}

impl<W: Work> Shared<W> {
    /// No code that may panic runs with the lock held.
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, ticket: Ticket, waiting: Waiting<W>) {
        let mut state = self.state();
        let time = state.time(waiting.work.kind());
        state.queue.enter(ticket, time, waiting.work.extra_kib(), waiting);
        drop(state);
        self.changed.notify_one();
    }

    /// A thread's life.
    fn work(&self, mut memory: Memory) {
        step_back();
        while let Some((ticket, Waiting { work, answer })) = self.next(&mut memory) {
            self.begun.fetch_add(1, Ordering::SeqCst);
            let (kind, began) = (work.kind().clone(), Instant::now());
            let done = catch_unwind(AssertUnwindSafe(|| work.run(&mut memory)));
            let ended = Instant::now();
            let mut state = self.state();
            state.queue.done(ticket);
            state.measured(kind, ended - began);
            drop(state);
            // Whoever has waited for memory may go now.
            self.changed.notify_one();
            let broke = |_| Err(HashingError::Failed("it panicked".to_owned()));
            // Where nobody waits for the answer any more, nobody gets it.
            let _ = answer.send(Answer { done: done.unwrap_or_else(broke), at: ended });
        }
    }

    /// Waits for work. A block is wiped as soon as none follows, and given back when none comes.
    fn next(&self, memory: &mut Memory) -> Option<(Ticket, Waiting<W>)> {
        let mut state = self.state();
        while !state.ended {
            match state.queue.next(Instant::now()) {
                Next::Run(ticket, waiting) => return Some((ticket, waiting)),
                Next::Late(waiting) => {
                    let (done, at) = (Err(HashingError::TooLate), Instant::now());
                    let _ = waiting.answer.send(Answer { done, at });
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

/// Answers take microseconds: they go before hashes, which take a thousand times as long. On Linux the
/// niceness is the calling thread's own (setpriority(2)); elsewhere it would be the whole program's.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "answers may wait for password hashes: threads have one priority");
    }
}

impl<W: Work> State<W> {
    fn need(&self, kind: &Kind, urgency: Urgency) -> Need {
        let beside = Beside { before: self.before.most(), after: self.after.most() };
        Need { urgency, time: self.time(kind), beside, extra_kib: 0 }
    }

    fn time(&self, kind: &Kind) -> Duration {
        self.times.get(kind).map(Estimate::usual).unwrap_or_default()
    }

    fn measured(&mut self, kind: Kind, took: Duration) {
        if self.times.len() >= MOST_KINDS && !self.times.contains_key(&kind) {
            return;
        }
        self.times.entry(kind).or_default().measured(took);
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
