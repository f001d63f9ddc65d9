//! Callers: so many at once, or so many a second.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tonic::{Code, Status};

/// What comes before the measurement: caches and estimates settle.
const WARM_UP: Duration = Duration::from_millis(700);

/// What callers met.
#[derive(Default)]
pub(crate) struct Met {
    /// How long good answers took.
    pub(crate) served: Vec<Duration>,
    /// How long refusals (`RESOURCE_EXHAUSTED`) took.
    pub(crate) refused: Vec<Duration>,
    /// Answers that came too late or not at all.
    pub(crate) failed: u64,
    /// All calls, those before and after the measurement too.
    pub(crate) all: u64,
    /// For how long was measured.
    pub(crate) time: Duration,
}

impl Met {
    /// Good answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.served.len() as f64 / self.time.as_secs_f64()
    }

    fn add(&mut self, outcome: Result<(), Status>, took: Duration) {
        match outcome {
            Ok(()) => self.served.push(took),
            Err(status) if status.code() == Code::ResourceExhausted => self.refused.push(took),
            Err(_) => self.failed += 1,
        }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.served.extend(other.served);
        self.refused.extend(other.refused);
        self.failed += other.failed;
        self.all += other.all;
        self.time += other.time;
        self
    }
}

/// The value that `percent` of all are not above, in milliseconds.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

/// `callers` who each call again as soon as they are answered. Only calls that begin and end within
/// `time` count.
pub(crate) async fn closed<F: Future<Output = Result<(), Status>> + Send>(
    callers: usize,
    time: Duration,
    call: impl Fn(u64) -> F + Clone + Send + 'static,
) -> Met {
    let from = Instant::now() + WARM_UP;
    let until = from + time;
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut met = Met::default();
            loop {
                let began = Instant::now();
                if began >= until {
                    return met;
                }
                let outcome = call(next()).await;
                let ended = Instant::now();
                met.all += 1;
                if ended >= from && ended < until {
                    met.add(outcome, ended - began);
                }
            }
        });
    }
    let met = tasks.join_all().await.into_iter().fold(Met::default(), Met::and);
    Met { time, ..met }
}

/// `rate` calls a second, whatever becomes of them; each is timed from the moment it is due.
pub(crate) async fn open<F: Future<Output = Result<(), Status>> + Send>(
    rate: f64,
    time: Duration,
    call: impl Fn(u64) -> F + Clone + Send + 'static,
) -> Met {
    let began = Instant::now();
    let from = began + WARM_UP;
    let gap = Duration::from_secs_f64(1.0 / rate);
    let mut tasks = JoinSet::new();
    let mut due = began;
    while due < from + time {
        sleep_until(due).await;
        let (call, measured) = (call.clone(), due >= from);
        tasks.spawn(async move {
            let outcome = call(next()).await;
            (measured, outcome, due.elapsed())
        });
        due += gap;
    }
    let mut met = Met { time, ..Met::default() };
    for (measured, outcome, took) in tasks.join_all().await {
        if measured {
            met.add(outcome, took);
        }
    }
    met
}

/// A number for each call of this run.
fn next() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// The calls of one kind, spread over connections.
pub(crate) fn over<C: Clone + Send + Sync + 'static, F>(
    connections: Vec<C>,
    call: impl Fn(C, u64) -> F + Clone + Send + Sync + 'static,
) -> impl Fn(u64) -> F + Clone + Send + 'static {
    let connections = Arc::new(connections);
    move |number| {
        let place = usize::try_from(number).unwrap_or_default() % connections.len();
        call(connections[place].clone(), number)
    }
}
