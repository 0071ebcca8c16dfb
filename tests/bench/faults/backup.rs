//! Backups by the documented command while submissions arrive, each brought back: whole, with all that was acknowledged before it was begun, and
//! without what customers had deleted since. threats.md case 101.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use segel_core::export::Reader;
use segel_core::id::Digest;

use crate::ledger::{Book, Ledger};
use crate::rig::{Connection, Rig, STATEMENTS};
use crate::{Outcome, Scale};

pub(crate) fn run(scale: &Scale) -> Outcome {
    let (rig, ledger) = (Rig::new(None, 0), Ledger::default());
    let (server, started, done) = (rig.start(), Instant::now(), AtomicBool::new(false));
    let mut faults = Vec::new();
    let (mut copies, mut bytes) = (0, 0);
    std::thread::scope(|scope| {
        let (rig, ledger, done, address) = (&rig, &ledger, &done, server.address);
        for _ in 0..4 {
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    ledger.send(rig, address, Instant::now() + Duration::from_millis(2));
                    // As many as a busy shop has, and not so many that the copies fill the disk.
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
        while copies < COPIES && started.elapsed() < scale.longest {
            match one(rig, ledger, address, FIRST + copies) {
                Ok(size) => bytes = size,
                Err(fault) => faults.push(format!("copy {copies}: {fault}")),
            }
            copies += 1;
        }
        done.store(true, Ordering::Release);
    });
    println!(
        "backup: {copies} of {COPIES} copies under load in {} s, the last of {bytes} bytes, each brought back; unsound {}",
        started.elapsed().as_secs(),
        faults.len()
    );
    faults.iter().take(5).for_each(|fault| println!("  {fault}"));
    ledger.settle(&rig, &server);
    (ledger.check(&rig, &server).report(&rig) & faults.is_empty() & (copies > 0)).into()
}

/// A copy while others send, a deletion after it, and the copy brought back elsewhere with the list of deletions; says how large it was.
fn one(rig: &Rig, ledger: &Ledger, address: std::net::SocketAddr, seed: u8) -> Result<u64, String> {
    let mut connection = Connection::open(address).ok_or("the server is gone")?;
    let doomed = rig.real(seed);
    let status = connection.submit(&doomed).map(|(status, _)| status);
    if status != Some(201) {
        return Err(format!("a submission was answered {status:?}"));
    }
    let before = ledger.book().clone();
    let copy = rig.folder.path().join("copy.db");
    said(rig.command().arg("--backup").arg(&copy))?;
    let size = std::fs::metadata(&copy).map_err(|error| error.to_string())?.len();
    let status = connection.post(STATEMENTS, &rig.deletion(seed)).map(|(status, _)| status);
    if status != Some(201) {
        return Err(format!("a deletion was answered {status:?}"));
    }
    let elsewhere = tempfile::tempdir().map_err(|error| error.to_string())?;
    let store = format!("sqlite:{}", elsewhere.path().join("segel.db").display());
    let list = elsewhere.path().join("segel.db.tombstones");
    std::fs::copy(rig.database().with_extension("db.tombstones"), list).map_err(|error| error.to_string())?;
    said(rig.command().env("SEGEL_STORE", &store).arg("--restore").arg(&copy))?;
    std::fs::remove_file(&copy).map_err(|error| error.to_string())?;
    let server = rig.start_with(|command| {
        command.env("SEGEL_STORE", &store);
    });
    let export = server.export();
    drop(server);
    holds(rig, &before, &doomed, &export)?;
    sound(&elsewhere.path().join("segel.db")).map(|()| size)
}

fn said(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
}

/// Whether the export has what was acknowledged before, each once and under its number, and not what was deleted after.
fn holds(rig: &Rig, before: &Book, doomed: &[u8], export: &[u8]) -> Result<(), String> {
    let mut reader = Reader::default();
    reader.feed(export);
    let mut stored: HashMap<Digest, Vec<u64>> = HashMap::new();
    while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
        stored.entry(Digest::of(record.envelope())).or_default().push(record.sequence());
    }
    reader.finish().map_err(|error| error.to_string())?;
    if stored.contains_key(&Digest::of(doomed)) {
        return Err(String::from("what was deleted came back"));
    }
    for (number, sequence) in &before.acknowledged {
        let found = stored.get(&Digest::of(&rig.envelope(*number)));
        if found.map(Vec::as_slice) != Some(&[*sequence]) {
            return Err(format!("submission {number} was acknowledged as {sequence} and is found as {found:?}"));
        }
    }
    Ok(())
}

fn sound(store: &Path) -> Result<(), String> {
    let database = rusqlite::Connection::open(store).map_err(|error| error.to_string())?;
    let verdict = database.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0));
    match verdict.map_err(|error| error.to_string())?.as_str() {
        "ok" => Ok(()),
        verdict => Err(verdict.to_owned()),
    }
}

const COPIES: u8 = 100;
/// Seeds of the submissions that are deleted.
const FIRST: u8 = 10;
