//! Password hashes: new ones are argon2id (RFC 9106) in PHC strings, made on threads of their own.

pub mod cost;
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
use pool::Pool;
use queue::Urgency;
use recipe::Recipe;
use scheme::Scheme;
use std::time::Duration;
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

    /// Compares `password` with a stored hash; without one with the decoy, so that nobody's password
    /// takes as long as somebody's and is always [`Compared::Wrong`]. A wrong answer by a cheaper hash
    /// is followed by the decoy, and takes no less.
    pub async fn compare(
        &self,
        password: &Password,
        stored: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Compared, HashingError> {
        let scheme = stored.map_or_else(|| Ok(self.decoy.clone()), |stored| self.read(stored));
        let scheme = scheme.map_err(HashingError::Unusable)?;
        let outdated = scheme.outdated(self.cost, &self.peppers);
        let task = Task::compare(scheme, &self.decoy, self.cost, self.peppers.clone());
        match self.admitted(password, task, Urgency::Person(deadline)).await? {
            Done::Right if stored.is_some() => Ok(Compared::Right { outdated }),
            _ => Ok(Compared::Wrong),
        }
    }

    /// Refuses what [`Hashing::compare`] would refuse now, before anybody has done anything for it.
    pub fn check(&self, deadline: Option<Instant>) -> Result<(), HashingError> {
        self.pool.check(self.recipe.kind(), Urgency::Person(deadline))
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

    async fn make(&self, password: &Password, urgency: Urgency) -> Result<String, HashingError> {
        match self.admitted(password, Task::Make(self.recipe.clone()), urgency).await? {
            Done::Made(hash) => Ok(hash),
            Done::Right | Done::Wrong => Err(HashingError::Failed("no hash was made".to_owned())),
        }
    }

    #[tracing::instrument(name = "password.hash", skip_all)]
    async fn admitted(
        &self,
        password: &Password,
        task: Task,
        urgency: Urgency,
    ) -> Result<Done, HashingError> {
        let job = Job::new(task, password.clone(), self.recipe.block_kib());
        self.pool.run(job, urgency).await
    }
}

#[cfg(test)]
mod tests;
