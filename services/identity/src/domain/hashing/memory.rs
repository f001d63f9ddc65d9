//! The block of memory that a hashing thread works in.

use argon2::Block;
use zeroize::Zeroize as _;

/// An allocation of more than 32 MiB is the system's own mapping (mallopt(3), `M_MMAP_THRESHOLD`), and
/// so goes back to it when it is freed. What is never touched of it costs nothing.
const MAPPED: usize = 33 * 1024;

/// A block for hashes of up to so many KiB, there from the first of them until [`Memory::free`].
///
/// What a hash leaves in it would let a thief test guesses a thousand times cheaper than by hashing:
/// parts of the second pass can be undone with what the block still holds. The next hash overwrites
/// all of it, so it is wiped when no hash follows. That costs a thread only time in which it rests.
#[derive(Debug)]
pub(super) struct Memory {
    blocks: Vec<Block>,
    size: usize,
    used: bool,
    /// What was lent, in blocks.
    #[cfg(test)]
    pub(super) loans: Vec<usize>,
}

impl Memory {
    /// For hashes of `kib`.
    pub(super) fn new(kib: u32) -> Self {
        Self {
            blocks: Vec::new(),
            size: kib as usize,
            used: false,
            #[cfg(test)]
            loans: Vec::new(),
        }
    }

    /// Lends `count` blocks of 1 KiB; more than the size are there for this loan only.
    pub(super) fn lend<T>(&mut self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        #[cfg(test)]
        self.loans.push(count);
        if count > self.size {
            let mut blocks = vec![Block::new(); count];
            let done = work(&mut blocks);
            blocks.iter_mut().zeroize();
            return done;
        }
        if self.blocks.is_empty() {
            self.blocks.reserve_exact(self.size.max(MAPPED));
            self.blocks.resize(self.size, Block::new());
        }
        self.used = true;
        work(&mut self.blocks)
    }

    /// Whether there is something to wipe.
    pub(super) fn used(&self) -> bool {
        self.used
    }

    /// Whether there is a block.
    pub(super) fn is_there(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Overwrites what hashes have left.
    pub(super) fn wipe(&mut self) {
        self.blocks.iter_mut().zeroize();
        self.used = false;
    }

    /// Gives the block back to the system.
    pub(super) fn free(&mut self) {
        self.wipe();
        self.blocks = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_and_more_than_the_size_is_not_kept() {
        let mut memory = Memory::new(16);
        assert!(!memory.is_there() && !memory.used());
        let fill = |blocks: &mut [Block]| blocks.iter_mut().for_each(|it| it.as_mut().fill(7));
        memory.lend(12, fill);
        assert!(memory.used() && memory.is_there());
        memory.wipe();
        assert!(!memory.used());
        memory.lend(16, |blocks| {
            assert_eq!(blocks.len(), 16);
            assert!(blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        });
        memory.lend(64, fill);
        assert_eq!(memory.blocks.len(), 16);
        memory.free();
        assert!(!memory.is_there() && memory.blocks.capacity() == 0);
    }
}
