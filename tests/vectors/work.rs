//! Vectors of work that a server may ask for. FORMAT §11.1.

use segel_core::age::Suite;
use segel_core::id::{FormDigest, SubmissionId};
use segel_core::work::{Challenge, Proof, Work};

use super::support::Shop;
use super::write::{Case, vector};

/// What the server gives out, and what it gave out before.
const TICKET: u64 = 93_514_046_488_319;
const BEFORE: u64 = 61_203_998;
const BITS: u8 = 12;

fn solve(form: &FormDigest, id: &SubmissionId, bits: u8, ticket: u64) -> String {
    let challenge = Challenge::new(bits, ticket).unwrap();
    let nonce = Work::new(&challenge, form, id).solve_step(0, u32::MAX).unwrap();
    Proof::new(challenge, nonce).to_string()
}

pub(crate) fn cases() -> Vec<Case> {
    let form = Shop::new(Suite::X25519).form.digest();
    let (id, other) = (SubmissionId::from_bytes([0x5e; 16]), SubmissionId::from_bytes([0x5f; 16]));
    let asked = |name: &str, expect: &str, comment: &str, body: &str, bits: u8| {
        vector(name, "work", expect, "11.1", comment, body.as_bytes().to_vec())
            .with("form", "kecil-x25519.segel")
            .with("id", &id.to_string())
            .with("bits", &bits.to_string())
            .with("ticket", &TICKET.to_string())
            .with("before", &BEFORE.to_string())
    };
    let case = |name: &str, expect: &str, comment: &str, body: &str| asked(name, expect, comment, body, BITS);
    let good = solve(&form, &id, BITS, TICKET);
    let (front, nonce) = good.rsplit_once('.').unwrap();
    let next = u64::from_str_radix(nonce, 16).unwrap() + 1;
    let moved = solve(&form, &id, BITS, BEFORE).replacen(&BEFORE.to_string(), &TICKET.to_string(), 1);
    vec![
        case("good", "work", "done for this submission and this ticket", &good),
        case("ticket_before", "work", "done for the ticket before", &solve(&form, &id, BITS, BEFORE)),
        asked("more_than_asked", "work", "done for more bits than are asked", &good, BITS - 4),
        asked("most", "work", "as many bits as may be asked", &solve(&form, &id, 20, TICKET), 20),
        asked("one_bit", "work", "as few bits as may be asked", &solve(&form, &id, 1, TICKET), 1),
        asked("easy", "easy", "done for one bit less than is asked", &good, BITS + 1),
        case(
            "ticket_other",
            "stale",
            "done for a ticket that was never given out",
            &solve(&form, &id, BITS, TICKET - 1),
        ),
        case("ticket_most", "stale", "done for the longest number", &solve(&form, &id, BITS, 999_999_999_999_999)),
        case("other_submission", "unproven", "done for another submission", &solve(&form, &other, BITS, TICKET)),
        case("other_form", "unproven", "done for another form", &solve(&FormDigest::of(b"lain"), &id, BITS, TICKET)),
        case("other_nonce", "unproven", "the number behind the one that was found", &format!("{front}.{next:016x}")),
        asked("bits_lowered", "unproven", "fewer bits than it was done for", &good.replacen("12.", "11.", 1), 11),
        case("ticket_moved", "unproven", "another ticket than it was done for", &moved),
        asked("moved_across", "stale", "a digit of the bits moved to the ticket", &good.replacen("12.", "1.2", 1), 1),
        asked("no_bits", "refused", "no bit", &format!("0.{TICKET}.{nonce}"), 1),
        case("too_many_bits", "refused", "more bits than may be asked", &format!("21.{TICKET}.{nonce}")),
        case("leading_zero", "refused", "another spelling of the bits", &format!("012.{TICKET}.{nonce}")),
        case("nonce_short", "refused", "fifteen digits", &good[..good.len() - 1]),
        case("nonce_long", "refused", "seventeen digits", &format!("{good}0")),
        case("nonce_capital", "refused", "digits in capitals", &format!("{front}.00000000000000AF")),
        case("ticket_huge", "refused", "a ticket of sixteen digits", &format!("12.1000000000000000.{nonce}")),
        case("space", "refused", "a space in front", &format!(" {good}")),
        case("comma", "refused", "two in one", &format!("{good},{good}")),
        case("empty", "refused", "no byte at all", ""),
    ]
}
