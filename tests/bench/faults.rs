//! What is left of what was acknowledged when something breaks in the middle:
//! `cargo build --release --bin segel-server && cargo run --release --example faults -- --rounds 50 [--only NAME] [--skip NAME]`.
//!
//! Each kind of fault sends on several connections, breaks something at a random moment, and sends again what got no answer. Then
//! everything is exported, the chain verified, and each acknowledgement looked for. Fails if one is lost or doubled, and if a kind cannot be
//! tried on this machine and nobody said that it may be left out: what was not tried has not passed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints, and one that cannot go on has failed"
)]

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[path = "faults/backup.rs"]
mod backup;
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
#[path = "faults/readonly.rs"]
mod readonly;
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

/// What became of one kind of fault.
pub(crate) enum Outcome {
    /// Nothing was lost, doubled or damaged.
    Sound,
    Unsound,
    /// It cannot be tried on this machine, and why.
    Untried(String),
}

impl From<bool> for Outcome {
    fn from(sound: bool) -> Self {
        if sound { Self::Sound } else { Self::Unsound }
    }
}

type Fault = fn(&Scale) -> Outcome;

const FAULTS: [(&str, Fault); 11] = [
    ("killed", killed::sqlite),
    ("crashed", killed::postgres),
    ("power", power::run),
    ("disk", disk::run),
    ("readonly", readonly::run),
    ("locked", waiting::locked),
    ("hung", waiting::hung),
    ("failing", failing::run),
    ("migration", migration::run),
    ("purge", purge::run),
    ("backup", backup::run),
];

fn main() -> ExitCode {
    let scale = Scale { rounds: option("--rounds", 50), longest: Duration::from_secs(option("--seconds", 600)) };
    let words: Vec<String> = std::env::args().collect();
    let named = |option: &str| -> Vec<String> {
        words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].clone()).collect()
    };
    let (only, skip) = (named("--only"), named("--skip"));
    if let Some(wrong) = only.iter().chain(&skip).find(|name| !FAULTS.iter().any(|(fault, _)| fault == name)) {
        println!("there is no {wrong:?}; there are: {}", FAULTS.map(|(name, _)| name).join(", "));
        return ExitCode::FAILURE;
    }
    let (mut sound, mut unsound, mut untried, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, run) in FAULTS {
        if skip.iter().any(|skip| skip == name) {
            skipped.push(name);
        } else if only.is_empty() || only.iter().any(|only| only == name) {
            match run(&scale) {
                Outcome::Sound => sound.push(name),
                Outcome::Unsound => unsound.push(name),
                Outcome::Untried(why) => untried.push((name, why)),
            }
        }
    }
    println!();
    for (what, names) in [("sound", &sound), ("left out by --skip", &skipped), ("LOST, DOUBLED OR DAMAGED", &unsound)] {
        if !names.is_empty() {
            println!("{what}: {}", names.join(", "));
        }
    }
    for (name, why) in &untried {
        println!("NOT TRIED: {name}, for {why}; --skip {name} leaves it out");
    }
    if unsound.is_empty() && untried.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a part says that needs PostgreSQL.
pub(crate) fn no_postgres() -> Outcome {
    Outcome::Untried(String::from("there is no PostgreSQL here (initdb, pg_ctl, psql)"))
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
