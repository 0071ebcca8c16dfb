//! The database is there and does not answer: another program holds SQLite's lock, or PostgreSQL is stopped where it stands.

use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::rig::{Rig, Server};
use crate::{Outcome, Scale, no_postgres};

pub(crate) fn locked(scale: &Scale) -> Outcome {
    let rig = Rig::new(None, 0);
    let (server, ledger) = (rig.start(), Ledger::default());
    let other = rusqlite::Connection::open(rig.database()).unwrap();
    let mut sound = true;
    for seconds in [1, 5, 30] {
        if Duration::from_secs(seconds) > scale.longest {
            continue;
        }
        let hold = |held: Duration| {
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            std::thread::sleep(held);
            other.execute_batch("ROLLBACK").unwrap();
        };
        sound &= around(&format!("SQLite locked for {seconds} s"), &rig, &server, &ledger, seconds, hold);
    }
    ledger.settle(&rig, &server);
    (sound & ledger.check(&rig, &server).report(&rig)).into()
}

pub(crate) fn hung(scale: &Scale) -> Outcome {
    let Some(cluster) = Cluster::own() else { return no_postgres() };
    let rig = Rig::new(Some(cluster.database("faults").url()), 0);
    let (server, ledger, started) = (rig.start(), Ledger::default(), Instant::now());
    let mut sound = true;
    for round in 0..scale.rounds.min(10) {
        let seconds = if round == 0 { 30 } else { 3 };
        if started.elapsed() + Duration::from_secs(seconds) > scale.longest {
            break;
        }
        let hold = |held: Duration| {
            cluster.signal("STOP");
            std::thread::sleep(held);
            cluster.signal("CONT");
        };
        sound &= around(&format!("PostgreSQL stopped for {seconds} s"), &rig, &server, &ledger, seconds, hold);
    }
    ledger.settle(&rig, &server);
    (sound & ledger.check(&rig, &server).report(&rig)).into()
}

/// Sends while `hold` holds; everybody must hear something within six seconds, and be served again soon after.
fn around(name: &str, rig: &Rig, server: &Server, ledger: &Ledger, seconds: u64, hold: impl FnOnce(Duration)) -> bool {
    {
        let mut book = ledger.book();
        book.longest = Duration::ZERO;
        book.refused.clear();
    }
    let before = ledger.book().acknowledged.len();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut back = Duration::ZERO;
    std::thread::scope(|scope| {
        let address = server.address;
        for _ in 0..8 {
            // Clients that are patient: a refusal is repeated after a moment, as Retry-After asks.
            scope.spawn(move || {
                while Instant::now() < until + Duration::from_secs(1) {
                    ledger.send(rig, address, Instant::now() + Duration::from_millis(20));
                    std::thread::sleep(Duration::from_millis(30));
                }
            });
        }
        std::thread::sleep(Duration::from_millis(100));
        hold(Duration::from_secs(seconds));
        let (let_go, then) = (Instant::now(), ledger.book().acknowledged.len());
        while ledger.book().acknowledged.len() <= then && let_go.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        back = let_go.elapsed();
    });
    let book = ledger.book();
    println!(
        "{name}: {} taken around it, refused {:?}, longest answer {} ms, served again after {} ms",
        book.acknowledged.len() - before,
        book.refused,
        book.longest.as_millis(),
        back.as_millis()
    );
    book.refused.keys().all(|status| *status == 503) && book.longest < ANSWER && back < BACK
}

/// Within this a customer must have heard something.
const ANSWER: Duration = Duration::from_secs(6);
/// Within this of its end a wait must be over.
const BACK: Duration = Duration::from_secs(5);
