//! The one thread that writes to the store, and how it groups commits.
//!
//! One flush of the disk costs about a millisecond whatever it carries, so whatever waits is committed together and answered
//! after that commit. Whether the disk failed is decided here, once: a failed flush is never repeated into a success,
//! because the pages it lost look clean afterwards.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Statement, TransactionBehavior};
use segel_core::export::Position;
use segel_core::time::Time;
use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::limits::Limits;
use crate::log::Log;
use crate::store::{self, Acknowledgement, Arrival, Kept, StoreError};

/// What a route asks of the writer.
#[derive(Debug)]
pub(crate) enum Job {
    /// Keep a submission.
    Keep(Arrival, Answer<Kept>),
    /// Say whether one could be kept.
    Check(Answer<()>),
}

/// Where the outcome goes. Whoever asked may have gone away; the work is done all the same.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// The writer's side of a store.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    queue: mpsc::Receiver<Job>,
    group: usize,
    group_bytes: usize,
    health: Health,
    log: Arc<Log>,
}

/// What the writer learnt from the last attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// The disk was full. Passes by itself.
    Full,
    /// Does not pass: an operator has to look, and starts the server anew.
    Failed,
}

impl Writer {
    pub(crate) fn new(connection: Connection, queue: mpsc::Receiver<Job>, limits: &Limits, log: Arc<Log>) -> Self {
        let Limits { group, group_bytes, .. } = *limits;
        Self { connection, queue, group, group_bytes, health: Health::Good, log }
    }

    /// Works until every sender is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Some(job) = self.queue.blocking_recv() {
            self.serve(job);
        }
    }

    fn serve(&mut self, first: Job) {
        let (mut batch, mut bytes, mut next) = (Vec::new(), 0, Some(first));
        while let Some(job) = next.take() {
            match job {
                Job::Check(answer) => drop(answer.send(self.check())),
                Job::Keep(arrival, answer) => {
                    bytes += arrival.envelope.len();
                    batch.push((arrival, answer));
                }
            }
            if batch.len() < self.group && bytes < self.group_bytes {
                next = self.queue.try_recv().ok();
            }
        }
        self.settle(batch);
    }

    /// Commits a batch and tells everybody how it went.
    fn settle(&mut self, batch: Vec<(Arrival, Answer<Kept>)>) {
        if batch.is_empty() {
            return;
        }
        match self.commit(batch.iter().map(|(arrival, _)| arrival)) {
            Ok(outcomes) => {
                for ((_, answer), outcome) in batch.into_iter().zip(outcomes) {
                    let _ = answer.send(outcome);
                }
            }
            // One large submission must not cost the small ones beside it the room that is left.
            Err(StoreError::Full) if batch.len() > 1 => batch.into_iter().for_each(|one| self.settle(vec![one])),
            Err(error) => {
                if error == StoreError::Busy {
                    self.turn_away();
                }
                for (_, answer) in batch {
                    let _ = answer.send(Err(error));
                }
            }
        }
    }

    /// Those who queued behind a lock waited as long as the one in front; a second wait would be too long for them. They hear
    /// of it first: whoever comes after the first answer is a new attempt.
    fn turn_away(&mut self) {
        while let Ok(job) = self.queue.try_recv() {
            match job {
                Job::Keep(_, answer) => drop(answer.send(Err(StoreError::Busy))),
                Job::Check(answer) => drop(answer.send(Err(StoreError::Busy))),
            }
        }
    }

    fn commit<'a>(
        &mut self,
        batch: impl Iterator<Item = &'a Arrival>,
    ) -> Result<Vec<Result<Kept, StoreError>>, StoreError> {
        if self.health == Health::Failed {
            return Err(StoreError::Failed);
        }
        let now = clock::now().ok_or(StoreError::Failed)?;
        let outcome = write(&mut self.connection, batch, now);
        self.learn(outcome)
    }

    fn check(&mut self) -> Result<(), StoreError> {
        if self.health == Health::Failed {
            return Err(StoreError::Failed);
        }
        let full = self.health == Health::Full;
        let outcome = touch(&mut self.connection, full);
        self.learn(outcome)
    }

    fn learn<T>(&mut self, outcome: rusqlite::Result<T>) -> Result<T, StoreError> {
        let cause = match outcome {
            Ok(value) => {
                self.health = Health::Good;
                return Ok(value);
            }
            Err(cause) => cause,
        };
        let error = StoreError::from(&cause);
        let health = match error {
            StoreError::Busy => self.health,
            StoreError::Full => Health::Full,
            _ => Health::Failed,
        };
        if health != self.health {
            self.log.event("store", error.code(), &cause);
            self.health = health;
        }
        Err(error)
    }
}

