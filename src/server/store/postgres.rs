//! The store in PostgreSQL: for several instances that keep nothing themselves.
//!
//! The row of a form is locked while numbers of its chain are given out, so instances take turns by form. The database's clock is the one
//! that counts. Whatever happens to a connection, the answer is "not now": a commit whose outcome nobody heard of is found
//! by the submission's id when the same bytes come again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use segel_core::export::Position;
use segel_core::id::{Digest, FormDigest, FormName, SubmissionId, VerifyingKey};
use segel_core::stamp::Taken;
use segel_core::statement::{Statement as Said, Wish};
use segel_core::time::Time;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Connection, Error, NoTls, Row, Socket, Statement};

use super::OpenError;
use super::backend::{
    Acknowledgement, Act, Arrival, Backend, Body, Census, Done, Entry, FRONT, Fault, FormStatus, Kept, Key, Range,
    SWEEP, Saying, Standing, StoreError, Upload, Waiting,
};
use super::line::Line;
use super::tombstones::mark;
use crate::clock::Clock;

/// One connection, made anew when it was lost.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// There until the end; taken only to be let go of without waiting, which an executor's thread may not do.
    runtime: Option<Runtime>,
    line: Line,
    wait: Duration,
    clock: Clock,
    session: Option<Session>,
}

