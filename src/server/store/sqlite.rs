//! The store in one SQLite file: for one machine, nothing to install.
//!
//! What was acknowledged is on the disk: write-ahead log, `synchronous=FULL`, and no answer before the commit. One process at a time
//! holds the file, by a lock beside it; a file that was exchanged under us is noticed before the next commit.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Statement, Transaction, TransactionBehavior};
use segel_core::export::Position;
use segel_core::id::{Digest, FormDigest, FormName, SubmissionId, VerifyingKey};
use segel_core::stamp::Taken;
use segel_core::statement::{Statement as Said, Wish};
use segel_core::time::Time;

use super::OpenError;
use super::backend::{
    Acknowledgement, Act, Arrival, Backend, Body, Census, Done, Entry, FRONT, Fault, FormStatus, Kept, Key, Range,
    SWEEP, Saying, Standing, StoreError, Upload, Waiting,
};
use super::tombstones::mark;
use crate::clock::Clock;

/// One connection to the file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    pub(super) connection: Connection,
    clock: Clock,
    path: PathBuf,
    file: Option<u64>,
    /// Bytes of the disk that submissions leave free, so that deleting still has room. Withdrawals leave half of it.
    reserve: u64,
}

impl Sqlite {
    /// Opens or makes the store at `path`; the lock is to be held for as long as any connection is used.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(path: &Path, wait: Duration, reserve: u64, clock: &Clock) -> Result<(Self, File), OpenError> {
        let lock = lock(path)?;
        make_private(path)?;
        let mut connection = connect(path, wait)?;
        migrate(&mut connection)?;
        // What an end without warning left half sent: nobody else can be sending it, for we hold the lock.
        let abandoned =
            "DELETE FROM upload WHERE number NOT IN (SELECT upload FROM submission WHERE upload IS NOT NULL)";
        connection.execute(abandoned, ())?;
        Ok((Self::over(connection, path, reserve, clock), lock))
    }

    /// A further connection, which can only read.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn reader(path: &Path, wait: Duration, clock: &Clock) -> Result<Self, OpenError> {
        let connection = connect(path, wait)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(Self::over(connection, path, 0, clock))
    }

    /// A connection that may write while a server is at work, each time within a transaction of its own. The store must be there and of this
    /// program's version.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn beside_a_server(path: &Path, wait: Duration, clock: &Clock) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { path: path.to_owned(), error };
        // Connecting would make one.
        File::open(path).map_err(io)?;
        let connection = connect(path, wait)?;
        let found: i64 = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        match found {
            SCHEMA => Ok(Self::over(connection, path, 0, clock)),
            found if found > SCHEMA => Err(OpenError::NewerSchema { found, known: SCHEMA }),
            found if found > 0 => Err(OpenError::OlderSchema { found, known: SCHEMA }),
            _ => Err(OpenError::Foreign),
        }
    }

    fn over(connection: Connection, path: &Path, reserve: u64, clock: &Clock) -> Self {
        Self { connection, clock: clock.clone(), path: path.to_owned(), file: inode(path), reserve }
    }

    /// An exchanged or unlinked file would take what we write with it.
    fn is_still_there(&self) -> Result<(), Fault> {
        if inode(&self.path) == self.file {
            return Ok(());
        }
        Err(Fault { error: StoreError::Failed, cause: String::from("the file was replaced or removed") })
    }
}

impl Sqlite {
    /// Refuses what would take the room that deleting needs: a deletion writes before it frees.
    fn has_room(&self, least: u64) -> Result<(), Fault> {
        let free = free_bytes(&self.path);
        if free >= least || self.suffices(free, self.reusable()?, least) {
            return Ok(());
        }
        let cause = format!("less than {least} bytes are free");
        Err(Fault { error: StoreError::Full, cause })
    }

    /// The file never shrinks: what was deleted from it is used again before it grows. The log needs room of the disk all the same.
    const fn suffices(&self, free: u64, reusable: u64, least: u64) -> bool {
        free >= self.reserve / 2 && free.saturating_add(reusable) >= least
    }

    /// Bytes of the file that nothing uses.
    fn reusable(&self) -> Result<u64, Fault> {
        let sql = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";
        Ok(self.connection.query_row(sql, (), |row| read_number(row, 0))?)
    }

    /// What must be free for it. A withdrawal frees nothing, and whoever sent many submissions can withdraw often; so it may use half of the
    /// room that submissions leave, and the other half is there for deletions alone, each of which gives back more than it took.
    const fn least_room(&self, act: &Act) -> u64 {
        match act {
            Act::Discard(_) | Act::Fetched(..) => 0,
            Act::Say(saying) => match saying.wish {
                Wish::Delete => 0,
                _ => self.reserve / 2,
            },
            Act::Keep(_) | Act::Begin(_) | Act::Piece(..) => self.reserve,
        }
    }
}

impl Backend for Sqlite {
    fn now(&mut self) -> Result<Time, Fault> {
        self.clock.now().ok_or_else(|| Fault::damaged("the clock stands outside the years 1970 to 9999"))
    }

