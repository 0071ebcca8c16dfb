//! Deleting what is due: a little at a time, and not at all when the clock is not to be believed.
//!
//! Threat: a clock that jumps ahead, or a mistake in many forms at once, would delete everything in a minute, and deletion is the
//! one thing that no retry repairs. So a jump beyond a day, or a run that would take most of what there is, stops and asks.

use std::sync::Arc;

use segel_core::id::SubmissionId;
use segel_core::time::Time;

use super::backend::{Backend, Census, Fault, PIECE, SWEEP};
use super::counts::Counts;
use super::tombstones::Tombstones;
use crate::limits::Limits;
use crate::log::Log;

/// The writer's part that deletes.
#[derive(Debug)]
pub(crate) struct Purge {
    tombstones: Option<Tombstones>,
    batch: usize,
    share: u64,
    /// The operator said that the clock is right and what is due may go.
    accepted: bool,
    /// Within a run, whose share was looked at when it began.
    running: bool,
    /// Something was deleted that may still stand in the file: perhaps before an end without warning.
    unsettled: bool,
    counts: Arc<Counts>,
    log: Arc<Log>,
}

/// Why nothing is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Brake {
    #[error(
        "the clock shows {now}, but at the last look it was {before}; if it is right, start once with --accept-purge"
    )]
    Clock {
        /// What the clock shows.
        now: Time,
        /// The highest time at which anybody looked.
        before: Time,
    },
    #[error("{due} of {all} submissions are due at once; if that is right, start once with --accept-purge")]
    Share {
        /// Submissions whose time is over.
        due: u64,
        /// All there are.
        all: u64,
    },
}

impl Brake {
    /// What stands against deleting what is due now; nothing if it may go.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn find(backend: &mut dyn Backend, now: Time, share: u64) -> Result<Option<Self>, Fault> {
        let Census { due, all, highest } = backend.census(now, SURELY_SMALL)?;
        if let Some(before) = highest
            && now.unix() > before.unix() + JUMP
        {
            return Ok(Some(Self::Clock { now, before }));
        }
        Ok((due > SURELY_SMALL && due * 100 > share * all).then_some(Self::Share { due, all }))
    }
}

impl Purge {
    pub(crate) fn new(
        tombstones: Option<Tombstones>,
        limits: &Limits,
        accepted: bool,
        counts: Arc<Counts>,
        log: Arc<Log>,
    ) -> Self {
        let (batch, share) = (limits.purge_batch, limits.purge_share);
        Self { tombstones, batch, share, accepted, running: false, unsettled: true, counts, log }
    }

    /// Deletes one batch; says whether there may be more.
    ///
    /// # Errors
    /// [`Fault`]; nothing is half deleted.
    pub(crate) fn step(&mut self, backend: &mut dyn Backend) -> Result<bool, Fault> {
        self.grant(backend)?;
        let now = backend.now()?;
        self.running = self.may_run(backend, now)? && self.take(backend, now)?;
        self.accepted = false;
        // Behind a brake too: what is deleted must go, and whoever was sending sends again.
        let day_ago = Time::from_unix(now.unix().saturating_sub(ABANDONED)).unwrap_or(now);
        let swept = backend.sweep(day_ago)?;
        self.unsettled |= swept;
        let more = self.running || swept;
        if !more {
            self.settle(backend)?;
        }
        Ok(more)
    }

    /// Deletes what customers asked to have deleted, with the pieces it came in as far as whoever waits may be kept waiting; the rest of
    /// these is swept at the next steps. No brake: each was asked for, and the clock has no part in it.
    ///
    /// # Errors
    /// [`Fault`]; nothing is half deleted.
    pub(crate) fn grant(&mut self, backend: &mut dyn Backend) -> Result<(), Fault> {
        loop {
            let ids = backend.wished(self.batch)?;
            if ids.is_empty() {
                return Ok(());
            }
            self.bury(backend, &ids)?;
            // What was marked to be swept has no time.
            let marked = Time::from_unix(1);
            for _ in 0..SWEEPS {
                if !marked.map_or(Ok(false), |marked| backend.sweep(marked))? {
                    break;
                }
            }
            self.settle(backend)?;
        }
    }

