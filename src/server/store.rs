//! The store: keeps envelopes as they came and hands them out in order.
//!
//! This is the handle that routes hold. `backend` says what a database must do, `sqlite` and `postgres` do it, `writer` is the one
//! thread that writes. FORMAT §12 defines sequence and chain.

mod backend;
mod backup;
mod counts;
mod draft;
mod line;
mod named;
mod postgres;
mod purge;
mod sqlite;
mod tombstones;
mod writer;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use segel_core::export::Position;
use segel_core::id::{FormName, SubmissionId};
use segel_core::time::Time;
use tokio::sync::{Semaphore, mpsc, oneshot};

pub(crate) use backend::{
    Act, Arrival, Body, Done, Entry, FormStatus, Kept, Key, PIECE, Range, Retention, Saying, Standing, StoreError,
    Upload, Waiting,
};

pub use backup::CopyError;
pub(crate) use backup::{Copied, back_up, restore};
pub(crate) use counts::Counts;
pub(crate) use draft::Draft;
pub use named::NamedError;
pub(crate) use named::{Gone, Named, delete};
pub(crate) use purge::Brake;
pub(crate) use sqlite::private;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::log::Log;
use backend::{Backend, Fault};
use line::Line;
use postgres::Postgres;
use purge::Purge;
use sqlite::Sqlite;
use tombstones::Tombstones;
use writer::{Job, Writer};

/// Which store a server uses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by its address. It may hold a password, so it is never shown.
    Postgres(PostgresUrl),
}

/// An address `postgres://…`, and the file of certificates that its own is held against.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(crate) text: String,
    /// Nothing for those that this machine trusts.
    pub(crate) roots: Option<PathBuf>,
}

/// An open store; dropping it writes out what is queued and lets go of it.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Mutex<Vec<Box<dyn Backend>>>>,
    free: Arc<Semaphore>,
    counts: Arc<Counts>,
    /// How long a piece may wait for the writer.
    wait: Duration,
    log: Arc<Log>,
    /// Held for as long as the store is open; the system lets go of it whatever becomes of us.
    _lock: Option<File>,
}

/// What an operator says about deleting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deleting {
    /// Where the list of deletions is; beside a SQLite file if nothing is said.
    pub(crate) list: Option<PathBuf>,
    /// Whether the first run may go past the brakes.
    pub(crate) accepted: bool,
}

/// What an operator should be told of before a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Of the oldest submission that its owner did not say to have.
    pub(crate) unpulled_seconds: u64,
    /// Statements that their owners did not say to have.
    pub(crate) requests: u64,
    /// Of the oldest of these.
    pub(crate) request_seconds: u64,
    /// Of the store's disk, where that is known.
    pub(crate) disk_free: Option<u64>,
}

