//! Fetching over links that break: what arrived whole is kept, the next run goes on behind it, and what is not whole is not kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use desk::{Desk, good, submission, told};
use segel_core::export::{
    Entry, Position, Reader, Resealed, write_damaged, write_end, write_gone, write_head, write_line, write_resealed,
};
use segel_core::id::{Digest, FormDigest, FormName};
use segel_core::stamp::Taken;
use segel_core::time::Time;

#[test]
fn a_transfer_that_breaks_off_keeps_what_arrived_and_goes_on_from_there() {
    let (desk, envelopes) = filled(5);
    let (whole, ends) = export(&envelopes);
    let server = Server::start();
    // two submissions and a half, then the line is dead
    let cut = ends[2].0 - 100;
    let first = server.pull(&desk, Say::Cut { body: whole[..cut].to_vec(), announced: whole.len() });
    assert_eq!(told(&first).0, Some(3), "{}", told(&first).1);
    assert!(told(&first).1.contains("2 new submission(s)"), "{}", told(&first).1);
    assert!(told(&first).1.contains("the transfer broke off"), "{}", told(&first).1);
    assert_eq!(server.asked(), "/forms/kecil/export?after=0");
    let rest = [&write_head(&name(), &ends[1].1)[..], &whole[ends[1].0..]].concat();
    good(server.pull(&desk, Say::Whole(rest)));
    assert_eq!(server.asked(), "/forms/kecil/export?after=2");
    let exports = exports(&desk);
    assert_eq!(exports, ["kecil-00000001-00000002.segel-export", "kecil-00000003-00000005.segel-export"]);
    let opened = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]));
    assert_eq!(opened.lines().count(), 6, "{opened}");
}

/// UU PDP Art. 40: who withdrew meanwhile is not in what is opened.
#[test]
fn an_inbox_that_was_not_pulled_for_a_day_is_not_opened_for_a_purpose() {
    let (desk, envelopes) = filled(2);
    let (whole, ends) = export(&envelopes);
    let server = Server::start();
    let mark = desk.path("inbox/kecil.pulled");
    server.pull(&desk, Say::Cut { body: whole[..ends[1].0 - 100].to_vec(), announced: whole.len() });
    assert!(!mark.exists(), "what broke off says nothing about the rest");
    let open = |more: &[&str]| {
        let words = ["open", "inbox", "-k", "owner.key", "--form", "kecil-1.segel"];
        let output = desk.run(&[&words, &desk.passphrases()[..], more].concat());
        (output.status.code(), String::from_utf8(output.stdout.clone()).unwrap(), told(&output).1)
    };
    let csv = ["--purpose", "daftar", "--format", "csv"];
    let stale = [&csv[..], &["--stale"]].concat();
    let missing = "withdrawals may be missing here: there is no kecil.pulled: when it was last pulled is not known";
    let refused = |cause: &str| {
        let (status, table, text) = open(&csv);
        assert!(status == Some(1) && table.is_empty(), "{table}{text}");
        assert!(text.contains(cause) && text.contains("hint: fetch them with `segel pull`; --stale"), "{text}");
        let (status, table, text) = open(&stale);
        assert!(status == Some(0) && table.contains("Sari"), "{text}");
        assert!(text.contains(&format!("warning: inbox: {cause}")), "{text}");
    };
    refused(missing);
    assert_eq!(open(&[]).0, Some(0), "a summary is no use");

    let (end, rest) = (ends[1].1, [&write_head(&name(), &ends[0].1)[..], &whole[ends[0].0..]].concat());
    good(server.pull(&desk, Say::Whole(rest)));
    let fresh = || assert!(open(&csv).0 == Some(0) && !open(&csv).2.contains("warning"), "{}", open(&csv).2);
    fresh();
    let text = fs::read_to_string(&mark).unwrap();
    assert!(text.starts_with("segel-pulled/1\nform kecil\nat 20") && text.ends_with("\nend 2\n"), "{text}");
    let now = Time::parse(&text["segel-pulled/1\nform kecil\nat ".len()..][..20]).unwrap();
    let at = |seconds: i64| Time::from_unix(now.unix() + seconds).unwrap();
    let write = |at: Time, end: u64| {
        fs::write(&mark, format!("segel-pulled/1\nform kecil\nat {at}\nend {end}\n")).unwrap();
        at
    };
    let past = write(at(-25 * 3600), 2);
    refused(&format!("withdrawals may be missing here: kecil was last pulled {past}, more than 24 hours ago"));
    let nothing = [write_head(&name(), &end), write_end(&end)].concat();
    assert!(told(&server.pull(&desk, Say::Whole(nothing))).1.contains("nothing new"));
    fresh();
    let future = write(at(3600), 2);
    refused(&format!("withdrawals may be missing here: kecil was last pulled {future}, which is still to come"));
    write(at(0), 3);
    refused("withdrawals may be missing here: kecil was pulled up to number 3, the exports here end at 2");
    fs::write(&mark, "segel-pulled/1\n").unwrap();
    for words in [&csv[..], &stale] {
        let (status, table, text) = open(words);
        assert!(status == Some(1) && table.is_empty() && text.contains("not a mark of `segel pull`"), "{text}");
    }
}

