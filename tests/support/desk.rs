//! An owner's folder without a server: real keys and forms from the real program, and exports as a server would hand them out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::export::{Position, write_end, write_head, write_line};
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Answers, Choice, Choices, Form, Prepared, RawAnswers, seal};

/// A folder, and the program run in it.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// With the key of an owner and a spare, and a cashier's.
    pub(crate) fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path("pass"), "enam kata acak\n").unwrap();
        desk.keygen(&["-o", "owner.key", "--spare", "spare.key"]);
        desk.keygen(&["-o", "kasir.key", "--role", "kasir"]);
        desk
    }

    /// Makes a classic key, lightly locked: tests make many.
    pub(crate) fn keygen(&self, words: &[&str]) -> String {
        let light = ["keygen", "--classic", "--passphrase-file", "pass", "--work-factor", "14"];
        good(self.run(&[&light, words].concat()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, not yet started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segel"));
        command.args(words).args(["--lang", "en"]).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Publishes a version of the small form in which `staff` is the cashier, and returns it.
    pub(crate) fn publish(&self, version: u32, staff: &str) -> Form {
        self.publish_with(version, staff, |text| text)
    }

    /// The same, and a definition that `edit` changed.
    pub(crate) fn publish_with(&self, version: u32, staff: &str, edit: impl FnOnce(String) -> String) -> Form {
        let public = fs::read_to_string(self.path(staff).with_extension("pub")).unwrap();
        let text = include_str!("../vectors/forms/kecil.json").replace("KASIR", public.lines().last().unwrap());
        let text = text.replace("\"version\": 1", &format!("\"version\": {version}"));
        fs::write(self.path("kecil.json"), edit(text)).unwrap();
        let output = format!("kecil-{version}.segel");
        let keys = ["-k", "owner.key", "-k", staff];
        good(self.run(&[&["publish", "kecil.json", "-o", output.as_str()][..], &keys, &self.passphrases()].concat()));
        Form::parse(&fs::read(self.path(&output)).unwrap()).unwrap()
    }

    /// The passphrase files that there are.
    pub(crate) fn passphrases(&self) -> Vec<&'static str> {
        let all = ["pass", "pass-2"].into_iter().filter(|name| self.path(name).exists());
        all.flat_map(|name| ["--passphrase-file", name]).collect()
    }

    /// An inbox of one export with these submissions; returns where its chain ends.
    pub(crate) fn inbox(&self, folder: &str, form: &Form, envelopes: &[Vec<u8>]) -> Position {
        let time = Time::parse(RECEIVED_AT).unwrap();
        let received: Vec<_> = envelopes.iter().map(|envelope| (time, envelope.clone())).collect();
        self.export_after(folder, form, Position::START, &received)
    }

    /// One more export, which continues after a position.
    pub(crate) fn export_after(
        &self,
        folder: &str,
        form: &Form,
        after: Position,
        received: &[(Time, Vec<u8>)],
    ) -> Position {
        let mut position = after;
        let mut bytes = write_head(form.name(), &position);
        for (time, envelope) in received {
            position = position.next(*time, &Digest::of(envelope));
            bytes.extend(write_line(&position, *time, envelope.len() as u64));
            bytes.extend_from_slice(envelope);
            bytes.push(b'\n');
        }
        bytes.extend(write_end(&position));
        fs::create_dir_all(self.path(folder)).unwrap();
        let name = format!("{}-{:08}-{:08}.segel-export", form.name(), after.sequence() + 1, position.sequence());
        fs::write(self.path(folder).join(name), bytes).unwrap();
        position
    }

    /// Marks an inbox as just pulled, as far as nothing says when it was.
    pub(crate) fn pulled(&self, inbox: &str) {
        let mark = self.path(inbox).join("kecil.pulled");
        if self.path(inbox).is_dir() && !mark.exists() {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            let now = Time::from_unix(now.try_into().unwrap()).unwrap();
            fs::write(mark, format!("segel-pulled/1\nform kecil\nat {now}\nend 0\n")).unwrap();
        }
    }

    /// Opens an inbox with one key for the purpose `daftar`.
    pub(crate) fn open(&self, inbox: &str, key: &str, forms: &[&str], more: &[&str]) -> Output {
        self.pulled(inbox);
        let mut words = vec!["open", inbox, "-k", key, "--purpose", "daftar"];
        words.extend(self.passphrases());
        forms.iter().for_each(|form| words.extend(["--form", form]));
        words.extend(more);
        self.run(&words)
    }

    /// How many files an inbox has besides its record of uses.
    pub(crate) fn files(&self, inbox: &str) -> usize {
        let names = fs::read_dir(self.path(inbox)).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name != "uses.txt").count()
    }

    /// The only export in an inbox.
    pub(crate) fn export(&self, inbox: &str) -> PathBuf {
        let entries = fs::read_dir(self.path(inbox)).unwrap().map(|entry| entry.unwrap().path());
        let mut exports = entries.filter(|path| path.extension().is_some_and(|ending| ending == "segel-export"));
        let only = exports.next().unwrap();
        assert_eq!(exports.next(), None);
        only
    }
}

/// A submission of the small form, everything answered and agreed to.
pub(crate) fn submission(form: &Form, seed: u64, name: &str) -> Vec<u8> {
    submission_with(form, seed, name, |_| {})
}

/// The same with more answers.
pub(crate) fn submission_with(form: &Form, seed: u64, name: &str, fill: impl FnOnce(&mut RawAnswers)) -> Vec<u8> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = ChaCha20Rng::from_seed(bytes);
    let at = Time::parse(SEALED_AT).unwrap();
    let mut choices = Choices::new(form);
    for purpose in form.purposes() {
        choices.set(purpose.id(), Choice::Given).unwrap();
    }
    let mut raw = RawAnswers::new();
    raw.set_text("nama", name.to_owned());
    raw.set_text("wa", "0812-3456-7890".to_owned());
    raw.set_text("lahir", "2000-02-29".to_owned());
    fill(&mut raw);
    let answers = Answers::check(form, &choices, raw).unwrap_or_else(|problems| panic!("{problems:?}"));
    let consent = form.notice("id").unwrap().consent(&choices, at).unwrap();
    let prepared = Prepared::new(form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap();
    seal(form, prepared, consent, answers, &[], at).unwrap()
}

/// Standard output of a command that succeeded.
pub(crate) fn good(output: Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error, and the exit status.
pub(crate) fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

pub(crate) fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

const SEALED_AT: &str = "2026-11-23T03:12:46Z";
const RECEIVED_AT: &str = "2026-11-23T03:12:50Z";
