//! A server in a folder of its own, with a shop's form published there.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use segel_core::age::Suite;
use segel_core::envelope::Head;
use segel_core::export::{Reader, Record};
use segel_core::id::PartName;
use segel_core::{Definition, Envelope, Form};
use segel_server::{Config, Limits, OpenError, Place, Server, StartError};

use crate::cluster::Database;
use crate::http::{Reply, head, post, send};
use crate::support::{Shop, time};

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Long before and long after any day on which tests run.
pub(crate) const LONG_AGO: &str = "2026-01-01T00:00:00Z";
pub(crate) const FAR_OFF: &str = "2099-01-01T00:00:00Z";

/// A shop, its published form and its server.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) shop: Shop,
    pub(crate) log: Memory,
    limits: Limits,
    change: Box<dyn Fn(Config) -> Config + Sync>,
    database: Option<Database>,
    server: Option<Server>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server whose clocks and caps `change` made small.
    pub(crate) fn with(change: impl FnOnce(&mut Limits)) -> Self {
        Self::of(Suite::X25519, change)
    }

    pub(crate) fn of(suite: Suite, change: impl FnOnce(&mut Limits)) -> Self {
        Self::build(suite, None, change)
    }

    /// On PostgreSQL, if this machine has it.
    pub(crate) fn on_postgres(change: impl FnOnce(&mut Limits)) -> Option<Self> {
        Some(Self::on(Database::new()?, change))
    }

    pub(crate) fn on(database: Database, change: impl FnOnce(&mut Limits)) -> Self {
        Self::build(Suite::X25519, Some(database), change)
    }

    fn build(suite: Suite, database: Option<Database>, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("forms")).unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        for file in [
            "element.js",
            "segel.wasm",
            "existing.js",
            "api.js",
            "regions.json",
            "large.js",
            "large.wasm",
            "receipt.js",
            "receipt.wasm",
        ] {
            fs::write(folder.path().join("assets").join(file), file).unwrap();
        }
        fs::write(folder.path().join("assets/element.js.br"), "compressed").unwrap();
        fs::write(folder.path().join("token"), TOKEN).unwrap();
        let mut shop = Shop::new(suite);
        shop.form = publish(&shop, LONG_AGO, |text| text);
        let mut house = Self {
            folder,
            shop,
            log: Memory::default(),
            limits,
            change: Box::new(|config| config),
            database,
            server: None,
        };
        house.publish(&house.shop.form.clone());
        house.restart();
        house
    }

    pub(crate) fn config(&self) -> Config {
        let folder = self.folder.path();
        let store = Place::parse(&self.place()).unwrap();
        let (forms, token) = (folder.join("forms"), folder.join("token"));
        let config = Config::new(forms, store, token, SocketAddr::from(([127, 0, 0, 1], 0)))
            .with_key(folder.join("segel.db.key"))
            .with_assets(folder.join("assets"))
            .with_limits(self.limits.clone())
            .with_log(Box::new(self.log.clone()));
        (self.change)(config)
    }

    /// Starts it anew with other settings.
    pub(crate) fn set(&mut self, change: impl Fn(Config) -> Config + Sync + 'static) {
        self.change = Box::new(change);
        self.restart();
    }

    pub(crate) fn change_limits(&mut self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.limits);
        self.restart();
    }

    pub(crate) fn start_second(&self) -> Result<Server, StartError> {
        Server::start(self.config())
    }

    pub(crate) fn stop(&mut self) {
        self.server = None;
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        // A program that another test starts at this moment holds what this process had open, our lock too, until it has begun.
        let own = std::process::id().to_string();
        let held = |started: &Result<Server, StartError>| matches!(started, Err(StartError::Store { error: OpenError::InUse { holder }, .. }) if *holder == own);
        let mut starts = (0..1000).map(|_| Server::start(self.config()));
        self.server = Some(starts.find(|started| !held(started)).expect("the lock is never let go of").unwrap());
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("segel.db")
    }

    /// How many pieces of large submissions are stored.
    pub(crate) fn pieces(&self) -> i64 {
        self.number("SELECT count(*) FROM piece")
    }

    /// The bytes of all files in which a deleted submission could still stand.
    pub(crate) fn files(&self) -> Vec<u8> {
        let read = |ending: &str| {
            let path = self.folder.path().join(format!("segel.db{ending}"));
            fs::read(path).unwrap_or_default()
        };
        ["", "-wal", ".tombstones"].map(read).concat()
    }

    /// A number, asked of the database itself.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        match &self.database {
            Some(database) => database.sql(sql).parse().unwrap(),
            None => rusqlite::Connection::open(self.store()).unwrap().query_row(sql, (), |row| row.get(0)).unwrap(),
        }
    }

    /// Changes the database itself.
    pub(crate) fn run(&self, sql: &str) {
        match &self.database {
            Some(database) => drop(database.sql(sql)),
            None => rusqlite::Connection::open(self.store()).unwrap().execute_batch(sql).unwrap(),
        }
    }

    /// The store, as it is written behind `--store`.
    pub(crate) fn place(&self) -> String {
        self.database.as_ref().map_or_else(|| format!("sqlite:{}", self.store().display()), Database::url)
    }

    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().address()
    }

    /// Puts a form where the server looks, as `segel publish` does: by rename.
    pub(crate) fn publish(&self, form: &Form) {
        self.put(&format!("{}.segel", form.name()), form.bytes());
    }

    pub(crate) fn put(&self, file: &str, bytes: &[u8]) {
        let temporary = self.folder.path().join("forms/new");
        fs::write(&temporary, bytes).unwrap();
        fs::rename(temporary, self.folder.path().join("forms").join(file)).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> Reply {
        send(self.address(), &head(method, path, headers)).expect("an answer")
    }

    pub(crate) fn submit(&self, envelope: &[u8]) -> Reply {
        send(self.address(), &post("/forms/kecil", "", envelope)).expect("an answer")
    }

    /// Publishes the form anew, with photos up to 100 MiB.
    pub(crate) fn allow_large_photos(&mut self) {
        let large = |text: String| text.replace("\"max_bytes\": 200000", "\"max_bytes\": 104857600");
        self.shop.form = publish(&self.shop, LONG_AGO, large);
        self.publish(&self.shop.form);
    }

    /// The bytes of an export after a sequence.
    pub(crate) fn export(&self, after: u64) -> Reply {
        let path = format!("/forms/kecil/export?after={after}");
        self.ask("GET", &path, &format!("Authorization: Bearer {TOKEN}\r\n"))
    }

    /// All that is stored, chain and end verified.
    pub(crate) fn stored(&self) -> Vec<Record> {
        records(&self.export(0).body)
    }
}

