//! People who sign in without end, and what they come across.

use crate::{ONE, Person, TWO, Visitor, visitor::Choice};
use std::{
    fmt,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};
use url::Url;

/// People who sign in again and again, each time in a fresh browser.
#[derive(Debug)]
pub struct Crowd {
    went_home: watch::Sender<bool>,
    people: JoinSet<Tally>,
}

/// How often it worked.
#[derive(Debug, Default)]
pub struct Tally {
    /// Sign-ins that ended on the app's page with the person's profile.
    pub good: usize,
    /// What the others ended with.
    pub failed: Vec<String>,
    /// How long the slowest good one took.
    pub slowest: Duration,
}

impl Crowd {
    /// So many people begin, the two demo users in turn.
    #[must_use]
    pub fn begin(app: &Url, count: usize) -> Self {
        let went_home = watch::Sender::new(false);
        let mut people = JoinSet::new();
        for person in [ONE, TWO].into_iter().cycle().take(count) {
            people.spawn(keep_signing_in(app.clone(), person, went_home.subscribe()));
        }
        Self { went_home, people }
    }

    /// Everybody ends what they do.
    pub async fn end(self) -> Tally {
        self.went_home.send_replace(true);
        let all = self.people.join_all().await.into_iter();
        all.fold(Tally::default(), |mut sum, mut one| {
            sum.good += one.good;
            sum.failed.append(&mut one.failed);
            sum.slowest = sum.slowest.max(one.slowest);
            sum
        })
    }
}

async fn keep_signing_in(app: Url, person: Person, go_home: watch::Receiver<bool>) -> Tally {
    let mut tally = Tally::default();
    while !*go_home.borrow() {
        let began = Instant::now();
        match attempt(sign_in(app.clone(), person)).await {
            Ok(Ok(())) => {
                tally.good += 1;
                tally.slowest = tally.slowest.max(began.elapsed());
            }
            Ok(Err(page)) => tally.failed.push(page),
            Err(panic) => tally.failed.push(format!("no answer at all: {panic}")),
        }
    }
    tally
}

/// Does something in a task of its own: a visitor who gets no answer at all panics.
pub async fn attempt<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    task.join_next().await.expect("one task")
}

async fn sign_in(app: Url, person: Person) -> Result<(), String> {
    let page = Visitor::new().sign_in_at(&app, person, Choice::default()).await;
    if page.url == app && page.text().contains(person.email) {
        return Ok(());
    }
    let text: String = page.text().chars().take(200).collect();
    Err(format!("{} at {}{}: {text}", page.status, page.url.authority(), page.url.path()))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sign-ins, {} failed, the slowest took {:.1} s",
            self.good,
            self.failed.len(),
            self.slowest.as_secs_f64()
        )
    }
}
