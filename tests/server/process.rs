//! The program itself: what it says, how it ends, and what it has kept when it is killed.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use segel_core::id::Digest;

use crate::house::{House, TOKEN, records, stretched};
use crate::http::{Reply, connect, head, post, send};

/// A running program, killed when dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Program {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_on(folder, "sqlite:segel.db")
    }

    fn start_on(folder: &Path, store: &str) -> Self {
        let mut command = command(folder);
        command.env("SEGEL_STORE", store);
        Self::start_as(command)
    }

    pub(crate) fn start_as(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().strip_prefix("listening on http://").map(str::to_owned));
        let address = address.expect("an address").parse().unwrap();
        // The log must be read, or the program would wait for room in the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, address }
    }

    /// SIGKILL: nothing of the program's own runs after it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segel-server"));
    command.env_clear().current_dir(folder).args(["--forms", "forms"]).env("SEGEL_STORE", "sqlite:segel.db");
    command.args(["--listen", "127.0.0.1:0", "--token-file", "token", "--assets", "assets"]);
    command.args(["--key-file", "segel.db.key", "--tombstones", "segel.db.tombstones"]);
    command
}

/// Exit status and what it said.
pub(crate) fn outcome(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A folder as a house has it, without its server.
fn folder() -> House {
    let mut house = House::new();
    house.stop();
    house
}

#[test]
fn case_93_what_was_acknowledged_survives_being_killed() {
    let house = folder();
    let envelopes: Vec<Vec<u8>> = (10..250).map(|seed| house.shop.minimal(seed)).collect();
    let mut acknowledged = Vec::new();
    for (round, batch) in envelopes.chunks(80).enumerate() {
        let program = Program::start(house.folder.path());
        let (report, reports) = mpsc::channel();
        let senders: Vec<_> = batch
            .chunks(20)
            .map(|share| {
                let (share, report, address) = (share.to_vec(), report.clone(), program.address);
                std::thread::spawn(move || submit_all(address, &share, &report))
            })
            .collect();
        drop(report);
        // Killed in the middle, at another place each round.
        acknowledged.extend(reports.iter().take(20 + 15 * round));
        program.kill();
        acknowledged.extend(reports.iter());
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }
    let program = Program::start(house.folder.path());
    let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
    let export = send(program.address, &head("GET", "/forms/kecil/export", &authorization)).unwrap();
    let kept: Vec<_> =
        records(&export.body).iter().map(|record| (record.sequence(), Digest::of(record.envelope()))).collect();
    assert!(acknowledged.len() >= 105 && acknowledged.len() <= kept.len());
    for receipt in &acknowledged {
        assert_eq!(kept.iter().filter(|record| *record == receipt).count(), 1, "{receipt:?}");
    }
    let integrity = rusqlite::Connection::open(house.store()).unwrap();
    let verdict: String = integrity.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// Submits until the server is gone; reports sequence and digest of what it acknowledged.
fn submit_all(address: SocketAddr, envelopes: &[Vec<u8>], report: &mpsc::Sender<(u64, Digest)>) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    for envelope in envelopes {
        if stream.write_all(&post("/forms/kecil", "", envelope)).is_err() {
            return;
        }
        let Some(reply) = Reply::read(&stream) else { return };
        assert_eq!(reply.status, 201, "{reply:?}");
        let _ = report.send((reply.json()["sequence"].as_u64().unwrap(), Digest::of(envelope)));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_submission_of_a_hundred_megabytes_costs_a_few_of_memory_in_and_out() {
    let mut houses = vec![folder()];
    houses.extend(House::on_postgres(|_| {}));
    for mut house in houses {
        house.stop();
        house.allow_large_photos();
        let program = Program::start_on(house.folder.path(), &house.place());
        let memory = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        let submit = |envelope: &[u8]| send(program.address, &post("/forms/kecil", "", envelope)).unwrap();
        assert_eq!(submit(&stretched(&house.shop.full(2), 1_000_000)).status, 201);
        let before = memory();
        let large = stretched(&house.shop.full(3), 100_000_000);
        let reply = submit(&large);
        assert_eq!(reply.status, 201, "{reply:?}");
        let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
        let export = send(program.address, &head("GET", "/forms/kecil/export?after=1", &authorization)).unwrap();
        assert_eq!(records(&export.body)[0].envelope(), large);
        let more = memory() - before;
        assert!(more < 16 * 1024, "{more} kB more");
    }
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_finishes_what_is_under_way_and_says_all_is_well() {
    let house = folder();
    let mut program = Program::start(house.folder.path());
    let request = post("/forms/kecil", "", &house.shop.minimal(2));
    let mut stream = connect(program.address);
    stream.write_all(&request[..request.len() - 1]).unwrap();
    let mut idle = connect(program.address);
    idle.write_all(&head("GET", "/readyz", "")).unwrap();
    assert_eq!(Reply::read(&idle).unwrap().status, 200);
    // Asked on a second connection, so that the first is surely being served.
    assert_eq!(send(program.address, &head("GET", "/healthz", "")).unwrap().status, 200);
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    while TcpStream::connect(program.address).is_ok() {}
    stream.write_all(&request[request.len() - 1..]).unwrap();
    assert_eq!(Reply::read(&stream).unwrap().status, 201);
    drop(stream);
    assert!(Reply::read(&idle).is_none(), "who has nothing to say is let go");
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_check_says_what_is_wrong_and_changes_nothing() {
    let house = folder();
    let path = house.folder.path();
    std::fs::remove_file(house.store()).unwrap();
    assert_eq!(outcome(command(path).arg("--check-config")), (0, "good: 1 form\n".into()));
    assert!(!house.store().exists());

    // What `segel publish` keeps beside it is no fault, and what will never be served is odd.
    let form = path.join("forms/kecil.segel");
    std::fs::copy(&form, path.join("forms/kecil-1.segel")).unwrap();
    assert_eq!(outcome(command(path).arg("--check-config")), (0, "good: 1 form\n".into()));
    std::fs::copy(&form, path.join("forms/kecil.segel.next")).unwrap();
    let odd = "odd: form kecil.segel.next: announced is version 1, and version 1 is served already; it will never be served: delete it\n";
    assert_eq!(outcome(command(path).arg("--check-config")), (0, [odd, "good: 1 form\n"].concat()));
    std::fs::rename(&form, path.join("kept")).unwrap();
    let odd = "odd: form kecil.segel.next: an announced version of a form that is not served; it will never be served: delete it\n";
    assert_eq!(outcome(command(path).arg("--check-config")), (0, [odd, "good: 0 forms\n"].concat()));
    std::fs::rename(path.join("kept"), &form).unwrap();
    std::fs::remove_file(path.join("forms/kecil.segel.next")).unwrap();

    std::fs::write(path.join("forms/Lain.segel"), "x").unwrap();
    let broken = "error: form Lain.segel: not a form's file name; small letters, digits and - are allowed\n\
                  hint: publish it anew with: segel publish\n";
    assert_eq!(outcome(command(path).arg("--check-config")), (1, broken.into()));

    std::fs::write(path.join("token"), "short\n").unwrap();
    let token = "error: token file token: shorter than 16 characters\n\
                 hint: write one with: (umask 077; openssl rand -hex 32 > FILE)\n";
    // All that is wrong, so that it takes one look and not one for each slip.
    let hook = "error: hook ./tell.sh: permission denied\nhint: chmod +x FILE\n";
    std::fs::write(path.join("tell.sh"), "#!/bin/sh\n").unwrap();
    let mut check = command(path);
    check.args(["--check-config", "--hook", "./tell.sh"]);
    assert_eq!(outcome(&mut check), (1, [token, hook, broken].concat()));
}

#[test]
fn a_program_to_tell_of_arrivals_must_be_there() {
    let house = folder();
    let path = house.folder.path();
    for wrong in ["nowhere.sh", "./nowhere.sh"] {
        let expected = format!("error: hook {wrong}: there is no such program\n");
        assert_eq!(outcome(command(path).args(["--hook", wrong])), (1, expected));
    }
    assert_eq!(
        outcome(command(path).env("PATH", "/usr/bin:/bin").args(["--hook", "true", "--check-config"])),
        (0, "good: 1 form\n".into())
    );
}

#[test]
fn what_cannot_be_opened_is_named() {
    let house = folder();
    let path = house.folder.path();
    let started = |arguments: &[&str]| {
        outcome(Command::new(env!("CARGO_BIN_EXE_segel-server")).current_dir(path).args(arguments))
    };
    let all = |changed: [&str; 2]| {
        let usual = [
            ["--forms", "forms"],
            ["--store", "sqlite:segel.db"],
            ["--token-file", "token"],
            ["--listen", "127.0.0.1:0"],
            ["--key-file", "key"],
            ["--tombstones", "list"],
        ];
        let kept = usual.into_iter().filter(|usual| usual[0] != changed[0]);
        started(&kept.chain([changed]).flatten().collect::<Vec<_>>())
    };
    assert_eq!(all(["--forms", "nowhere"]).0, 1);
    assert!(all(["--forms", "nowhere"]).1.starts_with("error: forms nowhere: "));
    assert!(all(["--store", "sqlite:nowhere/segel.db"]).1.starts_with("error: store nowhere/segel.db: "));
    assert!(all(["--token-file", "nowhere"]).1.starts_with("error: token file nowhere: "));
    assert!(all(["--assets", "forms"]).1.starts_with("error: assets forms: element.js: "));
    let (status, text) = all(["--store", "postgres://segel:rahasia@127.0.0.1:1/segel"]);
    assert_eq!(status, 1);
    assert!(text.starts_with("error: store postgres: error connecting to server"), "{text}");
    assert!(!text.contains("rahasia"), "{text}");
    assert_eq!(started(&["--version"]).0, 0);
    assert_eq!(started(&[]).0, 2);
}

#[cfg(unix)]
#[test]
fn a_hangup_ends_nothing_where_there_is_no_certificate_to_read_again() {
    let house = folder();
    let mut program = Program::start(house.folder.path());
    assert_eq!(send(program.address, &head("GET", "/healthz", "")).unwrap().status, 200);
    for signal in ["-HUP", "-TERM"] {
        let pid = program.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
    assert!(program.child.wait().unwrap().success(), "ended by the second");
}

#[cfg(target_os = "linux")]
#[test]
fn case_138_neither_program_leaves_its_memory_on_the_disk() {
    let house = folder();
    let limited = |child: &Child| {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let words: Vec<_> = line.split_whitespace().skip(4).collect();
        // None, where the machine forbids to raise it.
        words == ["1", "1", "bytes"] || words == ["0", "0", "bytes"]
    };
    let program = Program::start(house.folder.path());
    assert!(limited(&program.child));
    let owner = |input| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segel"));
        command.args(["inspect", "-", "--lang", "en"]).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    // More than a pipe holds: once it is written, the program is at work on it and waits for the rest.
    let mut child = owner(Stdio::piped());
    child.stdin.as_mut().unwrap().write_all(&[b'x'; 200_000]).unwrap();
    let held = limited(&child);
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(held);
}

#[test]
fn every_option_can_come_from_the_environment() {
    let house = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_segel-server"));
    command.env_clear().current_dir(house.folder.path()).arg("--check-config").envs([
        ("SEGEL_FORMS", "forms"),
        ("SEGEL_STORE", "sqlite:segel.db"),
        ("SEGEL_LISTEN", "127.0.0.1:0"),
        ("SEGEL_TOKEN_FILE", "token"),
        ("SEGEL_ASSETS", "assets"),
    ]);
    assert_eq!(outcome(&mut command), (0, "good: 1 form\n".into()));
}

#[test]
fn a_file_holds_settings_and_a_wrong_one_is_named_with_its_line() {
    let house = folder();
    let check = |text: &str| {
        std::fs::write(house.folder.path().join("segel.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_segel-server"));
        command.env_clear().current_dir(house.folder.path()).args(["--check-config", "--config", "segel.toml"]);
        outcome(&mut command)
    };
    let good = "forms = 'forms'\nstore = 'sqlite:segel.db'\ntoken_file = 'token'\nassets = 'assets'\n";
    assert_eq!(check(good), (0, "good: 1 form\n".into()));
    let (status, text) = check(&format!("{good}colour = 'red'\n"));
    assert_eq!(status, 2);
    assert!(text.starts_with("error: segel.toml, line 5: unknown field `colour`"), "{text}");
    // A form that is yet to come may have its list: a server would start.
    let odd = "odd: origins.lain: there is no such form\ngood: 1 form\n";
    assert_eq!(check(&format!("{good}[origins]\nlain = []\nkecil = []\n")), (0, odd.into()));
    let number =
        "error: segel.toml, line 5: wrong kind of value: text \"drei\", expected a whole number from 0 to 255\n";
    assert_eq!(check(&format!("{good}work_bits = 'drei'\n")), (2, number.into()));
    let (status, text) = check("forms = 'forms'\n");
    assert_eq!(
        (status, text.as_str()),
        (2, "error: store is not set\nhint: use --store, SEGEL_STORE or store = \"…\" in the file\n")
    );
    let (status, text) = check(&good.replace("'token'", "'nowhere'"));
    assert_eq!(status, 1);
    assert!(text.starts_with("error: token file nowhere: "), "{text}");
}