/// How things stand, for an operator who asks.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) forms: Vec<FormStatus>,
    /// Of the store's disk, where that is known.
    pub(crate) disk_free: Option<u64>,
    /// Why nothing is deleted, if that is so.
    pub(crate) brake: Option<Brake>,
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
        /// The store's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Written by an earlier version, and not to be changed beside a server.
    #[error(
        "its schema is version {found}, this program knows version {known}; a server that is started with it brings it up to date"
    )]
    OlderSchema {
        /// The store's.
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
    /// The list of deletions is not one.
    #[error("{} is not a list of deletions of segel-server", path.display())]
    NoTombstones {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The list of deletions is gone, though there were deletions.
    #[error("{} is missing, but this store has deletions: a backup without it would bring back what customers had deleted", path.display())]
    TombstonesMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// What a backup brought back could not be deleted again, so nothing may be served.
    #[error("deletions could not be applied again: {0}")]
    Tombstones(String),
    /// SQLite refuses.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// What a database's certificate is to be held against cannot be used.
    #[error("{}: {found}", path.display())]
    Roots {
        /// Which file.
        path: PathBuf,
        /// Why.
        found: String,
    },
    /// The machine trusts nobody.
    #[error("no certificates are known on this machine that the database's could be held against")]
    NoRoots,
    /// PostgreSQL refuses, or cannot be reached.
    #[error("{0}")]
    Postgres(String),
}

impl Store {
    /// Opens or makes the store at `place` and starts its writer.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(
        place: &Place,
        deleting: Deleting,
        limits: &Limits,
        clock: &Clock,
        log: &Arc<Log>,
    ) -> Result<Self, OpenError> {
        let (mut writer, readers, lock) = connections(place, limits, clock)?;
        let tombstones = match deleting.list.or_else(|| place.default_tombstones()) {
            None => None,
            Some(path) => {
                let (tombstones, again) = Tombstones::open(&path, &mut *writer)?;
                if again > 0 {
                    log.event(
                        "deleted_again",
                        "store",
                        &format_args!("{again} submissions that a backup brought back"),
                    );
                }
                Some(tombstones)
            }
        };
        let (jobs, queue) = mpsc::channel(limits.write_queue);
        let counts = Arc::new(Counts::default());
        let purge = Purge::new(tombstones, limits, deleting.accepted, Arc::clone(&counts), Arc::clone(log));
        let writer = Writer::new(writer, queue, limits, purge, Arc::clone(&counts), Arc::clone(log));
        let io = |error| OpenError::Io { path: PathBuf::from("writer"), error };
        let writer =
            std::thread::Builder::new().name(String::from("writer")).spawn(move || writer.run()).map_err(io)?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
            free: Arc::new(Semaphore::new(readers.len())),
            readers: Arc::new(Mutex::new(readers)),
            counts,
            wait: limits.request,
            log: Arc::clone(log),
            _lock: lock,
        })
    }

    /// Keeps a submission; answers when it is on the disk.
    ///
    /// # Errors
    /// [`StoreError`]. After any but [`StoreError::Conflict`] the same bytes may be offered again.
    pub(crate) async fn keep(&self, arrival: Arrival) -> Result<Kept, StoreError> {
        match self.act(Act::Keep(arrival)).await? {
            Done::Kept(kept) => Ok(kept),
            _ => Err(StoreError::Failed),
        }
    }

    /// Keeps what a customer said; answers when it is on the disk. A deletion is done by then too, or is as soon as it can be.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn say(&self, saying: Saying) -> Result<Kept, StoreError> {
        match self.act(Act::Say(saying)).await? {
            Done::Said(kept) => Ok(kept),
            _ => Err(StoreError::Failed),
        }
    }

    /// How a submission stands; nothing if there never was one of that id for that form.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn standing(&self, form: &FormName, id: SubmissionId) -> Result<Option<Standing>, StoreError> {
        let form = form.clone();
        self.read(move |store| store.standing(&form, &id)).await
    }

    /// Notes how far an owner has fetched a form; nobody waits for it.
    pub(crate) fn fetched(&self, form: &FormName, sequence: u64) {
        let (answer, _) = oneshot::channel();
        // A note that is lost is made again with the next export.
        let _ = self.send(Job::Do(Act::Fetched(form.clone(), sequence), answer));
    }

    /// Begins a submission that may turn out too large for memory.
    pub(crate) fn draft(&self) -> Draft {
        Draft::new(self.jobs.as_ref().map(mpsc::Sender::downgrade), self.wait)
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
        self.read(move |store| store.position(&form)).await
    }

    /// Where the chain stood after one submission; nothing if there is none of that sequence.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn position_at(&self, form: &FormName, sequence: u64) -> Result<Option<Position>, StoreError> {
        let form = form.clone();
        self.read(move |store| store.position_at(&form, sequence)).await
    }

    /// What stands in a form's chain within `range`; at least one entry if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn page(&self, form: &FormName, range: Range) -> Result<Vec<Entry>, StoreError> {
        let form = form.clone();
        self.read(move |store| store.page(&form, &range)).await
    }

    /// What stands at one number whose bytes cannot be had; nothing if no row says it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn outline(&self, form: &FormName, sequence: u64) -> Result<Option<Entry>, StoreError> {
        let form = form.clone();
        self.read(move |store| store.outline(&form, sequence)).await
    }

    /// One piece of a submission that arrived in pieces.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn piece(&self, upload: Upload, number: u64) -> Result<Vec<u8>, StoreError> {
        self.read(move |store| store.piece(upload, number)).await
    }

    /// Deletes a little of what is due; says whether there may be more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn purge(&self) -> Result<bool, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Purge(answer))?;
        outcome.await.unwrap_or(Err(StoreError::Failed))
    }

    /// What waits for its owners and for how many seconds the oldest of it, and the free bytes of the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.read(|store| {
            let Waiting { oldest_unpulled, requests, oldest_request } = store.waiting()?;
            let now = store.now()?;
            let age =
                |since: Option<Time>| since.map_or(0, |since| u64::try_from(now.unix() - since.unix()).unwrap_or(0));
            let (unpulled_seconds, request_seconds) = (age(oldest_unpulled), age(oldest_request));
            Ok(Backlog { unpulled_seconds, requests, request_seconds, disk_free: store.disk_free() })
        })
        .await
    }

    /// What the writer counted.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Writes that wait for the writer.
    pub(crate) fn waiting(&self) -> u64 {
        self.jobs.as_ref().map_or(0, |jobs| (jobs.max_capacity() - jobs.capacity()) as u64)
    }

    async fn act(&self, act: Act) -> Result<Done, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Do(act, answer))?;
        outcome.await.unwrap_or(Err(StoreError::Failed))
    }

    /// The same, waiting for a place in the queue.
    async fn act_when_free(&self, act: Act) -> Result<Done, StoreError> {
        let (answer, outcome) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(StoreError::Failed)?;
        jobs.send(Job::Do(act, answer)).await.map_err(|_| StoreError::Failed)?;
        outcome.await.unwrap_or(Err(StoreError::Failed))
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Failed)?;
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Failed,
        })
    }

    /// Reads on a connection of its own, in a thread where waiting disturbs nobody.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut dyn Backend) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(|_| StoreError::Failed)?;
        let readers = Arc::clone(&self.readers);
        let task = tokio::task::spawn_blocking(move || {
            let pool = || readers.lock().unwrap_or_else(PoisonError::into_inner);
            let mut reader = pool().pop().ok_or_else(|| Fault::damaged("a reader was lost"))?;
            let outcome = query(&mut *reader);
            pool().push(reader);
            drop(permit);
            outcome
        });
        task.await.map_err(|_| StoreError::Failed)?.map_err(|fault| {
            if matches!(fault.error, StoreError::Failed | StoreError::Damaged) {
                self.log.event("store_read", fault.error.code(), &fault.cause);
            }
            fault.error
        })
    }
}