impl Postgres {
    /// Connects, and makes or updates the tables.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(line: &Line, wait: Duration, clock: &Clock) -> Result<Self, OpenError> {
        let mut store = Self::reader(line, wait, clock)?;
        let Self { runtime: Some(runtime), line, session, .. } = &mut store else { return Ok(store) };
        let work = async {
            let mut session = Session::connect(line).await.map_err(|fault| OpenError::Postgres(fault.cause))?;
            migrate(&mut session).await.map(|()| session)
        };
        let outcome = runtime.block_on(async { timeout(MIGRATION, work).await });
        *session = Some(outcome.map_err(|_| OpenError::Postgres(String::from("no answer in time")))??);
        Ok(store)
    }

    /// Connects to a store that other instances may be serving. It must be there and of this program's version: its tables are neither made nor
    /// changed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn beside_a_server(line: &Line, wait: Duration, clock: &Clock) -> Result<Self, OpenError> {
        let mut store = Self::reader(line, wait, clock)?;
        let found = store.with(async |session| session.schema().await);
        let known = STEPS.len() as i64;
        match found.map_err(|fault| OpenError::Postgres(fault.cause))? {
            None => Err(OpenError::Foreign),
            Some(found) if found > known => Err(OpenError::NewerSchema { found, known }),
            Some(found) if found < known => Err(OpenError::OlderSchema { found, known }),
            Some(_) => Ok(store),
        }
    }

    /// A further connection to a store that is open. It is made when it is first used.
    ///
    /// # Errors
    /// [`OpenError`] if the system gives no place to work in.
    pub(crate) fn reader(line: &Line, wait: Duration, clock: &Clock) -> Result<Self, OpenError> {
        let mut line = line.clone();
        line.config.application_name("segel-server").connect_timeout(wait);
        let io = |error: std::io::Error| OpenError::Postgres(error.to_string());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(io)?;
        Ok(Self { runtime: Some(runtime), line, wait, clock: clock.clone(), session: None })
    }

    /// Does `work` on a connection that is there, within the time that a client may be kept waiting. A connection that failed is never
    /// used again: nobody knows what it was in the middle of.
    fn with<T>(&mut self, work: impl AsyncFnOnce(&mut Session) -> Result<T, Fault>) -> Result<T, Fault> {
        let Self { runtime: Some(runtime), line, wait, session, .. } = self else {
            return Err(Fault::away("closed"));
        };
        let work = async {
            if session.as_ref().is_none_or(|session| session.client.is_closed()) {
                *session = Some(Session::connect(line).await?);
            }
            match session.as_mut() {
                Some(session) => work(session).await,
                None => Err(Fault::away("no connection")),
            }
        };
        let outcome = runtime.block_on(async { timeout(*wait, work).await });
        let outcome = outcome.unwrap_or_else(|_| Err(Fault::away("no answer in time")));
        if outcome.is_err() {
            *session = None;
        }
        outcome
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.session = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Backend for Postgres {
    fn now(&mut self) -> Result<Time, Fault> {
        match self.clock.turned() {
            Some(seconds) => Time::from_unix(seconds).ok_or_else(|| Fault::damaged("time")),
            None => self.with(async |session| session.now().await),
        }
    }

    fn write(&mut self, batch: &[&Act]) -> Result<Vec<Result<Done, StoreError>>, Fault> {
        let turned = self.clock.turned().and_then(Time::from_unix);
        let mut attempt = || self.with(async |session| session.write(batch, turned).await);
        match attempt() {
            // Somebody else's transaction was in the way, or took one of our ids. The second attempt sees what it did.
            Err(fault) if fault.error == StoreError::Busy => attempt(),
            outcome => outcome,
        }
    }

    fn touch(&mut self, _full: bool) -> Result<(), Fault> {
        self.with(async |session| session.run("UPDATE pulse SET beats = beats + 1", &[]).await.map(drop))
    }

    fn position(&mut self, form: &FormName) -> Result<Option<Position>, Fault> {
        let sql = "SELECT sequence, chain FROM form WHERE name = $1 AND sequence > 0";
        let rows = self.with(async |session| session.ask(sql, &[&form.as_str()]).await)?;
        rows.first().map(read_position).transpose()
    }

    fn position_at(&mut self, form: &FormName, sequence: u64) -> Result<Option<Position>, Fault> {
        let sql = "SELECT sequence, chain FROM submission WHERE form = $1 AND sequence = $2 \
                   UNION ALL SELECT sequence, chain FROM tombstone WHERE form = $1 AND sequence = $2 \
                   UNION ALL SELECT sequence, chain FROM statement WHERE form = $1 AND sequence = $2";
        let Ok(sequence) = signed(sequence) else { return Ok(None) };
        let rows = self.with(async |session| session.ask(sql, &[&form.as_str(), &sequence]).await)?;
        rows.first().map(read_position).transpose()
    }

    fn page(&mut self, form: &FormName, range: &Range) -> Result<Vec<Entry>, Fault> {
        self.with(async |session| session.page(form, range).await)
    }

    fn outline(&mut self, form: &FormName, sequence: u64) -> Result<Option<Entry>, Fault> {
        let sql = "SELECT sequence, chain, received_at, digest, false FROM submission WHERE form = $1 AND sequence = $2 \
                   UNION ALL SELECT sequence, chain, received_at, digest, true FROM statement WHERE form = $1 AND sequence = $2";
        let sequence = signed(sequence)?;
        let rows = self.with(async |session| session.ask(sql, &[&form.as_str(), &sequence]).await)?;
        let outline = |row: &Row| {
            let what = if row.try_get(4)? { Taken::Statement } else { Taken::Envelope };
            let (position, received_at) = (read_position(row)?, read_time(row, 2)?);
            Ok(Entry { position, received_at, digest: read_digest(row, 3)?, body: Body::Damaged(what) })
        };
        rows.first().map(outline).transpose()
    }

    fn standing(&mut self, form: &FormName, id: &SubmissionId) -> Result<Option<Standing>, Fault> {
        self.with(async |session| session.standing(form, id).await)
    }

    fn wished(&mut self, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let sql = "SELECT id FROM wished \
                   WHERE EXISTS (SELECT 1 FROM submission WHERE submission.id = wished.id) LIMIT $1";
        let rows = self.with(async |session| session.ask(sql, &[&(most as i64)]).await)?;
        rows.iter().map(read_id).collect()
    }

    fn piece(&mut self, upload: Upload, number: u64) -> Result<Vec<u8>, Fault> {
        let sql = "SELECT bytes FROM piece WHERE upload = $1 AND number = $2";
        let number = signed(number)?;
        let rows = self.with(async |session| session.ask(sql, &[&upload.0, &number]).await)?;
        let row = rows.first().ok_or_else(|| Fault::changed("a piece is missing"))?;
        Ok(row.try_get(0)?)
    }

    fn census(&mut self, now: Time, few: u64) -> Result<Census, Fault> {
        let (now, few_more) = (now.unix(), signed(few + 1)?);
        self.with(async |session| {
            let some = "SELECT count(*) FROM (SELECT 1 FROM submission WHERE due_at <= $1 LIMIT $2) AS few";
            let mut due = session.number(some, &[&now, &few_more]).await?;
            let mut all = due;
            if due > few {
                due = session.number("SELECT count(*) FROM submission WHERE due_at <= $1", &[&now]).await?;
                all = session.number("SELECT count(*) FROM submission", &[]).await?;
            }
            let highest = signed(session.number("SELECT highest FROM pulse", &[]).await?)?;
            Ok(Census { due, all, highest: Time::from_unix(highest).filter(|_| highest > 0) })
        })
    }

    fn raise(&mut self, now: Time) -> Result<(), Fault> {
        let sql = "UPDATE pulse SET highest = greatest(highest, $1)";
        self.with(async |session| session.run(sql, &[&now.unix()]).await.map(drop))
    }

    fn due(&mut self, now: Time, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let sql = "SELECT id FROM submission WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
        let rows = self.with(async |session| session.ask(sql, &[&now.unix(), &(most as i64)]).await)?;
        rows.iter().map(read_id).collect()
    }

    fn ids(&mut self, after: Option<SubmissionId>, most: usize) -> Result<Vec<SubmissionId>, Fault> {
        let sql = "SELECT id FROM submission WHERE id > $1 ORDER BY id LIMIT $2";
        let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
        let rows = self.with(async |session| session.ask(sql, &[&after, &(most as i64)]).await)?;
        rows.iter().map(read_id).collect()
    }

    /// Another instance may be at the same rows: whoever comes second finds them gone and leaves no second tombstone.
    fn bury(&mut self, ids: &[SubmissionId]) -> Result<u64, Fault> {
        let marks: Vec<Digest> = ids.iter().map(mark).collect();
        let marks: Vec<&[u8]> = marks.iter().map(|mark| &mark.as_bytes()[..]).collect();
        let ids: Vec<&[u8]> = ids.iter().map(|id| &id.as_bytes()[..]).collect();
        self.with(async |session| session.run(BURY, &[&ids, &marks]).await)
    }

    fn is_buried(&mut self, id: &SubmissionId) -> Result<bool, Fault> {
        let (sql, mark) = ("SELECT 1 FROM tombstone WHERE mark = $1", mark(id));
        let rows = self.with(async |session| session.ask(sql, &[&&mark.as_bytes()[..]]).await)?;
        Ok(!rows.is_empty())
    }

    fn status(&mut self) -> Result<Vec<FormStatus>, Fault> {
        let rows = self.with(async |session| session.ask(STATUS, &[]).await)?;
        let time = |row: &Row, column| Ok::<_, Fault>(row.try_get::<_, Option<i64>>(column)?.and_then(Time::from_unix));
        let form = |row: &Row| {
            Ok(FormStatus {
                name: row.try_get(0)?,
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
        };
        rows.iter().map(form).collect()
    }

    fn waiting(&mut self) -> Result<Waiting, Fault> {
        let rows = self.with(async |session| session.ask(WAITING, &[]).await)?;
        let row = rows.first().ok_or_else(|| Fault::damaged("no answer"))?;
        let time = |column| Ok::<_, Fault>(row.try_get::<_, Option<i64>>(column)?.and_then(Time::from_unix));
        Ok(Waiting { oldest_unpulled: time(0)?, requests: read_number(row, 1)?, oldest_request: time(2)? })
    }

    fn disk_free(&self) -> Option<u64> {
        None
    }

    fn tombstones(&mut self) -> Result<u64, Fault> {
        self.with(async |session| session.number("SELECT count(*) FROM tombstone", &[]).await)
    }

    fn sweep(&mut self, before: Time) -> Result<bool, Fault> {
        let sql = "SELECT number FROM upload WHERE started_at < $1 \
                   AND NOT EXISTS (SELECT 1 FROM submission WHERE upload = upload.number) LIMIT 1";
        self.with(async |session| {
            let rows = session.ask(sql, &[&before.unix()]).await?;
            let Some(row) = rows.first() else { return Ok(false) };
            session.delete_pieces(Upload(row.try_get(0)?)).await?;
            Ok(true)
        })
    }

    /// PostgreSQL frees what was deleted when it vacuums and recycles its log; it does so by itself.
    fn let_go(&mut self) -> Result<bool, Fault> {
        Ok(true)
    }
}

/// A connection and the statements it knows.
struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    driver: JoinHandle<()>,
}

impl Session {
    async fn connect(line: &Line) -> Result<Self, Fault> {
        match &line.tls {
            None => Self::over(line.config.connect(NoTls).await?).await,
            Some(tls) => Self::over(line.config.connect(tls.clone()).await?).await,
        }
    }

    async fn over<T>((client, connection): (Client, Connection<Socket, T>)) -> Result<Self, Fault>
    where
        T: TlsStream + Unpin + Send + 'static,
    {
        let driver = tokio::spawn(async move {
            let _ = connection.await;
        });
        let session = Self { client, statements: HashMap::new(), driver };
        session.client.batch_execute(SETTINGS).await?;
        Ok(session)
    }

    async fn prepared(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    async fn ask(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.query(&statement, values).await?)
    }

    async fn run(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Fault> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.execute(&statement, values).await?)
    }

    async fn number(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Fault> {
        let rows = self.ask(sql, values).await?;
        read_number(rows.first().ok_or_else(|| Fault::damaged("no answer"))?, 0)
    }

    /// Which version its tables are; nothing if they are not there.
    async fn schema(&mut self) -> Result<Option<i64>, Fault> {
        let there = "SELECT 1 WHERE to_regclass('segel_schema') IS NOT NULL";
        if self.ask(there, &[]).await?.is_empty() {
            return Ok(None);
        }
        let rows = self.ask("SELECT version FROM segel_schema", &[]).await?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
    }

    async fn now(&mut self) -> Result<Time, Fault> {
        let rows = self.ask("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint", &[]).await?;
        let seconds: i64 = rows.first().ok_or_else(|| Fault::damaged("time"))?.try_get(0)?;
        Time::from_unix(seconds).ok_or_else(|| Fault::damaged("time"))
    }

    async fn now_unless(&mut self, turned: Option<Time>) -> Result<Time, Fault> {
        match turned {
            Some(now) => Ok(now),
            None => self.now().await,
        }
    }

    /// One transaction. If it fails the connection is dropped, and with it whatever was done.
    async fn write(&mut self, batch: &[&Act], turned: Option<Time>) -> Result<Vec<Result<Done, StoreError>>, Fault> {
        self.client.batch_execute("BEGIN").await?;
        let mut outcomes: Vec<Option<Result<Done, StoreError>>> = Vec::with_capacity(batch.len());
        let (mut arrivals, mut sayings) = (Vec::new(), Vec::new());
        for act in batch {
            outcomes.push(match act {
                Act::Keep(arrival) => {
                    arrivals.push(arrival);
                    None
                }
                Act::Fetched(form, sequence) => {
                    let now = self.now_unless(turned).await?.unix();
                    self.run(FETCHED, &[&form.as_str(), &signed(*sequence)?, &now]).await?;
                    Some(Ok(Done::Well))
                }
                Act::Say(saying) => {
                    sayings.push((outcomes.len(), saying));
                    None
                }
                Act::Begin(bytes) => Some(Ok(Done::Begun(self.begin(bytes, turned).await?))),
                Act::Piece(upload, number, bytes) => Some(self.put(*upload, *number, bytes).await?),
                Act::Discard(upload) => {
                    if self.run(DISCARD, &[&upload.0]).await? > 0 {
                        self.delete_pieces(*upload).await?;
                    }
                    Some(Ok(Done::Well))
                }
            });
        }
        let mut kept = self.keep(&arrivals, turned).await?.into_iter();
        for (place, saying) in sayings {
            outcomes[place] = Some(self.say(saying, turned).await?.map(Done::Said));
        }
        self.client.batch_execute("COMMIT").await?;
        let outcomes = outcomes.into_iter().map(|outcome| match outcome {
            Some(outcome) => Some(outcome),
            None => kept.next().map(|kept| kept.map(Done::Kept)),
        });
        outcomes.collect::<Option<_>>().ok_or_else(|| Fault::damaged("an outcome is missing"))
    }

    async fn begin(&mut self, bytes: &Vec<u8>, turned: Option<Time>) -> Result<Upload, Fault> {
        let now = self.now_unless(turned).await?.unix();
        let rows = self.ask("INSERT INTO upload (started_at) VALUES ($1) RETURNING number", &[&now]).await?;
        let upload = Upload(rows.first().ok_or_else(|| Fault::damaged("upload"))?.try_get(0)?);
        self.run(PUT, &[&upload.0, &0_i64, bytes]).await?;
        Ok(upload)
    }

    async fn put(&mut self, upload: Upload, number: u64, bytes: &Vec<u8>) -> Result<Result<Done, StoreError>, Fault> {
        if !self.holds(upload).await? {
            return Ok(Err(StoreError::Busy));
        }
        self.run(PUT, &[&upload.0, &signed(number)?, bytes]).await?;
        Ok(Ok(Done::Well))
    }

    /// Some pieces, and the upload when none are left.
    async fn delete_pieces(&mut self, upload: Upload) -> Result<(), Fault> {
        let some = "DELETE FROM piece WHERE upload = $1 \
                    AND number IN (SELECT number FROM piece WHERE upload = $1 LIMIT $2)";
        self.run(some, &[&upload.0, &i64::from(SWEEP)]).await?;
        let empty = "DELETE FROM upload WHERE number = $1 AND NOT EXISTS (SELECT 1 FROM piece WHERE upload = $1)";
        self.run(empty, &[&upload.0]).await.map(drop)
    }

    /// Whether the pieces are still there; they stay until this transaction ends.
    async fn holds(&mut self, upload: Upload) -> Result<bool, Fault> {
        let rows = self.ask("SELECT 1 FROM upload WHERE number = $1 FOR KEY SHARE", &[&upload.0]).await?;
        Ok(!rows.is_empty())
    }

    async fn keep(
        &mut self,
        arrivals: &[&Arrival],
        turned: Option<Time>,
    ) -> Result<Vec<Result<Kept, StoreError>>, Fault> {
        if arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let mut positions = self.lock(arrivals.iter().map(|arrival| arrival.form.as_str()).collect()).await?;
        // Asked after the locks are held, so that times follow numbers.
        let now = self.now_unless(turned).await?;
        let mut known = self.find(arrivals).await?;
        let buried = self.buried(arrivals).await?;
        let mut outcomes = Vec::with_capacity(arrivals.len());
        let mut new = Columns::default();
        for arrival in arrivals {
            if let Some((form, before)) = known.get(arrival.id.as_bytes()) {
                let same = form == arrival.form.as_str() && before.digest == arrival.digest;
                outcomes.push(if same { Ok(Kept::Before(before.clone())) } else { Err(StoreError::Conflict) });
                continue;
            }
            if buried.contains(arrival.id.as_bytes()) {
                outcomes.push(Err(StoreError::Deleted));
                continue;
            }
            if let Body::Pieces(upload, _) = arrival.body
                && !self.holds(upload).await?
            {
                outcomes.push(Err(StoreError::Busy));
                continue;
            }
            let form = arrival.form.as_str();
            let last = positions.get_mut(form).ok_or_else(|| Fault::damaged("a form is missing"))?;
            *last = last.next(now, &arrival.digest);
            new.push(arrival, last, now)?;
            let (version, digest, id, sequence) = (arrival.version, arrival.digest, arrival.id, last.sequence());
            let acknowledgement = Acknowledgement { version, digest, id, received_at: now, sequence };
            known.insert(*arrival.id.as_bytes(), (form.to_owned(), acknowledgement.clone()));
            outcomes.push(Ok(Kept::Now(acknowledgement)));
        }
        self.insert(&new).await?;
        Ok(outcomes)
    }

    /// The same wish about the same submission is the statement that is there.
    async fn say(&mut self, saying: &Saying, turned: Option<Time>) -> Result<Result<Kept, StoreError>, Fault> {
        let Saying { form, id, version, wish, key, digest, bytes } = saying;
        let (name, id_bytes, wish) = (form.as_str(), &id.as_bytes()[..], wish.to_string());
        let there = "SELECT 1 FROM submission WHERE form = $1 AND id = $2 FOR KEY SHARE";
        let stored = !self.ask(there, &[&name, &id_bytes]).await?.is_empty();
        let positions = if stored { self.lock(vec![name]).await? } else { BTreeMap::new() };
        let before = "SELECT digest, received_at, sequence, bytes FROM statement WHERE id = $1 AND wish = $2";
        if let Some(row) = self.ask(before, &[&id_bytes, &wish]).await?.first() {
            let (digest, received_at) = (read_digest(row, 0)?, read_time(row, 1)?);
            // What the first one named; a later one of the same wish may name something else.
            let version = Said::parse(row.try_get(3)?).map_or(*version, |first| first.form());
            let sequence = read_number(row, 2)?;
            return Ok(Ok(Kept::Before(Acknowledgement { version, digest, id: *id, received_at, sequence })));
        }
        let Some(last) = positions.get(name) else {
            let sql = "SELECT 1 FROM tombstone WHERE mark = $1";
            let buried = !self.ask(sql, &[&&mark(id).as_bytes()[..]]).await?.is_empty();
            return Ok(Err(if buried { StoreError::Deleted } else { StoreError::Unknown }));
        };
        // Counted while the form's row is locked: another instance waits with the next one.
        let withdrawn = "SELECT count(*) FROM statement WHERE id = $1 AND wish <> 'delete'";
        if saying.is_beyond(self.number(withdrawn, &[&id_bytes]).await?) {
            return Ok(Err(StoreError::Statements));
        }
        let now = self.now_unless(turned).await?;
        let next = last.next(now, digest);
        let (sequence, chain) = (signed(next.sequence())?, &next.chain().as_bytes()[..]);
        let insert = "INSERT INTO statement (form, sequence, id, wish, received_at, key, digest, chain, bytes) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let (key, digest_bytes) = (&key.as_bytes()[..], &digest.as_bytes()[..]);
        self.run(insert, &[&name, &sequence, &id_bytes, &wish, &now.unix(), &key, &digest_bytes, &chain, bytes])
            .await?;
        if saying.wish == Wish::Delete {
            self.run("INSERT INTO wished (id) VALUES ($1) ON CONFLICT DO NOTHING", &[&id_bytes]).await?;
        }
        self.run(ADVANCE, &[&vec![name], &vec![sequence], &vec![chain]]).await?;
        let (version, digest, id, sequence) = (*version, *digest, *id, next.sequence());
        Ok(Ok(Kept::Now(Acknowledgement { version, digest, id, received_at: now, sequence })))
    }

    async fn standing(&mut self, form: &FormName, id: &SubmissionId) -> Result<Option<Standing>, Fault> {
        let (name, id_bytes) = (form.as_str(), &id.as_bytes()[..]);
        let sql = "SELECT key, received_at, wish, sequence, bytes FROM statement WHERE form = $1 AND id = $2 ORDER BY sequence";
        let (mut said, mut known) = (Vec::new(), None);
        for row in self.ask(sql, &[&name, &id_bytes]).await? {
            let key = VerifyingKey::from_bytes(*read_digest(&row, 0)?.as_bytes());
            known.get_or_insert(Key::Known(key));
            let columns = (read_time(&row, 1)?, read_number(&row, 3)?, row.try_get(4)?, row.try_get(2)?);
            said.extend(Standing::said(*id, columns));
        }
        let sql = "SELECT version, received_at, substr(envelope, 1, $3), \
                   (SELECT substr(bytes, 1, $3) FROM piece WHERE piece.upload = submission.upload AND piece.number = 0), \
                   digest, sequence FROM submission WHERE form = $1 AND id = $2";
        if let Some(row) = self.ask(sql, &[&name, &id_bytes, &(FRONT as i32)]).await?.first() {
            let front: Option<Vec<u8>> = row.try_get(3)?;
            let key = Some(Key::Front(front.map_or_else(|| row.try_get(2), Ok)?));
            let (version, received_at) = (FormDigest::from_digest(read_digest(row, 0)?), read_time(row, 1)?);
            let (digest, sequence) = (read_digest(row, 4)?, read_number(row, 5)?);
            let kept = Some(Acknowledgement { version, digest, id: *id, received_at, sequence });
            return Ok(Some(Standing { version: Some(*version.digest()), received_at, key, kept, said }));
        }
        let sql = "SELECT received_at FROM tombstone WHERE form = $1 AND mark = $2";
        let rows = self.ask(sql, &[&name, &&mark(id).as_bytes()[..]]).await?;
        let buried = rows.first().map(|row| read_time(row, 0)).transpose()?;
        Ok(buried.map(|received_at| Standing { version: None, received_at, key: known, kept: None, said }))
    }

    /// Locks the rows of all forms concerned, in the order of their names so that two instances cannot wait for each other.
    async fn lock(&mut self, mut names: Vec<&str>) -> Result<BTreeMap<String, Position>, Fault> {
        names.sort_unstable();
        names.dedup();
        let mut rows = self.ask(LOCK, &[&names]).await?;
        if rows.len() < names.len() {
            let sql = "INSERT INTO form (name, sequence, chain) SELECT name, 0, $2 FROM unnest($1::text[]) AS name \
                       ORDER BY name ON CONFLICT (name) DO NOTHING";
            self.run(sql, &[&names, &&Position::START.chain().as_bytes()[..]]).await?;
            rows = self.ask(LOCK, &[&names]).await?;
        }
        rows.iter().map(|row| Ok((row.try_get(2)?, read_position(row)?))).collect()
    }

    async fn find(&mut self, arrivals: &[&Arrival]) -> Result<HashMap<[u8; 16], (String, Acknowledgement)>, Fault> {
        let ids: Vec<&[u8]> = arrivals.iter().map(|arrival| &arrival.id.as_bytes()[..]).collect();
        let sql = "SELECT id, form, digest, received_at, sequence, version FROM submission WHERE id = ANY($1)";
        let mut known = HashMap::new();
        for row in self.ask(sql, &[&ids]).await? {
            let found: &[u8] = row.try_get(0)?;
            let id = arrivals.iter().map(|arrival| arrival.id).find(|id| id.as_bytes() == found);
            let id = id.ok_or_else(|| Fault::damaged("id"))?;
            let (digest, received_at) = (read_digest(&row, 2)?, read_time(&row, 3)?);
            let (sequence, version) = (read_number(&row, 4)?, FormDigest::from_digest(read_digest(&row, 5)?));
            let before = Acknowledgement { version, digest, id, received_at, sequence };
            known.insert(*id.as_bytes(), (row.try_get(1)?, before));
        }
        Ok(known)
    }

    /// Which of them were stored once and deleted.
    async fn buried(&mut self, arrivals: &[&Arrival]) -> Result<HashSet<[u8; 16]>, Fault> {
        let marks: Vec<Digest> = arrivals.iter().map(|arrival| mark(&arrival.id)).collect();
        let columns: Vec<&[u8]> = marks.iter().map(|mark| &mark.as_bytes()[..]).collect();
        let mut buried = HashSet::new();
        for row in self.ask("SELECT mark FROM tombstone WHERE mark = ANY($1)", &[&columns]).await? {
            let found = read_digest(&row, 0)?;
            let same = arrivals.iter().zip(&marks).filter(|(_, mark)| **mark == found);
            buried.extend(same.map(|(arrival, _)| *arrival.id.as_bytes()));
        }
        Ok(buried)
    }

    async fn insert(&mut self, new: &Columns<'_>) -> Result<(), Fault> {
        if new.form.is_empty() {
            return Ok(());
        }
        let written = self
            .run(
                INSERT,
                &[
                    &new.form,
                    &new.sequence,
                    &new.id,
                    &new.received_at,
                    &new.version,
                    &new.digest,
                    &new.chain,
                    &new.due_at,
                    &new.upload,
                    &new.length,
                    &new.envelope,
                ],
            )
            .await?;
        if written < new.form.len() as u64 {
            // Another instance kept one of these ids for another form meanwhile, which our locks do not cover.
            return Err(Fault { error: StoreError::Busy, cause: String::from("an id was taken meanwhile") });
        }
        let last: BTreeMap<&str, usize> = new.form.iter().enumerate().map(|(index, form)| (*form, index)).collect();
        let names: Vec<&str> = last.keys().copied().collect();
        let sequences: Vec<i64> = last.values().map(|index| new.sequence[*index]).collect();
        let chains: Vec<&[u8]> = last.values().map(|index| &new.chain[*index][..]).collect();
        self.run(ADVANCE, &[&names, &sequences, &chains]).await.map(drop)
    }

    /// Two questions, so that a page of large submissions does not come all at once.
    async fn page(&mut self, form: &FormName, range: &Range) -> Result<Vec<Entry>, Fault> {
        let (Ok(after), Ok(last)) = (signed(range.after), signed(range.last)) else { return Ok(Vec::new()) };
        let most = i64::try_from(range.most).unwrap_or(i64::MAX);
        let (mut end, mut bytes) = (after, 0);
        for row in self.ask(LENGTHS, &[&form.as_str(), &after, &last, &most]).await? {
            if bytes >= range.most_bytes {
                break;
            }
            end = row.try_get(0)?;
            bytes += usize::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0);
        }
        let rows = self.ask(PAGE, &[&form.as_str(), &after, &end]).await?;
        rows.iter().map(read_entry).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

/// Rows to insert, by column: one statement for all of them.
#[derive(Default)]
struct Columns<'a> {
    form: Vec<&'a str>,
    sequence: Vec<i64>,
    id: Vec<&'a [u8]>,
    received_at: Vec<i64>,
    version: Vec<&'a [u8]>,
    digest: Vec<&'a [u8]>,
    chain: Vec<Vec<u8>>,
    due_at: Vec<Option<i64>>,
    upload: Vec<Option<i64>>,
    length: Vec<Option<i64>>,
    envelope: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, arrival: &'a Arrival, position: &Position, now: Time) -> Result<(), Fault> {
        let (envelope, upload, length) = match &arrival.body {
            Body::Whole(bytes) => (&bytes[..], None, None),
            Body::Pieces(upload, length) => (&[][..], Some(upload.0), Some(signed(*length)?)),
            Body::Gone | Body::Said(_) | Body::Damaged(_) => return Err(Fault::damaged("an arrival that is none")),
        };
        self.form.push(arrival.form.as_str());
        self.sequence.push(signed(position.sequence())?);
        self.id.push(arrival.id.as_bytes());
        self.received_at.push(now.unix());
        self.version.push(arrival.version.digest().as_bytes());
        self.digest.push(arrival.digest.as_bytes());
        self.chain.push(position.chain().as_bytes().to_vec());
        self.due_at.push(arrival.retention.due(now).map(Time::unix));
        self.upload.push(upload);
        self.length.push(length);
        self.envelope.push(envelope);
        Ok(())
    }
}

impl Fault {
    fn away(cause: &str) -> Self {
        Self { error: StoreError::Away, cause: cause.to_owned() }
    }
}

impl From<Error> for Fault {
    /// Of a refusal only its number: sentences of the database may repeat values.
    fn from(error: Error) -> Self {
        let Some(code) = error.code() else { return Self::away(&causes(&error)) };
        let kind = match code {
            &SqlState::DISK_FULL => StoreError::Full,
            &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::UNIQUE_VIOLATION => StoreError::Busy,
            &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => StoreError::Damaged,
            // Broken rules, unknown tables, damaged files: these do not pass by themselves.
            code if ["22", "23", "42", "58", "XX"].iter().any(|class| code.code().starts_with(class)) => {
                StoreError::Failed
            }
            _ => StoreError::Away,
        };
        Self { error: kind, cause: format!("SQLSTATE {}", code.code()) }
    }
}

/// The driver's sentence and what it says that was caused by.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source()).fold(error.to_string(), |mut text, cause| {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text.extend([": ", &cause]);
        }
        text
    })
}