    fn write(&mut self, batch: &[&Act]) -> Result<Vec<Result<Done, StoreError>>, Fault> {
        let now = self.now()?;
        self.is_still_there()?;
        self.has_room(batch.iter().map(|act| self.least_room(act)).max().unwrap_or(0))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statements = Statements::new(&transaction)?;
        let outcomes = batch.iter().map(|act| statements.act(&transaction, act, now));
        let outcomes = outcomes.collect::<rusqlite::Result<_>>()?;
        drop(statements);
        transaction.commit()?;
        Ok(outcomes)
    }

    fn touch(&mut self, full: bool) -> Result<(), Fault> {
        self.is_still_there()?;
        self.has_room(self.reserve)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if full {
            transaction.execute("UPDATE pulse SET beats = beats + 1", ())?;
        }
        Ok(transaction.commit()?)
    }

    fn position(&mut self, form: &FormName) -> Result<Option<Position>, Fault> {
        Ok(position(&self.connection, form)?)
    }

    fn position_at(&mut self, form: &FormName, sequence: u64) -> Result<Option<Position>, Fault> {
        let sql = "SELECT sequence, chain FROM submission WHERE form = ?1 AND sequence = ?2 \
                   UNION ALL SELECT sequence, chain FROM tombstone WHERE form = ?1 AND sequence = ?2 \
                   UNION ALL SELECT sequence, chain FROM statement WHERE form = ?1 AND sequence = ?2";
        // Beyond what a row can have.
        let Ok(sequence) = signed(sequence) else { return Ok(None) };
        let found = self.connection.query_row(sql, (form.as_str(), sequence), |row| read_position(row, 0, 1));
        Ok(found.optional()?)
    }

    fn page(&mut self, form: &FormName, range: &Range) -> Result<Vec<Entry>, Fault> {
        let mut statement = self.connection.prepare(
            "SELECT sequence, chain, received_at, envelope, upload, length, NULL, digest FROM submission \
             WHERE form = ?1 AND sequence > ?2 AND sequence <= ?3 UNION ALL \
             SELECT sequence, chain, received_at, NULL, NULL, NULL, digest, digest FROM tombstone \
             WHERE form = ?1 AND sequence > ?2 AND sequence <= ?3 UNION ALL \
             SELECT sequence, chain, received_at, bytes, NULL, -1, NULL, digest FROM statement \
             WHERE form = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence",
        )?;
        let mut rows = statement.query((form.as_str(), signed(range.after)?, signed(range.last)?))?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        while page.len() < range.most && bytes < range.most_bytes {
            let Some(row) = rows.next()? else { break };
            let entry = read_entry(row)?;
            entry.is_sound()?;
            if let Body::Whole(envelope) = &entry.body {
                bytes += envelope.len();
            }
            page.push(entry);
        }
        Ok(page)
    }

    fn outline(&mut self, form: &FormName, sequence: u64) -> Result<Option<Entry>, Fault> {
        let sql = "SELECT sequence, chain, received_at, digest, 0 FROM submission WHERE form = ?1 AND sequence = ?2 \
                   UNION ALL SELECT sequence, chain, received_at, digest, 1 FROM statement WHERE form = ?1 AND sequence = ?2";
        let outline = self.connection.query_row(sql, (form.as_str(), signed(sequence)?), |row| {
            let what = if row.get(4)? { Taken::Statement } else { Taken::Envelope };
            let (position, received_at) = (read_position(row, 0, 1)?, read_time(row, 2)?);
            Ok(Entry { position, received_at, digest: read_digest(row, 3)?, body: Body::Damaged(what) })
        });
        Ok(outline.optional()?)
    }

    fn standing(&mut self, form: &FormName, id: &SubmissionId) -> Result<Option<Standing>, Fault> {
        let said = "SELECT received_at, wish, key, sequence, bytes FROM statement WHERE form = ?1 AND id = ?2 ORDER BY sequence";
        let mut statement = self.connection.prepare(said)?;
        let rows = statement.query_map((form.as_str(), id.as_bytes()), |row| {
            let key = <[u8; 32]>::column_result(row.get_ref(2)?)?;
            let bytes: Vec<u8> = row.get(4)?;
            let said = Standing::said(*id, (read_time(row, 0)?, read_number(row, 3)?, &bytes, row.get(1)?));
            Ok((said, VerifyingKey::from_bytes(key)))
        })?;
        let (said, keys): (Vec<_>, Vec<_>) = rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().unzip();
        let said: Vec<_> = said.into_iter().flatten().collect();
        let known = keys.first().copied().map(Key::Known);
        let stored = "SELECT version, received_at, substr(envelope, 1, ?3), \
                      (SELECT substr(bytes, 1, ?3) FROM piece WHERE piece.upload = submission.upload AND piece.number = 0), \
                      digest, sequence FROM submission WHERE form = ?1 AND id = ?2";
        let found = self.connection.query_row(stored, (form.as_str(), id.as_bytes(), FRONT), |row| {
            let front: Option<Vec<u8>> = row.get(3)?;
            let (version, received_at) = (FormDigest::from_digest(read_digest(row, 0)?), read_time(row, 1)?);
            let (digest, sequence) = (read_digest(row, 4)?, read_number(row, 5)?);
            let kept = Acknowledgement { version, digest, id: *id, received_at, sequence };
            Ok((kept, front.map_or_else(|| row.get(2), Ok)?))
        });
        if let Some((kept, front)) = found.optional()? {
            let (version, received_at) = (Some(*kept.version.digest()), kept.received_at);
            return Ok(Some(Standing { version, received_at, key: Some(Key::Front(front)), kept: Some(kept), said }));
        }
        let buried = "SELECT received_at FROM tombstone WHERE form = ?1 AND mark = ?2";
        let found = self
            .connection
            .query_row(buried, (form.as_str(), mark(id).as_bytes()), |row| read_time(row, 0))
            .optional()?;
        Ok(found.map(|received_at| Standing { version: None, received_at, key: known, kept: None, said }))
    }

