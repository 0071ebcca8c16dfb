//! The one thread that writes to the store, and how it groups commits.
//!
//! One flush of the disk costs about a millisecond whatever it carries, so whatever waits is committed together and answered
//! after that commit. Whether the disk failed is decided here, once: a failed flush is never repeated into a success,
//! because the pages it lost look clean afterwards.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::backend::{Act, Backend, Done, Fault, StoreError};
use super::counts::Counts;
use super::purge::Purge;
use crate::limits::Limits;
use crate::log::Log;

/// What a route asks of the writer.
#[derive(Debug)]
pub(crate) enum Job {
    /// Do something, together with others.
    Do(Act, Answer<Done>),
    /// Say whether something could be written.
    Check(Answer<()>),
    /// Delete a little of what is due, and say whether there may be more.
    Purge(Answer<bool>),
}

/// Where the outcome goes. Whoever asked may have gone away; the work is done all the same.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// The writer's side of a store.
#[derive(Debug)]
pub(crate) struct Writer {
    backend: Box<dyn Backend>,
    queue: mpsc::Receiver<Job>,
    group: usize,
    group_bytes: usize,
    health: Health,
    /// What was reported last, so that one fault is one line however often it is met.
    cause: String,
    purge: Purge,
    counts: Arc<Counts>,
    log: Arc<Log>,
}

/// What the writer learnt from the last attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// The disk was full. Passes by itself.
    Full,
    /// The database was out of reach. Passes by itself.
    Away,
    /// Does not pass: an operator has to look, and starts the server anew.
    Failed,
}

impl Writer {
    pub(crate) fn new(
        backend: Box<dyn Backend>,
        queue: mpsc::Receiver<Job>,
        limits: &Limits,
        purge: Purge,
        counts: Arc<Counts>,
        log: Arc<Log>,
    ) -> Self {
        let Limits { group, group_bytes, .. } = *limits;
        Self { backend, queue, group, group_bytes, health: Health::Good, cause: String::new(), purge, counts, log }
    }

