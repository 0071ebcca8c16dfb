//! The server is killed (SIGKILL), and with PostgreSQL every other time the database crashes instead.

use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::rig::Rig;
use crate::{Noise, Scale};

pub(crate) fn sqlite(scale: &Scale) -> bool {
    run("SQLite, server killed", &Rig::new(None, 0), None, scale)
}

pub(crate) fn postgres(scale: &Scale) -> bool {
    Cluster::own().is_none_or(|cluster| {
        let rig = Rig::new(Some(cluster.database("faults").url()), 0);
        run("PostgreSQL, server killed or database crashed", &rig, Some(cluster), scale)
    })
}

fn run(name: &str, rig: &Rig, cluster: Option<&'static Cluster>, scale: &Scale) -> bool {
    let (ledger, mut noise) = (Ledger::default(), Noise::new());
    let (started, mut done, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while done < scale.rounds && started.elapsed() < scale.longest {
        done += 1;
        let began = Instant::now();
        let server = rig.start();
        slowest = slowest.max(began.elapsed());
        let moment = noise.millis(50, 400);
        std::thread::scope(|scope| {
            let (address, ledger) = (server.address, &ledger);
            for _ in 0..8 {
                let until = Instant::now() + moment + Duration::from_secs(1);
                scope.spawn(move || ledger.send(rig, address, until));
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
    ledger.settle(rig, &server);
    println!("{name}: {done} rounds in {} s", started.elapsed().as_secs());
    println!("  no answer at first and found stored when sent again: {}", ledger.book().found);
    println!("  slowest start after a kill: {} ms", slowest.as_millis());
    ledger.check(rig, &server).report(rig)
}
