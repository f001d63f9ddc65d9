//! The threads, with work that ends when the test says so.

use super::*;
use std::{sync::mpsc, time::Duration};
use tokio::task::JoinSet;

/// Waits for a word, if it waits for one, and tells its number.
struct Held {
    number: u32,
    word: Option<mpsc::Receiver<()>>,
    kind: Kind,
}

impl Held {
    fn new(number: u32) -> (Self, mpsc::Sender<()>) {
        let (say, word) = mpsc::channel();
        (Self { number, word: Some(word), kind: Kind::default() }, say)
    }

    fn free(number: u32) -> Self {
        Self { number, word: None, kind: Kind::default() }
    }
}

impl Work for Held {
    type Done = u32;

    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn extra_kib(&self) -> u32 {
        0
    }

    fn run(self, memory: &mut Memory) -> Result<u32, HashingError> {
        assert!(self.number < 1000, "this number panics");
        memory.lend(8, |blocks| assert_eq!(blocks.len(), 8));
        if let Some(word) = self.word {
            // An error means that the test is over.
            let _ = word.recv();
        }
        Ok(self.number)
    }
}

const PATIENT: Urgency = Urgency::Person(None);

type Calls = JoinSet<Result<u32, HashingError>>;

fn pool(threads: u16) -> Arc<Pool<Held>> {
    Arc::new(Pool::start(threads, 8, 0).unwrap())
}

fn call(calls: &mut Calls, pool: &Arc<Pool<Held>>, work: Held, urgency: Urgency) {
    let pool = pool.clone();
    calls.spawn(async move { pool.run(work, urgency).await });
}

impl Pool<Held> {
    async fn until(&self, begun: u64, waiting: usize) {
        while self.begun() < begun || self.0.state().queue.waiting() < waiting {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn who_finds_no_place_is_refused_and_who_hangs_up_never_begins() {
    let (pool, mut held, mut calls) = (pool(1), Calls::new(), Calls::new());
    let (first, say) = Held::new(0);
    call(&mut held, &pool, first, PATIENT);
    pool.until(1, 0).await;
    for number in 1..=24 {
        call(&mut calls, &pool, Held::free(number), PATIENT);
    }
    pool.until(1, 24).await;
    let full = pool.run(Held::free(25), PATIENT).await;
    assert!(matches!(full, Err(HashingError::Overloaded { .. })), "{full:?}");
    calls.shutdown().await;
    say.send(()).unwrap();
    assert_eq!(held.join_all().await, [Ok(0)]);
    assert_eq!(pool.run(Held::free(26), PATIENT).await, Ok(26));
    assert_eq!(pool.begun(), 2);
}

#[tokio::test]
async fn no_more_run_at_once_than_there_are_threads_and_nobody_is_forgotten() {
    let (pool, mut calls) = (pool(3), Calls::new());
    let mut words = Vec::new();
    for number in 0..20 {
        let (work, say) = Held::new(number);
        call(&mut calls, &pool, work, PATIENT);
        words.push(say);
        pool.until(u64::from(number + 1).min(3), (number as usize + 1).saturating_sub(3)).await;
    }
    assert_eq!(pool.begun(), 3);
    drop(words);
    let mut done: Vec<_> = calls.join_all().await.into_iter().flatten().collect();
    done.sort_unstable();
    assert_eq!(done, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_thread_outlives_a_panic() {
    let pool = pool(1);
    let broken = pool.run(Held::free(1000), PATIENT).await;
    assert!(matches!(broken, Err(HashingError::Failed(_))), "{broken:?}");
    assert_eq!(pool.run(Held::free(1), PATIENT).await, Ok(1));
}

#[tokio::test]
async fn what_is_done_around_a_hash_is_learned_from_who_holds_a_place() {
    let (pool, time) = (pool(1), Duration::from_millis(20));
    let usual = || {
        let state = pool.0.state();
        (state.before.usual(), state.after.usual())
    };
    pool.run(Held::free(0), PATIENT).await.unwrap();
    assert_eq!(usual(), (Duration::ZERO, Duration::ZERO), "nobody has told");

    let mut place = pool.reserve(&Kind::default(), PATIENT).unwrap();
    tokio::time::sleep(time).await;
    assert_eq!(place.run(Held::free(1)).await, Ok(1));
    tokio::time::sleep(time * 2).await;
    drop(place);
    let (before, after) = usual();
    assert!(before >= time && after >= time * 2, "{before:?} {after:?}");

    let (first, say) = Held::new(2);
    let mut calls = Calls::new();
    call(&mut calls, &pool, first, PATIENT);
    pool.until(3, 0).await;
    let hurried = Urgency::Person(Some(Instant::now() + time * 2));
    assert!(pool.reserve(&Kind::default(), hurried).is_err());
    assert!(pool.reserve(&Kind::default(), PATIENT).is_ok());
    drop(say);
    calls.join_all().await;
}
