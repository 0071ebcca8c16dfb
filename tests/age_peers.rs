//! Round trips with other people's age programs, both ways: Debian's `age` (classic keys) and npm `age-encryption` (both
//! suites, and passphrases). What an owner reads with them must be what Segel sealed. `cargo xtask test` has both at hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "the whole file is a test, its helpers too"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use segel_core::age::file::{self, Prepared};
use segel_core::age::{Identity, Suite, scrypt, stream};

/// Around every boundary of the payload.
const LENGTHS: [usize; 8] =
    [0, 1, 1000, stream::CHUNK - 1, stream::CHUNK, stream::CHUNK + 1, 2 * stream::CHUNK, 200_000];

#[test]
fn the_age_program_reads_what_we_seal_and_we_read_what_it_seals() {
    if !there("the program `age`", Command::new("age").arg("--version").output().is_ok()) {
        return;
    }
    let folder = Folder::new(Suite::X25519);
    folder.seal();
    for name in folder.names() {
        // By its standard output: with `-o`, age 1.1 makes no file of an empty plaintext.
        let sealed = folder.path(&name, "age");
        let opened = run(Command::new("age").arg("-d").arg("-i").arg(folder.file("identity")).arg(sealed));
        fs::write(folder.path(&name, "opened"), opened).unwrap();
    }
    folder.assert_opened();
    for name in folder.names() {
        let (plain, sealed) = (folder.path(&name, "plain"), folder.path(&name, "age"));
        run(Command::new("age").arg("-R").arg(folder.file("recipients")).arg("-o").arg(sealed).arg(plain));
    }
    folder.assert_we_open();
}

#[test]
fn the_npm_package_reads_what_we_seal_and_we_read_what_it_seals_in_both_suites() {
    if !there("npm `age-encryption`", has_npm()) {
        return;
    }
    for suite in [Suite::X25519, Suite::Hybrid] {
        let folder = Folder::new(suite);
        folder.seal();
        folder.node("open");
        folder.assert_opened();
        folder.node("seal");
        folder.assert_we_open();
    }
}

#[test]
fn the_npm_package_and_we_read_each_others_passphrase_files() {
    if !there("npm `age-encryption`", has_npm()) {
        return;
    }
    let passphrase = "kata sandi – kopi susu";
    let folder = Folder::new(Suite::X25519);
    fs::write(folder.file("passphrase"), passphrase).unwrap();
    for (name, plain) in folder.plain() {
        let sealed = scrypt::seal(&plain, passphrase, 10, &mut support::rng(3)).unwrap();
        fs::write(folder.path(&name, "age"), sealed).unwrap();
    }
    folder.node("open");
    folder.assert_opened();
    folder.node("seal");
    for (name, plain) in folder.plain() {
        let sealed = fs::read(folder.path(&name, "age")).unwrap();
        assert!(*scrypt::open(&sealed, passphrase, 10).unwrap() == plain, "{name}");
    }
}

/// Two readers, of whom the second one opens, and plaintexts of every length.
struct Folder {
    place: tempfile::TempDir,
    readers: [Identity; 2],
}

impl Folder {
    fn new(suite: Suite) -> Self {
        let readers = [1, 2].map(|seed| Identity::generate(suite, &mut support::rng(seed)).expect("an identity"));
        let folder = Self { place: tempfile::tempdir().expect("a folder"), readers };
        let recipients: String = folder.readers.iter().map(|key| format!("{}\n", key.recipient())).collect();
        folder.write("recipients", recipients.as_bytes());
        folder.write("identity", folder.readers[1].to_text().as_bytes());
        for length in LENGTHS {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 7 % 251) as u8).collect();
            folder.write(&format!("{length}.plain"), &bytes);
        }
        folder
    }

    /// Seals every plaintext as a part is sealed: with a label stanza that other programs must pass over.
    fn seal(&self) {
        let recipients = self.readers.each_ref().map(Identity::recipient);
        for (name, plain) in self.plain() {
            let label = [String::from("1"), String::from("utama")];
            let prepared = Prepared::new(Some(("segel-part", &label)), &recipients, &mut support::rng(3));
            self.write(&format!("{name}.age"), &prepared.expect("a header").seal(&plain));
        }
    }

    fn assert_opened(&self) {
        for (name, plain) in self.plain() {
            let opened = fs::read(self.path(&name, "opened")).expect("an opened file");
            assert!(opened == plain, "{name}: another program read something else");
            fs::remove_file(self.path(&name, "age")).expect("a sealed file");
        }
    }

    fn assert_we_open(&self) {
        for (name, plain) in self.plain() {
            let sealed = fs::read(self.path(&name, "age")).expect("a sealed file");
            let opened = file::open(&sealed, &self.readers[1..]).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(*opened == plain, "{name}: we read something else");
        }
    }

    fn node(&self, act: &str) {
        run(Command::new("node").arg(web().join("peers.mjs")).arg(act).arg(self.place.path()));
    }

    fn names(&self) -> Vec<String> {
        LENGTHS.iter().map(usize::to_string).collect()
    }

    fn plain(&self) -> Vec<(String, Vec<u8>)> {
        let read = |name: String| (fs::read(self.path(&name, "plain")).expect("a plaintext"), name);
        self.names().into_iter().map(read).map(|(bytes, name)| (name, bytes)).collect()
    }

    fn path(&self, name: &str, extension: &str) -> PathBuf {
        self.file(&format!("{name}.{extension}"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.file(name), bytes).expect("a file");
    }
}

/// Whether a peer can be asked. Under `cargo xtask test` it must be there; elsewhere its absence is told.
fn there(what: &str, found: bool) -> bool {
    let required = std::env::var_os("SEGEL_FULL").is_some() || std::env::var_os("CI").is_some();
    assert!(found || !required, "{what} is missing");
    if !found {
        eprintln!("{what} is missing, its round trips were not run");
    }
    found
}

fn has_npm() -> bool {
    web().join("node_modules/age-encryption").is_dir() && Command::new("node").arg("--version").output().is_ok()
}

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web")
}

/// Its standard output.
fn run(command: &mut Command) -> Vec<u8> {
    let Output { status, stdout, stderr } = command.output().expect("a program that starts");
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    stdout
}
