//! The database's files are made read-only under the running server: it stops acknowledging, says that it is not well, and believes nothing again
//! before it is started anew.

use std::time::{Duration, Instant};

use crate::device::Device;
use crate::ledger::Ledger;
use crate::rig::{Connection, Rig};
use crate::{Outcome, Scale};

pub(crate) fn run(_: &Scale) -> Outcome {
    tried().unwrap_or_else(|untried| untried)
}

fn tried() -> Result<Outcome, Outcome> {
    let device = Device::new(48)?;
    let mut rig = Rig::new(None, 0);
    rig.store = format!("sqlite:{}", device.place().join("segel.db").display());
    let start = || {
        rig.start_with(|command| {
            command.args(["--reserve-bytes", "1000000"]);
        })
    };
    let (ledger, server) = (Ledger::default(), start());
    let send = |server: &crate::rig::Server| {
        ledger.send_all(&rig, server.address, 4, Instant::now() + Duration::from_millis(300));
    };
    send(&server);
    for file in ["segel.db", "segel.db-wal"] {
        device.set_writable(file, false)?;
    }
    let before = ledger.book().acknowledged.len();
    send(&server);
    let mut connection = Connection::open(server.address).unwrap();
    let unwell = connection.ask("/healthz") == Some(503) && connection.ask("/readyz") == Some(503);
    for file in ["segel.db", "segel.db-wal"] {
        device.set_writable(file, true)?;
    }
    send(&server);
    let book = ledger.book().clone();
    let (stopped, refused) = (book.acknowledged.len() == before, book.refused);
    server.kill();
    let server = start();
    ledger.settle(&rig, &server);
    let again = ledger.book().acknowledged.len() > before;
    println!(
        "files made read-only: {before} acknowledged before, none after, also when they could be written again: {stopped}; refused {refused:?}; \
         said to be unwell: {unwell}; taken again after a new start: {again}"
    );
    let sound = stopped && unwell && again && refused.keys().all(|status| *status == 503);
    Ok((sound & ledger.check(&rig, &server).report(&rig)).into())
}
