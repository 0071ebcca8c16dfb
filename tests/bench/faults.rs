//! What is left of what was acknowledged when the server is killed in the middle, and the database too:
//! `cargo build --release --bin segel-server && cargo run --release --example faults -- --rounds 50`.
//!
//! Each round sends on eight connections, kills at a random moment (SIGKILL; with PostgreSQL every other round crashes the database instead),
//! and sends again what got no answer. At the end everything is exported, the chain verified, and each acknowledgement looked
//! for. Fails if one is lost or doubled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints, and one that cannot go on has failed"
)]

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[path = "../server/cluster.rs"]
#[allow(dead_code, reason = "it can do more than is needed here")]
mod cluster;
mod rig;
#[path = "../support/mod.rs"]
mod support;

use cluster::Cluster;
use rig::{Connection, Rig, Server, option};
use segel_core::export::Reader;
use segel_core::id::Digest;

/// What one connection knows: the sequence of each submission that was acknowledged, and those that got no answer.
#[derive(Default)]
struct Ledger {
    acknowledged: BTreeMap<u64, u64>,
    unheard: Vec<u64>,
    /// Sent again, and found stored.
    found: u64,
    doubled: u64,
}

fn main() -> ExitCode {
    let rounds = option("--rounds", 50);
    let longest = Duration::from_secs(option("--seconds", 600));
    let sound = run("SQLite, server killed", &Rig::new(None, 0), None, rounds, longest);
    let cluster = Cluster::own();
    let sound_too = cluster.is_none_or(|cluster| {
        let rig = Rig::new(Some(cluster.database("faults").url()), 0);
        run("PostgreSQL, server killed or database crashed", &rig, Some(cluster), rounds, longest)
    });
    if sound && sound_too { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(name: &str, rig: &Rig, cluster: Option<&'static Cluster>, rounds: u64, longest: Duration) -> bool {
    let (ledger, next) = (Mutex::new(Ledger::default()), AtomicU64::new(0));
    let mut noise = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() | 1;
    let (started, mut done, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while done < rounds && started.elapsed() < longest {
        done += 1;
        let began = Instant::now();
        let server = rig.start();
        slowest = slowest.max(began.elapsed());
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let moment = Duration::from_millis(50 + u64::from(noise >> 16) % 400);
        std::thread::scope(|scope| {
            let (address, ledger, next) = (server.address, &ledger, &next);
            for _ in 0..8 {
                let until = Instant::now() + moment + Duration::from_secs(1);
                scope.spawn(move || send(rig, address, ledger, next, until));
            }
            std::thread::sleep(moment);
            match cluster {
                Some(cluster) if done % 2 == 0 => {
                    cluster.crash_and_start();
                    std::thread::sleep(Duration::from_millis(200));
                    server.kill();
                }
                _ => server.kill(),
            }
        });
    }
    let server = rig.start();
    let again = std::mem::take(&mut ledger.lock().unwrap().unheard);
    let mut connection = Connection::open(server.address).unwrap();
    for number in again {
        submit(rig, &mut connection, &ledger, number);
    }
    let seconds = started.elapsed().as_secs();
    report(name, rig, &server, &ledger.into_inner().unwrap(), &format!("{done} rounds in {seconds} s"), slowest)
}

/// First what got no answer before, then what is new, until the server is gone.
fn send(rig: &Rig, address: std::net::SocketAddr, ledger: &Mutex<Ledger>, next: &AtomicU64, until: Instant) {
    let Some(mut connection) = Connection::open(address) else { return };
    while Instant::now() < until {
        let again = ledger.lock().unwrap().unheard.pop();
        let number = again.unwrap_or_else(|| next.fetch_add(1, Ordering::Relaxed));
        if submit(rig, &mut connection, ledger, number).is_none() {
            return;
        }
    }
}

fn submit(rig: &Rig, connection: &mut Connection, ledger: &Mutex<Ledger>, number: u64) -> Option<()> {
    let answer = connection.submit(&rig.envelope(number));
    let mut ledger = ledger.lock().unwrap();
    let Some((status @ (200 | 201), body)) = &answer else {
        ledger.unheard.push(number);
        return answer.map(drop);
    };
    let receipt: serde_json::Value = serde_json::from_slice(body).unwrap();
    let sequence = receipt["sequence"].as_u64().unwrap();
    ledger.found += u64::from(*status == 200);
    if ledger.acknowledged.insert(number, sequence).is_some_and(|before| before != sequence) {
        ledger.doubled += 1;
    }
    Some(())
}

fn report(name: &str, rig: &Rig, server: &Server, ledger: &Ledger, rounds: &str, slowest: Duration) -> bool {
    let mut reader = Reader::default();
    reader.feed(&server.export());
    // The reader verifies numbers and chain.
    let mut stored: HashMap<Digest, Vec<u64>> = HashMap::new();
    while let Some(record) = reader.next_record().expect("a whole export") {
        stored.entry(Digest::of(record.envelope())).or_default().push(record.sequence());
    }
    reader.finish().expect("an end");
    let lost = ledger.acknowledged.iter().filter(|(number, sequence)| {
        let found = stored.get(&Digest::of(&rig.envelope(**number)));
        found.is_none_or(|found| !found.contains(sequence))
    });
    let lost = lost.count();
    let doubled = ledger.doubled as usize + stored.values().filter(|sequences| sequences.len() > 1).count();
    println!("{name}: {rounds}");
    println!("  acknowledged {}, stored {}, lost {lost}, doubled {doubled}", ledger.acknowledged.len(), stored.len());
    println!("  no answer at first and found stored when sent again: {}", ledger.found);
    println!("  slowest start after a kill: {} ms", slowest.as_millis());
    let mut sound = lost == 0 && doubled == 0;
    if rig.store.starts_with("sqlite:") {
        let database = rusqlite::Connection::open(rig.database()).unwrap();
        let verdict: String = database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
        println!("  integrity check: {verdict}");
        sound &= verdict == "ok";
    }
    sound
}