/// Brings the tables to this program's version, each step in a transaction of its own. Of several instances that start together
/// one does it and the others wait.
async fn migrate(session: &mut Session) -> Result<(), OpenError> {
    let refused = |error: Error| OpenError::Postgres(Fault::from(error).cause);
    let known = STEPS.len() as i64;
    loop {
        let transaction = session.client.transaction().await.map_err(refused)?;
        transaction.batch_execute("SET LOCAL lock_timeout = 0").await.map_err(refused)?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await.map_err(refused)?;
        let tables = "SELECT to_regclass('segel_schema') IS NOT NULL, to_regclass('submission') IS NOT NULL \
                      OR to_regclass('form') IS NOT NULL";
        let row = transaction.query_one(tables, &[]).await.map_err(refused)?;
        let found: i64 = match (row.get(0), row.get(1)) {
            (true, _) => transaction.query_one("SELECT version FROM segel_schema", &[]).await.map_err(refused)?.get(0),
            (false, true) => return Err(OpenError::Foreign),
            (false, false) => {
                let table = "CREATE TABLE segel_schema (version BIGINT NOT NULL); INSERT INTO segel_schema VALUES (0)";
                transaction.batch_execute(table).await.map_err(refused)?;
                0
            }
        };
        if found > known {
            return Err(OpenError::NewerSchema { found, known });
        }
        let Some(step) = usize::try_from(found).ok().and_then(|found| STEPS.get(found)) else {
            // Said aloud: an end left to `Drop` would be sent with the next question, and hold the lock until then.
            return transaction.commit().await.map_err(refused);
        };
        transaction.batch_execute(step).await.map_err(refused)?;
        transaction.execute("UPDATE segel_schema SET version = $1", &[&(found + 1)]).await.map_err(refused)?;
        transaction.commit().await.map_err(refused)?;
    }
}

