//! What every store must do, whatever database it is: one suite, run against each.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Barrier;

use segel_core::export::{Entry, Reader};
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};

use crate::cluster::Cluster;
use crate::house::{House, TOKEN, records, stretched};
use crate::http::{connect, head, post, send, send_and_finish};
use crate::process::{Program, command, outcome};
use crate::support::{RECEIVED_AT, rng, time};

/// Each test once on SQLite and once on PostgreSQL.
macro_rules! on_each {
    ($($(#[$about:meta])* fn $name:ident($house:ident: &mut House) $body:block)*) => {
        $($(#[$about])* fn $name($house: &mut House) $body)*
        mod sqlite {
            $(#[test] fn $name() { super::$name(&mut super::House::new()); })*
        }
        mod postgres {
            $(#[test] fn $name() {
                if let Some(mut house) = super::House::on_postgres(|_| {}) { super::$name(&mut house); }
            })*
        }
    };
}

on_each! {
    fn gives_out_numbers_without_gaps_and_a_chain_that_holds(house: &mut House) {
        for seed in 2..8 {
            let receipt = house.submit(&house.shop.minimal(seed)).json();
            assert_eq!(receipt["sequence"], seed - 1);
        }
        // Reading verifies the chain.
        assert_eq!(house.stored().iter().map(segel_core::export::Record::sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(records(&house.export(4).body), house.stored()[4..]);
        for beyond in [7, i64::MAX as u64 + 1, u64::MAX] {
            assert_eq!(house.export(beyond).refusal(), (409, "position".into()));
        }
    }

    fn what_is_deleted_while_an_export_is_on_its_way_is_gone_and_not_damaged(house: &mut House) {
        house.allow_large_photos();
        // More than what stands between a server and a reader who does not read.
        let first = stretched(&house.shop.full(2), 40_000_000);
        let second = stretched(&house.shop.full(3), 600_000);
        for envelope in [&first, &second] {
            assert_eq!(house.submit(envelope).status, 201);
        }
        let mut stream = connect(house.address());
        let token = format!("Authorization: Bearer {TOKEN}\r\nConnection: close\r\n");
        stream.write_all(&head("GET", "/forms/kecil/export", &token)).unwrap();
        // Its first line: the page that names both was read by then.
        let mut reply = vec![0; 64 * 1024];
        stream.read_exact(&mut reply).unwrap();
        let receipt = Receipt::generate(&mut rng(3)).unwrap();
        let statement = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &Wish::Delete);
        assert_eq!(send(house.address(), &post("/forms/kecil/statements", "", &statement)).unwrap().status, 201);
        stream.read_to_end(&mut reply).unwrap();
        let log = house.log.text();
        assert!(!log.contains("export_damaged") && !log.contains("export_cut"), "{log}");
        let tail = String::from_utf8_lossy(&reply[reply.len() - 400..]).into_owned();
        assert!(tail.contains("gone 2 ") && !tail.contains("damaged"), "{tail}");
    }

    fn the_same_bytes_are_one_submission_and_others_a_conflict(house: &mut House) {
        let (envelope, other) = (house.shop.full(2), house.shop.minimal(2));
        let (first, again) = (house.submit(&envelope), house.submit(&envelope));
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(first.body, again.body);
        assert_eq!(house.submit(&other).refusal(), (409, "conflict".into()));
        assert_eq!(house.stored().len(), 1);
    }

    fn hands_out_the_very_bytes(house: &mut House) {
        let envelope = house.shop.full(2);
        let receipt = house.submit(&envelope).json();
        let stored = house.stored();
        assert_eq!(stored[0].envelope(), envelope);
        assert_eq!(receipt["received_at"], stored[0].received_at().text());
        assert_eq!(receipt["digest"], Digest::of(&envelope).to_string());
    }

    fn a_large_submission_comes_out_as_it_went_in(house: &mut House) {
        house.allow_large_photos();
        // Around the size of one piece, and several of them.
        let piece = 200_000 + 262_144 - stretched(&house.shop.full(2), 200_000).len();
        let sizes = [0, piece - 1, piece, piece + 1, 3_000_000];
        for (seed, more) in (2..).zip(sizes) {
            let envelope = stretched(&house.shop.full(seed), more);
            let first = house.submit(&envelope);
            assert_eq!(first.status, 201, "{first:?}");
            let again = house.submit(&envelope);
            assert_eq!((again.status, &again.body), (200, &first.body));
            assert_eq!(house.stored().last().unwrap().envelope(), envelope, "{more}");
        }
        let other = stretched(&house.shop.full(6), 2_000_000);
        assert_eq!(house.submit(&other).refusal(), (409, "conflict".into()));
        house.restart();
        assert_eq!(house.stored().len(), sizes.len());
        assert_eq!(house.pieces(), 2 + 12, "nothing is left of what was sent twice");
    }

    fn a_large_submission_that_breaks_off_leaves_nothing(house: &mut House) {
        house.allow_large_photos();
        let envelope = stretched(&house.shop.full(2), 2_000_000);
        let request = post("/forms/kecil", "", &envelope);
        let reply = send_and_finish(house.address(), &request[..request.len() - 1000]);
        assert!(reply.is_none_or(|reply| reply.refusal() == (400, "bad_request".into())));
        // Behind the discarded pieces in the writer's queue, so they are gone when this is answered.
        assert_eq!(house.submit(&house.shop.minimal(3)).status, 201);
        house.stop();
        assert_eq!(house.pieces(), 0);
    }

    fn a_restart_keeps_everything_and_the_chain_goes_on(house: &mut House) {
        let envelope = house.shop.minimal(2);
        let receipt = house.submit(&envelope).body;
        let before = house.stored();
        house.restart();
        assert_eq!(house.stored(), before);
        let again = house.submit(&envelope);
        assert_eq!((again.status, again.body), (200, receipt));
        assert_eq!(house.submit(&house.shop.minimal(3)).json()["sequence"], 2);
    }

    fn many_at_once_each_get_their_own_number(house: &mut House) {
        let envelopes: Vec<Vec<u8>> = (2..66).map(|seed| house.shop.minimal(seed)).collect();
        let address = house.address();
        std::thread::scope(|scope| {
            for share in envelopes.chunks(8) {
                scope.spawn(move || {
                    for envelope in share {
                        // Each twice, as a client does that heard no answer.
                        assert_eq!(send(address, &post("/forms/kecil", "", envelope)).unwrap().status, 201);
                        assert_eq!(send(address, &post("/forms/kecil", "", envelope)).unwrap().status, 200);
                    }
                });
            }
        });
        let mut stored: Vec<_> = house.stored().iter().map(|record| Digest::of(record.envelope())).collect();
        let mut sent: Vec<_> = envelopes.iter().map(|envelope| Digest::of(envelope)).collect();
        stored.sort();
        sent.sort();
        assert_eq!(stored, sent);
    }

    fn case_105_the_same_submission_many_times_at_once_is_one(house: &mut House) {
        let envelope = house.shop.minimal(2);
        let (address, start) = (house.address(), &Barrier::new(8));
        let request = &post("/forms/kecil", "", &envelope);
        let replies: Vec<_> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..8).map(|_| scope.spawn(move || (start.wait(), send(address, request).unwrap()).1)).collect();
            senders.into_iter().map(|sender| sender.join().unwrap()).collect()
        });
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| reply.body == replies[0].body), "one receipt");
        assert_eq!(house.stored().len(), 1);
    }

    fn case_99_what_a_disk_damaged_is_named_and_what_follows_is_handed_out(house: &mut House) {
        house.allow_large_photos();
        let mut envelopes = Vec::new();
        for (seed, more) in [(2, 0), (3, 0), (4, 600_000), (5, 600_000), (6, 600_000)] {
            envelopes.push(stretched(&house.shop.full(seed), more));
            assert_eq!(house.submit(envelopes.last().unwrap()).status, 201);
        }
        let receipt = Receipt::generate(&mut rng(2)).unwrap();
        let said = Wish::Withdraw { purpose: "minat".into() };
        let said = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &said);
        assert_eq!(send(house.address(), &post("/forms/kecil/statements", "", &said)).unwrap().status, 201);
        envelopes.push(house.shop.minimal(7));
        assert_eq!(house.submit(&envelopes[5]).status, 201);
        let whole = house.export(0).body;
        house.stop();
        let piece = |number| format!("number = 1 AND upload = (SELECT upload FROM submission WHERE sequence = {number})");
        for damage in [
            String::from("UPDATE submission SET envelope = digest WHERE sequence = 2 RETURNING 2"),
            format!("UPDATE piece SET bytes = (SELECT digest FROM submission WHERE sequence = 3) WHERE {} RETURNING 3", piece(3)),
            format!("DELETE FROM piece WHERE {} RETURNING 4", piece(4)),
            String::from("UPDATE statement SET bytes = digest RETURNING 6"),
        ] {
            assert!(house.number(&damage) > 1, "{damage}");
        }
        house.restart();
        let export = house.export(0).body;
        let mut reader = Reader::of_server();
        reader.feed(&export);
        let entries: Vec<_> = std::iter::from_fn(|| reader.next_entry().unwrap()).collect();
        let end = reader.finish().unwrap();
        let kinds = entries.iter().map(|entry| match entry {
            Entry::Record(record) => {
                let same = envelopes.iter().any(|envelope| record.envelope() == envelope);
                (record.sequence(), if same { "whole" } else { "other" })
            }
            Entry::Damaged(damaged) => (damaged.sequence(), damaged.what().as_str()),
            other => panic!("{other:?}"),
        });
        assert_eq!(
            kinds.collect::<Vec<_>>(),
            [(1, "whole"), (2, "envelope"), (3, "envelope"), (4, "envelope"), (5, "whole"), (6, "statement"), (7, "whole")]
        );
        let mut before = Reader::default();
        before.feed(&whole);
        while before.next_entry().unwrap().is_some() {}
        assert_eq!(before.finish().unwrap(), end, "the chain is the one it was");
        assert_eq!(records(&house.export(4).body).len(), 2, "and goes on behind a damaged one");
    }

    fn an_export_ends_though_submissions_keep_coming(house: &mut House) {
        for seed in 2..6 {
            house.submit(&house.shop.minimal(seed));
        }
        let whole = house.export(0).body;
        house.submit(&house.shop.minimal(7));
        assert_eq!(records(&whole).len(), 4);
        assert_eq!(house.stored().len(), 5);
    }
}

