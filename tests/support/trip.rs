//! The real programs in a folder of their own, for tests that follow a submission from keys to table.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::answers::FileMeta;
use segel_core::receipt::Receipt;
use segel_core::{Answers, Choice, Choices, Form, Prepared, RawAnswers, seal};

/// A folder with keys, a published form and a running server.
pub(crate) struct Trip {
    folder: tempfile::TempDir,
    server: Child,
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
}

impl Trip {
    /// Makes keys (a spare too), publishes the example form, starts the server on SQLite.
    pub(crate) fn start(keygen: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pass"), "enam kata acak\n").unwrap();
        std::fs::write(folder.path().join("token"), "token-for-tests-only\n").unwrap();
        let keys =
            ["keygen", "-o", "owner.key", "--spare", "spare.key", "--passphrase-file", "pass", "--work-factor", "14"];
        good(segel(folder.path(), &[&keys, keygen].concat()));
        let definition = root().join("www/forms/daftar.json");
        let definition = definition.to_str().unwrap();
        good(segel(folder.path(), &["check", definition]));
        let publish =
            ["publish", definition, "-k", "owner.key", "--passphrase-file", "pass", "-o", "forms/daftar.segel"];
        assert!(
            good(segel(folder.path(), &publish)).contains("<segel-form src=\"/forms/daftar.segel\" owner=\"segel1")
        );
        let mut server = Command::new(env!("CARGO_BIN_EXE_segel-server"));
        server.args([
            "--forms",
            "forms",
            "--store",
            "sqlite:segel.db",
            "--listen",
            "127.0.0.1:0",
            "--token-file",
            "token",
        ]);
        let mut server = server.current_dir(folder.path()).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{first}")).to_owned();
        let log = Arc::new(Mutex::new(first));
        let copy = Arc::clone(&log);
        std::thread::spawn(move || {
            lines.lines().map_while(Result::ok).for_each(|line| copy.lock().unwrap().push_str(&line))
        });
        Self { folder, server, address, log }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The form as a page loads it from the server, held against the owner's fingerprint.
    pub(crate) fn form(&self) -> Form {
        let (status, body) = self.ask("GET", "/forms/daftar.segel", &[]);
        assert_eq!(status, 200);
        let inspected = good(self.run(&["inspect", "owner.pub"]));
        let owner = inspected.split("owner: ").nth(1).unwrap().lines().next().unwrap();
        Form::parse_pinned(&body, &segel_core::id::OwnerId::parse(owner).unwrap()).unwrap()
    }

    /// Runs `segel` in the folder.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        segel(self.folder.path(), words)
    }

    pub(crate) fn pull(&self) -> Output {
        let server = format!("http://{}", self.address);
        self.run(&["pull", &server, "--form", "daftar", "--token-file", "token", "-o", "inbox"])
    }

    /// Opens the inbox for a purpose.
    pub(crate) fn open(&self, purpose: &str, more: &[&str]) -> Output {
        let words = [
            "open",
            "inbox",
            "-k",
            "owner.key",
            "--passphrase-file",
            "pass",
            "--form",
            "forms/daftar.segel",
            "--purpose",
            purpose,
        ];
        self.run(&[&words, more].concat())
    }

    /// One request over a plain socket: status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let status = std::str::from_utf8(&reply[9..12]).unwrap().parse().unwrap();
        (status, reply[end..].to_vec())
    }

    /// Stops the server and returns what it logged.
    pub(crate) fn stop(&mut self) -> String {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Trip {
    fn drop(&mut self) {
        // Already stopped is as good as stopped now.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Seals answers as a page does: every purpose chosen, one photo.
pub(crate) fn customer(form: &Form, seed: u8, name: &str, interest: bool, photo: (&str, &[u8])) -> Vec<u8> {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let now = now();
    let mut choices = Choices::new(form);
    choices.set("daftar", Choice::Given).unwrap();
    choices.set("minat", if interest { Choice::Given } else { Choice::Refused }).unwrap();
    choices.set("penawaran", Choice::Refused).unwrap();
    let mut raw = RawAnswers::new();
    raw.set_text("nama", name.to_owned());
    raw.set_text("wa", "0812-3456-7890".to_owned());
    raw.set_text("lahir", "2000-02-29".to_owned());
    let length = photo.1.len() as u64;
    raw.set_files("foto", vec![FileMeta { name: photo.0.to_owned(), media_type: "image/jpeg".to_owned(), length }]);
    let answers = Answers::check(form, &choices, raw).unwrap_or_else(|problems| panic!("{problems:?}"));
    let consent = form.notice("id").unwrap().consent(&choices, now).unwrap();
    let prepared = Prepared::new(form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap();
    seal(form, prepared, consent, answers, &[("file-foto-1", photo.1)], now).unwrap()
}

/// The clock of this machine.
pub(crate) fn now() -> segel_core::time::Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    segel_core::time::Time::from_unix(i64::try_from(now).unwrap()).unwrap()
}

/// Standard output of a command that succeeded.
pub(crate) fn good(output: Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn segel(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segel"));
    command.args(words).args(["--lang", "en"]).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