/// PostgreSQL's integers have a sign.
fn signed(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::damaged("number"))
}

fn read_number(row: &Row, column: usize) -> Result<u64, Fault> {
    u64::try_from(row.try_get::<_, i64>(column)?).map_err(|_| Fault::damaged("number"))
}

fn read_time(row: &Row, column: usize) -> Result<Time, Fault> {
    Time::from_unix(row.try_get(column)?).ok_or_else(|| Fault::damaged("time"))
}

fn read_digest(row: &Row, column: usize) -> Result<Digest, Fault> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map(Digest::from_bytes).map_err(|_| Fault::damaged("digest"))
}

fn read_id(row: &Row) -> Result<SubmissionId, Fault> {
    let bytes: &[u8] = row.try_get(0)?;
    bytes.try_into().map(SubmissionId::from_bytes).map_err(|_| Fault::damaged("id"))
}

fn read_position(row: &Row) -> Result<Position, Fault> {
    Ok(Position::new(read_number(row, 0)?, read_digest(row, 1)?))
}

fn read_entry(row: &Row) -> Result<Entry, Fault> {
    let body = match (row.try_get::<_, Option<&[u8]>>(6)?, row.try_get::<_, Option<i64>>(4)?) {
        (None, Some(upload)) => Body::Pieces(Upload(upload), read_number(row, 5)?),
        (None, None) if row.try_get::<_, Option<i64>>(5)?.is_some() => Body::Said(row.try_get(3)?),
        (None, None) => Body::Whole(row.try_get(3)?),
        (Some(_), _) => Body::Gone,
    };
    let (position, received_at) = (read_position(row)?, read_time(row, 2)?);
    let entry = Entry { position, received_at, digest: read_digest(row, 7)?, body };
    entry.is_sound()?;
    Ok(entry)
}

