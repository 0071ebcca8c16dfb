//! Copies of a store at work, brought back: whole, with what was acknowledged before, and without what was deleted since.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};

use crate::cluster::Database;
use crate::house::{House, TOKEN, records};
use crate::http::{head, post, send};
use crate::process::{Program, command, outcome};
use crate::support::{RECEIVED_AT, rng, time};

fn back_up(folder: &Path, name: &str) -> (i32, String) {
    outcome(command(folder).args(["--backup", name]))
}

fn restore(folder: &Path, name: &str) -> (i32, String) {
    outcome(command(folder).args(["--restore", name]))
}

/// The customer of that seed asks for deletion, and it is done.
fn delete(house: &House, program: &Program, seed: u8) {
    let receipt = Receipt::generate(&mut rng(seed)).unwrap();
    let wish = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &Wish::Delete);
    assert_eq!(send(program.address, &post("/forms/kecil/statements", "", &wish)).unwrap().status, 201);
}

fn stored(program: &Program) -> Vec<Digest> {
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let export = send(program.address, &head("GET", "/forms/kecil/export", &token)).unwrap();
    records(&export.body).iter().map(|record| Digest::of(record.envelope())).collect()
}

fn stopped() -> House {
    let mut house = House::new();
    house.stop();
    house
}

#[test]
fn case_101_copies_made_under_load_are_whole_and_hold_what_was_acknowledged_before() {
    let house = stopped();
    let folder = house.folder.path();
    let program = Program::start(folder);
    let envelopes: Vec<Vec<u8>> = (2..252).map(|seed| house.shop.minimal(seed)).collect();
    let (done, copies) = (AtomicBool::new(false), std::sync::Mutex::new(Vec::new()));
    let acknowledged = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for envelope in &envelopes {
                let reply = send(program.address, &post("/forms/kecil", "", envelope)).unwrap();
                assert_eq!(reply.status, 201);
                acknowledged.lock().unwrap().push(Digest::of(envelope));
            }
            done.store(true, Ordering::Release);
        });
        for number in 0.. {
            if done.load(Ordering::Acquire) {
                break;
            }
            let before = acknowledged.lock().unwrap().clone();
            let (status, text) = back_up(folder, &format!("copy{number}.db"));
            assert_eq!(status, 0, "{text}");
            copies.lock().unwrap().push(before);
        }
    });
    drop(program);
    let copies = copies.into_inner().unwrap();
    assert!(copies.len() > 2, "{} copies", copies.len());
    for (number, before) in copies.iter().enumerate() {
        let (status, text) = restore(folder, &format!("copy{number}.db"));
        assert_eq!(status, 0, "{text}");
        let program = Program::start(folder);
        assert_eq!(stored(&program)[..before.len()], before[..], "copy {number}");
        drop(program);
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("segel.db.before{ending}")));
        }
    }
}

#[test]
fn what_was_deleted_after_the_copy_is_deleted_again_before_anything_is_served() {
    let house = stopped();
    let folder = house.folder.path();
    let program = Program::start(folder);
    let (first, second) = (house.shop.full(2), house.shop.full(3));
    for envelope in [&first, &second] {
        assert_eq!(send(program.address, &post("/forms/kecil", "", envelope)).unwrap().status, 201);
    }
    assert_eq!(back_up(folder, "copy.db").0, 0);
    delete(&house, &program, 2);
    let (status, text) = restore(folder, "copy.db");
    assert_eq!(status, 1);
    assert!(
        text.starts_with("error: in use by another segel-server") && text.ends_with("hint: stop the server first\n"),
        "{text}"
    );
    drop(program);
    assert_eq!(restore(folder, "copy.db").0, 0);
    let program = Program::start(folder);
    assert_eq!(stored(&program), [Digest::of(&second)]);
    let again = send(program.address, &post("/forms/kecil", "", &first)).unwrap();
    assert_eq!(again.refusal(), (410, "deleted".into()));
    drop(program);
    // A copy made now knows of the deletion: without the list it is not served.
    assert_eq!(back_up(folder, "later.db").0, 0);
    let list = folder.join("segel.db.tombstones");
    std::fs::remove_file(&list).unwrap();
    let (status, text) = outcome(&mut command(folder));
    assert_eq!(status, 1);
    assert!(text.contains("segel.db.tombstones is missing, but this store has deletions"), "{text}");
    std::fs::write(&list, "").unwrap();
    drop(Program::start(folder));
}

