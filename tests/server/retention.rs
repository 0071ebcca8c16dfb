//! Deleting when the time is over: not before, not twice, not when the clock is not to be believed, and what stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use segel_core::export::Position;
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};
use segel_core::time::Time;

use crate::house::{House, LONG_AGO, publish, stretched};
use crate::http::{post, send};
use crate::process::command;
use crate::support::{RECEIVED_AT, rng, time};

/// A house whose form keeps data for two days for one purpose and for one day for another, with a clock to turn.
struct Keeper {
    house: House,
    hands: Arc<AtomicI64>,
}

impl Keeper {
    fn new(mut house: House) -> Self {
        let short = |text: String| {
            text.replace("P99Y", "P2D")
                .replace("P1Y", "P1D")
                .replace("\"max_bytes\": 200000", "\"max_bytes\": 104857600")
        };
        house.shop.form = publish(&house.shop, LONG_AGO, short);
        house.publish(&house.shop.form);
        let hands = Arc::new(AtomicI64::new(START));
        // As if no server with another clock had ever looked.
        house.stop();
        house.number("UPDATE pulse SET highest = 0 RETURNING highest");
        let clock = Arc::clone(&hands);
        house.set(move |config| config.with_clock(Arc::clone(&clock)));
        Self { house, hands }
    }

    fn turn_to(&self, seconds: i64) {
        self.hands.store(seconds, Ordering::Relaxed);
    }

    /// Turns the clock and waits until the purge has looked at it. It looks within the writer, so what is written after that comes
    /// after its step.
    fn look_at(&self, seconds: i64) {
        self.turn_to(seconds);
        let looked = (0..2000).any(|_| {
            self.house.get("/healthz");
            self.house.number("SELECT highest FROM pulse") == seconds
        });
        assert!(looked, "{}", self.house.log.text());
        self.house.get("/healthz");
    }

    fn rows(&self) -> i64 {
        self.house.number("SELECT count(*) FROM submission")
    }

    fn wait_for_rows(&self, rows: i64) {
        let gone = (0..2000).any(|_| (self.rows() == rows, self.house.get("/healthz")).0);
        assert!(gone, "{} rows; {}", self.rows(), self.house.log.text());
    }
}

