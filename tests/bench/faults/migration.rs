//! The server is killed while it brings an older store up to date: afterwards the store is of one version or another, never between, and the next start goes on.

use std::process::Stdio;
use std::time::Instant;

use crate::ledger::integrity;
use crate::rig::Rig;
use crate::{Noise, Outcome, Scale};

pub(crate) fn run(scale: &Scale) -> Outcome {
    let rig = Rig::new(None, 0);
    let first = rig.folder.path().join("first.db");
    first_version(&first, &rig);
    let (mut noise, started, mut done, mut torn) = (Noise::new(), Instant::now(), 0, 0);
    let mut versions = std::collections::BTreeMap::<i64, u64>::new();
    while done < scale.rounds && started.elapsed() < scale.longest {
        done += 1;
        for ending in ["-wal", "-shm", ".tombstones"] {
            let _ = std::fs::remove_file(format!("{}{ending}", rig.database().display()));
        }
        std::fs::copy(&first, rig.database()).unwrap();
        let mut child = rig.command().stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(noise.millis(0, 40));
        child.kill().unwrap();
        child.wait().unwrap();
        let database = rusqlite::Connection::open(rig.database()).unwrap();
        let number = |sql: &str| database.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
        let version = number("PRAGMA user_version");
        *versions.entry(version).or_default() += 1;
        torn += u64::from(number("SELECT count(*) FROM submission") != ROWS || integrity(&rig) != "ok");
        drop(database);
        drop(rig.start());
        let database = rusqlite::Connection::open(rig.database()).unwrap();
        let after: i64 =
            database.query_row("SELECT count(*) FROM submission WHERE due_at IS NULL", (), |row| row.get(0)).unwrap();
        torn += u64::from(after != ROWS);
    }
    println!("migration killed: {done} rounds in {} s", started.elapsed().as_secs());
    println!("  {ROWS} rows each; version found after the kill: {versions:?}; torn {torn}");
    (torn == 0).into()
}

/// A store as the first version of the program left it.
fn first_version(path: &std::path::Path, rig: &Rig) {
    let mut old = rusqlite::Connection::open(path).unwrap();
    old.execute_batch(include_str!("../../../src/server/store/sqlite-1.sql")).unwrap();
    old.execute_batch("PRAGMA user_version = 1; INSERT INTO form VALUES ('kecil', 2000, zeroblob(32))").unwrap();
    let transaction = old.transaction().unwrap();
    for number in 1..=ROWS {
        let sql = "INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope) \
                   VALUES ('kecil', ?1, randomblob(16), 7, zeroblob(32), zeroblob(32), zeroblob(32), ?2)";
        transaction.execute(sql, (number, rig.envelope(number.unsigned_abs()))).unwrap();
    }
    transaction.commit().unwrap();
}

const ROWS: i64 = 2000;