/// Writes a batch in one transaction. After an error nothing of it is there.
fn write<'a>(
    connection: &mut Connection,
    batch: impl Iterator<Item = &'a Arrival>,
    now: Time,
) -> rusqlite::Result<Vec<Result<Kept, StoreError>>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut statements = Statements::new(&transaction)?;
    let outcomes = batch.map(|arrival| statements.keep(&transaction, arrival, now)).collect::<rusqlite::Result<_>>()?;
    drop(statements);
    transaction.commit()?;
    Ok(outcomes)
}

/// Takes the write lock and, where the disk was full, writes a little to see whether it still is.
fn touch(connection: &mut Connection, full: bool) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if full {
        transaction.execute("UPDATE pulse SET beats = beats + 1", ())?;
    }
    transaction.commit()
}

/// Compiled once a batch.
struct Statements<'c> {
    find: Statement<'c>,
    advance: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            find: connection.prepare("SELECT form, digest, received_at, sequence FROM submission WHERE id = ?1")?,
            advance: connection.prepare(
                "INSERT INTO form (name, sequence, chain) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, chain = excluded.chain",
            )?,
            insert: connection.prepare(
                "INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
        })
    }

    /// The same id with the same bytes is the submission that is there; with other bytes it is a conflict.
    fn keep(
        &mut self,
        connection: &Connection,
        arrival: &Arrival,
        now: Time,
    ) -> rusqlite::Result<Result<Kept, StoreError>> {
        if let Some((form, before)) = self.find(arrival)? {
            let same = form == arrival.form.as_str() && before.digest == arrival.digest;
            return Ok(if same { Ok(Kept::Before(before)) } else { Err(StoreError::Conflict) });
        }
        let last = store::position(connection, &arrival.form)?.unwrap_or(Position::START);
        let next = last.next(now, &arrival.digest);
        let (form, sequence, chain) = (arrival.form.as_str(), store::signed(next.sequence())?, next.chain().as_bytes());
        self.advance.execute((form, sequence, chain))?;
        self.insert.execute((
            form,
            sequence,
            arrival.id.as_bytes(),
            now.unix(),
            arrival.version.digest().as_bytes(),
            arrival.digest.as_bytes(),
            chain,
            &arrival.envelope,
        ))?;
        let (digest, id) = (arrival.digest, arrival.id);
        Ok(Ok(Kept::Now(Acknowledgement { digest, id, received_at: now, sequence: next.sequence() })))
    }

    fn find(&mut self, arrival: &Arrival) -> rusqlite::Result<Option<(String, Acknowledgement)>> {
        let id = arrival.id;
        let read = |row: &rusqlite::Row<'_>| {
            let (digest, received_at) = (store::read_digest(row, 1)?, store::read_time(row, 2)?);
            let before = Acknowledgement { digest, id, received_at, sequence: store::read_sequence(row, 3)? };
            Ok((row.get(0)?, before))
        };
        self.find.query_row((id.as_bytes(),), read).optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use segel_core::id::{Digest, FormDigest, FormName, SubmissionId};

    use crate::log::tests::Memory;
    use crate::store::Store;

    fn arrival(form: &str, id: u8, envelope: &[u8]) -> Arrival {
        let form = FormName::parse(form).unwrap();
        let (id, version) = (SubmissionId::from_bytes([id; 16]), FormDigest::of(b"form"));
        Arrival { form, id, version, digest: Digest::of(envelope), envelope: envelope.to_vec() }
    }

    /// What a writer answers to jobs that were all waiting when it began.
    fn outcomes(path: &Path, arrivals: Vec<Arrival>, pragma: &str, log: &Memory) -> Vec<Result<Kept, StoreError>> {
        let limits = Limits::default();
        let log = Arc::new(Log::new(Box::new(log.clone())));
        drop(Store::open(path, &limits, &log).unwrap());
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(pragma).unwrap();
        let (jobs, queue) = mpsc::channel(limits.write_queue);
        let answers: Vec<_> = arrivals
            .into_iter()
            .map(|arrival| {
                let (answer, outcome) = oneshot::channel();
                jobs.try_send(Job::Keep(arrival, answer)).unwrap();
                outcome
            })
            .collect();
        drop(jobs);
        Writer::new(connection, queue, &limits, log).run();
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect()
    }

    fn sequence(outcome: &Result<Kept, StoreError>) -> (bool, u64) {
        match outcome {
            Ok(Kept::Now(acknowledgement)) => (true, acknowledgement.sequence),
            Ok(Kept::Before(acknowledgement)) => (false, acknowledgement.sequence),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn within_one_commit_each_form_counts_for_itself_and_repeats_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let arrivals = vec![
            arrival("satu", 1, b"a"),
            arrival("dua", 2, b"b"),
            arrival("satu", 1, b"a"),
            arrival("satu", 3, b"c"),
            arrival("satu", 3, b"other bytes"),
            arrival("dua", 3, b"c"),
        ];
        let outcomes = outcomes(&folder.path().join("db"), arrivals, "", &Memory::default());
        let kept: Vec<_> = outcomes[..4].iter().map(sequence).collect();
        assert_eq!(kept, [(true, 1), (true, 1), (false, 1), (true, 2)]);
        assert_eq!(outcomes[4], Err(StoreError::Conflict), "other bytes under a known id");
        assert_eq!(outcomes[5], Err(StoreError::Conflict), "the same bytes for another form");
    }

    #[test]
    fn on_a_full_disk_a_large_one_does_not_take_the_small_ones_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = Memory::default();
        let large = vec![7; 400_000];
        let arrivals = vec![arrival("satu", 1, b"a"), arrival("satu", 2, &large), arrival("satu", 3, b"c")];
        let outcomes = outcomes(&folder.path().join("db"), arrivals, "PRAGMA max_page_count = 40", &log);
        assert_eq!((sequence(&outcomes[0]), sequence(&outcomes[2])), ((true, 1), (true, 2)));
        assert_eq!(outcomes[1], Err(StoreError::Full));
        assert!(log.text().contains("event=store subject=\"full\""), "{}", log.text());
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
    fn a_full_disk_passes_when_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let log = Arc::new(Log::new(Box::new(Memory::default())));
        drop(Store::open(&path, &Limits::default(), &log).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA max_page_count = 40").unwrap();
        let (_jobs, queue) = mpsc::channel(1);
        let mut writer = Writer::new(connection, queue, &Limits::default(), log);
        let large = vec![7; 400_000];
        let keep = |writer: &mut Writer| writer.commit([arrival("satu", 1, &large)].iter()).map(|_| ());
        assert_eq!(keep(&mut writer), Err(StoreError::Full));
        assert_eq!((writer.check(), writer.health), (Ok(()), Health::Good), "a little still fits");
        writer.connection.execute_batch("PRAGMA max_page_count = 4000").unwrap();
        assert_eq!(keep(&mut writer), Ok(()));
    }
}
