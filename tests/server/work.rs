//! Work that a server may ask of submissions: done, not done, and done for something else. On every store.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use segel_core::Envelope;
use segel_core::id::FormDigest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};
use segel_core::work::{Challenge, Proof, Work};

use crate::house::{House, TOKEN, stretched};
use crate::http::{Reply, connect, post, send};
use crate::support::{RECEIVED_AT, rng, time};

const BITS: u8 = 10;
const START: i64 = 1_800_000_000;
const HOUR: i64 = 3600;

/// What the sender of an envelope would find.
fn solve(form: &FormDigest, envelope: &[u8], bits: u8, ticket: u64) -> String {
    let (challenge, id) = (Challenge::new(bits, ticket).unwrap(), Envelope::parse(envelope).unwrap().head().id());
    let nonce = Work::new(&challenge, form, &id).solve_step(0, u32::MAX).unwrap();
    Proof::new(challenge, nonce).to_string()
}

fn submit(house: &House, envelope: &[u8], proof: &str) -> Reply {
    send(house.address(), &post("/forms/kecil", &format!("Segel-Work: {proof}\r\n"), envelope)).unwrap()
}

/// Does what the refusal asks, and sends it again.
fn work_and_submit(house: &House, envelope: &[u8], refused: &Reply) -> Reply {
    let asked = &refused.json()["work"];
    assert_eq!(asked["bits"], BITS);
    submit(house, envelope, &solve(&house.shop.form.digest(), envelope, BITS, asked["ticket"].as_u64().unwrap()))
}

/// What the server gives out now, as whoever brings nothing hears it.
fn ticket(house: &House) -> u64 {
    house.submit(&house.shop.minimal(99)).json()["work"]["ticket"].as_u64().unwrap()
}

/// A house that asks for work, with a clock to turn.
fn ask(house: &mut House) -> Arc<AtomicI64> {
    let hands = Arc::new(AtomicI64::new(START));
    let clock = Arc::clone(&hands);
    house.change_limits(|limits| limits.work_bits = BITS);
    house.set(move |config| config.with_clock(Arc::clone(&clock)));
    hands
}

fn is_asked(reply: &Reply, why: &str) {
    assert_eq!(reply.refusal(), (428, "work".into()), "{why}");
    assert_eq!(reply.json()["work"]["bits"], BITS);
    assert_eq!(reply.json()["message"], why);
}

const OTHER: &str = "the work was not done for this submission";
const STALE: &str = "the work was done for another ticket";
const EASY: &str = "the work that was done is less than is asked";
const NONE: &str = "not a proof of work";

