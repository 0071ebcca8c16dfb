//! What a customer can do with a receipt, and nobody else: on every store.

use std::sync::Barrier;

use segel_core::Envelope;
use segel_core::age::Suite;
use segel_core::export::{Entry, Reader};
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::register::Register;
use segel_core::statement::{Statement, Wish};

use crate::cluster::Database;
use crate::house::{House, LONG_AGO, publish, stretched};
use crate::http::{Reply, post, send};
use crate::process::{command, outcome};
use crate::support::{RECEIVED_AT, Shop, rng, time};

fn withdraw(purpose: &str) -> Wish {
    Wish::Withdraw { purpose: purpose.to_owned() }
}

/// What the customer of the submission of that seed would say.
fn statement(house: &House, seed: u8, wish: &Wish) -> Vec<u8> {
    let receipt = Receipt::generate(&mut rng(seed)).unwrap();
    Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), wish)
}

fn say(house: &House, statement: &[u8]) -> Reply {
    send(house.address(), &post("/forms/kecil/statements", "", statement)).unwrap()
}

fn standing(house: &House, seed: u8) -> Reply {
    let id = Receipt::generate(&mut rng(seed)).unwrap().id();
    house.get(&format!("/forms/kecil/submissions/{id}"))
}

fn entries(export: &[u8]) -> Vec<Entry> {
    let mut reader = Reader::default();
    reader.feed(export);
    let entries = std::iter::from_fn(|| reader.next_entry().unwrap()).collect();
    reader.finish().unwrap();
    entries
}

