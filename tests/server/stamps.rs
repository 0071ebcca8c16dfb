//! What the server signs: every answer to a submission and a statement, with one key that it publishes.

use segel_core::id::{Digest, VerifyingKey};
use segel_core::receipt::Receipt;
use segel_core::stamp::{Stamped, Taken};
use segel_core::statement::{Statement, Wish};

use crate::house::House;
use crate::http::{Reply, post, send};
use crate::support::{RECEIVED_AT, rng, time};

fn key(house: &House) -> VerifyingKey {
    VerifyingKey::parse(house.get("/key").json()["key"].as_str().unwrap()).unwrap()
}

/// The stamp of an answer, which must be signed with the key that the server publishes.
fn stamped(house: &House, reply: &Reply) -> Stamped {
    let stamped = Stamped::parse(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply:?}"));
    assert!(stamped.is_signed());
    assert_eq!(stamped.key(), key(house));
    stamped
}

fn say(house: &House, wish: &Wish, at: &str) -> (Vec<u8>, Reply) {
    let receipt = Receipt::generate(&mut rng(2)).unwrap();
    let bytes = Statement::sign(&receipt, house.shop.form.digest(), time(at), wish);
    let reply = send(house.address(), &post("/forms/kecil/statements", "", &bytes)).unwrap();
    (bytes, reply)
}

on_each! {
    fn the_receipts_page_gets_every_stamp_again(house: &mut House) {
        let submitted = house.submit(&house.shop.full(2)).json();
        let (_, withdrawn) = say(house, &Wish::Withdraw { purpose: "minat".into() }, RECEIVED_AT);
        let stands = |house: &House| {
            let id = Receipt::generate(&mut rng(2)).unwrap().id();
            house.get(&format!("/forms/kecil/submissions/{id}")).json()
        };
        assert_eq!(stands(house)["stamp"], submitted);
        assert_eq!(stands(house)["statements"][0]["stamp"], withdrawn.json());
        let (_, deleted) = say(house, &Wish::Delete, RECEIVED_AT);
        assert_eq!(stands(house)["stamp"], serde_json::Value::Null);
        assert_eq!(stands(house)["statements"][1]["stamp"], deleted.json());
    }

    fn the_answer_to_a_submission_proves_when_it_arrived(house: &mut House) {
        let envelope = house.shop.full(2);
        let reply = house.submit(&envelope);
        let signed = stamped(house, &reply);
        let stamp = signed.stamp();
        assert_eq!((stamp.what, stamp.form, stamp.digest), (Taken::Envelope, house.shop.form.digest(), Digest::of(&envelope)));
        let stored = &house.stored()[0];
        assert_eq!((stamp.sequence, stamp.received_at), (stored.sequence(), stored.received_at()), "as the chain has it");
        house.restart();
        assert_eq!(house.submit(&envelope).body, reply.body, "the same key after a restart, and the same stamp");
    }

    fn the_answer_to_a_statement_proves_when_the_clock_started(house: &mut House) {
        house.submit(&house.shop.full(2));
        let (first, reply) = say(house, &Wish::Delete, RECEIVED_AT);
        let signed = stamped(house, &reply);
        assert_eq!((signed.stamp().what, signed.stamp().digest), (Taken::Statement, Digest::of(&first)));
        assert_eq!(signed.stamp().form, house.shop.form.digest());
        let (_, again) = say(house, &Wish::Delete, "2026-12-01T00:00:00Z");
        assert_eq!((again.status, again.body), (200, reply.body), "of the first, also when all else is gone");
    }
}

#[test]
fn a_key_that_others_may_read_is_not_used() {
    let mut house = House::new();
    house.stop();
    let path = house.folder.path().join("segel.db.key");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = house.start_second().unwrap_err();
    assert!(error.to_string().ends_with("segel.db.key: others than its owner may read it"), "{error}");
    assert_eq!(error.hint(), Some("chmod 600 FILE"));
}
