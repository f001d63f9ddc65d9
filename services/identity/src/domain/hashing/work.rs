//! What a hashing thread does with a password.

use super::{
    HashingError,
    cost::Cost,
    memory::Memory,
    pepper::Peppers,
    pool::Work,
    recipe::Recipe,
    scheme::{Kind, Scheme},
};
use crate::domain::password::Password;

/// A password, and what to do with it.
pub(super) struct Job {
    task: Task,
    password: Password,
    kind: Kind,
    extra_kib: u32,
}

pub(super) enum Task {
    /// Make a new hash.
    Make(Recipe),
    /// Compare with a stored one, and where that says no also with the decoy.
    Compare { scheme: Scheme, decoy: Option<Scheme>, peppers: Peppers },
}

pub(super) enum Done {
    Made(String),
    Right,
    Wrong,
}

impl Task {
    /// A comparison that spends no less than `live`, the cost of `decoy`, on a wrong answer.
    pub(super) fn compare(scheme: Scheme, decoy: &Scheme, live: Cost, peppers: Peppers) -> Self {
        let decoy = scheme.cheaper(live).then(|| decoy.clone());
        Self::Compare { scheme, decoy, peppers }
    }
}

impl Job {
    /// Work for a thread with a block of `block_kib`.
    pub(super) fn new(task: Task, password: Password, block_kib: u32) -> Self {
        let (kind, extra_kib) = match &task {
            Task::Make(recipe) => (recipe.kind().clone(), 0),
            Task::Compare { scheme, .. } => (scheme.kind().clone(), scheme.extra_kib(block_kib)),
        };
        Self { task, password, kind, extra_kib }
    }
}

impl Work for Job {
    type Done = Done;

    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn extra_kib(&self) -> u32 {
        self.extra_kib
    }

    fn run(self, memory: &mut Memory) -> Result<Done, HashingError> {
        let password = self.password.bytes();
        match self.task {
            Task::Make(recipe) => recipe.make(password, memory).map(Done::Made),
            Task::Compare { scheme, decoy, peppers } => {
                scheme.verify(password, &peppers, memory).and_then(|right| match decoy {
                    _ if right => Ok(Done::Right),
                    Some(decoy) => decoy.verify(password, &peppers, memory).map(|_| Done::Wrong),
                    None => Ok(Done::Wrong),
                })
            }
        }
        .map_err(HashingError::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: Cost = Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    /// The blocks of memory that a comparison takes, one after the other.
    fn loans(stored: &str, password: &str) -> Vec<usize> {
        let peppers = Peppers::default();
        let decoy = Recipe::new(LIVE, &peppers).unwrap().decoy().unwrap();
        let scheme = Scheme::parse(stored).unwrap();
        let password = Password::parse("password", password).unwrap();
        let mut memory = Memory::new(LIVE.memory_kib);
        let task = Task::compare(scheme, &Scheme::parse(&decoy).unwrap(), LIVE, peppers);
        let done = Job::new(task, password.clone(), LIVE.memory_kib).run(&mut memory).unwrap();
        assert_eq!(matches!(done, Done::Right), password.bytes() == b"password", "{stored}");
        memory.loans
    }

    #[test]
    fn a_wrong_answer_costs_a_live_hash_at_least_and_a_right_one_no_more_than_its_own() {
        let bcrypt = bcrypt::hash("password", 4).unwrap();
        let argon2 = |cost| {
            let recipe = Recipe::new(cost, &Peppers::default()).unwrap();
            recipe.make(b"password", &mut Memory::new(0)).unwrap()
        };
        let (cheap, live) = (argon2(Cost { memory_kib: 256, ..LIVE }), argon2(LIVE));
        let dear = argon2(Cost { memory_kib: 32_768, ..LIVE });
        for (stored, right, wrong) in [
            (&bcrypt, vec![], vec![19_456]),
            (&cheap, vec![256], vec![256, 19_456]),
            (&live, vec![19_456], vec![19_456]),
            (&dear, vec![32_768], vec![32_768]),
        ] {
            assert_eq!(loans(stored, "password"), right, "{stored}");
            assert_eq!(loans(stored, "passwore"), wrong, "{stored}");
        }
    }
}
