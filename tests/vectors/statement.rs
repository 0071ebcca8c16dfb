//! Vectors of what a customer says later: statements alone, and in an export. FORMAT §4.2, §12.

use segel_core::age::Suite;
use segel_core::envelope::Envelope;
use segel_core::export::{Position, write_end, write_head, write_line, write_statement};
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};

use super::support::{RECEIVED_AT, Shop, rng, time};
use super::write::{Case, vector};

const SEED: u8 = 40;

/// What the customer of the submission of that seed says.
fn said(shop: &Shop, wish: &Wish) -> Vec<u8> {
    // A submission's receipt is the first that its seed gives.
    let receipt = Receipt::generate(&mut rng(SEED)).unwrap();
    Statement::sign(&receipt, shop.form.digest(), time(RECEIVED_AT), wish)
}

fn withdraw() -> Wish {
    Wish::Withdraw { purpose: "minat".to_owned() }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = alone();
    cases.extend(exported());
    cases
}

fn alone() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let key = Receipt::generate(&mut rng(SEED)).unwrap();
    let text = String::from_utf8(said(&shop, &withdraw())).unwrap();
    let case = |name: &str, expect: &str, comment: &str, wish: &str, body: Vec<u8>| {
        vector(name, "statement", expect, "4.2", comment, body)
            .with("verifying_key", &key.verifying_key().to_string())
            .with("id", &key.id().to_string())
            .with("wish", wish)
    };
    let edited = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        assert!(text.contains(from), "{from}");
        case(name, expect, comment, "withdraw minat", text.replacen(from, to, 1).into_bytes())
    };
    let other = Receipt::generate(&mut rng(SEED + 1)).unwrap();
    vec![
        case("withdraw", "statement", "one consent withdrawn", "withdraw minat", text.clone().into_bytes()),
        case("delete", "statement", "everything to be deleted", "delete", said(&shop, &Wish::Delete)),
        case("other_wish", "unsigned", "signed for one purpose, and another stands there", "withdraw daftar", {
            text.replacen("withdraw minat", "withdraw daftar", 1).into_bytes()
        }),
        case("other_time", "unsigned", "another time than was signed", "withdraw minat", {
            text.replacen("time 2026", "time 2027", 1).into_bytes()
        }),
        vector(
            "other_receipt",
            "statement",
            "unsigned",
            "4.2",
            "signed with another receipt's key",
            Statement::sign(&other, shop.form.digest(), time(RECEIVED_AT), &Wish::Delete),
        )
        .with("verifying_key", &key.verifying_key().to_string())
        .with("id", &other.id().to_string())
        .with("wish", "delete"),
        edited("newer", "newer", "version 2", ("segel-statement/1", "segel-statement/2")),
        edited("wish_unknown", "refused", "a wish that the format does not have", ("withdraw minat", "forget minat")),
        edited("purpose_no_id", "refused", "a purpose in capitals", ("withdraw minat", "withdraw Minat")),
        edited("lines_exchanged", "refused", "another line where the time stands", ("\ntime ", "\nTime ")),
        edited("crlf", "refused", "lines end with CR LF", ("\n", "\r\n")),
        case("trailing", "refused", "a space behind the end", "withdraw minat", format!("{text} ").into_bytes()),
        case("cut", "refused", "the last LF is missing", "withdraw minat", text.trim_end().as_bytes().to_vec()),
        case("empty", "refused", "no byte at all", "withdraw minat", Vec::new()),
        case("too_large", "refused", "more than 512 bytes", "withdraw minat", {
            format!("{text}{}", " ".repeat(512)).into_bytes()
        }),
    ]
}

fn exported() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let envelope = shop.full(SEED);
    let (statement, at) = (said(&shop, &withdraw()), time(RECEIVED_AT));
    assert!(Statement::parse(&statement).unwrap().is_signed_by(&Envelope::parse(&envelope).unwrap().head().receipt()));
    let export = |body: &[u8]| {
        let first = Position::START.next(at, &Digest::of(&envelope));
        let second = first.next(at, &Digest::of(body));
        let head = write_head(shop.form.name(), &Position::START);
        let line = write_line(&first, at, envelope.len() as u64);
        let said = write_statement(&second, at, body.len());
        [&head[..], &line, &envelope, b"\n", &said, body, b"\n", &write_end(&second)].concat()
    };
    let whole = export(&statement);
    let changed = {
        let mut bytes = whole.clone();
        let at = whole.windows(8).rposition(|eight| eight == b"withdraw").unwrap();
        bytes[at + 9] = b'd';
        bytes
    };
    let case = |name: &str, expect: &str, comment: &str, body: Vec<u8>| {
        vector(name, "export", expect, "12", comment, body).with("records", "1")
    };
    vec![
        case("statement", "complete", "a submission, and a statement about it", whole),
        case("statement_delete", "complete", "a submission that is to be deleted", export(&said(&shop, &Wish::Delete))),
        case("statement_changed", "chain", "one letter of the statement", changed),
        case("statement_none", "decode", "in its place something that is none", export(b"forget me\n")),
        case("statement_too_large", "limit", "larger than a statement can be", export(&[b' '; 600])),
    ]
}