    fn wished(&mut self, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let mut statement = self.connection.prepare(WISHED)?;
        let ids = statement.query_map((most as i64,), |row| read_id(row, 0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    fn piece(&mut self, upload: Upload, number: u64) -> Result<Vec<u8>, Fault> {
        let sql = "SELECT bytes FROM piece WHERE upload = ?1 AND number = ?2";
        let mut statement = self.connection.prepare(sql)?;
        let bytes = statement.query_row((upload.0, signed(number)?), |row| row.get(0)).optional()?;
        bytes.ok_or_else(|| Fault::changed("a piece is missing"))
    }

    fn census(&mut self, now: Time, few: u64) -> Result<Census, Fault> {
        let one = |sql: &str| self.connection.query_row(sql, (), |row| read_number(row, 0));
        let sql = "SELECT count(*) FROM (SELECT 1 FROM submission WHERE due_at <= ?1 LIMIT ?2)";
        let few_more = signed(few + 1)?;
        let mut due = self.connection.query_row(sql, (now.unix(), few_more), |row| read_number(row, 0))?;
        let mut all = due;
        if due > few {
            let sql = "SELECT count(*) FROM submission WHERE due_at <= ?1";
            due = self.connection.query_row(sql, (now.unix(),), |row| read_number(row, 0))?;
            all = one("SELECT count(*) FROM submission")?;
        }
        let highest = one("SELECT highest FROM pulse")?;
        Ok(Census {
            due,
            all,
            highest: i64::try_from(highest).ok().filter(|highest| *highest > 0).and_then(Time::from_unix),
        })
    }

    fn raise(&mut self, now: Time) -> Result<(), Fault> {
        self.connection.execute("UPDATE pulse SET highest = max(highest, ?1)", (now.unix(),))?;
        Ok(())
    }

    fn due(&mut self, now: Time, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let sql = "SELECT id FROM submission WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2";
        let mut statement = self.connection.prepare(sql)?;
        let ids = statement.query_map((now.unix(), most as i64), |row| read_id(row, 0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    fn ids(&mut self, after: Option<SubmissionId>, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let mut statement = self.connection.prepare("SELECT id FROM submission WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
        let ids = statement.query_map((after, most as i64), |row| read_id(row, 0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    fn bury(&mut self, ids: &[SubmissionId]) -> Result<u64, Fault> {
        self.is_still_there()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut buried = 0;
        for id in ids {
            let tombstone = "INSERT INTO tombstone (form, sequence, mark, received_at, digest, chain) \
                             SELECT form, sequence, ?2, received_at, digest, chain FROM submission WHERE id = ?1";
            buried += transaction.execute(tombstone, (id.as_bytes(), mark(id).as_bytes()))? as u64;
            let sql = "SELECT upload FROM submission WHERE id = ?1";
            let upload: Option<Option<i64>> =
                transaction.query_row(sql, (id.as_bytes(),), |row| row.get(0)).optional()?;
            transaction.execute("DELETE FROM submission WHERE id = ?1", (id.as_bytes(),))?;
            if let Some(Some(upload)) = upload {
                transaction.execute("UPDATE upload SET started_at = 0 WHERE number = ?1", (upload,))?;
            }
        }
        transaction.commit()?;
        Ok(buried)
    }

    fn is_buried(&mut self, id: &SubmissionId) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM tombstone WHERE mark = ?1)";
        Ok(self.connection.query_row(sql, (mark(id).as_bytes(),), |row| row.get(0))?)
    }

    fn status(&mut self) -> Result<Vec<FormStatus>, Fault> {
        let mut statement = self.connection.prepare(STATUS)?;
        let time = |row: &Row<'_>, column| {
            Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.and_then(Time::from_unix))
        };
        let forms = statement.query_map((), |row| {
            Ok(FormStatus {
                name: row.get(0)?,
                last: read_number(row, 1)?,
                submissions: read_number(row, 2)?,
                bytes: read_number(row, 3)?,
                deleted: read_number(row, 4)?,
                statements: read_number(row, 5)?,
                pulled: read_number(row, 6)?,
                pulled_at: time(row, 7)?,
                unpulled: read_number(row, 8)?,
                oldest_unpulled: time(row, 9)?,
                requests: read_number(row, 10)?,
                oldest_request: time(row, 11)?,
            })
        })?;
        Ok(forms.collect::<rusqlite::Result<_>>()?)
    }

    fn waiting(&mut self) -> Result<Waiting, Fault> {
        let time = |row: &Row<'_>, column| {
            Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.and_then(Time::from_unix))
        };
        Ok(self.connection.query_row(WAITING, (), |row| {
            Ok(Waiting {
                oldest_unpulled: time(row, 0)?,
                requests: read_number(row, 1)?,
                oldest_request: time(row, 2)?,
            })
        })?)
    }

    fn disk_free(&self) -> Option<u64> {
        Some(free_bytes(&self.path)).filter(|free| *free < u64::MAX)
    }

    fn tombstones(&mut self) -> Result<u64, Fault> {
        Ok(self.connection.query_row("SELECT count(*) FROM tombstone", (), |row| read_number(row, 0))?)
    }

    fn sweep(&mut self, before: Time) -> Result<bool, Fault> {
        let sql = "SELECT number FROM upload WHERE started_at < ?1 \
                   AND NOT EXISTS (SELECT 1 FROM submission WHERE upload = upload.number) LIMIT 1";
        let found = self.connection.query_row(sql, (before.unix(),), |row| row.get(0)).optional()?;
        let Some(upload) = found.map(Upload) else { return Ok(false) };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        delete_pieces(&transaction, upload)?;
        transaction.commit()?;
        Ok(true)
    }

    /// Deleted pages are zeroed in the log; this brings them to the file and empties the log.
    fn let_go(&mut self) -> Result<bool, Fault> {
        // Its first column is 1 if a reader needed the log for longer than we wait.
        let busy: bool = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
        Ok(!busy)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged,
            Some(_) => StoreError::Failed,
            // A value of another kind than was written.
            None => StoreError::Damaged,
        };
        Self { error: kind, cause: error.to_string() }
    }
}

/// Compiled once a batch.
struct Statements<'c> {
    find: Statement<'c>,
    advance: Statement<'c>,
    insert: Statement<'c>,
    piece: Statement<'c>,
    buried: Statement<'c>,
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            find: connection
                .prepare("SELECT form, digest, received_at, sequence, version FROM submission WHERE id = ?1")?,
            advance: connection.prepare(
                "INSERT INTO form (name, sequence, chain) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, chain = excluded.chain",
            )?,
            insert: connection.prepare(
                "INSERT INTO submission \
                 (form, sequence, id, received_at, version, digest, chain, envelope, due_at, upload, length) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?,
            buried: connection.prepare("SELECT 1 FROM tombstone WHERE mark = ?1")?,
            piece: connection.prepare("INSERT OR REPLACE INTO piece (upload, number, bytes) VALUES (?1, ?2, ?3)")?,
        })
    }

