//! The store: one SQLite file that keeps envelopes as they came and hands them out in order.
//!
//! This is the handle that routes hold; `writer.rs` is the one thread that writes. What was acknowledged is on the disk:
//! write-ahead log, `synchronous=FULL`, and no answer before the commit. FORMAT §12 defines sequence and chain.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, Row};
use segel_core::export::Position;
use segel_core::id::{Digest, FormDigest, FormName, SubmissionId};
use segel_core::time::Time;
use tokio::sync::{mpsc, oneshot};

use crate::limits::Limits;
use crate::log::Log;
use crate::writer::{Job, Writer};

/// An open store; dropping it writes out what is queued and lets go of the file.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    reader: Arc<Mutex<Connection>>,
    /// Held for as long as the store is open; the system lets go of it whatever becomes of us.
    _lock: File,
}

/// A submission that was checked and is to be kept.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) form: FormName,
    pub(crate) id: SubmissionId,
    pub(crate) version: FormDigest,
    pub(crate) digest: Digest,
    pub(crate) envelope: Vec<u8>,
}

/// What the server states about a submission it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) digest: Digest,
    pub(crate) id: SubmissionId,
    pub(crate) received_at: Time,
    pub(crate) sequence: u64,
}

/// Whether a submission is new to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It was written.
    Now(Acknowledgement),
    /// The same bytes were there already.
    Before(Acknowledgement),
}

/// One submission as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) position: Position,
    pub(crate) received_at: Time,
    pub(crate) envelope: Vec<u8>,
}

/// Why nothing was kept, or nothing can be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// This submission id is stored with other bytes, or for another form.
    #[error("stored with other bytes")]
    Conflict,
    /// Locked by another program, or too much is waiting.
    #[error("locked by another program, or too much is waiting")]
    Busy,
    /// No room on the disk.
    #[error("no room on the disk")]
    Full,
    /// A write could not be made durable, or the file is damaged. Nothing is acknowledged any more.
    #[error("reading or writing failed")]
    Failed,
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file cannot be made or opened.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another server has it.
    #[error("in use by another segel-server (process {holder})")]
    InUse {
        /// Its process id, as it wrote it down.
        holder: String,
    },
    /// Written by a later version of this program.
    #[error("its schema is version {found}, this program knows version {known}")]
    NewerSchema {
        /// The file's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A database of something else.
    #[error("a database, but not a store of segel-server")]
    Foreign,
    /// The file system does not allow a write-ahead log.
    #[error("no write-ahead log is possible there (a network file system?)")]
    NoLog,
    /// SQLite refuses.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Store {
    /// Opens or makes the store at `path` and starts its writer.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(path: &Path, limits: &Limits, log: &Arc<Log>) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        make_private(path)?;
        let mut connection = connect(path, limits)?;
        prepare_schema(&mut connection)?;
        let reader = connect(path, limits)?;
        reader.execute_batch("PRAGMA query_only = ON")?;
        let (jobs, queue) = mpsc::channel(limits.write_queue);
        let writer = Writer::new(connection, queue, limits, Arc::clone(log));
        let io = |error| OpenError::Io { path: path.to_owned(), error };
        let writer =
            std::thread::Builder::new().name(String::from("writer")).spawn(move || writer.run()).map_err(io)?;
        Ok(Self { jobs: Some(jobs), writer: Some(writer), reader: Arc::new(Mutex::new(reader)), _lock: lock })
    }

    /// Keeps a submission; answers when it is on the disk.
    ///
    /// # Errors
    /// [`StoreError`]. After any but [`StoreError::Conflict`] the same bytes may be offered again.
    pub(crate) async fn keep(&self, arrival: Arrival) -> Result<Kept, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Keep(arrival, answer))?;
        outcome.await.unwrap_or(Err(StoreError::Failed))
    }

    /// Whether a submission could be kept now.
    ///
    /// # Errors
    /// [`StoreError`] that a submission would meet.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Check(answer))?;
        outcome.await.unwrap_or(Err(StoreError::Failed))
    }

    /// Where a form's chain stands; nothing if no submission ever came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn position(&self, form: &FormName) -> Result<Option<Position>, StoreError> {
        let form = form.clone();
        self.read(move |connection| position(connection, &form)).await
    }

    /// Where the chain stood after one submission; nothing if there is none of that sequence.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn position_at(&self, form: &FormName, sequence: u64) -> Result<Option<Position>, StoreError> {
        let form = form.clone();
        self.read(move |connection| {
            let sql = "SELECT sequence, chain FROM submission WHERE form = ?1 AND sequence = ?2";
            connection.query_row(sql, (form.as_str(), signed(sequence)?), |row| read_position(row, 0, 1)).optional()
        })
        .await
    }

    /// The submissions after `after` up to `last`, some at a time: as many as `limits` allow, at least one if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn page(
        &self,
        form: &FormName,
        after: u64,
        last: u64,
        limits: &Limits,
    ) -> Result<Vec<Stored>, StoreError> {
        let (form, most, most_bytes) = (form.clone(), limits.page, limits.page_bytes);
        self.read(move |connection| {
            let mut statement = connection.prepare(
                "SELECT sequence, chain, received_at, envelope FROM submission \
                 WHERE form = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence",
            )?;
            let mut rows = statement.query((form.as_str(), signed(after)?, signed(last)?))?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while page.len() < most && bytes < most_bytes {
                let Some(row) = rows.next()? else { break };
                let stored = read_stored(row)?;
                bytes += stored.envelope.len();
                page.push(stored);
            }
            Ok(page)
        })
        .await
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Failed)?;
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Failed,
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Arc::clone(&self.reader);
        let task = tokio::task::spawn_blocking(move || query(&reader.lock().unwrap_or_else(PoisonError::into_inner)));
        task.await.map_err(|_| StoreError::Failed)?.map_err(|error| StoreError::from(&error))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Acknowledgement {
    /// The receipt of the server, as HTTP.md spells it.
    pub(crate) fn json(&self) -> String {
        let Self { digest, id, received_at, sequence } = self;
        format!(r#"{{"digest":"{digest}","id":"{id}","received_at":"{received_at}","sequence":{sequence}}}"#)
    }
}

impl StoreError {
    /// A word for the log.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Failed => "failed",
        }
    }
}

