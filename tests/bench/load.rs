//! How many submissions the real server takes, durably, on loopback, beside what SQLite alone does in the same run:
//! `cargo build --release --bin segel-server && cargo run --release --example load -- --seconds 10 [--only NAME]`. And what else it is asked
//! meanwhile: the form, more than it can take, connections that dribble, an export.
//!
//! The clients run on the same cores as the server, so a machine for the server alone does better.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints, and one that cannot go on has failed"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[path = "../server/cluster.rs"]
#[allow(dead_code, reason = "it can do more than is needed here")]
mod cluster;
#[path = "load/export.rs"]
mod export;
#[path = "load/fetch.rs"]
mod fetch;
#[path = "load/flood.rs"]
mod flood;
mod rig;
#[path = "load/slow.rs"]
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod timing;

use cluster::Database;
use rig::{Connection, Rig, millis, option, word};

fn main() {
    let questions = option("--receipts", 0);
    if questions > 0 {
        return timing::run(questions);
    }
    let time = Duration::from_secs(option("--seconds", 10));
    let parts: [(&str, Part); 5] = [
        ("stores", stores),
        ("fetch", fetch::run),
        ("flood", flood::run),
        ("slow", slow::run),
        ("export", export::run),
    ];
    let only = word("--only");
    let asked = |name| only.as_deref().is_none_or(|only| only == name);
    parts.into_iter().filter(|(name, _)| asked(*name)).for_each(|(_, part)| part(time));
}

/// One table.
type Part = fn(Duration);

/// What each store takes.
fn stores(time: Duration) {
    println!("| store | bytes | connections | accepted/s | p50 ms | p99 ms | other answers | peak memory MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    for bytes in [0, 16 * 1024] {
        for connections in [32, 128] {
            run("SQLite", Rig::new(None, bytes), connections, time);
            if let Some(database) = Database::new() {
                run("PostgreSQL", Rig::new(Some(database.url()), bytes), connections, time);
            }
        }
        let rig = Rig::new(None, bytes);
        let rate = floor(&rig, time);
        println!("| SQLite alone, 64 a commit, nothing checked | {} | | {rate:.0} | | | | |", rig.bytes());
        if let Some(rate) = Database::new().and_then(|database| database.floor(rig.bytes(), 32, time.as_secs())) {
            println!("| PostgreSQL alone, one insert a commit | {} | 32 | {rate:.0} | | | | |", rig.bytes());
        }
    }
}

fn run(name: &str, rig: Rig, connections: usize, time: Duration) {
    // More than can be sent, and made beforehand: making them must not be what is measured.
    let server = rig.start();
    let (next, until) = (AtomicU64::new(0), Instant::now() + time);
    let shares: Vec<(Vec<Duration>, u64)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| {
                std::thread::Builder::new()
                    .stack_size(256 * 1024)
                    .spawn_scoped(scope, || client(&rig, &server, &next, until))
            })
            .collect();
        clients.into_iter().map(|client| client.unwrap().join().unwrap()).collect()
    });
    let others: u64 = shares.iter().map(|share| share.1).sum();
    let mut times: Vec<Duration> = shares.into_iter().flat_map(|share| share.0).collect();
    let rate = times.len() as f64 / time.as_secs_f64();
    println!(
        "| {name} | {} | {connections} | {rate:.0} | {:.1} | {:.1} | {others} | {} |",
        rig.bytes(),
        millis(&mut times, 50),
        millis(&mut times, 99),
        server.memory() / 1024
    );
}

/// How long each accepted submission took, and how many were not accepted.
fn client(rig: &Rig, server: &rig::Server, next: &AtomicU64, until: Instant) -> (Vec<Duration>, u64) {
    let mut connection = Connection::open(server.address).unwrap();
    let (mut times, mut others) = (Vec::new(), 0);
    while Instant::now() < until {
        let envelope = rig.envelope(next.fetch_add(1, Ordering::Relaxed));
        let sent = Instant::now();
        match connection.submit(&envelope) {
            Some((201, _)) => times.push(sent.elapsed()),
            Some(_) => others += 1,
            None => {
                others += 1;
                connection = Connection::open(server.address).unwrap();
            }
        }
    }
    (times, others)
}

/// What the database does if nothing else is asked of the machine.
fn floor(rig: &Rig, time: Duration) -> f64 {
    let mut database = rusqlite::Connection::open(rig.folder.path().join("floor.db")).unwrap();
    let settings =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id BLOB PRIMARY KEY, bytes BLOB)";
    database.execute_batch(settings).unwrap();
    let (until, mut rows) = (Instant::now() + time, 0_u64);
    while Instant::now() < until {
        let transaction = database.transaction().unwrap();
        for _ in 0..64 {
            let envelope = rig.envelope(rows);
            transaction.execute("INSERT INTO row VALUES (?1, ?2)", (rows.to_be_bytes(), envelope)).unwrap();
            rows += 1;
        }
        transaction.commit().unwrap();
    }
    rows as f64 / time.as_secs_f64()
}
