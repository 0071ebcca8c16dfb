//! Whether the time of an answer tells how near an id is to one that is stored: two kinds of unknown ids, asked in turn on one connection.

use std::time::Instant;

use segel_core::id::{Digest, SubmissionId};

use crate::rig::{Connection, Rig};

/// Prints Welch's t over so many questions of each kind; under 4.5 nothing can be told.
pub(crate) fn run(count: u64) {
    let rig = Rig::new(None, 0);
    let server = rig.start();
    let mut connection = Connection::open(server.address).unwrap();
    for number in 0..1000 {
        connection.submit(&rig.envelope(number)).unwrap();
    }
    let mut far = Sample::default();
    let mut near = Sample::default();
    for number in 0..count {
        let mut id = *rig.id(number % 1000).as_bytes();
        id[15] ^= 1;
        let other: [u8; 16] = Digest::labelled("far", &[&number.to_be_bytes()]).as_bytes()[..16].try_into().unwrap();
        // Which of them comes first changes, without a pattern that a cache could learn.
        let first = other[0] & 1 == 0;
        for turn in [first, !first] {
            let (sample, id) = if turn { (&mut near, id) } else { (&mut far, other) };
            let began = Instant::now();
            let status = connection.ask(&format!("/forms/kecil/submissions/{}", SubmissionId::from_bytes(id))).unwrap();
            let took = began.elapsed().as_secs_f64() * 1e6;
            assert_eq!(status, 404);
            // What the system did meanwhile is not the server's.
            if took < 5000.0 {
                sample.add(took);
            }
        }
    }
    let t = (near.mean() - far.mean()) / (near.spread() + far.spread()).sqrt();
    println!(
        "unknown ids, one near to a stored one and one far, {count} of each: {:.2} and {:.2} µs, Welch t {t:.2}",
        near.mean(),
        far.mean()
    );
}

/// Sums of what was measured.
#[derive(Default)]
struct Sample {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sample {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// The variance of the mean.
    fn spread(&self) -> f64 {
        (self.squares / self.count - self.mean().powi(2)) / self.count
    }
}