#[test]
fn nothing_is_overwritten_and_what_is_no_store_is_not_brought_back() {
    let house = stopped();
    let folder = house.folder.path();
    assert_eq!(back_up(folder, "copy.db").0, 0);
    let text = back_up(folder, "copy.db").1;
    assert_eq!(text, "error: copy.db is there already\nhint: move it away, or choose another name\n");
    std::fs::write(folder.join("text"), "no database").unwrap();
    rusqlite::Connection::open(folder.join("other.db")).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    for name in ["text", "other.db", "nowhere"] {
        let (status, text) = restore(folder, name);
        assert_eq!(status, 1, "{text}");
        assert!(text.starts_with(&format!("error: {name}: ")), "{text}");
    }
    assert_eq!(restore(folder, "copy.db").0, 0);
    let text = restore(folder, "copy.db").1;
    assert!(text.starts_with("error: ") && text.contains("segel.db.before is there already"), "{text}");
    drop(Program::start(folder));
    let left: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(
        !left.iter().any(|path| path.extension().is_some_and(|ending| ending == "part" || ending == "new")),
        "{left:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(folder.join("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_dump_of_postgres_brought_back_loses_what_was_deleted_since() {
    let Some(database) = Database::new() else { return };
    let mut house = House::on(database.clone(), |_| {});
    // One was deleted before there was a list: the store has as many deletions as the list will have lines.
    let delete = |house: &House, seed: u8| {
        let receipt = Receipt::generate(&mut rng(seed)).unwrap();
        let wish = Statement::sign(&receipt, house.shop.form.digest(), time(RECEIVED_AT), &Wish::Delete);
        assert_eq!(send(house.address(), &post("/forms/kecil/statements", "", &wish)).unwrap().status, 201);
    };
    house.submit(&house.shop.full(4));
    delete(&house, 4);
    let list = house.folder.path().join("tombstones");
    std::fs::write(&list, "").unwrap();
    house.set(move |config| config.with_tombstones(list.clone()));
    let (first, second) = (house.shop.full(2), house.shop.full(3));
    for envelope in [&first, &second] {
        assert_eq!(house.submit(envelope).status, 201);
    }
    let dump = database.dump();
    delete(&house, 2);
    house.stop();
    database.bring_back(&dump);
    house.restart();
    assert_eq!(house.stored().len(), 1);
    assert_eq!(house.submit(&first).refusal(), (410, "deleted".into()));
}

#[test]
fn case_99_noise_on_the_disk_is_named_kept_from_the_owner_and_mended_by_a_backup() {
    let mut house = House::new();
    let envelopes: Vec<Vec<u8>> = (2..8).map(|seed| house.shop.minimal(seed)).collect();
    envelopes.iter().for_each(|envelope| assert_eq!(house.submit(envelope).status, 201));
    let whole = house.export(0).body;
    house.stop();
    let folder = house.folder.path();
    assert_eq!(back_up(folder, "copy.db").0, 0);
    // In the middle of the ciphertext of the third.
    let mut file = std::fs::read(house.store()).unwrap();
    let mark = &envelopes[2][envelopes[2].len() - 60..envelopes[2].len() - 20];
    let at = file.windows(40).position(|window| window == mark).unwrap();
    file[at..at + 40].fill(0x5a);
    std::fs::write(house.store(), file).unwrap();
    let (status, text) = back_up(folder, "worse.db");
    assert_eq!(status, 1);
    assert!(text.contains("the bytes of kecil number 3 have changed"), "{text}");
    assert!(!folder.join("worse.db").exists());
    house.restart();
    let export = house.export(0).body;
    assert_eq!(records(&export).iter().map(segel_core::export::Record::sequence).collect::<Vec<_>>(), [1, 2, 4, 5, 6]);
    let line = format!("\ndamaged 3 {} envelope {} ", house.stored()[0].received_at(), Digest::of(&envelopes[2]));
    assert!(export.windows(line.len()).any(|window| window == line.as_bytes()), "{line}");
    let mark = [0x5a; 40];
    assert!(!export.windows(40).any(|window| window == mark), "what the disk made of it is not handed out");
    for said in
        ["damaged: the bytes of number 3", "event=export_damaged subject=\"kecil\" cause=\"the envelope of number 3\""]
    {
        assert!(house.log.text().contains(said), "{}", house.log.text());
    }
    assert_eq!(house.submit(&house.shop.minimal(9)).status, 201, "and it goes on taking");
    assert_eq!(records(&house.export(3).body).len(), 4, "what stands behind it can be had");
    house.stop();
    // Where the rest of the fifth stands is lost: not even the database can read it.
    let mut file = std::fs::read(house.store()).unwrap();
    let at = file.windows(40).position(|window| window == &envelopes[4][2000..2040]).unwrap();
    let page = at / 4096 * 4096;
    file[page..page + 4].fill(0xff);
    std::fs::write(house.store(), file).unwrap();
    house.restart();
    let sequences: Vec<_> = house.stored().iter().map(segel_core::export::Record::sequence).collect();
    assert_eq!(sequences, [1, 2, 4, 6, 7]);
    let said = "event=store_read subject=\"damaged\" cause=\"database disk image is malformed\"";
    assert!(house.log.text().contains(said), "{}", house.log.text());
    assert!(house.log.text().contains("the envelope of number 5"), "{}", house.log.text());
    house.stop();
    assert_eq!(restore(house.folder.path(), "copy.db").0, 0);
    house.restart();
    assert_eq!(house.export(0).body, whole);
}