/// Acknowledgements wait for the disk, whatever the database's default is; a lock is waited for no longer than a client would; and an
/// instance that died in the middle does not keep its locks.
const SETTINGS: &str = "\
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; SET statement_timeout = '60s'";
const LOCK: &str = "SELECT sequence, chain, name FROM form WHERE name = ANY($1) ORDER BY name FOR UPDATE";
const INSERT: &str = "\
    INSERT INTO submission \
    (form, sequence, id, received_at, version, digest, chain, due_at, upload, length, envelope) \
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[], \
    $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[]) ON CONFLICT (id) DO NOTHING";
const ADVANCE: &str = "\
    UPDATE form SET sequence = n.sequence, chain = n.chain \
    FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS n (name, sequence, chain) WHERE form.name = n.name";
const PUT: &str = "\
    INSERT INTO piece (upload, number, bytes) VALUES ($1, $2, $3) \
    ON CONFLICT (upload, number) DO UPDATE SET bytes = excluded.bytes";
const DISCARD: &str =
    "UPDATE upload SET started_at = 0 WHERE number = $1 AND NOT EXISTS (SELECT 1 FROM submission WHERE upload = $1)";
const FETCHED: &str = "\
    INSERT INTO fetched (form, sequence, at) VALUES ($1, $2, $3) ON CONFLICT (form) DO UPDATE \
    SET sequence = excluded.sequence, at = excluded.at WHERE excluded.sequence >= fetched.sequence";