on_each! {
    fn case_79_a_withdrawal_is_kept_once_told_to_who_asks_and_exported_with_its_number(house: &mut House) {
        let envelope = house.shop.full(2);
        house.submit(&envelope);
        let bytes = statement(house, 2, &withdraw("minat"));
        let first = say(house, &bytes);
        assert_eq!(first.status, 201, "{first:?}");
        let answer = first.json();
        assert_eq!((&answer["sequence"], &answer["digest"]), (&2.into(), &Digest::of(&bytes).to_string().into()));
        let receipt = Receipt::generate(&mut rng(2)).unwrap();
        let later = Statement::sign(&receipt, house.shop.form.digest(), time("2026-12-01T00:00:00Z"), &withdraw("minat"));
        let again = say(house, &later);
        assert_eq!((again.status, &again.body), (200, &first.body), "the first counts");
        house.submit(&house.shop.minimal(3));
        let stands = standing(house, 2).json();
        assert_eq!(stands["deleted"], false);
        assert_eq!(stands["form"], house.shop.form.digest().to_string());
        assert_eq!(stands["statements"][0]["what"], "withdraw minat");
        assert_eq!(stands["statements"][0]["received_at"], answer["received_at"]);
        house.restart();
        let entries = entries(&house.export(0).body);
        let Entry::Said(said) = &entries[1] else { panic!("{entries:?}") };
        assert_eq!((said.sequence(), said.statement().wish()), (2, &withdraw("minat")));
        assert!(said.statement().is_signed_by(&Envelope::parse(&envelope).unwrap().head().receipt()));
        assert_eq!(house.stored().iter().map(segel_core::export::Record::sequence).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(house.export(2).status, 200, "an export goes on behind a statement");
    }

    fn a_deletion_is_done_when_it_is_answered_and_leaves_its_place(house: &mut House) {
        house.allow_large_photos();
        let (small, large) = (house.shop.full(2), stretched(&house.shop.full(3), 600_000));
        for envelope in [&small, &large] {
            assert_eq!(house.submit(envelope).status, 201);
        }
        for seed in [2, 3] {
            let bytes = statement(house, seed, &Wish::Delete);
            let first = say(house, &bytes);
            assert_eq!(first.status, 201, "{first:?}");
            let stands = standing(house, seed).json();
            assert_eq!((&stands["deleted"], &stands["form"]), (&true.into(), &serde_json::Value::Null));
            assert_eq!(stands["statements"][0]["what"], "delete");
            assert_eq!(say(house, &bytes).body, first.body, "said again, also after the envelope is gone");
        }
        let export = house.export(0).body;
        assert!(!export.windows(20).any(|bytes| small.windows(20).nth(400) == Some(bytes)), "ciphertext is gone");
        let kinds: Vec<_> = entries(&export).iter().map(|entry| matches!(entry, Entry::Gone(_))).collect();
        assert_eq!(kinds, [true, true, false, false]);
        assert_eq!(house.submit(&small).refusal(), (410, "deleted".into()), "it does not come back");
        assert_eq!(say(house, &statement(house, 2, &withdraw("minat"))).refusal(), (410, "deleted".into()));
    }

    fn withdrawals_of_one_submission_end_at_what_a_form_can_have_and_a_deletion_is_taken_beyond(house: &mut House) {
        house.submit(&house.shop.full(2));
        house.submit(&house.shop.full(3));
        // With the form replaced nobody can tell a purpose from an invented one.
        house.publish(&publish(&house.shop, LONG_AGO, |text| text.replace("\"version\": 1", "\"version\": 2")));
        let invented: Vec<_> = (0..24).map(|number| statement(house, 2, &withdraw(&format!("p{number}")))).collect();
        let start = Barrier::new(invented.len());
        let replies: Vec<_> = std::thread::scope(|scope| {
            let (house, start) = (&*house, &start);
            let all = invented.iter().map(|bytes| scope.spawn(move || (start.wait(), say(house, bytes)).1));
            all.collect::<Vec<_>>().into_iter().map(|sender| sender.join().unwrap()).collect()
        });
        let taken = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(taken, segel_core::limits::PURPOSES, "at once, too");
        for reply in replies.iter().filter(|reply| reply.status != 201) {
            assert_eq!(reply.refusal(), (409, "statements".into()));
        }
        let place = replies.iter().position(|reply| reply.status == 201).unwrap();
        assert_eq!(say(house, &invented[place]).body, replies[place].body, "what is there is answered as before");
        assert_eq!(say(house, &statement(house, 3, &withdraw("p0"))).status, 201, "each submission for itself");
        house.restart();
        assert_eq!(say(house, &statement(house, 2, &withdraw("p99"))).refusal(), (409, "statements".into()));
        assert_eq!(say(house, &statement(house, 2, &Wish::Delete)).status, 201);
        assert_eq!(standing(house, 2).json()["deleted"], true);
        assert_eq!(house.number("SELECT count(*) FROM statement"), taken as i64 + 2);
    }

    fn case_100_a_deletion_that_an_earlier_version_left_undone_is_done_by_this_one(house: &mut House) {
        for seed in [2, 3] {
            house.submit(&house.shop.full(seed));
        }
        house.stop();
        // As that version left the store when it ended between the statement and the deletion.
        let before = match house.place().starts_with("sqlite:") {
            true => "PRAGMA user_version = 4",
            false => "UPDATE segel_schema SET version = 3",
        };
        house.run(&format!("DROP TABLE wished; {before}"));
        house.run(
            "INSERT INTO statement (form, sequence, id, wish, received_at, key, digest, chain, bytes) \
             SELECT form, 3, id, 'delete', received_at, digest, digest, chain, digest FROM submission WHERE sequence = 1",
        );
        house.restart();
        // The first look at what is due comes with the start.
        let left = || house.number("SELECT count(*) FROM submission");
        assert!((0..2000).any(|_| (left() == 1, house.get("/healthz")).0), "{}", house.log.text());
        assert_eq!(house.number("SELECT sequence FROM tombstone"), 1);
        assert_eq!(house.number("SELECT count(*) FROM wished"), 0);
    }

    fn a_wish_without_its_submission_holds_nobody_up(house: &mut House) {
        for seed in [2, 3] {
            house.submit(&house.shop.full(seed));
        }
        house.stop();
        // As a program leaves it that keeps no foreign keys.
        let keys = match house.place().starts_with("sqlite:") {
            true => "PRAGMA foreign_keys = OFF",
            false => "ALTER TABLE wished DROP CONSTRAINT wished_id_fkey",
        };
        house.run(&format!("{keys}; INSERT INTO wished SELECT id FROM submission WHERE sequence = 1; DELETE FROM submission WHERE sequence = 1"));
        house.restart();
        let sent = house.submit(&house.shop.full(4));
        assert_eq!(sent.status, 201, "{}", house.log.text());
        // Nor does one that is there already stand in the way of its customer.
        house.run("INSERT INTO wished SELECT id FROM submission WHERE sequence = 3");
        assert_eq!(say(house, &statement(house, 4, &Wish::Delete)).status, 201, "{}", house.log.text());
        assert_eq!(standing(house, 4).json()["deleted"], true);
        if let Ok(list) = std::fs::read_to_string(house.folder.path().join("segel.db.tombstones")) {
            assert_eq!(list.lines().count(), 2, "its head, and the one that was deleted: {list}");
        }
    }

    fn what_a_customer_asks_the_operator_for_is_deleted_while_the_server_works_and_the_owners_register_says_so(house: &mut House) {
        house.allow_large_photos();
        let large = stretched(&house.shop.full(2), 12_000_000);
        for envelope in [&large, &house.shop.full(3), &house.shop.full(4)] {
            assert_eq!(house.submit(envelope).status, 201);
        }
        let ids = [2, 3].map(|seed| Receipt::generate(&mut rng(seed)).unwrap().id());
        let delete = |which: &str, more: &[&str]| {
            let mut command = command(house.folder.path());
            let output = command.env("SEGEL_STORE", house.place()).args(["--delete", which]).args(more).output().unwrap();
            let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            (output.status.code().unwrap(), said, told)
        };
        let by_number = delete(&ids[0].number().to_lowercase(), &[]);
        let by_id = delete(&ids[1].to_string(), &["--by", "whatsapp"]);
        for ((id, (status, register, told)), by) in ids.iter().zip([by_number, by_id]).zip(["phone", "whatsapp"]) {
            assert_eq!(status, 0, "{told}");
            let read = Register::parse(register.as_bytes()).unwrap();
            assert!(read.deletion(id).is_some() && register.ends_with(&format!(" {id} delete {by}\n")), "{register}");
            let hint = format!("segel requests INBOX --record delete --number {} --by {by} --on 20", id.number());
            assert!(told.starts_with(&format!("deleted: {} ({id})\n", id.number())) && told.contains(&hint), "{told}");
        }
        assert_eq!(house.pieces(), 0);
        let mark = &large[300_000..300_040];
        assert!(!house.files().windows(40).any(|window| window == mark), "nor is anything left in the files");
        let kinds: Vec<_> = entries(&house.export(0).body).iter().map(|entry| matches!(entry, Entry::Gone(_))).collect();
        assert_eq!(kinds, [true, true, false], "nothing stands there as the customer's word");
        assert_eq!(standing(house, 2).json()["deleted"], true);
        assert_eq!(house.submit(&large).refusal(), (410, "deleted".into()), "it does not come back");
        let list = std::fs::read_to_string(house.folder.path().join("segel.db.tombstones")).unwrap();
        assert_eq!(list.lines().count(), 3, "nor from a backup: {list}");
        assert_eq!(house.submit(&house.shop.full(5)).json()["sequence"], 4, "the server goes on");
        for (wrong, expected, said) in [
            (ids[1].number().as_str(), 1, "error: delete: no submission "),
            (&"0".repeat(32), 1, "error: delete: no submission 0"),
            ("ZZZZ-ZZZZ", 1, "error: delete: no submission ZZZZ-ZZZZ is stored here; it may be deleted already"),
            ("daftar", 2, "error: invalid value 'daftar' for '--delete <NUMBER|ID>': neither a receipt's number"),
        ] {
            let (status, register, told) = delete(wrong, &[]);
            assert_eq!((status, register.as_str()), (expected, ""), "{told}");
            assert!(told.starts_with(said), "{told}");
        }
        assert_eq!(delete(&ids[0].to_string(), &["--by", "pigeon"]).0, 2);
        assert_eq!(house.stored().len(), 2);
    }

    fn the_owners_line_of_a_deletion_is_never_lost(house: &mut House) {
        house.allow_large_photos();
        let large = stretched(&house.shop.full(2), 600_000);
        assert_eq!((house.submit(&large).status, house.submit(&house.shop.full(3)).status), (201, 201));
        let [large, small] = [2, 3].map(|seed| Receipt::generate(&mut rng(seed)).unwrap().id());
        let delete = |which: &str| {
            let mut command = command(house.folder.path());
            command.env("SEGEL_STORE", house.place()).args(["--delete", which]);
            command
        };
        let run = |which: &str| {
            let output = delete(which).output().unwrap();
            let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            (output.status.code().unwrap(), said, told)
        };
        // Once it is gone, whatever fails behind that is no failure of the deletion.
        house.run("ALTER TABLE piece RENAME TO elsewhere");
        let (status, register, told) = run(&large.number());
        house.run("ALTER TABLE elsewhere RENAME TO piece");
        assert_eq!(status, 0, "{told}");
        assert!(Register::parse(register.as_bytes()).unwrap().deletion(&large).is_some(), "{register}");
        assert!(told.contains("\nodd: "), "{told}");
        // Who did not hear of it says it again, by the id.
        let (status, register, told) = run(&large.to_string());
        assert_eq!(status, 0, "{told}");
        assert!(Register::parse(register.as_bytes()).unwrap().deletion(&large).is_some(), "{register}");
        assert!(told.starts_with(&format!("deleted before: {} ({large})\n", large.number())), "{told}");
        assert_eq!((house.pieces(), told.contains("odd: ")), (0, false), "what was left was swept meanwhile or now");
        if cfg!(target_os = "linux") {
            let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
            let output = delete(&small.number()).stdout(full).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{told}");
            let error = told.lines().find(|line| line.starts_with("error: ")).unwrap();
            assert!(error.ends_with(&format!(" {small} delete phone")), "{told}");
            assert_eq!(standing(house, 3).json()["deleted"], true);
        }
    }

    fn a_deletion_beside_servers_neither_makes_a_store_nor_changes_one(house: &mut House) {
        house.submit(&house.shop.full(2));
        house.stop();
        let number = Receipt::generate(&mut rng(2)).unwrap().id().number();
        let delete = || {
            let mut command = command(house.folder.path());
            outcome(command.env("SEGEL_STORE", house.place()).args(["--delete", &number]))
        };
        let sqlite = house.place().starts_with("sqlite:");
        let version = |version: i64| match sqlite {
            true => house.run(&format!("PRAGMA user_version = {version}")),
            false => house.run(&format!("UPDATE segel_schema SET version = {version}")),
        };
        let found = || match sqlite {
            true => house.number("PRAGMA user_version"),
            false => house.number("SELECT version FROM segel_schema"),
        };
        let known = found();
        for (other, said) in [(known - 1, "a server that is started with it brings it up to date"), (known + 1, "this program knows version")] {
            version(other);
            let (status, told) = delete();
            assert_eq!((status, found()), (1, other), "{told}");
            assert!(told.starts_with("error: delete: its schema is version ") && told.contains(said), "{told}");
        }
        version(known);
        assert_eq!(house.number("SELECT count(*) FROM submission"), 1);
        assert_eq!(delete().0, 0);
    }

    fn what_is_not_the_customers_changes_nothing(house: &mut House) {
        house.submit(&house.shop.full(2));
        let form = house.shop.form.digest();
        let (own, other) = (Receipt::generate(&mut rng(2)).unwrap(), Receipt::generate(&mut rng(9)).unwrap());
        let good = String::from_utf8(statement(house, 2, &withdraw("minat"))).unwrap();
        // Another's key, under the submission's id.
        let forged = String::from_utf8(Statement::sign(&other, form, time(RECEIVED_AT), &Wish::Delete)).unwrap();
        let forged = forged.replace(&other.id().to_string(), &own.id().to_string());
        assert_eq!(say(house, forged.as_bytes()).refusal(), (403, "signature".into()));
        let changed = good.replace("withdraw minat", "withdraw daftar");
        assert_eq!(say(house, changed.as_bytes()).refusal(), (403, "signature".into()));
        assert_eq!(say(house, &statement(house, 9, &Wish::Delete)).refusal(), (404, "unknown_submission".into()));
        let elsewhere = Shop::with(Suite::X25519, |text| text.replace("\"kecil\"", "\"lain\""));
        let elsewhere = Statement::sign(&own, elsewhere.form.digest(), time(RECEIVED_AT), &Wish::Delete);
        assert_eq!(say(house, &elsewhere).refusal(), (400, "statement".into()));
        assert_eq!(say(house, &statement(house, 2, &withdraw("tiada"))).refusal(), (400, "statement".into()));
        for wrong in [&b""[..], b"hapus", &[b' '; 600], &good.as_bytes()[..100]] {
            assert_eq!(say(house, wrong).refusal(), (400, "statement".into()));
        }
        assert_eq!(standing(house, 9).refusal(), (404, "unknown_submission".into()));
        assert_eq!(house.get("/forms/kecil/submissions/..").status, 404);
        assert_eq!(standing(house, 2).json()["statements"], serde_json::json!([]));
        assert_eq!(house.stored().len(), 1);
    }
}

#[test]
fn the_receipts_page_names_the_form_and_allows_nothing_foreign() {
    let house = House::new();
    let page = house.get("/r/kecil");
    let html = String::from_utf8(page.body.clone()).unwrap();
    let owner = house.shop.form.owner().to_string();
    assert!(html.contains(&format!(r#"<segel-receipt src="/forms/kecil.segel" owner="{owner}">"#)), "{html}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self';"), "{policy}");
    assert_eq!(house.get("/r/tiada").status, 404);
}

#[test]
fn case_77_what_is_tried_at_random_is_refused_in_one_shape_and_harms_nothing() {
    let house = House::with(|limits| limits.rate_network = 0);
    house.submit(&house.shop.full(2));
    for seed in 100..180 {
        assert_eq!(say(&house, &statement(&house, seed, &Wish::Delete)).refusal(), (404, "unknown_submission".into()));
        assert_eq!(standing(&house, seed).refusal(), (404, "unknown_submission".into()));
    }
    let good = statement(&house, 2, &Wish::Delete);
    let nul: Vec<u8> = good.iter().map(|byte| if *byte == b' ' { 0 } else { *byte }).collect();
    for wrong in [&b""[..], &[0; 300], &nul, &vec![b'a'; 1 << 20], "segel-statement/1\nform \u{0660}".as_bytes()] {
        assert_eq!(say(&house, wrong).refusal(), (400, "statement".into()));
    }
    for path in ["", "0", "../kecil", &"f".repeat(33), &"F".repeat(32), &"f".repeat(1000)] {
        assert_eq!(house.get(&format!("/forms/kecil/submissions/{path}")).status, 404, "{path}");
    }
    assert_eq!(house.stored().len(), 1);
}

#[test]
fn case_80_who_sent_too_many_submissions_can_still_withdraw() {
    let house = House::with(|limits| (limits.rate_network, limits.rate_form) = (2, 2));
    for seed in [2, 3] {
        assert_eq!(house.submit(&house.shop.full(seed)).status, 201);
    }
    assert_eq!(house.submit(&house.shop.full(4)).refusal(), (429, "rate".into()));
    assert_eq!(say(&house, &statement(&house, 2, &Wish::Delete)).status, 201);
    assert_eq!(standing(&house, 2).json()["deleted"], true);
    let refused = standing(&house, 3);
    assert_eq!(refused.refusal(), (429, "rate".into()), "an allowance of its own, not none");
    assert!(refused.header("retry-after").is_some());
}

#[test]
fn case_95_on_a_full_disk_deletions_are_taken_and_what_is_refused_beside_them_does_not_matter() {
    let mut house = House::new();
    for seed in [2, 3] {
        assert_eq!(house.submit(&house.shop.full(seed)).status, 201);
    }
    house.change_limits(|limits| limits.reserve_bytes = u64::MAX);
    let refused = say(&house, &statement(&house, 3, &withdraw("minat")));
    assert_eq!(refused.refusal(), (507, "full".into()));
    assert!(refused.header("retry-after").is_some());
    // Side by side: what is refused must not take what is never refused with it.
    let start = Barrier::new(9);
    std::thread::scope(|scope| {
        let (house, start) = (&house, &start);
        for number in 0..8 {
            scope.spawn(move || {
                start.wait();
                let bytes = statement(house, 3, &withdraw(if number % 2 == 0 { "minat" } else { "daftar" }));
                assert_eq!(say(house, &bytes).refusal(), (507, "full".into()));
            });
        }
        start.wait();
        assert_eq!(say(house, &statement(house, 2, &Wish::Delete)).status, 201);
    });
    assert_eq!(say(&house, &statement(&house, 3, &Wish::Delete)).status, 201);
    assert_eq!(house.number("SELECT count(*) FROM submission"), 0);
}

#[test]
fn case_86_a_secret_in_a_query_is_neither_used_nor_logged() {
    let house = House::new();
    let secret = Receipt::generate(&mut rng(2)).unwrap().to_text();
    let id = Receipt::generate(&mut rng(2)).unwrap().id();
    house.submit(&house.shop.full(2));
    for path in [format!("/r/kecil?{}", *secret), format!("/forms/kecil/submissions/{id}?key={}", *secret)] {
        let reply = house.get(&path);
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        let text = [reply.head.as_bytes(), &reply.body].concat();
        assert!(!text.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    assert!(!house.log.text().contains("SEGEL-RECEIPT") && !house.log.text().contains('?'), "{}", house.log.text());
}

#[test]
fn a_deletion_that_cannot_begin_makes_nothing_and_says_what_to_do() {
    let mut house = House::new();
    house.submit(&house.shop.full(2));
    house.submit(&house.shop.full(3));
    house.stop();
    let numbers = [2, 3].map(|seed| Receipt::generate(&mut rng(seed)).unwrap().id().number());
    let delete = |store: &str, number: &str| {
        let mut command = command(house.folder.path());
        outcome(command.env("SEGEL_STORE", store).args(["--delete", number]))
    };
    let (status, told) = delete("sqlite:none/segel.db", &numbers[0]);
    assert!(status == 1 && told.contains("\nhint: its folder must be there"), "{told}");
    assert_eq!(delete("sqlite:segel.db", &numbers[0]).0, 0);
    std::fs::remove_file(house.folder.path().join("segel.db.tombstones")).unwrap();
    let (status, told) = delete("sqlite:segel.db", &numbers[1]);
    assert!(status == 1 && told.contains("\nhint: bring it back from where you keep it"), "{told}");
    assert_eq!(house.number("SELECT count(*) FROM submission"), 1);
    if let Some(empty) = Database::new() {
        let (status, told) = delete(&empty.url(), &numbers[1]);
        assert_eq!((status, told.as_str()), (1, "error: delete: a database, but not a store of segel-server\n"));
        assert_eq!(empty.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    }
}