    fn act(
        &mut self,
        transaction: &Transaction<'_>,
        act: &Act,
        now: Time,
    ) -> rusqlite::Result<Result<Done, StoreError>> {
        match act {
            Act::Keep(arrival) => Ok(self.keep(transaction, arrival, now)?.map(Done::Kept)),
            Act::Begin(bytes) => {
                transaction.execute("INSERT INTO upload (started_at) VALUES (?1)", (now.unix(),))?;
                let upload = transaction.last_insert_rowid();
                self.piece.execute((upload, 0, bytes))?;
                Ok(Ok(Done::Begun(Upload(upload))))
            }
            Act::Piece(upload, number, bytes) => {
                if !holds(transaction, *upload)? {
                    return Ok(Err(StoreError::Busy));
                }
                self.piece.execute((upload.0, signed(*number)?, bytes))?;
                Ok(Ok(Done::Well))
            }
            Act::Discard(upload) => {
                discard(transaction, *upload)?;
                Ok(Ok(Done::Well))
            }
            Act::Say(saying) => Ok(self.say(transaction, saying, now)?.map(Done::Said)),
            Act::Fetched(form, sequence) => {
                transaction.execute(FETCHED, (form.as_str(), signed(*sequence)?, now.unix()))?;
                Ok(Ok(Done::Well))
            }
        }
    }

