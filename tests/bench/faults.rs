//! What is left of what was acknowledged when something breaks in the middle:
//! `cargo build --release --bin segel-server && cargo run --release --example faults -- --rounds 50 [--only NAME]`.
//!
//! Each kind of fault sends on several connections, breaks something at a random moment, and sends again what got no answer. Then
//! everything is exported, the chain verified, and each acknowledgement looked for. Fails if one is lost or doubled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints, and one that cannot go on has failed"
)]

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[path = "../server/cluster.rs"]
#[allow(dead_code, reason = "it can do more than is needed here")]
mod cluster;
#[path = "faults/device.rs"]
mod device;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/failing.rs"]
mod failing;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/ledger.rs"]
mod ledger;
#[path = "faults/migration.rs"]
mod migration;
#[path = "faults/power.rs"]
mod power;
#[path = "faults/purge.rs"]
mod purge;
mod rig;
#[path = "../support/mod.rs"]
mod support;
#[path = "faults/waiting.rs"]
mod waiting;

use rig::option;

/// How much of each.
pub(crate) struct Scale {
    pub(crate) rounds: u64,
    /// After which no further round begins.
    pub(crate) longest: Duration,
}

/// Whether nothing was lost or doubled.
type Fault = fn(&Scale) -> bool;

fn main() -> ExitCode {
    let scale = Scale { rounds: option("--rounds", 50), longest: Duration::from_secs(option("--seconds", 600)) };
    let faults: [(&str, Fault); 9] = [
        ("killed", killed::sqlite),
        ("crashed", killed::postgres),
        ("power", power::run),
        ("disk", disk::run),
        ("locked", waiting::locked),
        ("hung", waiting::hung),
        ("failing", failing::run),
        ("migration", migration::run),
        ("purge", purge::run),
    ];
    let words: Vec<String> = std::env::args().collect();
    let only: Vec<&String> =
        words.iter().zip(words.iter().skip(1)).filter(|(word, _)| *word == "--only").map(|(_, name)| name).collect();
    let chosen: Vec<_> =
        faults.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|only| only == name)).collect();
    if chosen.is_empty() {
        println!("there are: {}", faults.map(|(name, _)| name).join(", "));
        return ExitCode::FAILURE;
    }
    let unsound: Vec<&str> = chosen.into_iter().filter(|(_, run)| !run(&scale)).map(|(name, _)| *name).collect();
    if unsound.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("LOST, DOUBLED OR DAMAGED: {}", unsound.join(", "));
    ExitCode::FAILURE
}

/// Moments that no round shares with another.
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn new() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() | 1)
    }

    /// Milliseconds from `least`, fewer than `least + range`.
    pub(crate) fn millis(&mut self, least: u64, range: u64) -> Duration {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Duration::from_millis(least + u64::from(self.0 >> 16) % range)
    }
}
