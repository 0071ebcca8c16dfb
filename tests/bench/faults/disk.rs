//! The disk fills while submissions arrive, and has room again later: refused in between, and taken again without a restart.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::Scale;
use crate::device::Device;
use crate::ledger::Ledger;
use crate::rig::{Connection, Rig};

pub(crate) fn run(scale: &Scale) -> bool {
    let Some(device) = Device::new("disk full", 24) else { return true };
    let mut rig = Rig::new(None, 0);
    rig.store = format!("sqlite:{}", device.place().join("segel.db").display());
    // Two rounds with the reserve that leaves room to delete, one that fills the disk to its last byte.
    let mut sound = true;
    for reserve in ["1000000", "0"] {
        let (ledger, started) = (Ledger::default(), Instant::now());
        let server = rig.start_with(|command| {
            command.args(["--reserve-bytes", reserve]);
        });
        let filler = device.place().join("filler");
        std::fs::write(&filler, vec![0x5a; 8 << 20]).unwrap();
        let full = |ledger: &Ledger| ledger.book().refused.values().sum::<u64>() > 100;
        while !full(&ledger) && started.elapsed() < scale.longest {
            ledger.send_all(&rig, server.address, 8, Instant::now() + Duration::from_millis(200));
        }
        // And nothing at all is left, as when another program eats the rest.
        let mut rest = std::fs::File::create(device.place().join("rest")).unwrap();
        while rest.write_all(&[0; 4096]).is_ok() {}
        ledger.send_all(&rig, server.address, 8, Instant::now() + Duration::from_millis(500));
        let refused = ledger.book().refused.clone();
        std::fs::remove_file(&filler).unwrap();
        std::fs::remove_file(device.place().join("rest")).unwrap();
        let room = Instant::now();
        let mut connection = Connection::open(server.address).unwrap();
        let number = u64::MAX;
        while !matches!(ledger.submit(&rig, &mut connection, number), Some(201)) && room.elapsed() < scale.longest {}
        let back = room.elapsed();
        println!(
            "disk full, {reserve} bytes in reserve: refused {refused:?}, taken again {} ms after there was room",
            back.as_millis()
        );
        sound &= !refused.is_empty() && refused.keys().all(|status| matches!(status, 503 | 507));
        sound &= ledger.check(&rig, &server).report(&rig);
        drop(server);
        for entry in std::fs::read_dir(device.place()).unwrap().map(|entry| entry.unwrap().path()) {
            let _ = std::fs::remove_file(entry);
        }
    }
    sound
}