macro_rules! on_each {
    ($($(#[$about:meta])* fn $name:ident($keeper:ident: &mut Keeper) $body:block)*) => {
        $($(#[$about])* fn $name($keeper: &mut Keeper) $body)*
        mod sqlite {
            $(#[test] fn $name() { super::$name(&mut super::Keeper::new(super::House::with(super::quick))); })*
        }
        mod postgres {
            $(#[test] fn $name() {
                if let Some(house) = super::House::on_postgres(super::quick) { super::$name(&mut super::Keeper::new(house)); }
            })*
        }
    };
}

on_each! {
    fn case_88_a_submission_goes_when_its_longest_purpose_is_over_and_not_a_second_before(keeper: &mut Keeper) {
        let house = &keeper.house;
        let received = house.submit(&house.shop.minimal(2)).json()["received_at"].as_str().unwrap().to_owned();
        assert_eq!(time(&received).unix(), START);
        keeper.look_at(START + DAY);
        keeper.look_at(START + 2 * DAY - 1);
        assert_eq!(keeper.rows(), 1);
        keeper.turn_to(START + 2 * DAY);
        keeper.wait_for_rows(0);
    }

    fn a_new_version_of_the_form_changes_nothing_for_what_was_received_before(keeper: &mut Keeper) {
        let house = &mut keeper.house;
        house.submit(&house.shop.minimal(2));
        house.shop.form = publish(&house.shop, LONG_AGO, |text| text.replace("P99Y", "P20Y").replace("\"version\": 1", "\"version\": 2"));
        house.publish(&house.shop.form);
        house.submit(&house.shop.minimal(3));
        keeper.look_at(START + DAY);
        keeper.turn_to(START + 2 * DAY);
        keeper.wait_for_rows(1);
        let text = String::from_utf8_lossy(&keeper.house.export(0).body).into_owned();
        assert!(text.contains("\ngone 1 ") && text.contains("\nenvelope 2 "));
    }

    fn an_export_names_what_is_gone_and_the_chain_still_holds(keeper: &mut Keeper) {
        let house = &keeper.house;
        let (first, third) = (house.shop.minimal(2), house.shop.minimal(4));
        house.submit(&first);
        assert_eq!(house.submit(&stretched(&house.shop.full(3), 1_000_000)).status, 201);
        keeper.look_at(START + DAY);
        house.submit(&third);
        let whole = house.stored();
        keeper.turn_to(START + 2 * DAY);
        keeper.wait_for_rows(1);
        let links = links(&house.export(0).body);
        assert_eq!(links.iter().map(|link| link.0).collect::<Vec<_>>(), ["gone", "gone", "envelope"]);
        let before: Vec<Digest> = whole.iter().map(|record| *record.chain()).collect();
        assert_eq!(links.iter().map(|link| link.1).collect::<Vec<_>>(), before);
        assert_eq!(links.iter().map(|link| link.2).collect::<Vec<_>>()[0], Digest::of(&first));
        assert_eq!(crate::house::records(&house.export(2).body)[0].envelope(), third, "who read on is not concerned");
    }

    fn case_85_what_was_deleted_cannot_be_sent_again_and_its_number_is_not_given_out_again(keeper: &mut Keeper) {
        let house = &keeper.house;
        let envelope = house.shop.minimal(2);
        house.submit(&envelope);
        keeper.look_at(START + DAY);
        keeper.turn_to(START + 2 * DAY);
        keeper.wait_for_rows(0);
        assert_eq!(house.submit(&envelope).refusal(), (410, "deleted".into()));
        assert_eq!(house.submit(&house.shop.minimal(3)).json()["sequence"], 2);
    }

    fn the_pieces_of_a_large_submission_go_with_it(keeper: &mut Keeper) {
        let house = &keeper.house;
        house.submit(&stretched(&house.shop.full(2), 12_000_000));
        assert!(house.pieces() > 40);
        keeper.look_at(START + DAY);
        keeper.turn_to(START + 2 * DAY);
        keeper.wait_for_rows(0);
        assert!((0..2000).any(|_| (house.pieces() == 0, house.get("/healthz")).0));
    }

    fn behind_the_brake_what_a_customer_deleted_and_what_nobody_finished_still_goes(keeper: &mut Keeper) {
        let house = &keeper.house;
        for seed in [2, 3] {
            assert_eq!(house.submit(&stretched(&house.shop.full(seed), 40_000_000)).status, 201);
        }
        house.submit(&house.shop.minimal(4));
        keeper.look_at(START + 1);
        assert_eq!(status(house).lines().filter(|line| line.starts_with("purge_stopped")).count(), 0);
        keeper.turn_to(START + 1000 * DAY);
        let stopped = "event=purge_stopped subject=\"purge\" cause=\"the clock shows ";
        assert!((0..2000).any(|_| (house.log.text().contains(stopped), house.get("/healthz")).0));
        let whole = house.pieces();
        house.number(&format!("INSERT INTO upload (started_at) VALUES ({START}) RETURNING number"));
        delete(house, 2);
        let gone = || house.pieces() == whole / 2 && house.number("SELECT count(*) FROM upload") == 1;
        assert!((0..2000).any(|_| (gone(), house.get("/healthz")).0), "{} of {whole}", house.pieces());
        assert_eq!(keeper.rows(), 2, "what is due waits");
        // The program that is asked has the machine's clock.
        keeper.house.number("UPDATE pulse SET highest = 1 RETURNING highest");
        let status = status(&keeper.house);
        let line = status.lines().last().unwrap();
        assert!(line.starts_with("purge_stopped=\"the clock shows 20"), "{status}");
        assert!(line.ends_with("it was 1970-01-01T00:00:01Z; if it is right, start once with --accept-purge\""), "{status}");
    }

    fn case_89_a_clock_that_jumps_ahead_deletes_nothing_until_somebody_says_that_it_is_right(keeper: &mut Keeper) {
        keeper.house.submit(&keeper.house.shop.minimal(2));
        keeper.look_at(START + 1);
        keeper.turn_to(START + 1 + 26 * 3600 + 1);
        let stopped = "event=purge_stopped subject=\"purge\" cause=\"the clock shows ";
        assert!((0..2000).any(|_| (keeper.house.log.text().contains(stopped), keeper.house.get("/healthz")).0));
        keeper.turn_to(START + 365 * 10 * DAY);
        for _ in 0..20 {
            keeper.house.get("/healthz");
        }
        assert_eq!(keeper.rows(), 1);
        assert_eq!(keeper.house.log.text().matches("event=purge_stopped").count(), 1, "said once");
        // Back: as before. And further back than ever: nothing happens.
        for hands in [START + DAY, START - 3 * DAY] {
            keeper.turn_to(hands);
            keeper.house.get("/healthz");
            assert_eq!(keeper.rows(), 1);
        }
        let clock = Arc::clone(&keeper.hands);
        keeper.turn_to(START + 365 * 10 * DAY);
        keeper.house.set(move |config| config.with_clock(Arc::clone(&clock)).with_accepted_purge());
        keeper.wait_for_rows(0);
    }
}

#[test]
fn case_92_two_instances_delete_each_submission_once() {
    let Some(house) = House::on_postgres(quick) else { return };
    let keeper = Keeper::new(house);
    let other = keeper.house.start_second().unwrap();
    for seed in 2..202 {
        keeper.house.submit(&keeper.house.shop.minimal(seed));
    }
    keeper.look_at(START + DAY);
    keeper.turn_to(START + 2 * DAY);
    keeper.wait_for_rows(0);
    drop(other);
    assert_eq!(keeper.house.number("SELECT count(*) FROM tombstone"), 200);
    assert_eq!(links(&keeper.house.export(0).body).len(), 200);
    assert!(!keeper.house.log.text().contains("event=store"), "{}", keeper.house.log.text());
}

#[test]
fn case_92_with_instances_whose_clocks_differ_the_databases_clock_decides() {
    let Some(mut house) = House::on_postgres(quick) else { return };
    house.stop();
    // Seen from a database that is ten minutes behind, every instance's own clock is ten minutes ahead.
    let database = house.database().clone();
    database.sql(&format!(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS \
         $$ SELECT pg_catalog.clock_timestamp() - interval '10 minutes' $$; \
         ALTER ROLE segel IN DATABASE {} SET search_path = public, pg_catalog",
        database.sql("SELECT current_database()")
    ));
    let now = "floor(extract(epoch FROM pg_catalog.clock_timestamp()))::bigint";
    house.run("UPDATE pulse SET highest = 0");
    house.restart();
    let other = house.start_second().unwrap();
    for (address, seed) in [(house.address(), 2), (other.address(), 3)] {
        let reply = send(address, &post("/forms/kecil", "", &house.shop.minimal(seed))).unwrap();
        let received = time(reply.json()["received_at"].as_str().unwrap()).unix();
        let ahead = house.number(&format!("SELECT {now} - {received}"));
        assert!((600..660).contains(&ahead), "{ahead}");
    }
    // Over for whoever goes by the machine's clock, not over by the database's.
    house.run(&format!("UPDATE submission SET due_at = {now} - 300"));
    let look = house.number("SELECT highest FROM pulse");
    let looked = || house.number("SELECT highest FROM pulse") > look + 1;
    assert!((0..20_000).any(|_| (looked(), house.get("/healthz")).0), "{}", house.log.text());
    assert_eq!(house.number("SELECT count(*) FROM submission"), 2, "not before its time");
    house.run(&format!("UPDATE submission SET due_at = {now} - 601"));
    let gone = || house.number("SELECT count(*) FROM submission") == 0;
    assert!((0..2000).any(|_| (gone(), house.get("/healthz")).0), "{}", house.log.text());
    drop(other);
    assert_eq!(house.number("SELECT count(*) FROM tombstone"), 2, "and not twice");
    assert!(!house.log.text().contains("event=store"), "{}", house.log.text());
}

#[test]
fn case_84_nothing_of_a_deleted_submission_is_left_in_the_files() {
    let keeper = Keeper::new(House::with(quick));
    let house = &keeper.house;
    let (small, large) = (house.shop.minimal(2), stretched(&house.shop.full(3), 700_000));
    house.submit(&small);
    house.submit(&large);
    // Key shares and ciphertext: 40 bytes that nothing else contains.
    let marks = [
        &small[2000..2040],
        &small[small.len() - 60..small.len() - 20],
        &large[300_000..300_040],
        &large[600_000..600_040],
    ];
    let found = |files: &[u8]| marks.map(|mark| files.windows(40).any(|window| window == mark));
    assert_eq!(found(&house.files()), [true; 4]);
    keeper.look_at(START + DAY);
    keeper.turn_to(START + 2 * DAY);
    keeper.wait_for_rows(0);
    let log = house.folder.path().join("segel.db-wal");
    let quiet = || house.pieces() == 0 && std::fs::metadata(&log).unwrap().len() == 0;
    assert!((0..2000).any(|_| (quiet(), house.get("/healthz")).0), "{}", house.log.text());
    assert_eq!(found(&house.files()), [false; 4]);
}

#[test]
fn case_84_nothing_is_left_of_what_a_customer_had_deleted_when_that_is_answered() {
    let mut house = House::with(|limits| limits.purge_every = std::time::Duration::from_secs(3600));
    house.allow_large_photos();
    // Within a step of the sweep, and of several.
    for (seed, more) in [(2, 700_000), (3, 20_000_000)] {
        let envelope = stretched(&house.shop.full(seed), more);
        assert_eq!(house.submit(&envelope).status, 201);
        assert!(house.pieces() > 2);
        delete(&house, seed);
        assert_eq!(house.pieces(), 0);
        let marks = [2000, 300_000, envelope.len() - 100].map(|at| &envelope[at..at + 40]);
        let files = house.files();
        assert_eq!(marks.map(|mark| files.windows(40).any(|window| window == mark)), [false; 3], "{more}");
    }
}

#[test]
fn case_84_of_a_very_large_one_the_rest_goes_at_the_next_purges() {
    let mut house = House::with(quick);
    house.allow_large_photos();
    let envelope = stretched(&house.shop.full(2), 50_000_000);
    assert_eq!(house.submit(&envelope).status, 201);
    delete(&house, 2);
    let log = house.folder.path().join("segel.db-wal");
    let quiet = || house.pieces() == 0 && std::fs::metadata(&log).unwrap().len() == 0;
    assert!((0..2000).any(|_| (quiet(), house.get("/healthz")).0), "{}", house.log.text());
    let (mark, files) = (&envelope[49_000_000..49_000_040], house.files());
    assert!(!files.windows(40).any(|window| window == mark));
}

#[test]
fn case_95_near_a_full_disk_submissions_are_refused_and_deleting_goes_on() {
    let mut keeper = Keeper::new(House::with(quick));
    keeper.house.submit(&keeper.house.shop.minimal(2));
    keeper.look_at(START + DAY);
    keeper.house.change_limits(|limits| limits.reserve_bytes = u64::MAX);
    assert_eq!(keeper.house.submit(&keeper.house.shop.minimal(3)).refusal(), (507, "full".into()));
    assert_eq!(keeper.house.get("/readyz").refusal(), (507, "full".into()));
    keeper.turn_to(START + 2 * DAY);
    keeper.wait_for_rows(0);
    keeper.house.change_limits(|limits| limits.reserve_bytes = 0);
    assert_eq!(keeper.house.submit(&keeper.house.shop.minimal(3)).status, 201);
}

fn status(house: &House) -> String {
    let mut command = command(house.folder.path());
    let output = command.env("SEGEL_STORE", house.place()).arg("--status").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the customer of the submission of that seed says.
fn delete(house: &House, seed: u8) {
    let receipt = Receipt::generate(&mut rng(seed)).unwrap();
    let statement = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &Wish::Delete);
    assert_eq!(send(house.address(), &post("/forms/kecil/statements", "", &statement)).unwrap().status, 201);
}

/// What an export says of each submission: how it stands there, the chain after it, the digest of its envelope. Every link is computed again.
fn links(export: &[u8]) -> Vec<(&'static str, Digest, Digest)> {
    let mut rest = &export[export.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2..];
    let (mut links, mut last) = (Vec::new(), Position::START);
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let words: Vec<&str> = line.split(' ').collect();
        let (kind, digest) = match words[0] {
            "gone" => ("gone", Digest::parse(words[3]).unwrap()),
            "envelope" => {
                let length: usize = words[3].parse().unwrap();
                let digest = Digest::of(&rest[..length]);
                rest = &rest[length + 1..];
                ("envelope", digest)
            }
            _ => {
                assert_eq!(line, format!("end {} {}", last.sequence(), last.chain()));
                return links;
            }
        };
        last = last.next(Time::parse(words[2]).unwrap(), &digest);
        assert_eq!((words[1].parse(), words[4].to_owned()), (Ok(last.sequence()), last.chain().to_string()), "{line}");
        links.push((kind, *last.chain(), digest));
    }
}

fn quick(limits: &mut segel_server::Limits) {
    limits.purge_every = std::time::Duration::from_millis(5);
    limits.rate_network = 0;
}

/// Within the time of every form here.
const START: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
