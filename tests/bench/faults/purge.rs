//! Very many submissions are due at once while others arrive: small steps, honest senders served meanwhile, and a kill in the middle changes nothing.

use std::time::{Duration, Instant};

use crate::ledger::Ledger;
use crate::rig::{Connection, Rig, Server, option};
use crate::{Outcome, Scale};

pub(crate) fn run(scale: &Scale) -> Outcome {
    let rig = Rig::new(None, 0);
    drop(rig.start());
    let rows = i64::try_from(option("--due", 100_000)).unwrap();
    fill(&rig, rows);
    let ledger = Ledger::default();
    // The brake holds back until somebody says that it is right.
    let server = rig.start();
    let (calm_p50, calm_p99) = pace(&rig, &server, Duration::from_secs(3), 0);
    let held = left(&rig) == rows;
    drop(server);
    let accepted = |rig: &Rig| {
        rig.start_with(|command| {
            command.arg("--accept-purge");
        })
    };
    let (started, server) = (Instant::now(), accepted(&rig));
    let (busy_p50, busy_p99) = pace(&rig, &server, Duration::from_secs(3), 1 << 20);
    let before = left(&rig);
    server.kill();
    let after_kill = left(&rig);
    let server = accepted(&rig);
    while left(&rig) > 0 && started.elapsed() < scale.longest {
        ledger.send_all(&rig, server.address, 4, Instant::now() + Duration::from_millis(200));
    }
    println!(
        "purge of {rows} due rows: {} left after {} s, killed once with {after_kill} left",
        left(&rig),
        started.elapsed().as_secs()
    );
    println!("  held by the brake until accepted: {held}");
    println!(
        "  one sender's p50 and p99: {calm_p50:.1} and {calm_p99:.1} ms before, {busy_p50:.1} and {busy_p99:.1} ms meanwhile"
    );
    drop(server);
    let tombstones = count(&rig, "SELECT count(*) FROM tombstone");
    println!("  tombstones {tombstones}");
    (held && before >= after_kill && left(&rig) == 0 && tombstones == rows && ledger.check_kept(&rig)).into()
}

/// Half and 99 of a hundred answers came within so many milliseconds.
fn pace(rig: &Rig, server: &Server, time: Duration, first: u64) -> (f64, f64) {
    let (mut connection, until) = (Connection::open(server.address).unwrap(), Instant::now() + time);
    let mut times = Vec::new();
    for number in (1 << 40) + first.. {
        if Instant::now() > until {
            break;
        }
        let sent = Instant::now();
        assert_eq!(connection.submit(&rig.envelope(number)).unwrap().0, 201);
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn fill(rig: &Rig, rows: i64) {
    let database = rusqlite::Connection::open(rig.database()).unwrap();
    let sql = format!(
        "PRAGMA synchronous = OFF; BEGIN; INSERT INTO form VALUES ('lama', {rows}, zeroblob(32));
         WITH RECURSIVE row (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM row LIMIT {rows})
         INSERT INTO submission (form, sequence, id, received_at, version, digest, chain, envelope, due_at)
         SELECT 'lama', number, randomblob(16), 0, zeroblob(32), zeroblob(32), zeroblob(32), zeroblob(1000), 7 FROM row; COMMIT"
    );
    database.execute_batch(&sql).unwrap();
}

fn left(rig: &Rig) -> i64 {
    count(rig, "SELECT count(*) FROM submission WHERE form = 'lama'")
}

fn count(rig: &Rig, sql: &str) -> i64 {
    let database = rusqlite::Connection::open(rig.database()).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.query_row(sql, (), |row| row.get(0)).unwrap()
}

impl Ledger {
    /// Whether all that was acknowledged meanwhile is there.
    fn check_kept(&self, rig: &Rig) -> bool {
        let server = rig.start();
        self.settle(rig, &server);
        self.check(rig, &server).report(rig)
    }
}
