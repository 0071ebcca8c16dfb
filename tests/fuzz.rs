//! Every parser that strangers reach, under inputs made by breaking good ones: no panic, no hang, and what is read and written again is
//! what was there. A fixed number of inputs here; `cargo xtask fuzz --seconds N` gives each target its share of N seconds and new seeds.
//!
//! A failure names target and number of the input; the same number makes the same input again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a long run says how far it came")]

mod support;

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mutate::Mutator;
use targets::Target;

#[test]
fn no_input_breaks_a_parser() {
    let seconds = std::env::var("SEGEL_FUZZ_SECONDS").ok().map(|text| text.parse::<u64>().unwrap());
    let targets = targets::all();
    let share = seconds.map(|seconds| Duration::from_secs(seconds) / u32::try_from(targets.len()).unwrap());
    // A longer run begins elsewhere each time.
    let first = share.map_or(0, |_| u64::from(std::process::id()) << 32);
    for target in &targets {
        let start = Instant::now();
        let (mut count, mut read, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
        while share.map_or(count < target.inputs, |share| start.elapsed() < share) {
            let began = Instant::now();
            read += u64::from(try_one(target, first.wrapping_add(count)));
            slowest = slowest.max(began.elapsed());
            count += 1;
        }
        println!("{:<12} {count:>9} inputs, {read:>9} read as good, slowest {slowest:?}", target.name);
        assert!(read > 0, "{}: no input was good, so nothing behind the first look was tried", target.name);
        assert!(read < count, "{}: every input was good, so nothing was refused", target.name);
    }
}

fn try_one(target: &Target, number: u64) -> bool {
    let input = Mutator::new(number).input(&target.seeds, target.words);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
    match outcome {
        Ok(Ok(good)) => good,
        Ok(Err(why)) => panic!("{}, input {number}: {why}\n{}", target.name, shown(&input)),
        Err(_) => panic!("{}, input {number}: panicked\n{}", target.name, shown(&input)),
    }
}

/// The beginning of an input: its number makes the rest.
fn shown(input: &[u8]) -> String {
    input.iter().take(512).map(|byte| char::from(*byte).escape_default().to_string()).collect()
}
