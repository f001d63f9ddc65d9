//! Password hashes: new ones are argon2id (RFC 9106) in PHC strings; a bounded number at once.

use crate::domain::{
    cost::{Cost, CostError},
    password::Password,
    scheme::Scheme,
};
use argon2::{Algorithm, Argon2, Params, Version};
use password_hash::PasswordHasher as _;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{sync::Semaphore, task, time::Instant};

/// How many requests wait for each worker; who comes after them is refused at once.
const WAITING_PER_WORKER: usize = 16;

/// Why no hash was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// Every worker is busy and every waiting place is taken.
    #[error("too many passwords are being checked")]
    Overloaded,
    /// The deadline passed while waiting for a worker.
    #[error("the deadline passed before a password could be checked")]
    TooLate,
    /// A stored hash is none that we know, or would cost more than is ever allowed.
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
        /// The hash is of another kind than a new one, or cost less.
        outdated: bool,
    },
}

/// Makes and compares hashes. At most `workers` run at once and at most sixteen times as many wait,
/// so memory under a flood is known beforehand: `workers` times the memory of one hash.
#[derive(Debug)]
pub struct Hashing {
    cost: Cost,
    argon2: Argon2<'static>,
    decoy: String,
    workers: Arc<Semaphore>,
    places: Arc<Semaphore>,
    begun: AtomicU64,
}

impl Hashing {
    /// Checks the cost and makes the decoy: a hash with the live cost, of a password that nobody has.
    pub fn new(cost: Cost, workers: u16) -> Result<Self, CostError> {
        cost.check_floor()?;
        let refused = |reason: String| CostError::Refused { cost, reason };
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None)
            .map_err(|error| refused(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy =
            argon2.hash_password(b"").map_err(|error| refused(error.to_string()))?.to_string();
        let workers = usize::from(workers.max(1));
        Ok(Self {
            cost,
            argon2,
            decoy,
            workers: Arc::new(Semaphore::new(workers)),
            places: Arc::new(Semaphore::new(workers * (1 + WAITING_PER_WORKER))),
            begun: AtomicU64::new(0),
        })
    }

    /// A new hash of `password`, with a salt of its own, as a PHC string.
    pub async fn hash(
        &self,
        password: &Password,
        deadline: Option<Instant>,
    ) -> Result<String, HashingError> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let hash = self.admitted(deadline, move || argon2.hash_password(password.bytes())).await?;
        hash.map(|hash| hash.to_string()).map_err(|error| HashingError::Failed(error.to_string()))
    }

    /// Compares `password` with a stored hash; without one with the decoy, so that nobody's password
    /// takes as long as somebody's and is always [`Compared::Wrong`].
    pub async fn compare(
        &self,
        password: &Password,
        stored: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Compared, HashingError> {
        let scheme =
            Scheme::parse(stored.unwrap_or(&self.decoy)).map_err(HashingError::Unusable)?;
        let outdated = scheme.outdated(self.cost);
        let password = password.clone();
        let right = self.admitted(deadline, move || scheme.verify(password.bytes())).await?;
        let right = right.map_err(HashingError::Failed)? && stored.is_some();
        Ok(if right { Compared::Right { outdated } } else { Compared::Wrong })
    }

    /// How many hashes have begun since the start.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Runs `work` on a thread of its own as soon as a worker is free. Dropped before that, it never
    /// begins; dropped after, it keeps its worker until it is done.
    #[tracing::instrument(name = "password.hash", skip_all)]
    async fn admitted<T: Send + 'static>(
        &self,
        deadline: Option<Instant>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let failed = |reason: &dyn ToString| HashingError::Failed(reason.to_string());
        let place =
            self.places.clone().try_acquire_owned().map_err(|_| HashingError::Overloaded)?;
        let worker = self.workers.clone().acquire_owned().await.map_err(|error| failed(&error))?;
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(HashingError::TooLate);
        }
        self.begun.fetch_add(1, Ordering::SeqCst);
        task::spawn_blocking(move || {
            let _held = (place, worker);
            work()
        })
        .await
        .map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAIR: Cost = Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    fn password(text: &str) -> Password {
        Password::parse("password", text).unwrap()
    }

    #[tokio::test]
    async fn hashes_are_salted_compared_and_upgraded() {
        let old = Hashing::new(Cost { memory_kib: 12_288, iterations: 3, ..FAIR }, 1).unwrap();
        let live = Hashing::new(FAIR, 1).unwrap();
        let stored = live.hash(&password("a"), None).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, live.hash(&password("a"), None).await.unwrap());

        let right = live.compare(&password("a"), Some(&stored), None).await;
        assert_eq!(right, Ok(Compared::Right { outdated: false }));
        assert_eq!(live.compare(&password("b"), Some(&stored), None).await, Ok(Compared::Wrong));
        assert_eq!(live.compare(&password("a"), None, None).await, Ok(Compared::Wrong));

        let stored = old.hash(&password("a"), None).await.unwrap();
        let right = live.compare(&password("a"), Some(&stored), None).await;
        assert_eq!(right, Ok(Compared::Right { outdated: true }));
    }

    #[tokio::test]
    async fn a_stored_hash_that_is_unknown_or_costs_too_much_begins_nothing() {
        let live = Hashing::new(FAIR, 1).unwrap();
        let rest = "$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG";
        for bad in [
            String::new(),
            "hunter2".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
            "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
            format!("$argon2id$v=19$m=4194304,t=2,p=1{rest}"),
            format!("$argon2id$v=19$m=19456,t=1000000,p=1{rest}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1000{rest}"),
        ] {
            let refused = live.compare(&password("a"), Some(&bad), None).await;
            assert!(matches!(refused, Err(HashingError::Unusable(_))), "{bad}: {refused:?}");
        }
        assert_eq!(live.begun(), 0);
    }

    #[tokio::test]
    async fn who_finds_no_place_is_refused_at_once_and_who_is_late_begins_nothing() {
        let live = Hashing::new(FAIR, 1).unwrap();
        let busy = live.workers.clone().acquire_many_owned(1).await.unwrap();
        let mut waiting: Vec<_> = (0..17).map(|_| Box::pin(live.compare_nobody())).collect();
        for call in &mut waiting {
            let still = tokio::time::timeout(std::time::Duration::ZERO, call).await;
            assert!(still.is_err());
        }
        assert_eq!(live.compare_nobody().await, Err(HashingError::Overloaded));
        drop((waiting, busy));
        let late = live.compare(&password("a"), None, Some(Instant::now())).await;
        assert_eq!(late, Err(HashingError::TooLate));
        assert_eq!(live.begun(), 0);
        assert_eq!(live.compare_nobody().await, Ok(Compared::Wrong));
    }

    impl Hashing {
        async fn compare_nobody(&self) -> Result<Compared, HashingError> {
            self.compare(&password("a"), None, None).await
        }
    }
}
