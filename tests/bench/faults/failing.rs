//! The n-th write or flush of one submission fails, for every n: it is refused or kept, never between, and after a failure nothing is acknowledged.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ledger::{Ledger, integrity};
use crate::rig::{Connection, Rig};
use crate::{Outcome, Scale};

pub(crate) fn run(_: &Scale) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let Some(shim) = compile(folder.path()) else {
        return Outcome::Untried(String::from("there is no C compiler (cc) for the library that stands in between"));
    };
    let (mut refused, mut kept, mut wrong) = (0, 0, 0);
    let mut calls = 0;
    // Small and large: one commit, and one for each piece.
    for bytes in [0, 300 * 1024] {
        for at in 1.. {
            let rig = Rig::new(None, bytes);
            let ledger = Ledger::default();
            let (armed, fired) = (folder.path().join("armed"), folder.path().join("fired"));
            let _ = (std::fs::remove_file(&armed), std::fs::remove_file(&fired));
            let server = rig.start_with(|command| {
                command.env("LD_PRELOAD", &shim).env("SEGEL_ARMED", &armed).env("SEGEL_FIRED", &fired);
                command.env("SEGEL_FAIL_AT", at.to_string());
            });
            let mut connection = Connection::open(server.address).unwrap();
            ledger.submit(&rig, &mut connection, 1).unwrap();
            std::fs::write(&armed, "").unwrap();
            let status = ledger.submit(&rig, &mut Connection::open(server.address).unwrap(), 2);
            let broke = fired.exists();
            if broke && !matches!(status, Some(201)) {
                refused += 1;
                // It would work now; but a flush that failed once is not believed again.
                let next = ledger.submit(&rig, &mut Connection::open(server.address).unwrap(), 3);
                wrong += u64::from(next != Some(503));
            }
            kept += u64::from(broke && status == Some(201));
            server.kill();
            let server = rig.start();
            ledger.settle(&rig, &server);
            let found = ledger.check(&rig, &server);
            wrong += (found.lost + found.doubled) as u64 + u64::from(integrity(&rig) != "ok");
            if !broke {
                calls += at - 1;
                wrong += u64::from(status != Some(201));
                break;
            }
            if at > 1000 {
                wrong += 1;
                break;
            }
        }
    }
    println!("the n-th write or flush fails: each of {calls} calls of a small and a large submission");
    println!(
        "  refused {refused}, kept all the same {kept}; lost, doubled, damaged or acknowledged after a failure: {wrong}"
    );
    (wrong == 0 && refused > 0).into()
}

fn compile(folder: &Path) -> Option<PathBuf> {
    let (source, shim) = (folder.join("failing.c"), folder.join("failing.so"));
    std::fs::write(&source, include_str!("failing.c")).unwrap();
    let mut cc = Command::new("cc");
    let made = cc.args(["-shared", "-fPIC", "-O1", "-o"]).args([&shim, &source]).arg("-ldl").output();
    made.is_ok_and(|output| output.status.success()).then_some(shim)
}