    fn bury(&mut self, backend: &mut dyn Backend, ids: &[SubmissionId]) -> Result<(), Fault> {
        if let Some(tombstones) = &mut self.tombstones {
            tombstones.add(ids)?;
        }
        self.unsettled = true;
        self.counts.purged(backend.bury(ids)?);
        Ok(())
    }

    /// Should a reader stand in the way, the next step tries again.
    fn settle(&mut self, backend: &mut dyn Backend) -> Result<(), Fault> {
        if self.unsettled {
            self.unsettled = !backend.let_go()?;
        }
        Ok(())
    }

    /// Whether what is due may go: looked at when a run begins.
    fn may_run(&mut self, backend: &mut dyn Backend, now: Time) -> Result<bool, Fault> {
        if self.running {
            return Ok(true);
        }
        let brake = if self.accepted { None } else { Brake::find(backend, now, self.share)? };
        if let Some(brake) = &brake
            && !self.counts.is_braked()
        {
            self.log.event("purge_stopped", "purge", brake);
        }
        self.counts.set_braked(brake.is_some());
        if brake.is_none() {
            backend.raise(now)?;
        }
        Ok(brake.is_none())
    }

    /// Buries one batch of what is due; says whether there may be more.
    fn take(&mut self, backend: &mut dyn Backend, now: Time) -> Result<bool, Fault> {
        let ids = backend.due(now, self.batch)?;
        if !ids.is_empty() {
            self.bury(backend, &ids)?;
        }
        Ok(ids.len() == self.batch)
    }
}

/// Seconds that a clock may have gone ahead since the last look: a night and a day without the server, and two hours.
const JUMP: i64 = 26 * 3600;
/// Seconds after which pieces that nobody named are abandoned: no body may take so long.
const ABANDONED: i64 = 24 * 3600;
/// Sweeps before a deletion is answered: of a submission of up to 32 MiB nothing is left by then.
const SWEEPS: u32 = 1 + (32 << 20) / (SWEEP * PIECE as u32);
/// So many may always go: a form of one day is due on one day.
const SURELY_SMALL: u64 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::Duration;

    use crate::clock::Clock;
    use crate::log::tests::Memory;
    use crate::store::sqlite::Sqlite;

    #[test]
    fn a_run_that_would_take_most_of_many_waits_for_a_word_and_then_goes_in_small_steps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let (mut store, _lock) = Sqlite::open(&path, Duration::from_secs(1), 0, &Clock::default()).unwrap();
        let rows = |from: u32, to: u32, due: i64| {
            let rows: Vec<String> = (from..to).map(|row| row.to_string()).collect();
            format!(
                "INSERT INTO form VALUES ('satu', {to}, zeroblob(32)) ON CONFLICT DO NOTHING;
                 INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope, due_at)
                 SELECT 'satu', value, randomblob(16), 0, zeroblob(32), zeroblob(32), zeroblob(32), '', {due}
                 FROM json_each('[{}]')",
                rows.join(",")
            )
        };
        store.connection.execute_batch(&rows(1, 1502, 7).replace("''", "x''")).unwrap();
        store.connection.execute_batch(&rows(1502, 2002, i64::MAX).replace("''", "x''")).unwrap();
        let (memory, counts) = (Memory::default(), Arc::<Counts>::default());
        let log = Arc::new(Log::new(Box::new(memory.clone())));
        let purge = |accepted| Purge::new(None, &Limits::default(), accepted, Arc::clone(&counts), Arc::clone(&log));
        assert_eq!(purge(false).step(&mut store), Ok(false));
        assert!(counts.is_braked());
        assert!(memory.text().contains("cause=\"1501 of 2001 submissions are due at once; "), "{}", memory.text());
        let (mut purge, mut steps) = (purge(true), 0);
        while purge.step(&mut store).unwrap() {
            steps += 1;
        }
        assert_eq!((steps, counts.all_purged(), counts.is_braked()), (23, 1501, false));
        assert_eq!(store.tombstones(), Ok(1501));
    }
}