const STATUS: &str = "\
    SELECT name, form.sequence, \
    (SELECT count(*) FROM submission WHERE form = name), \
    (SELECT coalesce(sum(coalesce(length, octet_length(envelope))), 0)::bigint FROM submission WHERE form = name), \
    (SELECT count(*) FROM tombstone WHERE form = name), \
    (SELECT count(*) FROM statement WHERE form = name), \
    coalesce(fetched.sequence, 0), fetched.at, \
    (SELECT count(*) FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT min(received_at) FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT count(*) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)), \
    (SELECT min(received_at) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)) \
    FROM form LEFT JOIN fetched ON fetched.form = form.name WHERE form.sequence > 0 ORDER BY name";
const WAITING: &str = "\
    SELECT min(unpulled), coalesce(sum(requests), 0)::bigint, min(request) FROM (SELECT \
    (SELECT received_at FROM submission WHERE form = name AND sequence > coalesce(fetched.sequence, 0) \
     ORDER BY sequence LIMIT 1) AS unpulled, \
    (SELECT count(*) FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0)) AS requests, \
    (SELECT received_at FROM statement WHERE form = name AND sequence > coalesce(fetched.sequence, 0) \
     ORDER BY sequence LIMIT 1) AS request \
    FROM form LEFT JOIN fetched ON fetched.form = form.name) AS forms";