/// How the store at `place` stands, also while a server is at work on it.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn status(place: &Place, limits: &Limits, clock: &Clock) -> Result<Status, OpenError> {
    let mut reader: Box<dyn Backend> = match place {
        Place::Sqlite(path) => {
            // Opening would make one.
            let io = |error| OpenError::Io { path: path.clone(), error };
            File::open(path).map_err(io)?;
            Box::new(Sqlite::reader(path, limits.store_wait, clock)?)
        }
        Place::Postgres(url) => Box::new(Postgres::reader(&Line::open(url)?, limits.store_wait, clock)?),
    };
    let mut all = || {
        let now = reader.now()?;
        let brake = Brake::find(&mut *reader, now, limits.purge_share)?;
        Ok(Status { forms: reader.status()?, disk_free: reader.disk_free(), brake })
    };
    all().map_err(|fault: Fault| OpenError::Postgres(fault.cause))
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Place {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                line::check(text)?;
                Ok(Self::Postgres(PostgresUrl { text: text.to_owned(), roots: None }))
            }
            _ => Err("not a store; use sqlite:PATH or postgres://USER@HOST/DATABASE"),
        }
    }
}

impl Place {
    /// With the file of certificates that a database's own is held against.
    ///
    /// # Errors
    /// A sentence that says where it belongs.
    pub fn with_roots(self, roots: PathBuf) -> Result<Self, &'static str> {
        match self {
            Self::Postgres(url) => Ok(Self::Postgres(PostgresUrl { roots: Some(roots), ..url })),
            Self::Sqlite(_) => Err("store_roots goes with a database that is reached over a network, postgres://…"),
        }
    }

    /// Reads what is needed to reach it, and does not yet.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        match self {
            Self::Postgres(url) => Line::open(url).map(drop),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Where the list of deletions is if nobody says; nothing where there is no place beside it.
    pub(crate) fn default_tombstones(&self) -> Option<PathBuf> {
        self.beside(".tombstones")
    }

    /// A file beside the store's own; none where there is none.
    pub(crate) fn beside(&self, ending: &str) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(sqlite::beside(path, ending)),
            Self::Postgres(_) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresUrl(secret)")
    }
}

type Connections = (Box<dyn Backend>, Vec<Box<dyn Backend>>, Option<File>);

/// One connection that writes and some that read.
fn connections(place: &Place, limits: &Limits, clock: &Clock) -> Result<Connections, OpenError> {
    let mut readers: Vec<Box<dyn Backend>> = Vec::new();
    match place {
        Place::Sqlite(path) => {
            let (writer, lock) = Sqlite::open(path, limits.store_wait, limits.reserve_bytes, clock)?;
            for _ in 0..READERS {
                readers.push(Box::new(Sqlite::reader(path, limits.store_wait, clock)?));
            }
            Ok((Box::new(writer), readers, Some(lock)))
        }
        Place::Postgres(url) => {
            let line = Line::open(url)?;
            let writer = Postgres::open(&line, limits.store_wait, clock)?;
            for _ in 0..READERS {
                readers.push(Box::new(Postgres::reader(&line, limits.store_wait, clock)?));
            }
            Ok((Box::new(writer), readers, None))
        }
    }
}

/// Connections for exports: each page is short, so few serve many.
const READERS: usize = 3;