#[test]
fn a_run_that_was_killed_leaves_whole_submissions_to_the_next_one() {
    let (desk, envelopes) = filled(5);
    let (whole, ends) = export(&envelopes);
    let server = Server::start();
    let sent = ends[3].0 + 700;
    let (hold, release) = channel();
    server.next.send(Say::Hold { body: whole[..sent].to_vec(), until: release }).unwrap();
    let mut child = server.command(&desk).stderr(Stdio::null()).spawn().unwrap();
    let draft = desk.path("inbox/.kecil.pull");
    while fs::metadata(&draft).map_or(0, |metadata| metadata.len()) < sent as u64 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        thread::yield_now();
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    hold.send(()).unwrap();
    assert_eq!(server.asked(), "/forms/kecil/export?after=0");
    assert!(exports(&desk).is_empty(), "nothing has its final name yet");

    let rest = [&write_head(&name(), &ends[3].1)[..], &whole[ends[3].0..]].concat();
    let again = server.pull(&desk, Say::Whole(rest));
    assert_eq!(server.asked(), "/forms/kecil/export?after=4");
    assert!(told(&again).1.contains("4 new submission(s)"), "{}", told(&again).1);
    good(again);
    assert_eq!(exports(&desk), ["kecil-00000001-00000004.segel-export", "kecil-00000005-00000005.segel-export"]);
    assert!(!draft.exists());
}

#[test]
fn what_is_not_the_chain_is_not_kept() {
    let (desk, envelopes) = filled(3);
    let (whole, ends) = export(&envelopes);
    let server = Server::start();
    let mut changed = whole.clone();
    changed[ends[1].0 - 50] ^= 1;
    let gap = [&whole[..ends[0].0], &whole[ends[1].0..]].concat();
    for (body, cause) in [(changed, "the chain breaks at submission 2"), (gap, "submission 3 follows 1")] {
        let output = server.pull(&desk, Say::Whole(body));
        assert_eq!(told(&output).0, Some(1));
        assert!(told(&output).1.contains(cause), "{}", told(&output).1);
        assert!(exports(&desk).is_empty());
        server.asked();
    }
    // a draft of another history is thrown away
    let other = [&write_head(&name(), &ends[0].1)[..], &whole[ends[0].0..]].concat();
    fs::write(desk.path("inbox/.kecil.pull"), other).unwrap();
    good(server.pull(&desk, Say::Whole(whole)));
    assert_eq!(server.asked(), "/forms/kecil/export?after=0");
    assert_eq!(exports(&desk), ["kecil-00000001-00000003.segel-export"]);
}

#[test]
fn what_a_server_calls_re_sealed_is_not_kept() {
    let (desk, envelopes) = filled(2);
    let (body, ends) = export(&envelopes[..1]);
    let origin = Digest::of(&envelopes[1]);
    let last = ends[0].1.next(received(), &origin);
    let resealed = Resealed { readers: FormDigest::of(b"of whoever likes"), origin };
    let other = &envelopes[0];
    let line = write_resealed(&last, received(), other.len() as u64, &resealed);
    let body = [&body[..ends[0].0], &line, other, b"\n", &write_end(&last)].concat();
    let server = Server::start();
    let output = server.pull(&desk, Say::Whole(body.clone()));
    let (code, notes) = told(&output);
    assert_eq!(code, Some(1), "{notes}");
    assert!(notes.contains("submission 2 is called re-sealed") && notes.contains("nothing was kept"), "{notes}");
    assert_eq!(exports(&desk).len(), 0);

    // Nor is it when the run was killed before it looked: what stands in front of it is.
    fs::write(desk.path("inbox/.kecil.pull"), &body).unwrap();
    let output = server.pull(&desk, Say::Status(401));
    assert!(told(&output).1.contains("1 new submission(s)"), "{}", told(&output).1);
    assert_eq!(exports(&desk), ["kecil-00000001-00000001.segel-export"]);
}

