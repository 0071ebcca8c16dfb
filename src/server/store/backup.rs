//! A copy of a SQLite store while it is at work, and a copy brought back.
//!
//! Threat: a file that is copied while it is written to is neither the old one nor the new one, and a log that belongs to another file
//! destroys the one it is found beside. So SQLite copies, the copy is read through before it counts, and bringing it back moves
//! the store and its log out of the way together. What was deleted since is deleted again when the server starts, before it serves.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use segel_core::id::DigestBuilder;

use super::sqlite::{self, beside, private};
use super::{OpenError, Place};

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) submissions: u64,
    pub(crate) bytes: u64,
}

/// Why nothing was copied or brought back. What was there is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// A file cannot be read or made.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// There is something under that name.
    #[error("{} is there already", .0.display())]
    There(PathBuf),
    /// PostgreSQL copies itself.
    #[error("a PostgreSQL database is copied by pg_dump")]
    Postgres,
    /// The copy is not whole.
    #[error("{}: not a whole store of this version: {found}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// Another server has it, or it cannot be locked.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// SQLite refuses.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Copies the store at `place` to `to`, also while a server writes to it: one moment of it, whole.
///
/// # Errors
/// [`CopyError`]; nothing stands at `to` then.
pub(crate) fn back_up(place: &Place, to: &Path) -> Result<Copied, CopyError> {
    let from = sqlite_file(place)?;
    finish(to, |part| {
        let source = open(from)?;
        source.busy_timeout(WAIT)?;
        copy(&source, part)
    })
}

/// Puts the copy at `from` where the store is; what was there stays beside it, as `.before`. For a server that is stopped.
///
/// # Errors
/// [`CopyError`].
pub(crate) fn restore(place: &Place, from: &Path) -> Result<Copied, CopyError> {
    let store = sqlite_file(place)?;
    let _lock = sqlite::lock(store)?;
    let (new, before) = (beside(store, ".new"), beside(store, ".before"));
    let moves = ["-wal", "-shm", ""].map(|ending| (beside(store, ending), beside(&before, ending)));
    if let Some((_, kept)) = moves.iter().find(|(_, kept)| kept.exists()) {
        return Err(CopyError::There(kept.clone()));
    }
    let copied = finish(&new, |part| copy(&open(from)?, part)).map_err(|error| match error {
        // What was given, not the file that was being made of it.
        CopyError::Damaged { found, .. } => CopyError::Damaged { path: from.to_owned(), found },
        CopyError::Sqlite(rusqlite::Error::SqliteFailure(code, Some(found)))
            if code.code == rusqlite::ErrorCode::NotADatabase =>
        {
            CopyError::Damaged { path: from.to_owned(), found }
        }
        other => other,
    })?;
    // The log first: it must never be found beside a file that it does not belong to.
    for (old, kept) in moves {
        if old.exists() {
            fs::rename(&old, &kept).map_err(io(&old))?;
        }
    }
    fs::rename(&new, store).map_err(io(store))?;
    sync_folder(store)?;
    Ok(copied)
}

fn sqlite_file(place: &Place) -> Result<&Path, CopyError> {
    match place {
        Place::Sqlite(path) => Ok(path),
        Place::Postgres(_) => Err(CopyError::Postgres),
    }
}

fn open(path: &Path) -> Result<Connection, CopyError> {
    // Said by the system, whose words are plainer than SQLite's.
    File::open(path).map_err(io(path))?;
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Makes a file under another name and gives it its own once it is whole and on the disk.
fn finish(to: &Path, make: impl FnOnce(&Path) -> Result<Copied, CopyError>) -> Result<Copied, CopyError> {
    if to.exists() {
        return Err(CopyError::There(to.to_owned()));
    }
    let part = beside(to, ".part");
    private().truncate(true).open(&part).map_err(io(&part))?;
    let made = make(&part).and_then(|copied| {
        File::open(&part).and_then(|file| file.sync_all()).map_err(io(&part))?;
        // Never over something that came meanwhile.
        fs::hard_link(&part, to).map_err(io(to))?;
        sync_folder(to)?;
        Ok(copied)
    });
    fs::remove_file(&part).map_err(io(&part))?;
    made
}

/// One step for all pages: a copy that waits between steps begins anew whenever somebody writes, and under load it would never end. Who writes
/// to a store with a log is not kept waiting by it.
fn copy(source: &Connection, part: &Path) -> Result<Copied, CopyError> {
    let mut target = Connection::open(part)?;
    let step = Backup::new(source, &mut target)?.step(-1)?;
    let damaged = |found: String| CopyError::Damaged { path: part.to_owned(), found };
    if step != StepResult::Done {
        return Err(damaged(String::from("locked by another program")));
    }
    // One file, without a log beside it.
    let _: String = target.query_row("PRAGMA journal_mode = DELETE", (), |row| row.get(0))?;
    let verdict: String = target.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
    let version: i64 = target.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    if verdict != "ok" || !(1..=sqlite::SCHEMA).contains(&version) {
        return Err(damaged(if verdict == "ok" { format!("schema {version}") } else { verdict }));
    }
    if let Some(number) = changed(&target)? {
        return Err(damaged(number));
    }
    let submissions: i64 = target.query_row("SELECT count(*) FROM submission", (), |row| row.get(0))?;
    drop(target);
    let bytes = fs::metadata(part).map_err(io(part))?.len();
    Ok(Copied { submissions: submissions.unsigned_abs(), bytes })
}

/// The first submission or statement whose bytes are not those that came: SQLite does not notice noise within them.
fn changed(store: &Connection) -> rusqlite::Result<Option<String>> {
    let mut pieces = store.prepare("SELECT bytes FROM piece WHERE upload = ?1 ORDER BY number")?;
    let all = "SELECT form, sequence, digest, envelope, upload FROM submission UNION ALL \
               SELECT form, sequence, digest, bytes, NULL FROM statement";
    let mut statement = store.prepare(all)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let mut digest = DigestBuilder::default();
        digest.update(row.get_ref(3)?.as_bytes()?);
        if let Some(upload) = row.get::<_, Option<i64>>(4)? {
            let mut rows = pieces.query((upload,))?;
            while let Some(piece) = rows.next()? {
                digest.update(piece.get_ref(0)?.as_bytes()?);
            }
        }
        if digest.finish().as_bytes() != row.get_ref(2)?.as_bytes()? {
            let (form, sequence): (String, i64) = (row.get(0)?, row.get(1)?);
            return Ok(Some(format!("the bytes of {form} number {sequence} have changed")));
        }
    }
    Ok(None)
}

/// A name is on the disk when its folder is.
fn sync_folder(path: &Path) -> Result<(), CopyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> CopyError {
    let path = path.to_owned();
    move |error| CopyError::Io { path: path.clone(), error }
}

/// For a writer that checkpoints.
const WAIT: Duration = Duration::from_secs(10);
