//! Vectors of a server's signed answers. FORMAT §4.3.

use segel_core::age::Suite;
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::stamp::{ServerKey, Stamp, Taken};
use segel_core::statement::{Statement, Wish};

use super::support::{RECEIVED_AT, Shop, rng, time};
use super::write::{Case, vector};

const SEED: u8 = 40;

pub(crate) fn cases() -> Vec<Case> {
    let shop = Shop::new(Suite::X25519);
    let receipt = Receipt::generate(&mut rng(SEED)).unwrap();
    let key = ServerKey::from_seed(&[7; 32]);
    let (form, id, at) = (shop.form.digest(), receipt.id(), time(RECEIVED_AT));
    let statement = Statement::sign(&receipt, form, at, &Wish::Delete);
    let of = |what, bytes: &[u8]| Stamp::new(what, form, id, Digest::of(bytes), 12, at);
    let (envelope, said) = (of(Taken::Envelope, &shop.full(SEED)), of(Taken::Statement, &statement));
    let good = envelope.clone().sign(&key).json();
    let case = |name: &str, expect: &str, comment: &str, stamp: &Stamp, body: String| {
        vector(name, "stamp", expect, "4.3", comment, body.into_bytes())
            .with("key", &key.verifying_key().to_string())
            .with("id", &stamp.id.to_string())
            .with("digest", &stamp.digest.to_string())
            .with("received", &stamp.received_at.text())
    };
    let edited = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        assert!(good.contains(from), "{from}");
        case(name, expect, comment, &envelope, good.replacen(from, to, 1))
    };
    let mut later = envelope.clone();
    later.received_at = time("2027-11-23T03:12:50Z");
    vec![
        case("envelope", "stamp", "a submission arrived", &envelope, good.clone()),
        case("statement", "stamp", "a statement arrived", &said, said.clone().sign(&key).json()),
        case("line", "stamp", "with a line end behind it, as an editor leaves it", &envelope, format!("{good}\n")),
        case("other_time", "unsigned", "another time than was signed", &later, good.replacen("2026-", "2027-", 1)),
        edited("other_number", "unsigned", "another number than was signed", ("\"sequence\":12", "\"sequence\":11")),
        edited(
            "other_kind",
            "unsigned",
            "a submission's, passed off as a statement's",
            ("\"envelope\"", "\"statement\""),
        ),
        edited("newer", "newer", "version 2", ("stamp/1", "stamp/2")),
        edited("number_zero", "refused", "numbers begin at 1", ("\"sequence\":12", "\"sequence\":0")),
        edited("kind_unknown", "refused", "a kind that the format does not have", ("\"envelope\"", "\"letter\"")),
        edited("key_missing", "refused", "without a kind", (",\"what\":\"envelope\"", "")),
        edited("key_unknown", "refused", "one key too many", ("{\"digest\"", "{\"all\":1,\"digest\"")),
        edited("space", "refused", "not canonical", ("{\"digest\"", "{ \"digest\"")),
        case("cut", "refused", "the end is missing", &envelope, good[..good.len() - 1].to_owned()),
        case("empty", "refused", "no byte at all", &envelope, String::new()),
        case("too_large", "refused", "more than 1 KiB", &envelope, format!("{good}{}", " ".repeat(1024))),
    ]
}
