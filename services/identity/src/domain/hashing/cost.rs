//! What a password hash costs: how little is too little, and how much is too much.

use argon2::Params;
use std::io;

/// The most memory that a hash may take, configured or stored, in KiB.
pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes over that memory.
pub const MAX_ITERATIONS: u32 = 16;
/// The most lanes.
pub const MAX_PARALLELISM: u32 = 16;

/// OWASP's floor (Password Storage Cheat Sheet): memory in KiB, with at least so many iterations.
const FLOOR: [(u32, u32); 3] = [(47_104, 1), (19_456, 2), (12_288, 3)];

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

/// A cost that hashing does not start with.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// Below OWASP's floor.
    #[error(
        "--argon2-memory-kib {} with --argon2-iterations {} is weaker than OWASP's floor: allowed is \
         at least 47104 with 1 iteration, 19456 with 2, or 12288 with 3", .0.memory_kib, .0.iterations
    )]
    Weak(Cost),
    /// Argon2 itself refuses it.
    #[error("argon2 refuses --argon2-memory-kib {} with --argon2-parallelism {}: {reason}",
        cost.memory_kib, cost.parallelism)]
    Refused {
        /// What was configured.
        cost: Cost,
        /// What argon2 says.
        reason: String,
    },
    /// There is no hash for nobody's password.
    #[error("no decoy hash can be made: {0}")]
    Decoy(String),
    /// The system refuses threads.
    #[error("--hash-workers: the system starts no more threads: {0}")]
    Threads(#[source] io::Error),
}

impl Cost {
    pub(super) fn of(params: &Params) -> Self {
        Self {
            memory_kib: params.m_cost(),
            iterations: params.t_cost(),
            parallelism: params.p_cost(),
        }
    }

    /// Refuses what is weaker than OWASP's floor.
    pub(super) fn check_floor(self) -> Result<(), CostError> {
        let strong = |(memory_kib, iterations): &(u32, u32)| {
            self.memory_kib >= *memory_kib && self.iterations >= *iterations
        };
        if FLOOR.iter().any(strong) { Ok(()) } else { Err(CostError::Weak(self)) }
    }

    /// Whether a stored hash is weaker than a new one would be.
    pub(super) fn below(self, live: Self) -> bool {
        self.memory_kib < live.memory_kib || self.iterations < live.iterations
    }

    /// Whether a stored hash may be computed at all.
    pub(super) fn allowed(self) -> bool {
        self.memory_kib <= MAX_MEMORY_KIB
            && self.iterations <= MAX_ITERATIONS
            && self.parallelism <= MAX_PARALLELISM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_weaker_than_the_floor_starts() {
        let check =
            |memory_kib, iterations| Cost { memory_kib, iterations, parallelism: 1 }.check_floor();
        for (memory_kib, iterations) in FLOOR {
            assert!(check(memory_kib, iterations).is_ok());
            let weak = check(memory_kib - 1, iterations).unwrap_err().to_string();
            assert!(weak.contains("--argon2-memory-kib") && weak.contains("allowed"), "{weak}");
        }
        assert!(check(MAX_MEMORY_KIB, 0).is_err());
    }
}