on_each! {
    fn case_73_work_counts_once_for_what_it_was_done_for(house: &mut House) {
        let hands = ask(house);
        let (envelope, other) = (house.shop.full(2), house.shop.full(3));
        let form = house.shop.form.digest();
        let refused = house.submit(&envelope);
        is_asked(&refused, "much comes to this form at present; it takes a submission with proof of work");
        assert_eq!(house.stored().len(), 0);
        let first = work_and_submit(house, &envelope, &refused);
        assert_eq!(first.status, 201, "{first:?}");
        let now = ticket(house);
        let tickets = [-2, -1, 0, 1].map(|hours: i64| {
            hands.store(START + hours * HOUR, Ordering::Relaxed);
            ticket(house)
        });
        hands.store(START, Ordering::Relaxed);
        assert_eq!((tickets[2], ticket(house)), (now, now), "the same in the same hour");
        assert!(tickets.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1), "nobody can foretell them: {tickets:?}");
        let [old, before, _, next] = tickets;
        let proof = solve(&form, &envelope, BITS, now);
        for (wrong, why) in [
            (proof.as_str(), OTHER),
            (&solve(&FormDigest::of(b"lain"), &other, BITS, now), OTHER),
            (&solve(&form, &other, BITS - 1, now), EASY),
            (&solve(&form, &other, BITS - 1, now).replacen("9.", "10.", 1), OTHER),
            (&solve(&form, &other, BITS, old), STALE),
            (&solve(&form, &other, BITS, next), STALE),
            (&solve(&form, &other, BITS, now + 1), STALE),
            (&solve(&form, &other, BITS, 500_000), STALE),
            (&solve(&form, &other, BITS, now).replacen("10.", "1.0", 1), NONE),
            ("", NONE),
            ("21.500000.0000000000000000", NONE),
            ("10.500000.0000000000000000\r\nSegel-Work: 10.500000.0000000000000001", NONE),
        ] {
            is_asked(&submit(house, &other, wrong), why);
        }
        house.restart();
        let again = submit(house, &envelope, &proof);
        assert_eq!((again.status, &again.body), (200, &first.body), "the same submission");
        assert_eq!(submit(house, &house.shop.minimal(2), &proof).refusal(), (409, "conflict".into()), "no second");
        assert_eq!(house.stored().len(), 1);
        assert_eq!(submit(house, &other, &solve(&form, &other, BITS, before)).status, 201, "the ticket before");
        assert_eq!(submit(house, &house.shop.full(4), &solve(&form, &house.shop.full(4), BITS + 2, now)).status, 201);
    }

    fn one_work_takes_one_place_however_often_it_is_sent(house: &mut House) {
        let hands = ask(house);
        house.change_limits(|limits| limits.rate_form = 2);
        let (envelope, honest) = (house.shop.full(2), house.shop.full(3));
        let form = house.shop.form.digest();
        let proof = solve(&form, &envelope, BITS, ticket(house));
        let start = envelope.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
        let mut statuses = vec![];
        for turn in 0..9 {
            if turn % 2 == 1 {
                statuses.push(submit(house, &envelope, &proof).status);
                continue;
            }
            // Cut behind its head, where the work is counted.
            let request = post("/forms/kecil", &format!("Segel-Work: {proof}\r\n"), &envelope);
            let mut stream = connect(house.address());
            stream.write_all(&request[..request.len() - envelope.len() + start]).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            statuses.push(Reply::read(&stream).unwrap().status);
        }
        assert!(statuses.contains(&201) && statuses.contains(&200), "{statuses:?}");
        assert_eq!(statuses[6..], [429, 429, 429], "and is not looked at without end");
        hands.store(START + HOUR, Ordering::Relaxed);
        assert_eq!(submit(house, &honest, &solve(&form, &honest, BITS, ticket(house))).status, 201, "a place is left");
    }

    fn case_89_with_a_clock_set_back_work_that_was_used_stays_used(house: &mut House) {
        let hands = ask(house);
        let envelope = house.shop.full(2);
        let proof = solve(&house.shop.form.digest(), &envelope, BITS, ticket(house));
        let first = submit(house, &envelope, &proof);
        assert_eq!(first.status, 201, "{first:?}");
        hands.store(START - 3 * 86_400, Ordering::Relaxed);
        assert_eq!(submit(house, &envelope, &proof).json()["message"], STALE);
        hands.store(START, Ordering::Relaxed);
        let again = submit(house, &envelope, &proof);
        assert_eq!((again.status, again.body), (200, first.body));
        assert_eq!(house.stored().len(), 1);
    }

    fn case_80_a_statement_needs_no_work(house: &mut House) {
        ask(house);
        let envelope = house.shop.full(2);
        assert_eq!(work_and_submit(house, &envelope, &house.submit(&envelope)).status, 201);
        let receipt = Receipt::generate(&mut rng(2)).unwrap();
        for wish in [Wish::Withdraw { purpose: "minat".into() }, Wish::Delete] {
            let said = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &wish);
            assert_eq!(send(house.address(), &post("/forms/kecil/statements", "", &said)).unwrap().status, 201);
        }
    }

    fn a_quiet_form_takes_some_without_work_and_leaves_those_places_to_who_brings_none(house: &mut House) {
        ask(house);
        let ticket = ticket(house);
        house.change_limits(|limits| limits.work_above = 2);
        let bring = |house: &House, seed| {
            let envelope = house.shop.full(seed);
            submit(house, &envelope, &solve(&house.shop.form.digest(), &envelope, BITS, ticket)).status
        };
        assert_eq!(bring(house, 2), 201);
        for seed in [3, 4] {
            assert_eq!(house.submit(&house.shop.full(seed)).status, 201);
        }
        assert_eq!(house.submit(&house.shop.full(5)).refusal(), (428, "work".into()));
        assert_eq!(bring(house, 5), 201);
    }

    fn a_flood_that_does_no_work_takes_no_place_of_who_does(house: &mut House) {
        ask(house);
        house.change_limits(|limits| limits.rate_form = 2);
        for seed in 10..20 {
            assert_eq!(house.submit(&house.shop.minimal(seed)).refusal(), (428, "work".into()));
        }
        let ticket = ticket(house);
        for (seed, status) in [(2, 201), (3, 201), (4, 429)] {
            let envelope = house.shop.full(seed);
            let proof = solve(&house.shop.form.digest(), &envelope, BITS, ticket);
            assert_eq!(submit(house, &envelope, &proof).status, status, "a form's limit holds all the same");
        }
    }

    fn a_large_submission_is_asked_before_more_than_its_head_is_read(house: &mut House) {
        house.allow_large_photos();
        ask(house);
        let envelope = stretched(&house.shop.full(2), 2_000_000);
        let request = post("/forms/kecil", "", &envelope);
        let start = request.len() - envelope.len() + envelope.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
        let mut stream = connect(house.address());
        stream.write_all(&request[..start]).unwrap();
        let refused = Reply::read(&stream).unwrap();
        assert_eq!(refused.refusal(), (428, "work".into()));
        let alone = &request[request.len() - envelope.len()..start];
        assert_eq!(house.submit(alone).refusal(), (428, "work".into()), "who asks first sends the head alone");
        let rubbish = [alone, &[0; 5000]].concat();
        assert_eq!(house.submit(&rubbish).refusal(), (428, "work".into()), "what follows is not looked at");
        assert_eq!(work_and_submit(house, &envelope, &refused).status, 201);
    }
}

#[test]
fn a_page_elsewhere_may_send_work_and_read_what_is_asked() {
    let mut house = House::new();
    ask(&mut house);
    let envelope = house.shop.full(2);
    let origin = "Origin: https://toko.example\r\n";
    let preflight = house.ask("OPTIONS", "/forms/kecil", origin);
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type, segel-work"));
    let refused = send(house.address(), &post("/forms/kecil", origin, &envelope)).unwrap();
    assert_eq!(refused.refusal(), (428, "work".into()));
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn it_is_counted_how_often_work_was_asked_and_brought() {
    let mut house = House::new();
    ask(&mut house);
    let token = house.folder.path().join("metrics");
    std::fs::write(&token, TOKEN).unwrap();
    house.set(move |config| config.with_metrics(token.clone()));
    for seed in 2..5 {
        let envelope = house.shop.full(seed);
        let refused = house.submit(&envelope);
        if seed < 4 {
            assert_eq!(work_and_submit(&house, &envelope, &refused).status, 201);
        }
    }
    let counts = house.ask("GET", "/metrics", &format!("Authorization: Bearer {TOKEN}\r\n")).text();
    for line in [
        "segel_work_asked_total 3",
        "segel_work_passed_total 2",
        "segel_submissions_total{form=\"kecil\",code=\"work\"} 3",
        "segel_submissions_total{form=\"kecil\",code=\"ok\"} 2",
    ] {
        assert!(counts.lines().any(|found| found == line), "{line}\n{counts}");
    }
}
