//! The real server on loopback, with a form and submissions made beforehand, for the load and the faults.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that cannot go on has failed")]
#![allow(dead_code, reason = "each program uses its own part of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use segel_core::age::Suite;
use segel_core::envelope::Head;
use segel_core::id::{Digest, SubmissionId};
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};
use segel_core::{Definition, Envelope};

use crate::support::{Shop, rng, time};

/// A folder as an operator has it.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: String,
    shop: Shop,
    template: Vec<u8>,
    /// Where the id stands: in the head, and in each part's label.
    ids: Vec<usize>,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Rig {
    /// On the SQLite file of its folder, or on the database at `url`. Submissions have about `bytes` bytes, at least what the form needs.
    pub(crate) fn new(url: Option<String>, bytes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("forms")).unwrap();
        std::fs::write(folder.path().join("token"), TOKEN).unwrap();
        let mut shop = Shop::new(Suite::X25519);
        let text = include_str!("../vectors/forms/kecil.json").replace("KASIR", &shop.cashier.recipient().to_text());
        let text = text.replace("\"children\"", "\"valid_days\": 3650, \"children\"");
        let text = text.replace("\"max_bytes\": 200000", &format!("\"max_bytes\": {}", bytes.max(200_000)));
        let definition = Definition::parse(text.as_bytes()).unwrap();
        let owners = [shop.owner.recipient(), shop.spare.recipient()];
        let body = definition.publish(&owners, shop.form.suite(), time("2026-01-01T00:00:00Z"), None).unwrap();
        shop.form = shop.owner.sign(&body).unwrap();
        std::fs::write(folder.path().join("forms/kecil.segel"), shop.form.bytes()).unwrap();
        let small = shop.minimal(2);
        let template = stretched(&small, bytes.saturating_sub(small.len()));
        let id = Envelope::parse(&template).unwrap().head().id().to_string();
        let ids = (0..template.len() - id.len()).filter(|at| template[*at..].starts_with(id.as_bytes())).collect();
        Self { store: url.unwrap_or_else(|| String::from("sqlite:segel.db")), folder, shop, template, ids }
    }

    /// A submission that has a receipt, unlike those by number: about as large, and sealed by itself.
    pub(crate) fn real(&self, seed: u8) -> Vec<u8> {
        let small = self.shop.minimal(seed);
        stretched(&small, self.template.len().saturating_sub(small.len()))
    }

    /// What its customer says to have it deleted.
    pub(crate) fn deletion(&self, seed: u8) -> Vec<u8> {
        let receipt = Receipt::generate(&mut rng(seed)).unwrap();
        Statement::sign(&receipt, self.shop.form.digest(), time("2026-11-23T03:12:50Z"), &Wish::Delete)
    }

    /// Submission number `number`: the same bytes each time, and an id of its own.
    pub(crate) fn envelope(&self, number: u64) -> Vec<u8> {
        let id = self.id(number).to_string();
        let mut bytes = self.template.clone();
        for place in &self.ids {
            bytes[*place..place + id.len()].copy_from_slice(id.as_bytes());
        }
        bytes
    }

    pub(crate) fn id(&self, number: u64) -> SubmissionId {
        let id = Digest::labelled("bench", &[&number.to_be_bytes()]).as_bytes()[..16].try_into().unwrap();
        SubmissionId::from_bytes(id)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.template.len()
    }

    /// Starts the program that stands beside this one's folder, without limits on how many come from one place.
    pub(crate) fn start(&self) -> Server {
        self.start_with(|_| {})
    }

    /// The same with more words or another environment.
    pub(crate) fn start_with(&self, change: impl FnOnce(&mut Command)) -> Server {
        let mut command = self.command();
        change(&mut command);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = String::new();
        let address = lines.find_map(|line| {
            said.push_str(&line);
            line.strip_prefix("listening on http://").map(str::to_owned)
        });
        let address = address.unwrap_or_else(|| panic!("{said}")).parse().unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, address }
    }

    /// The program, not yet started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.current_dir(self.folder.path()).env_clear().env("SEGEL_STORE", &self.store);
        command.args(["--forms", "forms", "--listen", "127.0.0.1:0", "--token-file", "token"]);
        command.args(["--rate-form", "0", "--rate-network", "0", "--key-file", "key"]);
        // SQLite has its own beside its file, wherever that is; PostgreSQL has no such place.
        if !self.store.starts_with("sqlite:") {
            command.args(["--tombstones", "tombstones"]);
        }
        command
    }

    /// The SQLite file.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join(self.store.strip_prefix("sqlite:").unwrap())
    }
}

impl Server {
    /// SIGKILL: nothing of the program's own runs after it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Largest memory it ever had, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    /// The whole export.
    pub(crate) fn export(&self) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!(
            "GET /forms/kecil/export HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        skip_head(&mut reader).unwrap();
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let length = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; length + 2];
            reader.read_exact(&mut chunk).unwrap();
            if length == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        Some(Self { stream: BufReader::new(stream) })
    }

    /// Status of what stands at a path.
    pub(crate) fn ask(&mut self, path: &str) -> Option<u16> {
        self.stream.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").as_bytes()).ok()?;
        let (status, length) = skip_head(&mut self.stream)?;
        self.stream.read_exact(&mut vec![0; length]).ok()?;
        Some(status)
    }

    /// Status and body of the answer; nothing if the server is gone.
    pub(crate) fn submit(&mut self, envelope: &[u8]) -> Option<(u16, Vec<u8>)> {
        self.post("/forms/kecil", envelope)
    }

    /// The same at another path.
    pub(crate) fn post(&mut self, path: &str, bytes: &[u8]) -> Option<(u16, Vec<u8>)> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n", bytes.len());
        self.stream.get_mut().write_all(&[head.as_bytes(), bytes].concat()).ok()?;
        let (status, length) = skip_head(&mut self.stream)?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((status, body))
    }
}

/// A number behind a word of the command line.
pub(crate) fn option(name: &str, default: u64) -> u64 {
    word(name).and_then(|word| word.parse().ok()).unwrap_or(default)
}

/// What stands behind a word of the command line.
pub(crate) fn word(name: &str) -> Option<String> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.nth(1)
}

/// The time within which so many percent were done, in milliseconds.
pub(crate) fn millis(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// A thread for one of many clients.
pub(crate) fn thread<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    std::thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work).unwrap()
}

fn skip_head(reader: &mut BufReader<TcpStream>) -> Option<(u16, usize)> {
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return Some((status?, length));
        }
        if status.is_none() {
            status = line.split(' ').nth(1)?.parse().ok();
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
}

fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().and_then(Path::parent).unwrap().join("segel-server");
    assert!(program.is_file(), "build it first: cargo build --release --bin segel-server");
    program
}

/// The envelope with a longer photo.
fn stretched(envelope: &[u8], more: usize) -> Vec<u8> {
    let parsed = Envelope::parse(envelope).unwrap();
    let (head, photo) = (parsed.head(), "file-foto-1");
    let lengths = head
        .parts()
        .iter()
        .map(|(name, length)| (name.clone(), length + if name.as_str() == photo { more as u64 } else { 0 }));
    let mut bytes = Head::new(head.form(), head.id(), head.receipt(), lengths.collect()).encode();
    for (name, part) in parsed.parts() {
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len() + if name.as_str() == photo { more } else { 0 }, 0x5a);
    }
    bytes
}

/// Where customers say what is to become of their submissions.
pub(crate) const STATEMENTS: &str = "/forms/kecil/statements";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
