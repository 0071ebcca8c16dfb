//! The disk fills while submissions arrive, and has room again later: refused in between, and taken again without a restart.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::device::Device;
use crate::ledger::Ledger;
use crate::rig::{Connection, Rig, STATEMENTS};
use crate::{Outcome, Scale};

pub(crate) fn run(scale: &Scale) -> Outcome {
    let device = match Device::new(24) {
        Ok(device) => device,
        Err(untried) => return untried,
    };
    (filled_by_others(&device, scale) & filled_by_submissions(&device, scale)).into()
}

/// Nothing else is on the disk: what customers have deleted is the room for who comes next.
fn filled_by_submissions(device: &Device, scale: &Scale) -> bool {
    let mut rig = Rig::new(None, 60_000);
    rig.store = format!("sqlite:{}", device.place().join("segel.db").display());
    let (ledger, started) = (Ledger::default(), Instant::now());
    let server = rig.start_with(|command| {
        command.args(["--reserve-bytes", "2000000"]);
    });
    let mut connection = Connection::open(server.address).unwrap();
    let mut sound = (FIRST..FIRST + DELETED).all(|seed| connection.submit(&rig.real(seed)).unwrap().0 == 201);
    let is_full = |ledger: &Ledger| ledger.book().refused.values().sum::<u64>() > 20;
    while !is_full(&ledger) && started.elapsed() < scale.longest {
        ledger.send_all(&rig, server.address, 4, Instant::now() + Duration::from_millis(200));
    }
    let full = is_full(&ledger) && ledger.book().refused.keys().all(|status| *status == 507);
    let taken = ledger.book().acknowledged.len();
    // The one from before was silent for longer than a connection may be.
    let mut connection = Connection::open(server.address).unwrap();
    let mut is_taken =
        |seed: &u8| connection.post(STATEMENTS, &rig.deletion(*seed)).is_some_and(|(status, _)| status == 201);
    let deleted = (FIRST..FIRST + DELETED).filter(|seed| is_taken(seed)).count();
    let again = ledger.submit(&rig, &mut connection, u64::MAX);
    println!(
        "disk filled by {taken} submissions of {} bytes and then refused: {full}; {deleted} of {DELETED} deletions were taken, and then answered {again:?}",
        rig.bytes()
    );
    sound &= full && deleted == usize::from(DELETED) && again == Some(201);
    sound &= ledger.check(&rig, &server).report(&rig);
    drop(server);
    empty(device);
    sound
}

fn filled_by_others(device: &Device, scale: &Scale) -> bool {
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
        empty(device);
    }
    sound
}

fn empty(device: &Device) {
    for entry in std::fs::read_dir(device.place()).unwrap().map(|entry| entry.unwrap().path()) {
        let _ = std::fs::remove_file(entry);
    }
}

/// Submissions whose customers have them deleted, of some 60 KB each.
const DELETED: u8 = 40;
const FIRST: u8 = 10;
