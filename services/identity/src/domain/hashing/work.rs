//! What a hashing thread does with a password.

use super::{
    HashingError,
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
    /// Compare with a stored one.
    Compare(Scheme, Peppers),
}

pub(super) enum Done {
    Made(String),
    Right,
    Wrong,
}

impl Job {
    /// Work for a thread with a block of `block_kib`.
    pub(super) fn new(task: Task, password: Password, block_kib: u32) -> Self {
        let (kind, extra_kib) = match &task {
            Task::Make(recipe) => (recipe.kind().clone(), 0),
            Task::Compare(scheme, _) => (scheme.kind().clone(), scheme.extra_kib(block_kib)),
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
            Task::Compare(scheme, peppers) => scheme
                .verify(password, &peppers, memory)
                .map(|right| if right { Done::Right } else { Done::Wrong }),
        }
        .map_err(HashingError::Failed)
    }
}
