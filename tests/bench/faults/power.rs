//! A power cut. The store is on a disk of our own; at a random moment the list of what was acknowledged is taken, the server stopped where it stands, and the
//! image copied: that is near to what a disk would hold. It is no proof for disks that lie about flushes.

use std::time::{Duration, Instant};

use crate::device::Device;
use crate::ledger::{Found, Ledger, integrity};
use crate::rig::Rig;
use crate::{Noise, Outcome, Scale};

pub(crate) fn run(scale: &Scale) -> Outcome {
    let device = match Device::new(96) {
        Ok(device) => device,
        Err(untried) => return untried,
    };
    let mut rig = Rig::new(None, 0);
    rig.store = format!("sqlite:{}", device.place().join("segel.db").display());
    let (mut noise, mut total, mut damaged) = (Noise::new(), Found::default(), 0);
    let (started, mut done) = (Instant::now(), 0);
    while done < scale.rounds && started.elapsed() < scale.longest {
        done += 1;
        let ledger = Ledger::default();
        let server = rig.start();
        let moment = noise.millis(50, 400);
        let then = std::thread::scope(|scope| {
            let (address, ledger, rig) = (server.address, &ledger, &rig);
            for _ in 0..8 {
                let until = Instant::now() + moment + Duration::from_secs(1);
                scope.spawn(move || ledger.send(rig, address, until));
            }
            std::thread::sleep(moment);
            let then = ledger.book().clone();
            server.signal("STOP");
            let copy = device.copy();
            server.kill();
            device.go_on_with(&copy);
            then
        });
        // What was acknowledged after the list was taken may be there or not.
        ledger.go_back_to(then);
        let server = rig.start();
        total.add(ledger.check(&rig, &server));
        drop(server);
        damaged += u64::from(integrity(&rig) != "ok");
        for entry in std::fs::read_dir(device.place()).unwrap().map(|entry| entry.unwrap().path()) {
            let _ = std::fs::remove_file(entry);
        }
    }
    let Found { acknowledged, stored, lost, doubled } = total;
    println!("power cut: {done} rounds in {} s", started.elapsed().as_secs());
    println!("  acknowledged {acknowledged}, stored {stored}, lost {lost}, doubled {doubled}, files damaged {damaged}");
    (lost == 0 && doubled == 0 && damaged == 0).into()
}
