//! What clients know: what was acknowledged, what got no answer; and whether the server still has it all.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use segel_core::export::Reader;
use segel_core::id::Digest;

use crate::rig::{Connection, Rig, Server};

/// The book of all clients of one store.
#[derive(Default)]
pub(crate) struct Ledger {
    book: Mutex<Book>,
    next: AtomicU64,
}

/// The sequence of each submission that was acknowledged, and those that got no answer or were told to come again.
#[derive(Default, Clone)]
pub(crate) struct Book {
    pub(crate) acknowledged: BTreeMap<u64, u64>,
    unheard: Vec<u64>,
    /// Sent again, and found stored.
    pub(crate) found: u64,
    doubled: u64,
    /// Refusals by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// The longest that anybody waited for an answer.
    pub(crate) longest: Duration,
}

/// What a check found.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) acknowledged: usize,
    pub(crate) stored: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
}

impl Ledger {
    pub(crate) fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// First what got no answer before, then what is new, until then or until the server is gone.
    pub(crate) fn send(&self, rig: &Rig, address: SocketAddr, until: Instant) {
        let Some(mut connection) = Connection::open(address) else { return };
        while Instant::now() < until {
            let again = self.book().unheard.pop();
            let number = again.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed));
            if self.submit(rig, &mut connection, number).is_none() {
                return;
            }
        }
    }

    /// The same on several connections at once.
    pub(crate) fn send_all(&self, rig: &Rig, address: SocketAddr, connections: usize, until: Instant) {
        std::thread::scope(|scope| {
            for _ in 0..connections {
                scope.spawn(|| self.send(rig, address, until));
            }
        });
    }

    /// Status of the answer; nothing if the server is gone.
    pub(crate) fn submit(&self, rig: &Rig, connection: &mut Connection, number: u64) -> Option<u16> {
        let sent = Instant::now();
        let answer = connection.submit(&rig.envelope(number));
        let took = sent.elapsed();
        let mut book = self.book();
        let Some((status, body)) = answer else {
            book.unheard.push(number);
            return None;
        };
        book.longest = book.longest.max(took);
        if !matches!(status, 200 | 201) {
            book.unheard.push(number);
            *book.refused.entry(status).or_default() += 1;
            return Some(status);
        }
        let receipt: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let sequence = receipt["sequence"].as_u64().unwrap();
        book.found += u64::from(status == 200);
        if book.acknowledged.insert(number, sequence).is_some_and(|before| before != sequence) {
            book.doubled += 1;
        }
        Some(status)
    }

    /// Sends again what was not acknowledged; that must work now.
    pub(crate) fn settle(&self, rig: &Rig, server: &Server) {
        let again = std::mem::take(&mut self.book().unheard);
        let mut connection = Connection::open(server.address).unwrap();
        for number in again {
            self.submit(rig, &mut connection, number);
        }
    }

    /// As things stood at an earlier moment; what came after it is to be sent again.
    pub(crate) fn go_back_to(&self, then: Book) {
        let mut book = self.book();
        let later: Vec<u64> =
            book.acknowledged.keys().filter(|number| !then.acknowledged.contains_key(number)).copied().collect();
        let unheard = std::mem::take(&mut book.unheard);
        *book = Book { unheard, ..then };
        book.unheard.extend(later);
    }

    /// Holds all that was acknowledged against an export, whose numbers and chain the reader verifies.
    pub(crate) fn check(&self, rig: &Rig, server: &Server) -> Found {
        let mut reader = Reader::default();
        reader.feed(&server.export());
        let mut stored: HashMap<Digest, Vec<u64>> = HashMap::new();
        while let Some(record) = reader.next_record().expect("a whole export") {
            stored.entry(Digest::of(record.envelope())).or_default().push(record.sequence());
        }
        reader.finish().expect("an end");
        let book = self.book();
        let lost = book.acknowledged.iter().filter(|(number, sequence)| {
            let found = stored.get(&Digest::of(&rig.envelope(**number)));
            found.is_none_or(|found| !found.contains(sequence))
        });
        let doubled = book.doubled as usize + stored.values().filter(|sequences| sequences.len() > 1).count();
        Found { acknowledged: book.acknowledged.len(), stored: stored.len(), lost: lost.count(), doubled }
    }
}

impl Found {
    /// Says it, and what the database says of itself.
    pub(crate) fn report(self, rig: &Rig) -> bool {
        let Self { acknowledged, stored, lost, doubled } = self;
        println!("  acknowledged {acknowledged}, stored {stored}, lost {lost}, doubled {doubled}");
        let verdict = if rig.store.starts_with("sqlite:") { integrity(rig) } else { String::from("ok") };
        println!("  integrity check: {verdict}");
        lost == 0 && doubled == 0 && verdict == "ok"
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.stored += other.stored;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

/// What SQLite says of its file.
pub(crate) fn integrity(rig: &Rig) -> String {
    let database = rusqlite::Connection::open(rig.database()).unwrap();
    database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap()
}
