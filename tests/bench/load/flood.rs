//! More than the server can take: many more connections than it has places, each sending as fast as it is answered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::rig::{Connection, Rig, Server, millis, thread};

/// Prints what 32 connections get through, then what is left of it when forty times as many come.
pub(crate) fn run(time: Duration) {
    println!(
        "| connections | accepted/s | p50 ms | p99 ms | other answers | slowest of them ms | unheard | peak memory MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for connections in [32, 4 * 32, 40 * 32] {
        let rig = Rig::new(None, 0);
        let server = rig.start();
        let (next, until) = (AtomicU64::new(0), Instant::now() + time);
        let seen = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..connections).map(|_| thread(scope, || client(&rig, &server, &next, until))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).fold(Seen::default(), Seen::and)
        });
        let Seen { mut accepted, others, mut refused, unheard } = seen;
        let rate = accepted.len() as f64 / time.as_secs_f64();
        let (half, most, slowest) = (millis(&mut accepted, 50), millis(&mut accepted, 99), millis(&mut refused, 100));
        let memory = server.memory() / 1024;
        println!(
            "| {connections} | {rate:.0} | {half:.1} | {most:.1} | {others:?} | {slowest:.0} | {unheard} | {memory} |"
        );
    }
}

/// What became of submissions.
#[derive(Default)]
struct Seen {
    accepted: Vec<Duration>,
    /// Other answers, by status.
    others: BTreeMap<u16, u64>,
    /// How long they took.
    refused: Vec<Duration>,
    /// No answer at all.
    unheard: u64,
}

impl Seen {
    fn and(mut self, other: Self) -> Self {
        self.accepted.extend(other.accepted);
        self.refused.extend(other.refused);
        self.unheard += other.unheard;
        for (status, count) in other.others {
            *self.others.entry(status).or_default() += count;
        }
        self
    }
}

fn client(rig: &Rig, server: &Server, next: &AtomicU64, until: Instant) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    while Instant::now() < until {
        let envelope = rig.envelope(next.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        connection = connection.or_else(|| Connection::open(server.address));
        match connection.as_mut().and_then(|connection| connection.submit(&envelope)) {
            Some((201, _)) => seen.accepted.push(began.elapsed()),
            Some((status, _)) => {
                *seen.others.entry(status).or_default() += 1;
                seen.refused.push(began.elapsed());
                // It says `connection: close`.
                connection = None;
            }
            None => {
                seen.unheard += 1;
                connection = None;
            }
        }
    }
    seen
}