#[test]
fn another_history_and_another_form_are_refused() {
    let (desk, envelopes) = filled(3);
    let (whole, ends) = export(&envelopes);
    let server = Server::start();
    let first = [&whole[..ends[0].0], &write_end(&ends[0].1)].concat();
    good(server.pull(&desk, Say::Whole(first)));
    server.asked();
    let restored = Position::START.next(received(), &Digest::of(b"another"));
    let foreign = [write_head(&name(), &restored), write_end(&restored)].concat();
    let renamed = [write_head(&FormName::parse("lain").unwrap(), &ends[0].1), write_end(&ends[0].1)].concat();
    for say in [Say::Whole(foreign), Say::Whole(renamed), Say::Status(409)] {
        let output = server.pull(&desk, say);
        assert!(told(&output).1.contains("tells another history than this inbox"), "{}", told(&output).1);
        server.asked();
    }
    assert_eq!(exports(&desk).len(), 1);
}

#[test]
fn the_place_of_a_deleted_submission_is_fetched_like_any_other() {
    let (desk, envelopes) = filled(1);
    let deleted = Digest::of(b"deleted");
    let gone = Position::START.next(received(), &deleted);
    let last = gone.next(received(), &Digest::of(&envelopes[0]));
    let body = [
        write_head(&name(), &Position::START),
        write_gone(&gone, received(), &deleted),
        write_line(&last, received(), envelopes[0].len() as u64),
        envelopes[0].clone(),
        b"\n".to_vec(),
        write_end(&last),
    ];
    let server = Server::start();
    server.next.send(Say::Whole(body.concat())).unwrap();
    let output = server.command(&desk).args(["--format", "json"]).output().unwrap();
    assert!(told(&output).1.contains("1 new submission(s)"), "{}", told(&output).1);
    assert!(told(&output).1.contains("1 deleted at the server"), "{}", told(&output).1);
    let line = "{\"complete\":true,\"deleted\":1,\"file\":\"inbox/kecil-00000001-00000002.segel-export\",\"from\":1,\"submissions\":1,\"to\":2}\n";
    assert_eq!(good(output), line);
    let output = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
    assert!(told(&output).1.contains("1 submission(s) deleted before"), "{}", told(&output).1);
    assert_eq!(good(output).lines().count(), 2);
    let verified = desk.run(&["verify", "inbox", "--form", "kecil-1.segel", "--format", "json"]);
    assert!(told(&verified).1.contains("1 submission(s) deleted before"), "{}", told(&verified).1);
    assert!(good(verified).contains("\"deleted\":1,"));
}

#[test]
fn what_is_damaged_at_the_server_is_named_and_the_rest_is_fetched_and_opened_until_a_whole_export_stands_for_it() {
    let (desk, envelopes) = filled(4);
    let (whole, ends) = export(&envelopes);
    // The second as a submission, the third as something that was a statement.
    let line = |at: usize, what| write_damaged(&ends[at].1, received(), what, &Digest::of(&envelopes[at]));
    let lost =
        [&whole[..ends[0].0], &line(1, Taken::Envelope), &line(2, Taken::Statement), &whole[ends[2].0..]].concat();
    let server = Server::start();
    let pulled = server.pull(&desk, Say::Whole(lost));
    let (status, said) = told(&pulled);
    assert_eq!(status, Some(3), "{said}");
    for sentence in [
        "2 new submission(s)",
        "the envelope of number 2 is damaged at the server",
        "the statement of number 3 is damaged at the server",
        "bring a backup back",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    server.asked();
    let again = server.pull(&desk, Say::Whole([write_head(&name(), &ends[3].1), write_end(&ends[3].1)].concat()));
    assert_eq!(server.asked(), "/forms/kecil/export?after=4", "it goes on behind them");
    good(again);

    let open = |desk: &Desk| desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
    let verify = |desk: &Desk| desk.run(&["verify", "inbox", "--form", "kecil-1.segel", "--format", "json"]);
    let opened = open(&desk);
    let (status, said) = told(&opened);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("the envelope of number 2 is damaged at the server"), "{said}");
    assert_eq!(String::from_utf8_lossy(&opened.stdout).lines().count(), 3);
    let verified = verify(&desk);
    assert_eq!(verified.status.code(), Some(3));
    let found: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    let codes: Vec<_> = found["damaged"].as_array().unwrap().iter().map(|fault| fault["code"].clone()).collect();
    assert_eq!((found["submissions"].as_u64(), codes), (Some(2), vec!["export_damaged".into(); 2]));

    // An envelope may be deleted later, which is counted; a statement never is.
    let exports = desk.path("inbox");
    let gone = |at: usize| write_gone(&ends[at].1, received(), &Digest::of(&envelopes[at]));
    let later = exports.join("kecil-00000001-00000004-gone.segel-export");
    fs::write(&later, [&whole[..ends[0].0], &gone(1), &gone(2), &whole[ends[2].0..]].concat()).unwrap();
    let found: serde_json::Value = serde_json::from_slice(&verify(&desk).stdout).unwrap();
    assert_eq!(found["damaged"].as_array().unwrap().len(), 1, "{found}");
    assert!(found["damaged"][0].to_string().contains("statement of number 3"), "{found}");
    fs::remove_file(later).unwrap();

    fs::write(exports.join("kecil-00000001-00000004-again.segel-export"), &whole).unwrap();
    let opened = good(open(&desk));
    assert_eq!(opened.lines().count(), 5, "{opened}");
    let found: serde_json::Value = serde_json::from_str(&good(verify(&desk))).unwrap();
    assert_eq!(found["damaged"], serde_json::json!([]));
}

