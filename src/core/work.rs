//! What a sender does before a server takes a submission to which too much comes: a number found by trying. FORMAT §11.1.
//!
//! Threat: a flood costs its sender nothing. A proof costs a customer a moment once, and a flood that moment each time. It is bound to form,
//! submission, difficulty and a ticket that nobody can foretell, each behind its length, so that none passes for another, and nobody can do
//! it long before.

use core::fmt;

use crate::envelope::parse_decimal;
use crate::id::{DigestBuilder, FormDigest, SubmissionId, hex, unhex};
use crate::limits::WORK_BITS;

/// What a server asks: so many zero bits, for the ticket that it gives out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    bits: u8,
    ticket: u64,
}

impl Challenge {
    /// From 1 to [`WORK_BITS`] bits; nothing for other bits.
    #[must_use]
    pub const fn new(bits: u8, ticket: u64) -> Option<Self> {
        if bits == 0 || bits > WORK_BITS { None } else { Some(Self { bits, ticket }) }
    }

    /// Bits that must be zero.
    #[must_use]
    pub const fn bits(&self) -> u8 {
        self.bits
    }

    /// The server's ticket.
    #[must_use]
    pub const fn ticket(&self) -> u64 {
        self.ticket
    }
}

/// The work for one submission, begun: all that is hashed in front of the number.
#[derive(Clone)]
pub struct Work {
    start: DigestBuilder,
    bits: u8,
}

impl Work {
    /// Begins the work for the submission `id` to the form of that digest.
    #[must_use]
    pub fn new(challenge: &Challenge, form: &FormDigest, id: &SubmissionId) -> Self {
        let Challenge { bits, ticket } = *challenge;
        let inputs: [&[u8]; 4] = [form.digest().as_bytes(), id.as_bytes(), &[bits], &ticket.to_be_bytes()];
        Self { start: DigestBuilder::labelled("segel/v1/work", &inputs), bits }
    }

    /// Whether the number proves it.
    #[must_use]
    pub fn holds(&self, nonce: u64) -> bool {
        let mut hash = self.start.clone();
        hash.input(&nonce.to_be_bytes());
        let digest = hash.finish();
        let [first, second, third, ..] = *digest.as_bytes();
        u32::from_be_bytes([first, second, third, 0xff]).leading_zeros() >= u32::from(self.bits)
    }

    /// The first number that proves it out of `tries` from `from` on, if one does: a page that must answer meanwhile goes on behind them later.
    /// Of 2^bits numbers one does on average.
    #[must_use]
    pub fn solve_step(&self, from: u64, tries: u32) -> Option<u64> {
        (from..from.saturating_add(tries.into())).find(|nonce| self.holds(*nonce))
    }
}

/// A proof as it is sent, well-formed; whether it proves anything is told by [`Proof::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    challenge: Challenge,
    nonce: u64,
}

/// Why a proof does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// Not `BITS.TICKET.NONCE`.
    #[error("not a proof of work")]
    NotAProof,
    /// For fewer bits than are asked.
    #[error("less work than is asked")]
    Easy,
    /// Done for a ticket that is over, or that never was.
    #[error("work for another ticket")]
    Stale,
    /// The digest is another: for another submission or form, or not done at all.
    #[error("not the work for this submission")]
    Unproven,
}

impl Proof {
    /// The number that was found for `challenge`.
    #[must_use]
    pub const fn new(challenge: Challenge, nonce: u64) -> Self {
        Self { challenge, nonce }
    }

    /// Parses `BITS.TICKET.NONCE`.
    ///
    /// # Errors
    /// [`WorkError::NotAProof`] for any other spelling.
    pub fn parse(text: &str) -> Result<Self, WorkError> {
        let parsed = || {
            let (bits, rest) = text.split_once('.')?;
            let (ticket, nonce) = rest.split_once('.')?;
            let challenge = Challenge::new(u8::try_from(parse_decimal(bits)?).ok()?, parse_decimal(ticket)?)?;
            Some(Self { challenge, nonce: u64::from_be_bytes(unhex(nonce).ok()?) })
        };
        parsed().ok_or(WorkError::NotAProof)
    }