    /// The same id with the same bytes is the submission that is there; with other bytes it is a conflict.
    fn keep(
        &mut self,
        transaction: &Transaction<'_>,
        arrival: &Arrival,
        now: Time,
    ) -> rusqlite::Result<Result<Kept, StoreError>> {
        if let Some((form, before)) = self.find(arrival)? {
            let same = form == arrival.form.as_str() && before.digest == arrival.digest;
            return Ok(if same { Ok(Kept::Before(before)) } else { Err(StoreError::Conflict) });
        }
        if self.buried.exists((mark(&arrival.id).as_bytes(),))? {
            return Ok(Err(StoreError::Deleted));
        }
        if let Body::Pieces(upload, _) = arrival.body
            && !holds(transaction, upload)?
        {
            return Ok(Err(StoreError::Busy));
        }
        let last = position(transaction, &arrival.form)?.unwrap_or(Position::START);
        let next = last.next(now, &arrival.digest);
        let (form, sequence, chain) = (arrival.form.as_str(), signed(next.sequence())?, next.chain().as_bytes());
        self.advance.execute((form, sequence, chain))?;
        let (envelope, upload, length) = match &arrival.body {
            Body::Whole(bytes) => (&bytes[..], None, None),
            Body::Pieces(upload, length) => (&[][..], Some(upload.0), Some(signed(*length)?)),
            Body::Gone | Body::Said(_) | Body::Damaged(_) => return Ok(Err(StoreError::Deleted)),
        };
        self.insert.execute((
            form,
            sequence,
            arrival.id.as_bytes(),
            now.unix(),
            arrival.version.digest().as_bytes(),
            arrival.digest.as_bytes(),
            chain,
            envelope,
            arrival.retention.due(now).map(Time::unix),
            upload,
            length,
        ))?;
        let Arrival { version, digest, id, .. } = *arrival;
        Ok(Ok(Kept::Now(Acknowledgement { version, digest, id, received_at: now, sequence: next.sequence() })))
    }

    /// The same wish about the same submission is the statement that is there.
    fn say(
        &mut self,
        transaction: &Transaction<'_>,
        saying: &Saying,
        now: Time,
    ) -> rusqlite::Result<Result<Kept, StoreError>> {
        let Saying { form, id, version, wish, key, digest, bytes } = saying;
        let wish = wish.to_string();
        let before = "SELECT digest, received_at, sequence, bytes FROM statement WHERE id = ?1 AND wish = ?2";
        let before = transaction.query_row(before, (id.as_bytes(), &wish), |row| {
            let (digest, received_at) = (read_digest(row, 0)?, read_time(row, 1)?);
            let bytes: Vec<u8> = row.get(3)?;
            Ok((bytes, digest, received_at, read_number(row, 2)?))
        });
        if let Some((bytes, digest, received_at, sequence)) = before.optional()? {
            // What the first one named; a later one of the same wish may name something else.
            let version = Said::parse(&bytes).map_or(*version, |first| first.form());
            return Ok(Ok(Kept::Before(Acknowledgement { version, digest, id: *id, received_at, sequence })));
        }
        let there = "SELECT EXISTS (SELECT 1 FROM submission WHERE form = ?1 AND id = ?2)";
        if !transaction.query_row(there, (form.as_str(), id.as_bytes()), |row| row.get(0))? {
            let buried = self.buried.exists((mark(id).as_bytes(),))?;
            return Ok(Err(if buried { StoreError::Deleted } else { StoreError::Unknown }));
        }
        let withdrawn = "SELECT count(*) FROM statement WHERE id = ?1 AND wish <> 'delete'";
        if saying.is_beyond(transaction.query_row(withdrawn, (id.as_bytes(),), |row| read_number(row, 0))?) {
            return Ok(Err(StoreError::Statements));
        }
        let next = position(transaction, form)?.unwrap_or(Position::START).next(now, digest);
        let (name, sequence, chain) = (form.as_str(), signed(next.sequence())?, next.chain().as_bytes());
        self.advance.execute((name, sequence, chain))?;
        let insert = "INSERT INTO statement (form, sequence, id, wish, received_at, key, digest, chain, bytes) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let values =
            (name, sequence, id.as_bytes(), &wish, now.unix(), key.as_bytes(), digest.as_bytes(), chain, bytes);
        transaction.execute(insert, values)?;
        if saying.wish == Wish::Delete {
            transaction.execute("INSERT INTO wished (id) VALUES (?1) ON CONFLICT DO NOTHING", (id.as_bytes(),))?;
        }
        let (version, digest, id, sequence) = (*version, *digest, *id, next.sequence());
        Ok(Ok(Kept::Now(Acknowledgement { version, digest, id, received_at: now, sequence })))
    }

    fn find(&mut self, arrival: &Arrival) -> rusqlite::Result<Option<(String, Acknowledgement)>> {
        let id = arrival.id;
        let read = |row: &Row<'_>| {
            let (digest, received_at) = (read_digest(row, 1)?, read_time(row, 2)?);
            let (sequence, version) = (read_number(row, 3)?, FormDigest::from_digest(read_digest(row, 4)?));
            Ok((row.get(0)?, Acknowledgement { version, digest, id, received_at, sequence }))
        };
        self.find.query_row((id.as_bytes(),), read).optional()
    }
}