#[test]
fn case_105_two_instances_share_one_chain_and_give_one_receipt() {
    let Some(house) = House::on_postgres(|_| {}) else { return };
    let other = house.start_second().unwrap();
    let envelopes: Vec<Vec<u8>> = (2..42).map(|seed| house.shop.minimal(seed)).collect();
    let instances = [house.address(), other.address()];
    let receipts: Vec<Vec<Vec<u8>>> = std::thread::scope(|scope| {
        let post = |address, envelope: &[u8]| send(address, &post("/forms/kecil", "", envelope)).unwrap();
        let senders = instances.map(|address| {
            let envelopes = &envelopes;
            scope.spawn(move || {
                let replies = envelopes.iter().map(|envelope| post(address, envelope));
                let replies = replies.inspect(|reply| assert!(matches!(reply.status, 200 | 201), "{reply:?}"));
                replies.map(|reply| reply.body).collect()
            })
        });
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(receipts[0], receipts[1]);
    assert_eq!(house.stored().len(), envelopes.len());
}

#[test]
fn case_102_a_database_that_crashes_loses_nothing_that_was_acknowledged_and_service_comes_back_by_itself() {
    let Some(cluster) = Cluster::own() else { return };
    let house = House::on(cluster.database("segel"), |_| {});
    let mut acknowledged = Vec::new();
    for round in 0..3_u8 {
        for seed in 0..4 {
            let envelope = house.shop.minimal(2 + round * 4 + seed);
            // The first attempt after a crash may hear that it was not the moment.
            let status = (0..100).map(|_| house.submit(&envelope).status).find(|status| matches!(status, 200 | 201));
            assert!(status.is_some(), "{}", house.log.text());
            acknowledged.push(Digest::of(&envelope));
        }
        cluster.crash_and_start();
    }
    while house.get("/healthz").status != 200 {}
    let stored: Vec<_> = house.stored().iter().map(|record| Digest::of(record.envelope())).collect();
    assert_eq!(stored, acknowledged);
}

#[test]
fn case_103_a_database_that_hangs_is_answered_for_quickly_and_used_again_when_it_wakes() {
    let Some(cluster) = Cluster::own() else { return };
    let mut house =
        House::on(cluster.database("segel"), |limits| limits.store_wait = std::time::Duration::from_millis(300));
    let token = house.folder.path().join("token");
    house.set(move |config| config.with_metrics(token.clone()));
    let (first, second) = (house.shop.minimal(2), house.shop.minimal(3));
    assert_eq!(house.submit(&first).status, 201);
    cluster.signal("STOP");
    let metrics = house.ask("GET", "/metrics", &format!("Authorization: Bearer {TOKEN}\r\n"));
    assert!(metrics.text().contains("\nsegel_forms 1\n"), "{metrics:?}");
    assert!(!metrics.text().contains("segel_unpulled_seconds"), "{metrics:?}");
    let reply = house.submit(&second);
    assert_eq!(reply.refusal(), (503, "busy".into()));
    assert!(reply.header("retry-after").is_some());
    assert_eq!(house.get("/healthz").refusal(), (503, "busy".into()));
    cluster.signal("CONT");
    let status = (0..200).map(|_| house.submit(&second).status).find(|status| matches!(status, 200 | 201));
    assert!(status.is_some(), "{}", house.log.text());
    assert_eq!(house.stored().len(), 2);
    assert!(
        house.log.text().contains("event=store subject=\"away\" cause=\"no answer in time\""),
        "{}",
        house.log.text()
    );
}

#[test]
fn case_104_what_the_database_refuses_is_answered_without_its_words() {
    let Some(mut house) = House::on_postgres(|_| {}) else { return };
    let database = house.database().clone();
    let envelope = house.shop.minimal(2);
    let role = format!("ALTER ROLE segel IN DATABASE {}", database.sql("SELECT current_database()"));
    // A failover to a copy that only reads.
    database.sql(&format!("{role} SET default_transaction_read_only = on"));
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'segel-server' AND datname = current_database()",
    );
    // The first finds its connection gone, the next the new master's refusal.
    house.submit(&envelope);
    let refused = house.submit(&envelope);
    assert_eq!(refused.refusal(), (503, "busy".into()));
    assert!(house.log.text().contains("cause=\"SQLSTATE 25006\""), "{}", house.log.text());
    database.sql(&format!("BEGIN READ WRITE; {role} RESET default_transaction_read_only; COMMIT"));
    house.restart();
    assert_eq!(house.submit(&envelope).status, 201);
}

#[test]
fn case_104_what_stands_in_the_way_for_a_moment_is_busy_and_what_passes_at_once_is_not_noticed() {
    let Some(house) = House::on_postgres(|_| {}) else { return };
    let database = house.database();
    // Unique violation, serialization failure, deadlock, a lock that is not to be had; each with words that nobody may read.
    for (seed, code) in (2..).zip(["23505", "40001", "40P01", "55P03"]) {
        let refuse = |condition: &str| {
            database.sql(&format!(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN \
                 RAISE EXCEPTION 'rahasia % here', encode(NEW.id, 'hex') USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER refuse BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION refuse()"
            ));
        };
        refuse("true");
        let envelope = house.shop.minimal(seed);
        let reply = house.submit(&envelope);
        assert_eq!(reply.refusal(), (503, "busy".into()), "{code}");
        assert!(reply.header("retry-after").is_some() && !reply.text().contains("rahasia"), "{reply:?}");
        database.sql("DROP TRIGGER refuse ON submission; CREATE SEQUENCE attempts");
        // What a sequence counted stays counted when the transaction does not.
        refuse("nextval('attempts') = 1");
        let reply = house.submit(&envelope);
        assert_eq!(reply.status, 201, "{code}: {reply:?}");
        assert_eq!(database.sql("SELECT last_value FROM attempts"), "2");
        database.sql("DROP TRIGGER refuse ON submission; DROP SEQUENCE attempts");
        assert_eq!(house.submit(&envelope).body, reply.body);
    }
    assert_eq!(house.stored().len(), 4);
    assert!(!house.log.text().contains("rahasia"), "{}", house.log.text());
}

#[test]
fn a_database_of_a_later_version_or_of_something_else_is_not_touched() {
    let Some(mut house) = House::on_postgres(|_| {}) else { return };
    house.stop();
    let database = house.database().clone();
    database.sql("UPDATE segel_schema SET version = 99");
    let error = house.start_second().unwrap_err().to_string();
    assert!(error.contains("its schema is version 99, this program knows version "), "{error}");
    database.sql("DROP TABLE segel_schema");
    let error = house.start_second().unwrap_err().to_string();
    assert!(error.ends_with("a database, but not a store of segel-server"), "{error}");
}

#[test]
fn an_address_that_could_be_plain_by_mistake_is_not_used() {
    let Some(house) = House::on_postgres(|_| {}) else { return };
    for (mode, expected, said) in [
        ("disable", 0, "form="),
        ("prefer", 2, "error: store: sslmode is one of verify-full, require (here the same) and disable"),
        ("require", 2, "error: store: a socket is on this machine and is never encrypted"),
    ] {
        house.submit(&house.shop.minimal(2));
        let place = format!("{}?sslmode={mode}", house.place());
        let mut status = command(house.folder.path());
        let (status, text) = outcome(status.env("SEGEL_STORE", place).arg("--status"));
        assert_eq!(status, expected, "{text}");
        assert!(text.starts_with(said), "{text}");
    }
}

#[test]
fn a_database_across_a_network_is_spoken_to_encrypted_and_only_if_its_certificate_verifies() {
    let Some(cluster) = Cluster::listening() else { return };
    let database = cluster.database("segel");
    let mut house = House::new();
    house.stop();
    let folder = house.folder.path();
    let server = |host: &str, mode: &str, roots: Option<&Path>| {
        let mut command = command(folder);
        command.env("SEGEL_STORE", format!("{}?sslmode={mode}", database.address(host)));
        command.args(roots.into_iter().flat_map(|roots| [Path::new("--store-roots"), roots]));
        command
    };
    let refused = |host: &str, roots: &Path, why: &str| {
        let (status, text) = outcome(server(host, "verify-full", Some(roots)).arg("--status"));
        assert_eq!(status, 1, "{text}");
        assert!(
            text.contains("TLS") && text.contains(why) && text.contains("\nhint: a database that is not"),
            "{text}"
        );
    };
    let first = cluster.certify("DNS:localhost,IP:127.0.0.1");
    let roots = folder.join("roots.pem");
    std::fs::copy(&first, &roots).unwrap();
    for (host, mode) in [("localhost", "require"), ("127.0.0.1", "verify-full")] {
        let program = Program::start_as(server(host, mode, Some(&roots)));
        let envelope = house.shop.minimal(if host == "localhost" { 2 } else { 3 });
        assert_eq!(send(program.address, &post("/forms/kecil", "", &envelope)).unwrap().status, 201);
        let ours = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'segel-server'";
        assert_eq!(database.sql(&format!("SELECT bool_and(ssl), bool_and(version LIKE 'TLS%') {ours}")), "t|t");
    }
    let (status, text) = outcome(server("localhost", "disable", None).arg("--status"));
    assert!(status == 0 && text.contains(" submissions=2 "), "{text}");
    // As openssl makes it unless told otherwise.
    let authority = cluster.certify_as("CA:TRUE", "DNS:localhost");
    let (status, text) = outcome(server("localhost", "verify-full", Some(&authority)).arg("--status"));
    assert!(status == 1 && text.contains("hint: ") && text.contains("basicConstraints=critical,CA:FALSE"), "{text}");
    assert!(!text.contains("sslmode"), "nobody is led away from it: {text}");
    // For another name; from somebody else; and a database that speaks no TLS at all.
    let other = cluster.certify("DNS:lain.example");
    refused("localhost", &other, "lain.example");
    cluster.certify("DNS:localhost,IP:127.0.0.1");
    refused("localhost", &roots, "invalid peer certificate");
    cluster.uncertify();
    refused("localhost", &roots, "server does not support TLS");
}

#[test]
fn several_instances_that_start_together_make_the_tables_once() {
    let Some(mut house) = House::on_postgres(|_| {}) else { return };
    house.stop();
    house.database().sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    std::thread::scope(|scope| {
        let house = &house;
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(move || house.start_second().map(drop))).collect();
        starts.into_iter().for_each(|start| start.join().unwrap().unwrap());
    });
    house.restart();
    assert_eq!(house.submit(&house.shop.minimal(2)).status, 201);
}
