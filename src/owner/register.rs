//! Wishes that reached the shop otherwise than by a receipt: by phone or chat, in a letter, at the counter. A request counts whatever its way
//! (UU PDP Art. 14), so what somebody wrote down here is obeyed like what a receipt signed.
//!
//! The register is a file of the inbox. It names submissions by their ids and nobody by name:
//!
//! ```text
//! segel-requests/1
//! 2026-11-25T10:00:00Z 6d1f… withdraw:penawaran whatsapp
//! 2026-11-26T02:00:00Z 6d1f… done:copy counter
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use segel_core::envelope::Head;
use segel_core::id::{SubmissionId, is_id};
use segel_core::statement::Wish;
use segel_core::time::Time;

use crate::args::Channel;
use crate::place::{self, For};
use crate::say::{Failure, Words, shown, words};

/// What a customer wants, whatever the way it was said.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum What {
    Delete,
    Withdraw(String),
    Copy,
    Correct,
}

/// One line.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) at: Time,
    pub(crate) id: SubmissionId,
    pub(crate) what: What,
    pub(crate) by: Channel,
    /// A copy was given, a correction made.
    pub(crate) done: bool,
}

/// Every line, in order.
#[derive(Default)]
pub(crate) struct Register {
    asked: Vec<Asked>,
    by_id: HashMap<SubmissionId, Vec<usize>>,
}

impl What {
    pub(crate) fn of(wish: &Wish) -> Self {
        match wish {
            Wish::Withdraw { purpose } => Self::Withdraw(purpose.clone()),
            _ => Self::Delete,
        }
    }

    /// The word in scripts and in the register, and the purpose.
    pub(crate) fn code(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Delete => ("delete", None),
            Self::Withdraw(purpose) => ("withdraw", Some(purpose)),
            Self::Copy => ("copy", None),
            Self::Correct => ("correct", None),
        }
    }

    pub(crate) fn words(&self) -> Words {
        match self {
            Self::Delete => words!("hapus data", "delete"),
            Self::Withdraw(purpose) => words!("tarik persetujuan: {purpose}", "withdraw: {purpose}"),
            Self::Copy => words!("minta salinan", "a copy"),
            Self::Correct => words!("minta koreksi", "a correction"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        Some(match text.split_once(':') {
            Some(("withdraw", purpose)) if is_id(purpose) => Self::Withdraw(purpose.to_owned()),
            None if text == "delete" => Self::Delete,
            None if text == "copy" => Self::Copy,
            None if text == "correct" => Self::Correct,
            _ => return None,
        })
    }

    fn text(&self) -> String {
        match self.code() {
            (word, Some(purpose)) => format!("{word}:{purpose}"),
            (word, None) => word.to_owned(),
        }
    }
}

impl Register {
    /// Where the register of an inbox lies, or of the folder in which an export does.
    pub(crate) fn path(input: &Path) -> PathBuf {
        match input.is_dir() {
            true => input.join(NAME),
            false => input.with_file_name(NAME),
        }
    }

    /// What was written down; nothing where there is no register. One that cannot be read stops everything: who is in it is not known.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut register = Self::default();
        if !path.exists() {
            return Ok(register);
        }
        let bytes = place::read(path, MAX)?;
        let text = core::str::from_utf8(&bytes).map_err(|_| damaged(path, 1))?;
        for (index, line) in text.lines().enumerate() {
            match index {
                0 if line == HEAD => {}
                0 => return Err(damaged(path, 1)),
                _ => register.push(parse(line).ok_or_else(|| damaged(path, index + 1))?),
            }
        }
        Ok(register)
    }

    /// Writes one more line behind the others.
    pub(crate) fn add(path: &Path, asked: Asked) -> Result<(), Failure> {
        let mut register = Self::read(path)?;
        register.push(asked);
        register.write(path)
    }

    /// Writes all of it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let lines = self.asked.iter().map(|asked| {
            let done = if asked.done { "done:" } else { "" };
            format!("{} {} {done}{} {}\n", asked.at.text(), asked.id, asked.what.text(), asked.by.code())
        });
        let text: String = core::iter::once(format!("{HEAD}\n")).chain(lines).collect();
        place::replace(path, text.as_bytes(), For::Owner)
    }

    /// Every wish, and whether it was done since.
    pub(crate) fn wishes(&self) -> impl Iterator<Item = (&Asked, bool)> {
        let done = |index: usize, asked: &Asked| {
            self.asked[index..].iter().any(|other| other.done && other.id == asked.id && other.what == asked.what)
        };
        let wishes = self.asked.iter().enumerate().filter(|(_, asked)| !asked.done);
        wishes.map(move |(index, asked)| (asked, done(index, asked)))
    }

    /// When deletion of a submission was asked for.
    pub(crate) fn deletion(&self, head: &Head) -> Option<Time> {
        self.first(head, |what| *what == What::Delete)
    }

    /// When consent to a purpose was withdrawn.
    pub(crate) fn withdrawal(&self, head: &Head, purpose: &str) -> Option<Time> {
        self.first(head, |what| matches!(what, What::Withdraw(withdrawn) if withdrawn == purpose))
    }

    fn first(&self, head: &Head, is_wanted: impl Fn(&What) -> bool) -> Option<Time> {
        let own = self.by_id.get(&head.id()).into_iter().flatten().map(|index| &self.asked[*index]);
        own.filter(|asked| is_wanted(&asked.what)).map(|asked| asked.at).min()
    }

    fn push(&mut self, asked: Asked) {
        self.by_id.entry(asked.id).or_default().push(self.asked.len());
        self.asked.push(asked);
    }
}