    /// Works until every sender is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Some(job) = self.queue.blocking_recv() {
            self.serve(job);
        }
    }

    fn serve(&mut self, first: Job) {
        let (mut batch, mut bytes, mut next) = (Vec::new(), 0, Some(first));
        let (mut checks, mut purge) = (Vec::new(), None);
        while let Some(job) = next.take() {
            match job {
                Job::Check(answer) => checks.push(answer),
                // Whoever came before it is served first, and whoever comes meanwhile after this one step.
                Job::Purge(answer) => {
                    purge = Some(answer);
                    break;
                }
                Job::Do(act, answer) => {
                    bytes += act.len();
                    batch.push((act, answer));
                }
            }
            if batch.len() < self.group && bytes < self.group_bytes {
                next = self.queue.try_recv().ok();
            }
        }
        let settled = self.settle(batch);
        // Not before what was asked for in front of it is done.
        if !checks.is_empty() {
            let outcome = settled.and_then(|()| self.check());
            for answer in checks {
                let _ = answer.send(outcome);
            }
        }
        if let Some(answer) = purge {
            let _ = answer.send(self.purge());
        }
    }

    /// Commits a batch and tells everybody how it went.
    ///
    /// # Errors
    /// [`StoreError`] after which nobody is to wait again.
    fn settle(&mut self, batch: Vec<(Act, Answer<Done>)>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let acts: Vec<&Act> = batch.iter().map(|(act, _)| act).collect();
        match self.commit(&acts) {
            Ok(outcomes) => {
                if acts.iter().any(|act| act.asks_deletion()) {
                    self.grant();
                }
                for ((_, answer), outcome) in batch.into_iter().zip(outcomes) {
                    let _ = answer.send(outcome);
                }
                Ok(())
            }
            // One large submission must not cost the small ones beside it the room that is left.
            Err(StoreError::Full) if batch.len() > 1 => {
                batch.into_iter().map(|one| self.settle(vec![one])).fold(Ok(()), Result::and)
            }
            Err(error) => {
                let passing = matches!(error, StoreError::Busy | StoreError::Away);
                if passing {
                    self.turn_away(error);
                }
                for (_, answer) in batch {
                    let _ = answer.send(Err(error));
                }
                if passing { Err(error) } else { Ok(()) }
            }
        }
    }

    /// Deletes what customers asked to have deleted. Their statements are on the disk: what fails now is done at the next purge.
    fn grant(&mut self) {
        if let Err(fault) = self.purge.grant(&mut *self.backend) {
            let _: Result<(), StoreError> = self.learn(Err(fault));
        }
    }

    /// Those who queued behind a lock waited as long as the one in front; a second wait would be too long for them. They hear
    /// of it first: whoever comes after the first answer is a new attempt.
    fn turn_away(&mut self, error: StoreError) {
        while let Ok(job) = self.queue.try_recv() {
            match job {
                Job::Do(_, answer) => drop(answer.send(Err(error))),
                Job::Check(answer) => drop(answer.send(Err(error))),
                Job::Purge(answer) => drop(answer.send(Err(error))),
            }
        }
    }

    fn commit(&mut self, batch: &[&Act]) -> Result<Vec<Result<Done, StoreError>>, StoreError> {
        if self.health == Health::Failed {
            return Err(StoreError::Failed);
        }
        let outcome = self.backend.write(batch);
        if outcome.is_ok() {
            self.counts.committed(batch.len());
        }
        self.learn(outcome)
    }

    fn check(&mut self) -> Result<(), StoreError> {
        if self.health == Health::Failed {
            return Err(StoreError::Failed);
        }
        let outcome = self.backend.touch(self.health == Health::Full);
        self.learn(outcome)
    }

    /// On a full disk too: it is deleting that makes room.
    fn purge(&mut self) -> Result<bool, StoreError> {
        if self.health == Health::Failed {
            return Err(StoreError::Failed);
        }
        let outcome = self.purge.step(&mut *self.backend);
        match outcome {
            Ok(more) => Ok(more),
            Err(fault) => self.learn(Err(fault)),
        }
    }

    fn learn<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, StoreError> {
        self.counts.set_up(outcome.is_ok());
        let Fault { error, cause } = match outcome {
            Ok(value) => {
                self.health = Health::Good;
                return Ok(value);
            }
            Err(fault) => fault,
        };
        let health = match error {
            StoreError::Busy => self.health,
            StoreError::Away => Health::Away,
            StoreError::Full => Health::Full,
            _ => Health::Failed,
        };
        if health != self.health || (health != Health::Good && cause != self.cause) {
            self.log.event("store", error.code(), &cause);
            (self.health, self.cause) = (health, cause);
        }
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::time::Duration;

    use rusqlite::Connection;
    use segel_core::id::{Digest, FormDigest, FormName, SubmissionId};

    use crate::clock::Clock;
    use crate::log::tests::Memory;
    use crate::store::backend::{Arrival, Body, Kept, Retention};
    use crate::store::sqlite::Sqlite;

    fn arrival(form: &str, id: u8, envelope: &[u8]) -> Act {
        let form = FormName::parse(form).unwrap();
        let (id, version) = (SubmissionId::from_bytes([id; 16]), FormDigest::of(b"form"));
        let (digest, body) = (Digest::of(envelope), Body::Whole(envelope.to_vec()));
        Act::Keep(Arrival { form, id, version, digest, retention: Retention::default(), body })
    }

    fn store(path: &Path, pragma: &str) -> Sqlite {
        let (store, _lock) = Sqlite::open(path, Duration::from_secs(2), 0, &Clock::default()).unwrap();
        store.connection.execute_batch(pragma).unwrap();
        store
    }

    fn purge(log: &Arc<Log>) -> Purge {
        Purge::new(None, &Limits::default(), false, Arc::default(), Arc::clone(log))
    }

    /// What a writer answers to jobs that were all waiting when it began.
    fn outcomes(path: &Path, acts: Vec<Act>, pragma: &str, log: &Memory) -> Vec<Result<Done, StoreError>> {
        let limits = Limits::default();
        let log = Arc::new(Log::new(Box::new(log.clone())));
        let (jobs, queue) = mpsc::channel(limits.write_queue);
        let answers: Vec<_> = acts
            .into_iter()
            .map(|act| {
                let (answer, outcome) = oneshot::channel();
                jobs.try_send(Job::Do(act, answer)).unwrap();
                outcome
            })
            .collect();
        drop(jobs);
        Writer::new(Box::new(store(path, pragma)), queue, &limits, purge(&log), Arc::default(), log).run();
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect()
    }

    fn sequence(outcome: &Result<Done, StoreError>) -> (bool, u64) {
        match outcome {
            Ok(Done::Kept(Kept::Now(acknowledgement))) => (true, acknowledgement.sequence),
            Ok(Done::Kept(Kept::Before(acknowledgement))) => (false, acknowledgement.sequence),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn on_a_full_disk_a_large_one_does_not_take_the_small_ones_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = Memory::default();
        let large = vec![7; 400_000];
        let arrivals = vec![arrival("satu", 1, b"a"), arrival("satu", 2, &large), arrival("satu", 3, b"c")];
        let outcomes = outcomes(&folder.path().join("db"), arrivals, "PRAGMA max_page_count = 60", &log);
        assert_eq!((sequence(&outcomes[0]), sequence(&outcomes[2])), ((true, 1), (true, 2)));
        assert_eq!(outcomes[1], Err(StoreError::Full));
        assert!(log.text().contains("event=store subject=\"full\""), "{}", log.text());
    }

    #[test]
    fn a_check_is_answered_behind_what_was_asked_for_in_front_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let log = Arc::new(Log::new(Box::new(Memory::default())));
        let (jobs, queue) = mpsc::channel(2);
        let (answer, mut kept) = oneshot::channel();
        jobs.try_send(Job::Do(arrival("satu", 1, b"a"), answer)).unwrap();
        let (answer, checked) = oneshot::channel();
        jobs.try_send(Job::Check(answer)).unwrap();
        drop(jobs);
        let looked = std::thread::spawn(move || (checked.blocking_recv().unwrap(), kept.try_recv()));
        Writer::new(Box::new(store(&path, "")), queue, &Limits::default(), purge(&log), Arc::default(), log).run();
        let (outcome, kept) = looked.join().unwrap();
        assert_eq!(outcome, Ok(()));
        assert!(matches!(kept, Ok(Ok(Done::Kept(_)))), "{kept:?}");
    }

    #[test]
    fn after_a_failure_nothing_is_acknowledged_even_if_it_could_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let log = Memory::default();
        // Stands for a disk that fails once: only the form `satu` meets it, and only in the first batch.
        let broken = "CREATE TEMP TRIGGER broken BEFORE INSERT ON submission WHEN NEW.form = 'satu' \
                      BEGIN SELECT RAISE(ABORT, 'as if the disk had failed'); END";
        let mut arrivals = vec![arrival("satu", 1, b"a")];
        arrivals.extend((2..80).map(|id| arrival("dua", id, &[id])));
        let outcomes = outcomes(&path, arrivals, broken, &log);
        assert!(outcomes.iter().all(|outcome| *outcome == Err(StoreError::Failed)));
        assert_eq!(log.text().matches("event=store subject=\"failed\"").count(), 1, "{}", log.text());
        let rows: i64 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM submission", (), |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 0);
    }

    #[test]
    fn case_98_a_file_that_became_read_only_is_not_believed_again_when_it_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let memory = Memory::default();
        let log = Arc::new(Log::new(Box::new(memory.clone())));
        let (_jobs, queue) = mpsc::channel(1);
        let mut writer =
            Writer::new(Box::new(store(&path, "")), queue, &Limits::default(), purge(&log), Arc::default(), log);
        let keep = |writer: &mut Writer, id| writer.commit(&[&arrival("satu", id, b"a")]).map(|_| ());
        assert_eq!(keep(&mut writer, 1), Ok(()));
        // What SQLite says of a file that it may not write is what it says of a connection that may not.
        writer.backend = Box::new(store(&path, "PRAGMA query_only = ON"));
        assert_eq!(keep(&mut writer, 2), Err(StoreError::Failed));
        let said = "event=store subject=\"failed\" cause=\"attempt to write a readonly database\"";
        assert!(memory.text().contains(said), "{}", memory.text());
        writer.backend = Box::new(store(&path, ""));
        assert_eq!((keep(&mut writer, 3), writer.check()), (Err(StoreError::Failed), Err(StoreError::Failed)));
    }

    #[test]
    fn a_full_disk_passes_when_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let log = Arc::new(Log::new(Box::new(Memory::default())));
        let (_jobs, queue) = mpsc::channel(1);
        let backend = Box::new(store(&path, "PRAGMA max_page_count = 60"));
        let mut writer = Writer::new(backend, queue, &Limits::default(), purge(&log), Arc::default(), log);
        let keep = |writer: &mut Writer, bytes| writer.commit(&[&arrival("satu", 1, &vec![7; bytes])]).map(|_| ());
        assert_eq!(keep(&mut writer, 400_000), Err(StoreError::Full));
        assert_eq!(writer.health, Health::Full);
        assert_eq!((writer.check(), writer.health), (Ok(()), Health::Good), "a little still fits");
        assert_eq!(keep(&mut writer, 4_000), Ok(()));
    }
}