/// The records of an export, which must be whole.
pub(crate) fn records(export: &[u8]) -> Vec<Record> {
    let mut reader = Reader::default();
    reader.feed(export);
    let records = std::iter::from_fn(|| reader.next_record().expect("a whole export")).collect();
    reader.finish().expect("an end");
    records
}

/// A submission whose photo has so many bytes more. They are not sealed well, which only the owner could tell.
pub(crate) fn stretched(envelope: &[u8], more: usize) -> Vec<u8> {
    let parsed = Envelope::parse(envelope).unwrap();
    let head = parsed.head();
    let is_photo = |name: &PartName| name.as_str() == "file-foto-1";
    let lengths =
        head.parts().iter().map(|(name, length)| (name.clone(), length + if is_photo(name) { more as u64 } else { 0 }));
    let mut bytes = Head::new(head.form(), head.id(), head.receipt(), lengths.collect()).encode();
    for (name, part) in parsed.parts() {
        bytes.extend_from_slice(part);
        if is_photo(name) {
            // Not all the same, so that a piece out of place shows.
            bytes.extend((0..more).map(|at| (at >> 12) as u8 ^ at as u8));
        }
    }
    bytes
}

/// The shop's form, edited, valid for ten years from `not_before`.
pub(crate) fn publish(shop: &Shop, not_before: &str, edit: impl FnOnce(String) -> String) -> Form {
    let text = include_str!("../vectors/forms/kecil.json").replace("KASIR", &shop.cashier.recipient().to_text());
    let text = edit(text.replace("\"children\"", "\"valid_days\": 3650, \"children\""));
    let definition = Definition::parse(text.as_bytes()).unwrap();
    let owners = [shop.owner.recipient(), shop.spare.recipient()];
    let body = definition.publish(&owners, shop.form.suite(), time(not_before), None).unwrap();
    shop.owner.sign(&body).unwrap()
}

/// A log to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