fn parse(line: &str) -> Option<Asked> {
    let mut words = line.split(' ');
    let (at, id, what, by) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (done, what) = what.strip_prefix("done:").map_or((false, what), |what| (true, what));
    let (at, id, what, by) = (Time::parse(at)?, SubmissionId::parse(id).ok()?, What::read(what)?, Channel::of(by)?);
    words.next().is_none().then_some(Asked { at, id, what, by, done })
}

fn damaged(path: &Path, line: usize) -> Failure {
    let name = shown(path);
    Failure::hinted(
        words!("{name}: baris {line} bukan catatan permintaan", "{name}: line {line} is no recorded request"),
        words!(
            "kembalikan baris itu; tanpa daftar ini penarikan yang dicatat tidak dapat ditaati",
            "restore that line; without this register what was recorded cannot be obeyed"
        ),
    )
}

/// The register's name in an inbox.
pub(crate) const NAME: &str = "requests.txt";
const HEAD: &str = "segel-requests/1";
/// Bytes of a register: a hundred thousand wishes.
const MAX: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_a_line_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let id = SubmissionId::parse("00112233445566778899aabbccddeeff").unwrap();
        let at = Time::parse("2026-11-25T10:00:00Z").unwrap();
        let all =
            [(What::Delete, false), (What::Withdraw("minat".into()), false), (What::Copy, false), (What::Copy, true)];
        for (what, done) in all {
            Register::add(&path, Asked { at, id, what, by: Channel::Whatsapp, done }).ok().unwrap();
        }
        let read = Register::read(&path).ok().unwrap();
        let found: Vec<_> = read.wishes().map(|(asked, done)| (asked.what.text(), done)).collect();
        assert_eq!(found, [("delete".into(), false), ("withdraw:minat".into(), false), ("copy".into(), true)]);
        let good = std::fs::read_to_string(&path).unwrap();
        for bad in
            ["", "x", "2026-11-25T10:00:00Z 0011 delete phone", &format!("{} more", good.lines().last().unwrap())]
        {
            std::fs::write(&path, format!("{good}{bad}\n")).unwrap();
            assert!(Register::read(&path).is_err(), "{bad:?}");
        }
        std::fs::write(&path, "segel-requests/2\n").unwrap();
        assert!(Register::read(&path).is_err());
    }
}