const LENGTHS: &str = "\
    SELECT sequence, octet_length(envelope) FROM submission \
    WHERE form = $1 AND sequence > $2 AND sequence <= $3 UNION ALL \
    SELECT sequence, 0 FROM tombstone WHERE form = $1 AND sequence > $2 AND sequence <= $3 UNION ALL \
    SELECT sequence, 0 FROM statement WHERE form = $1 AND sequence > $2 AND sequence <= $3 \
    ORDER BY sequence LIMIT $4";
const PAGE: &str = "\
    SELECT sequence, chain, received_at, envelope, upload, length, NULL::bytea, digest FROM submission \
    WHERE form = $1 AND sequence > $2 AND sequence <= $3 UNION ALL \
    SELECT sequence, chain, received_at, NULL, NULL, NULL, digest, digest FROM tombstone \
    WHERE form = $1 AND sequence > $2 AND sequence <= $3 UNION ALL \
    SELECT sequence, chain, received_at, bytes, NULL, -1, NULL, digest FROM statement \
    WHERE form = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence";
const BURY: &str = "\
    WITH gone AS (DELETE FROM submission WHERE id = ANY($1) \
        RETURNING id, form, sequence, received_at, digest, chain, upload), \
    marked AS (UPDATE upload SET started_at = 0 FROM gone WHERE number = gone.upload) \
    INSERT INTO tombstone (form, sequence, mark, received_at, digest, chain) \
    SELECT form, sequence, marks.mark, received_at, digest, chain FROM gone \
    JOIN unnest($1::bytea[], $2::bytea[]) AS marks (id, mark) ON marks.id = gone.id";
/// How the schema came to be. A step that was ever released is never changed.
const STEPS: &[&str] = &[
    include_str!("postgres-1.sql"),
    include_str!("postgres-2.sql"),
    include_str!("postgres-3.sql"),
    include_str!("postgres-4.sql"),
];
/// What instances agree on while they change the schema: "segel" as a number.
const MIGRATION_LOCK: i64 = 0x73_6567_656c;
/// How long a program waits for the schema at its start.
const MIGRATION: Duration = Duration::from_secs(300);
