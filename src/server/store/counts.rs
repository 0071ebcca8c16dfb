//! What the writer counts while it works.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    down: AtomicBool,
    commits: AtomicU64,
    writes: AtomicU64,
    purged: AtomicU64,
    braked: AtomicBool,
}

impl Counts {
    /// One commit of so many writes went well.
    pub(super) fn committed(&self, writes: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes as u64, Ordering::Relaxed);
    }

    /// Whether the last attempt went well.
    pub(super) fn set_up(&self, up: bool) {
        self.down.store(!up, Ordering::Relaxed);
    }

    /// Whether the last attempt to write went well.
    pub(crate) fn is_up(&self) -> bool {
        !self.down.load(Ordering::Relaxed)
    }

    /// Commits.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Writes; several share a commit.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// So many submissions were deleted because their time was over.
    pub(super) fn purged(&self, count: u64) {
        self.purged.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn set_braked(&self, braked: bool) {
        self.braked.store(braked, Ordering::Relaxed);
    }

    /// Submissions deleted because their time was over.
    pub(crate) fn all_purged(&self) -> u64 {
        self.purged.load(Ordering::Relaxed)
    }

    /// Whether deleting waits for an operator's word.
    pub(crate) fn is_braked(&self) -> bool {
        self.braked.load(Ordering::Relaxed)
    }
}
