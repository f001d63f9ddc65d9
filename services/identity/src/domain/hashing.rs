//! Password hashes: new ones are argon2id (RFC 9106) in PHC strings, made on threads of their own.

pub mod cost;
mod estimate;
mod memory;
pub mod pepper;
mod pool;
mod queue;
mod recipe;
mod scheme;
mod work;

use crate::domain::password::Password;
use cost::{Cost, CostError, MAX_MEMORY_KIB};
use pepper::Peppers;
use pool::{Place, Pool};
use queue::Urgency;
use recipe::Recipe;
use scheme::Scheme;
use std::{fmt, time::Duration};
use tokio::time::Instant;
use work::{Done, Job, Task};

/// Why no hash was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// It would not be done before its caller stops waiting, or too many wait already.
    #[error("too many passwords are being checked")]
    Overloaded {
        /// After how long it would have been done.
        retry: Duration,
    },
    /// The deadline passed while waiting for a thread.
    #[error("the deadline passed before a password could be checked")]
    TooLate,
    /// A stored hash is none that we know, would cost more than is ever allowed, or needs a pepper that
    /// is not there.
    #[error("a stored password hash cannot be used: it {0}")]
    Unusable(String),
    /// The hash broke off.
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// What comparing a password with a hash shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// They do not belong together.
    Wrong,
    /// They do.
    Right {
        /// The hash is of another kind than a new one, cost less, or has another pepper.
        outdated: bool,
    },
}

/// Makes and compares hashes, on a fixed number of threads that each own a block of memory. So memory
/// under a flood is known beforehand: threads times blocks, and [`MAX_MEMORY_KIB`] for hashes of other
/// systems that do not work in such a block.
#[derive(Debug)]
pub struct Hashing {
    cost: Cost,
    peppers: Peppers,
    recipe: Recipe,
    decoy: Scheme,
    pool: Pool<Job>,
}

impl Hashing {
    /// Checks the cost, starts the threads and makes the decoy: a hash with the live cost, of no
    /// password. New hashes have the newest of the peppers.
    pub fn new(cost: Cost, peppers: Peppers, threads: u16) -> Result<Self, CostError> {
        cost.check_floor()?;
        let recipe = Recipe::new(cost, &peppers)?;
        let decoy = Scheme::parse(&recipe.decoy()?).map_err(CostError::Decoy)?;
        let pool = Pool::start(threads.max(1), recipe.block_kib(), MAX_MEMORY_KIB)
            .map_err(CostError::Threads)?;
        Ok(Self { cost, peppers, recipe, decoy, pool })
    }

    /// A new hash of `password`, with a salt of its own, as a PHC string.
    pub async fn hash(
        &self,
        password: &Password,
        deadline: Option<Instant>,
    ) -> Result<String, HashingError> {
        self.make(password, Urgency::Person(deadline)).await
    }

    /// Like [`Hashing::hash`], after those for whom a person waits; but now and then in between.
    pub async fn hash_for_import(&self, password: &Password) -> Result<String, HashingError> {
        self.make(password, Urgency::Import).await
    }

    /// Like [`Hashing::hash`], where a thread has nothing to do; else it is refused.
    pub async fn hash_if_idle(&self, password: &Password) -> Result<String, HashingError> {
        self.make(password, Urgency::Spare).await
    }

    /// Whether [`Hashing::turn`] would give a turn now. Nothing is promised.
    pub fn check(&self, deadline: Option<Instant>) -> Result<(), HashingError> {
        self.pool.check(self.recipe.kind(), Urgency::Person(deadline))
    }

    /// A turn to compare one password, for a caller who waits until `deadline`. Refused before anybody
    /// has done anything for it, where the answer would come too late.
    pub fn turn(&self, deadline: Option<Instant>) -> Result<Turn<'_>, HashingError> {
        let place = self.pool.reserve(self.recipe.kind(), Urgency::Person(deadline))?;
        Ok(Turn { hashing: self, place })
    }

    /// Whether people could sign in with this hash. The error is the rest of a sentence that shows
    /// nothing of it.
    pub fn accepts(&self, stored: &str) -> Result<(), String> {
        self.read(stored).map(drop)
    }

    /// How many hashes have begun since the start.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.pool.begun()
    }

    fn read(&self, stored: &str) -> Result<Scheme, String> {
        let scheme = Scheme::parse(stored)?;
        scheme.check(&self.peppers)?;
        Ok(scheme)
    }

    #[tracing::instrument(name = "password.hash", skip_all)]
    async fn make(&self, password: &Password, urgency: Urgency) -> Result<String, HashingError> {
        let job = self.job(Task::Make(self.recipe.clone()), password);
        match self.pool.run(job, urgency).await? {
            Done::Made(hash) => Ok(hash),
            Done::Right | Done::Wrong => Err(HashingError::Failed("no hash was made".to_owned())),
        }
    }

    fn job(&self, task: Task, password: &Password) -> Job {
        Job::new(task, password.clone(), self.recipe.block_kib())
    }
}

/// A place among those whose passwords are compared. It is held as long as its call lasts: how long
/// that is before and after the hash counts, when the next calls are admitted.
#[must_use]
pub struct Turn<'a> {
    hashing: &'a Hashing,
    place: Place<'a, Job>,
}

impl Turn<'_> {
    /// Compares `password` with a stored hash; without one with the decoy, so that nobody's password
    /// takes as long as somebody's and is always [`Compared::Wrong`]. A wrong answer by a cheaper hash
    /// is followed by the decoy, and takes no less.
    #[tracing::instrument(name = "password.hash", skip_all)]
    pub async fn compare(
        &mut self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<Compared, HashingError> {
        let Hashing { decoy, cost, peppers, .. } = self.hashing;
        let scheme = stored.map_or_else(|| Ok(decoy.clone()), |stored| self.hashing.read(stored));
        let scheme = scheme.map_err(HashingError::Unusable)?;
        let outdated = scheme.outdated(*cost, peppers);
        let task = Task::compare(scheme, decoy, *cost, peppers.clone());
        match self.place.run(self.hashing.job(task, password)).await? {
            Done::Right if stored.is_some() => Ok(Compared::Right { outdated }),
            _ => Ok(Compared::Wrong),
        }
    }

    /// Gives it up. True: its hash has not begun, and never will.
    pub(crate) fn leave(&mut self) -> bool {
        self.place.leave()
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