/// Never what a submission names: a late clean-up must not harm one that was kept. A large one is only marked, for the sweep.
fn discard(connection: &Connection, upload: Upload) -> rusqlite::Result<()> {
    let sql = "UPDATE upload SET started_at = 0 \
               WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM submission WHERE upload = ?1)";
    if connection.execute(sql, (upload.0,))? > 0 {
        delete_pieces(connection, upload)?;
    }
    Ok(())
}

/// Some pieces, and the upload when none are left.
fn delete_pieces(connection: &Connection, upload: Upload) -> rusqlite::Result<()> {
    let some =
        "DELETE FROM piece WHERE upload = ?1 AND number IN (SELECT number FROM piece WHERE upload = ?1 LIMIT ?2)";
    connection.execute(some, (upload.0, SWEEP))?;
    let empty = "DELETE FROM upload WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM piece WHERE upload = ?1)";
    connection.execute(empty, (upload.0,)).map(drop)
}

/// Whether the pieces are still there: a clean-up may have taken them for abandoned.
fn holds(connection: &Connection, upload: Upload) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM upload WHERE number = ?1)", (upload.0,), |row| row.get(0))
}

fn position(connection: &Connection, form: &FormName) -> rusqlite::Result<Option<Position>> {
    let sql = "SELECT sequence, chain FROM form WHERE name = ?1";
    connection.query_row(sql, (form.as_str(),), |row| read_position(row, 0, 1)).optional()
}

/// SQLite's integers have a sign. A sequence beyond them is beyond every row.
fn signed(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, i64::MAX))
}

/// A number that our schema keeps from being negative.
fn read_number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn read_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    let seconds: i64 = row.get(column)?;
    Time::from_unix(seconds).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, seconds))
}

fn read_digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    let bytes = <[u8; 32]>::column_result(row.get_ref(column)?)?;
    Ok(Digest::from_bytes(bytes))
}

fn read_id(row: &Row<'_>, column: usize) -> rusqlite::Result<SubmissionId> {
    let bytes = <[u8; 16]>::column_result(row.get_ref(column)?)?;
    Ok(SubmissionId::from_bytes(bytes))
}

fn read_position(row: &Row<'_>, sequence: usize, chain: usize) -> rusqlite::Result<Position> {
    Ok(Position::new(read_number(row, sequence)?, read_digest(row, chain)?))
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let body = match (row.get_ref(6)?, row.get::<_, Option<i64>>(4)?) {
        (ValueRef::Null, Some(upload)) => Body::Pieces(Upload(upload), read_number(row, 5)?),
        (ValueRef::Null, None) if row.get::<_, Option<i64>>(5)?.is_some() => Body::Said(row.get(3)?),
        (ValueRef::Null, None) => Body::Whole(row.get(3)?),
        _ => Body::Gone,
    };
    let (position, received_at) = (read_position(row, 0, 1)?, read_time(row, 2)?);
    Ok(Entry { position, received_at, digest: read_digest(row, 7)?, body })
}

/// Takes the lock that keeps a second server away; two writers would each be sure of their chain.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let path = beside(path, ".lock");
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

/// A file's name with something after it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// The database is nobody else's business, and SQLite gives its other files the mode of this one.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    private().truncate(false).open(path).map(|_| ()).map_err(io)
}

/// For files that are nobody else's business.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Bytes that we may still write where this file is; all there are if the system does not say.
fn free_bytes(path: &Path) -> u64 {
    #[cfg(unix)]
    return rustix::fs::statvfs(path).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    #[cfg(not(unix))]
    return u64::MAX;
}

fn inode(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    return fs::metadata(path).ok().map(|metadata| std::os::unix::fs::MetadataExt::ino(&metadata));
    #[cfg(not(unix))]
    return fs::metadata(path).ok().map(|_| 0);
}

fn connect(path: &Path, wait: Duration) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(wait)?;
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

/// Brings the schema to this program's version, each step in a transaction of its own: killed half way, the file is as it was
/// before the step or as it is after it.
fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = SCHEMA;
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        if found > known {
            return Err(OpenError::NewerSchema { found, known });
        }
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
        if found < 0 || (found == 0) != (tables == 0) {
            return Err(OpenError::Foreign);
        }
        let Some(step) = usize::try_from(found).ok().and_then(|found| STEPS.get(found)) else { return Ok(()) };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
    }
}

/// However many were ever asked for: what is done has no row. A row without its submission, as a program that keeps no foreign keys leaves it, asks
/// for nothing: burying would not take it away, and it would be found for ever.
const WISHED: &str =
    "SELECT id FROM wished WHERE EXISTS (SELECT 1 FROM submission WHERE submission.id = wished.id) LIMIT ?1";
const FETCHED: &str = "\
    INSERT INTO fetched (form, sequence, at) VALUES (?1, ?2, ?3) ON CONFLICT (form) DO UPDATE \
    SET sequence = excluded.sequence, at = excluded.at WHERE excluded.sequence >= fetched.sequence";
