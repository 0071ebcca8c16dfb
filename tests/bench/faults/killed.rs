//! The server is killed (SIGKILL), and with PostgreSQL every other time the database crashes instead.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::rig::{Rig, millis};
use crate::{Noise, Outcome, Scale, no_postgres};

pub(crate) fn sqlite(scale: &Scale) -> Outcome {
    run("SQLite, server killed", &Rig::new(None, 0), None, scale).into()
}

pub(crate) fn postgres(scale: &Scale) -> Outcome {
    let Some(cluster) = Cluster::own() else { return no_postgres() };
    let rig = Rig::new(Some(cluster.database("faults").url()), 0);
    run("PostgreSQL, server killed or database crashed", &rig, Some(cluster), scale).into()
}

fn run(name: &str, rig: &Rig, cluster: Option<&'static Cluster>, scale: &Scale) -> bool {
    let (ledger, mut noise) = (Ledger::default(), Noise::new());
    let (started, mut done, mut silent) = (Instant::now(), 0, 0);
    let (mut after_kill, mut after_crash) = (Vec::new(), Vec::new());
    while done < scale.rounds && started.elapsed() < scale.longest {
        done += 1;
        let began = Instant::now();
        let server = rig.start();
        let over = AtomicBool::new(false);
        let moment = noise.millis(50, 400);
        std::thread::scope(|scope| {
            let (address, ledger) = (server.address, &ledger);
            let before = ledger.book().acknowledged.len();
            for _ in 0..8 {
                let over = &over;
                // As clients do: a refusal ends a connection, and after a moment comes the next.
                scope.spawn(move || {
                    while !over.load(Ordering::Acquire) {
                        ledger.send(rig, address, Instant::now() + LONGEST);
                        std::thread::sleep(Duration::from_millis(5));
                    }
                });
            }
            match ledger.first_after(before, began) {
                Some(time) if done > 1 => after_kill.push(time),
                Some(_) => {}
                None => silent += 1,
            }
            std::thread::sleep(moment);
            if let Some(cluster) = cluster
                && done % 2 == 0
            {
                cluster.crash_and_start();
                let (up, before) = (Instant::now(), ledger.book().acknowledged.len());
                match ledger.first_after(before, up) {
                    Some(time) => after_crash.push(time),
                    None => silent += 1,
                }
            }
            server.kill();
            over.store(true, Ordering::Release);
        });
    }
    let server = rig.start();
    ledger.settle(rig, &server);
    println!("{name}: {done} rounds in {} s", started.elapsed().as_secs());
    println!("  no answer at first and found stored when sent again: {}", ledger.book().found);
    for (what, times) in
        [("a killed server was started anew", &mut after_kill), ("the database was up again", &mut after_crash)]
    {
        if !times.is_empty() {
            let (half, all) = (millis(times, 50), millis(times, 100));
            println!("  first acknowledged after {what}: p50 {half:.0} ms, longest {all:.0} ms");
        }
    }
    println!("  nothing acknowledged again within {} s: {silent} times", LONGEST.as_secs());
    ledger.check(rig, &server).report(rig) && silent == 0
}

impl Ledger {
    /// How long after `since` more than `before` were acknowledged; nothing if that takes too long.
    fn first_after(&self, before: usize, since: Instant) -> Option<Duration> {
        while self.book().acknowledged.len() <= before {
            if since.elapsed() > LONGEST {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Some(since.elapsed())
    }
}

/// After which a service that does not come back has not come back by itself.
const LONGEST: Duration = Duration::from_secs(20);