impl From<&rusqlite::Error> for StoreError {
    fn from(error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failed,
        }
    }
}

/// Where the form's chain stands.
pub(crate) fn position(connection: &Connection, form: &FormName) -> rusqlite::Result<Option<Position>> {
    let sql = "SELECT sequence, chain FROM form WHERE name = ?1";
    connection.query_row(sql, (form.as_str(),), |row| read_position(row, 0, 1)).optional()
}

/// SQLite's integers have a sign. A sequence beyond them is beyond every row.
pub(crate) fn signed(sequence: u64) -> rusqlite::Result<i64> {
    i64::try_from(sequence).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, i64::MAX))
}

/// A number that our schema keeps from being negative.
pub(crate) fn read_sequence(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

pub(crate) fn read_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    let seconds: i64 = row.get(column)?;
    Time::from_unix(seconds).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, seconds))
}

pub(crate) fn read_digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    let bytes = <[u8; 32]>::column_result(row.get_ref(column)?)?;
    Ok(Digest::from_bytes(bytes))
}

fn read_position(row: &Row<'_>, sequence: usize, chain: usize) -> rusqlite::Result<Position> {
    Ok(Position::new(read_sequence(row, sequence)?, read_digest(row, chain)?))
}

fn read_stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { position: read_position(row, 0, 1)?, received_at: read_time(row, 2)?, envelope: row.get(3)? })
}

/// Takes the lock that keeps a second server away; two writers would each be sure of their chain.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut path = path.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let io = |error| OpenError::Io { path: path.clone(), error };
    let mut file = private().truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(20).read_to_string(&mut holder);
            let digits = !holder.is_empty() && holder.bytes().all(|byte| byte.is_ascii_digit());
            return Err(OpenError::InUse { holder: if digits { holder } else { String::from("unknown") } });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(io)?;
    Ok(file)
}

/// The database is nobody else's business, and SQLite gives its other files the mode of this one.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    private().truncate(false).open(path).map(|_| ()).map_err(io)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn connect(path: &Path, limits: &Limits) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(limits.store_wait)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::NoLog);
    }
    // FULL: with NORMAL a power cut takes acknowledged submissions with it. secure_delete: a deleted envelope is
    // overwritten. trusted_schema: a manipulated file cannot make us call functions.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

fn prepare_schema(connection: &mut Connection) -> Result<(), OpenError> {
    let version = |connection: &Connection| connection.query_row("PRAGMA user_version", (), |row| row.get(0));
    let found: i64 = version(connection)?;
    match found {
        SCHEMA_VERSION => Ok(()),
        0 => {
            let transaction = connection.transaction()?;
            let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
            if tables > 0 {
                return Err(OpenError::Foreign);
            }
            transaction.execute_batch(SCHEMA)?;
            transaction.commit()?;
            Ok(())
        }
        found if found > SCHEMA_VERSION => Err(OpenError::NewerSchema { found, known: SCHEMA_VERSION }),
        _ => Err(OpenError::Foreign),
    }
}

const SCHEMA: &str = include_str!("schema.sql");
/// The last line of the schema sets it.
const SCHEMA_VERSION: i64 = 1;