    /// Whether it counts where `asked` is asked now, for that submission to that form; `before` is the ticket before the one asked.
    ///
    /// # Errors
    /// [`WorkError`].
    pub fn check(&self, asked: &Challenge, before: u64, form: &FormDigest, id: &SubmissionId) -> Result<(), WorkError> {
        let Challenge { bits, ticket } = self.challenge;
        if bits < asked.bits {
            return Err(WorkError::Easy);
        }
        if ticket != asked.ticket && ticket != before {
            return Err(WorkError::Stale);
        }
        if Work::new(&self.challenge, form, id).holds(self.nonce) { Ok(()) } else { Err(WorkError::Unproven) }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { challenge: Challenge { bits, ticket }, nonce } = self;
        write!(f, "{bits}.{ticket}.{}", hex(&nonce.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::id::Digest;

    const ID: SubmissionId = SubmissionId::from_bytes([7; 16]);

    fn solve(bits: u8, ticket: u64) -> Proof {
        let challenge = Challenge::new(bits, ticket).unwrap();
        Proof::new(challenge, Work::new(&challenge, &FormDigest::of(b"form"), &ID).solve_step(0, u32::MAX).unwrap())
    }

    fn check(proof: &Proof, bits: u8, ticket: u64, before: u64) -> Result<(), WorkError> {
        proof.check(&Challenge::new(bits, ticket).unwrap(), before, &FormDigest::of(b"form"), &ID)
    }

    #[test]
    fn the_digest_is_that_of_the_specification() {
        let proof = solve(9, 496_000);
        let form = FormDigest::of(b"form");
        let inputs: [&[u8]; 5] =
            [form.digest().as_bytes(), ID.as_bytes(), &[9], &496_000_u64.to_be_bytes(), &proof.nonce.to_be_bytes()];
        let digest = Digest::labelled("segel/v1/work", &inputs);
        assert!(digest.as_bytes()[0] == 0 && digest.as_bytes()[1] < 128, "{digest}");
        // All of it in two blocks of 64 bytes, nine of which SHA-256 adds; only the second changes.
        let length = "segel/v1/work".len() + 1 + inputs.iter().map(|input| 8 + input.len()).sum::<usize>();
        assert_eq!((length, (length - 8) / 64), (2 * 64 - 9, 1));
    }

    #[test]
    fn it_takes_as_many_trials_as_it_says() {
        let count = |bits| {
            let challenge = Challenge::new(bits, 496_000).unwrap();
            let solved = (0..64_u8).map(|seed| {
                let id = SubmissionId::from_bytes([seed; 16]);
                Work::new(&challenge, &FormDigest::of(b"form"), &id).solve_step(0, u32::MAX).unwrap() + 1
            });
            solved.sum::<u64>() / 64
        };
        for bits in [4, 8, 12] {
            let mean = count(bits);
            assert!((1 << (bits - 1)..1 << (bits + 1)).contains(&mean), "{bits} bits took {mean} trials");
        }
    }

    #[test]
    fn steps_find_what_one_long_search_finds() {
        let proof = solve(10, 1);
        let work = Work::new(&proof.challenge, &FormDigest::of(b"form"), &ID);
        let found = (0..).find_map(|step| work.solve_step(step * 100, 100));
        assert_eq!(found, Some(proof.nonce));
        assert_eq!(work.solve_step(0, 0), None);
        assert_eq!(work.solve_step(u64::MAX, u32::MAX), None, "no number behind the last");
    }

    #[test]
    fn case_73_a_proof_counts_for_its_bits_and_two_tickets() {
        let proof = solve(10, 77);
        for (bits, ticket, before, expected) in [
            (10, 77, 5, Ok(())),
            (10, 5, 77, Ok(())),
            (4, 77, 5, Ok(())),
            (11, 77, 5, Err(WorkError::Easy)),
            (10, 5, 6, Err(WorkError::Stale)),
            (10, 76, 78, Err(WorkError::Stale)),
        ] {
            assert_eq!(check(&proof, bits, ticket, before), expected, "{bits} bits for {ticket} or {before}");
        }
        // Difficulty and ticket are part of what was hashed.
        for challenge in [Challenge::new(9, 77), Challenge::new(10, 5)] {
            let moved = Proof::new(challenge.unwrap(), proof.nonce);
            assert_eq!(check(&moved, 9, 77, 5), Err(WorkError::Unproven), "{moved}");
        }
        assert_eq!(Challenge::new(0, 1).or(Challenge::new(21, 1)), None);
    }

    #[test]
    fn a_proof_has_one_spelling() {
        let proof = solve(6, 496_000);
        let text = proof.to_string();
        assert_eq!(Proof::parse(&text), Ok(proof));
        for wrong in [
            "",
            "6",
            "6.496000",
            "..",
            "6.496000.",
            &text.to_uppercase(),
            &format!("{text}0"),
            &text.replace('6', "06"),
        ] {
            // Only digits have no upper case.
            if wrong != text {
                assert_eq!(Proof::parse(wrong), Err(WorkError::NotAProof), "{wrong}");
            }
        }
    }

    #[test]
    fn every_reason_is_said() {
        let said = [WorkError::NotAProof, WorkError::Easy, WorkError::Stale, WorkError::Unproven]
            .map(|error| error.to_string());
        assert_eq!(
            said,
            [
                "not a proof of work",
                "less work than is asked",
                "work for another ticket",
                "not the work for this submission"
            ]
        );
    }
}