const STATUS: &str = "\
    SELECT name, form.sequence, \
    (SELECT count(*) FROM submission WHERE form = name), \
    (SELECT coalesce(sum(coalesce(length, length(envelope))), 0) FROM submission WHERE form = name), \
    (SELECT count(*) FROM tombstone WHERE form = name), \
    (SELECT count(*) FROM statement WHERE form = name), \
    coalesce(fetched.sequence, 0), fetched.at, \
    (SELECT count(*) FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT min(received_at) FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT count(*) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT min(received_at) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)) \
    FROM form LEFT JOIN fetched ON fetched.form = form.name ORDER BY name";
/// Numbers follow time, so what waits longest of a form has the lowest number.
const WAITING: &str = "\
    SELECT min(unpulled), coalesce(sum(requests), 0), min(request) FROM (SELECT \
    (SELECT received_at FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0) \
     ORDER BY sequence LIMIT 1) AS unpulled, \
    (SELECT count(*) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)) AS requests, \
    (SELECT received_at FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0) \
     ORDER BY sequence LIMIT 1) AS request \
    FROM form LEFT JOIN fetched ON fetched.form = form.name)";
pub(super) const SCHEMA: i64 = STEPS.len() as i64;
/// How the schema came to be. A step that was ever released is never changed.
const STEPS: &[&str] = &[
    include_str!("sqlite-1.sql"),
    include_str!("sqlite-2.sql"),
    include_str!("sqlite-3.sql"),
    include_str!("sqlite-4.sql"),
    include_str!("sqlite-5.sql"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::backend::Retention;

    fn open(path: &Path) -> Result<Sqlite, OpenError> {
        Sqlite::open(path, Duration::from_secs(1), 0, &Clock::default()).map(|(store, _)| store)
    }

    /// A store as the first version of this program left it.
    fn first_version(path: &Path) -> Connection {
        let old = Connection::open(path).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "PRAGMA user_version = 1; INSERT INTO form VALUES ('satu', 1, zeroblob(32));
             INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope)
             VALUES ('satu', 1, zeroblob(16), 7, zeroblob(32),
                     x'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', zeroblob(32), x'616263')",
        )
        .unwrap();
        old
    }

    #[test]
    fn only_what_reads_wrong_again_is_damage() {
        use rusqlite::ffi;
        let of = |code| Fault::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).error;
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert_eq!(of(code), StoreError::Damaged, "{code}");
        }
        for code in [ffi::SQLITE_IOERR, ffi::SQLITE_NOMEM, ffi::SQLITE_CANTOPEN, ffi::SQLITE_PERM] {
            assert_eq!(of(code), StoreError::Failed, "{code}");
        }
        let typed = rusqlite::Error::InvalidColumnType(0, String::from("chain"), rusqlite::types::Type::Null);
        assert_eq!(Fault::from(typed).error, StoreError::Damaged);
    }

    #[test]
    fn an_older_store_is_brought_up_to_date_with_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        drop(first_version(&path));
        let mut store = open(&path).unwrap();
        let range = Range { after: 0, last: 9, most: 9, most_bytes: 999 };
        let page = store.page(&FormName::parse("satu").unwrap(), &range).unwrap();
        assert_eq!(page.iter().map(|entry| entry.body.clone()).collect::<Vec<_>>(), [Body::Whole(b"abc".to_vec())]);
    }

    /// A store as that version of this program left it, if it ended between a customer's word and the deletion.
    fn version(path: &Path, version: usize) -> Connection {
        let old = first_version(path);
        for step in &STEPS[1..version] {
            old.execute_batch(step).unwrap();
        }
        if version >= 3 {
            old.execute_batch(
                "INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope)
                 VALUES ('satu', 2, randomblob(16), 7, zeroblob(32), zeroblob(32), zeroblob(32), x'616263');
                 INSERT INTO statement SELECT 'satu', 3, id, 'delete', 8, digest, digest, chain, x'' FROM submission WHERE sequence = 1;
                 INSERT INTO statement SELECT 'satu', 4, id, 'withdraw minat', 8, digest, digest, chain, x'' FROM submission WHERE sequence = 2;
                 INSERT INTO statement SELECT 'satu', 5, randomblob(16), 'delete', 8, digest, digest, chain, x'' FROM submission WHERE sequence = 1",
            )
            .unwrap();
        }
        old.pragma_update(None, "user_version", version as i64).unwrap();
        old
    }

    #[test]
    fn case_100_a_step_that_was_killed_left_nothing_and_is_done_again() {
        for (done, step) in STEPS.iter().enumerate().skip(1) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("db");
            let old = version(&path, done);
            for half in 0..=step.matches(';').count() {
                let statements: String = step.split_inclusive(';').take(half).collect();
                old.execute_batch(&format!("BEGIN IMMEDIATE; {statements}")).unwrap();
                // What a kill leaves behind is what the file and its log hold without this process.
                let copy = tempfile::tempdir().unwrap();
                for ending in ["", "-wal"] {
                    let _ = fs::copy(beside(&path, ending), beside(&copy.path().join("db"), ending));
                }
                let mut store = open(&copy.path().join("db")).unwrap();
                let count = |sql: &str| store.connection.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
                let rows = (count("SELECT count(*) FROM submission"), count("PRAGMA user_version"));
                let wished = i64::from(done >= 3);
                assert_eq!(rows, (1 + wished, SCHEMA), "step {done} after {half} statements");
                // The deletion that was asked for and not done, and no other.
                let asked: Vec<_> = (0..wished).map(|_| SubmissionId::from_bytes([0; 16])).collect();
                assert_eq!(store.wished(9).unwrap(), asked, "step {done} after {half} statements");
                old.execute_batch("ROLLBACK").unwrap();
            }
        }
    }

    #[test]
    fn a_deletion_that_is_asked_for_is_found_without_reading_what_was_ever_said() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("db")).unwrap();
        let mut plan = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {WISHED}")).unwrap();
        let steps = plan.query_map((9,), |row| row.get::<_, String>(3)).unwrap();
        let steps = steps.collect::<rusqlite::Result<Vec<_>>>().unwrap();
        assert_eq!(steps[0], "SCAN wished");
        assert!(steps[1..].iter().all(|step| !step.starts_with("SCAN")), "{steps:?}");
        assert!(steps.iter().any(|step| step.starts_with("SEARCH submission ")), "{steps:?}");
        let mut plan = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {WAITING}")).unwrap();
        let steps = plan.query_map((), |row| row.get::<_, String>(3)).unwrap();
        let steps = steps.collect::<rusqlite::Result<Vec<_>>>().unwrap();
        assert!(
            steps.iter().any(|step| step.starts_with("SEARCH submission USING INDEX submission_order")),
            "{steps:?}"
        );
        for step in steps.iter().filter(|step| step.contains("submission") || step.contains("statement")) {
            assert!(!step.starts_with("SCAN"), "{steps:?}");
        }
    }

    #[test]
    fn case_95_withdrawals_leave_half_of_what_submissions_leave_and_deletions_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let mut store = open(&path).unwrap();
        let (form, id, version) =
            (FormName::parse("satu").unwrap(), SubmissionId::from_bytes([1; 16]), FormDigest::of(b"form"));
        let (digest, key) = (Digest::of(b"abc"), VerifyingKey::from_bytes([0; 32]));
        let say =
            |wish| Act::Say(Saying { form: form.clone(), id, version, wish, key, digest, bytes: b"abc".to_vec() });
        let body = Body::Whole(b"abc".to_vec());
        let retention = Retention::default();
        let keep = Act::Keep(Arrival { form: form.clone(), id, version, digest, retention, body });
        let (withdraw, delete) = (say(Wish::Withdraw { purpose: String::from("minat") }), say(Wish::Delete));
        // There is no such submission; what matters is whether anybody looked.
        let looked = Ok(vec![Err(StoreError::Unknown)]);
        let mut outcome = |act: &Act, reserve| {
            store.reserve = reserve;
            store.write(&[act]).map_err(|fault| fault.error)
        };
        let free = free_bytes(&path);
        assert_eq!(outcome(&withdraw, free + free / 2), looked, "between the whole and the half");
        assert_eq!(outcome(&keep, free + free / 2), Err(StoreError::Full));
        assert_eq!(outcome(&withdraw, u64::MAX), Err(StoreError::Full));
        assert_eq!(outcome(&delete, u64::MAX), looked);
    }

    #[test]
    fn case_95_what_was_deleted_makes_room_in_the_file_and_the_log_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(&folder.path().join("db")).unwrap();
        assert_eq!(store.reusable(), Ok(0));
        store
            .connection
            .execute_batch("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(1000000))")
            .unwrap();
        assert_eq!(store.reusable(), Ok(0));
        store.connection.execute_batch("DELETE FROM filler").unwrap();
        let reusable = store.reusable().unwrap();
        assert!((990_000..1_100_000).contains(&reusable), "{reusable}");
        store.reserve = 600_000;
        for (free, reusable, enough) in [
            (600_000, 0, true),
            (599_999, 0, false),
            (599_999, 1, true),
            (300_000, 300_000, true),
            (300_000, 299_999, false),
            (299_999, u64::MAX, false),
        ] {
            assert_eq!(store.suffices(free, reusable, store.reserve), enough, "{free} {reusable}");
        }
    }

    #[test]
    fn a_file_that_was_exchanged_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let mut store = open(&path).unwrap();
        assert_eq!(store.touch(true), Ok(()));
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        let gone = Fault { error: StoreError::Failed, cause: String::from("the file was replaced or removed") };
        assert_eq!(store.touch(false), Err(gone.clone()));
        fs::write(&path, "").unwrap();
        assert_eq!(store.write(&[]), Err(gone));
    }
}