#[test]
fn a_wrong_token_is_named_and_never_shown() {
    let (desk, _) = filled(1);
    let server = Server::start();
    let output = server.pull(&desk, Say::Status(401));
    assert_eq!(told(&output).0, Some(1));
    assert!(told(&output).1.contains("the server refuses the token"), "{}", told(&output).1);
    assert!(!told(&output).1.contains("token-for-tests"), "{}", told(&output).1);
    let words = ["pull", "http://127.0.0.1:9", "--form", "kecil", "--token", "x", "-o", "inbox"];
    assert_eq!(desk.run(&words).status.code(), Some(2), "a token is no argument");
}

/// A desk with a form, and submissions for it.
fn filled(count: u64) -> (Desk, Vec<Vec<u8>>) {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    fs::write(desk.path("token"), "token-for-tests\n").unwrap();
    (desk, (0..count).map(|seed| submission(&form, seed, "Sari")).collect())
}

/// An export, and for each submission where it ends and where the chain stands.
fn export(envelopes: &[Vec<u8>]) -> (Vec<u8>, Vec<(usize, Position)>) {
    let mut position = Position::START;
    let (mut bytes, mut ends) = (write_head(&name(), &position), Vec::new());
    for envelope in envelopes {
        position = position.next(received(), &Digest::of(envelope));
        bytes.extend(write_line(&position, received(), envelope.len() as u64));
        bytes.extend_from_slice(envelope);
        bytes.push(b'\n');
        ends.push((bytes.len(), position));
    }
    bytes.extend(write_end(&position));
    let mut reader = Reader::default();
    reader.feed(&bytes);
    while let Some(Entry::Record(_)) = reader.next_entry().unwrap() {}
    reader.finish().unwrap();
    (bytes, ends)
}

fn exports(desk: &Desk) -> Vec<String> {
    let entries = fs::read_dir(desk.path("inbox")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> =
        entries.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".segel-export")).collect();
    names.sort();
    names
}

fn name() -> FormName {
    FormName::parse("kecil").unwrap()
}

fn received() -> Time {
    Time::parse("2026-11-23T03:12:50Z").unwrap()
}

/// What a server answers once.
enum Say {
    Whole(Vec<u8>),
    Cut { body: Vec<u8>, announced: usize },
    Hold { body: Vec<u8>, until: Receiver<()> },
    Status(u16),
}

/// A server that does as it is told, one connection after the other.
struct Server {
    address: String,
    next: Sender<Say>,
    asked: Receiver<String>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (next, script) = channel();
        let (ask, asked) = channel();
        thread::spawn(move || {
            for say in script {
                let (stream, _) = listener.accept().unwrap();
                ask.send(answer(stream, say)).unwrap();
            }
        });
        Self { address, next, asked }
    }

    fn command(&self, desk: &Desk) -> std::process::Command {
        desk.command(&["pull", &self.address, "--form", "kecil", "--token-file", "token", "-o", "inbox"])
    }

    fn pull(&self, desk: &Desk, say: Say) -> Output {
        self.next.send(say).unwrap();
        self.command(desk).output().unwrap()
    }

    /// The path that was asked for.
    fn asked(&self) -> String {
        self.asked.recv().unwrap()
    }
}

fn answer(mut stream: TcpStream, say: Say) -> String {
    let mut request = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    request.read_line(&mut first).unwrap();
    let mut line = String::new();
    while request.read_line(&mut line).unwrap() > 2 {
        line.clear();
    }
    let (status, body, announced, until) = match say {
        Say::Whole(body) => (200, body.clone(), body.len(), None),
        Say::Cut { body, announced } => (200, body, announced, None),
        Say::Hold { body, until } => (200, body.clone(), body.len() + 1_000_000, Some(until)),
        Say::Status(status) => (status, b"{\"code\":\"x\",\"message\":\"x\"}".to_vec(), 26, None),
    };
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n");
    // A reader that was killed is gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    if let Some(until) = until {
        until.recv().unwrap();
    }
    first.split(' ').nth(1).unwrap().to_owned()
}
