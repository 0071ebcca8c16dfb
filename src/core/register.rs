//! Wishes that reached the shop otherwise than by a receipt: by phone or chat, in a letter, at the counter. A request counts whatever its
//! way (UU PDP Art. 14), so what somebody wrote down is obeyed like what a receipt signed. FORMAT §4.4.
//!
//! It names submissions by their ids and nobody by name.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::envelope::Head;
use crate::id::{SubmissionId, is_id};
use crate::statement::Wish;
use crate::table::LeftOut;
use crate::time::Time;

/// What a customer wants, whatever the way it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// Everything deleted.
    Delete,
    /// No longer used for this purpose.
    Withdraw(String),
    /// A copy of what is held.
    Copy,
    /// Something wrong put right.
    Correct,
}

/// How a wish reached the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channel {
    /// By chat.
    Whatsapp,
    /// By a call.
    Phone,
    /// By mail.
    Email,
    /// On paper.
    Letter,
    /// In person.
    Counter,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When it was said, or answered.
    pub at: Time,
    /// The submission.
    pub id: SubmissionId,
    /// What is wanted.
    pub what: What,
    /// How it came.
    pub by: Channel,
    /// A copy was given, a correction made.
    pub done: bool,
}

/// Every line, in order.
#[derive(Debug, Clone, Default)]
pub struct Register {
    asked: Vec<Asked>,
    // Ordered, not hashed: whoever sends submissions chooses their ids.
    by_id: BTreeMap<SubmissionId, Vec<usize>>,
}

/// The line of a register that is none, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no recorded request")]
pub struct RegisterError(pub usize);

impl What {
    /// What a statement wishes.
    #[must_use]
    pub fn of(wish: &Wish) -> Self {
        match wish {
            Wish::Withdraw { purpose } => Self::Withdraw(purpose.clone()),
            Wish::Delete => Self::Delete,
        }
    }

    /// The word in scripts and in the register, and the purpose.
    #[must_use]
    pub fn code(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Delete => ("delete", None),
            Self::Withdraw(purpose) => ("withdraw", Some(purpose)),
            Self::Copy => ("copy", None),
            Self::Correct => ("correct", None),
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
}

/// As it stands in the register.
impl fmt::Display for What {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            (word, Some(purpose)) => write!(to, "{word}:{purpose}"),
            (word, None) => to.write_str(word),
        }
    }
}

impl Channel {
    /// Each, with its word in scripts and in the register.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Whatsapp, "whatsapp"),
        (Self::Phone, "phone"),
        (Self::Email, "email"),
        (Self::Letter, "letter"),
        (Self::Counter, "counter"),
    ];

    /// Its word.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(channel, _)| *channel == self).map_or("", |(_, code)| code)
    }

    /// The channel of a word.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == code).map(|(channel, _)| *channel)
    }
}

impl Asked {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (at, id, what, by) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let (done, what) = what.strip_prefix("done:").map_or((false, what), |what| (true, what));
        let (at, id, what, by) = (Time::parse(at)?, SubmissionId::parse(id).ok()?, What::read(what)?, Channel::of(by)?);
        // Deletion and withdrawal are obeyed, not answered.
        let plain = !done || matches!(what, What::Copy | What::Correct);
        (plain && words.next().is_none()).then_some(Self { at, id, what, by, done })
    }

    fn line(&self) -> String {
        let done = if self.done { "done:" } else { "" };
        format!("{} {} {done}{} {}\n", self.at.text(), self.id, self.what, self.by.code())
    }
}

impl Register {
    /// Whether a file begins like a register.
    #[must_use]
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(b"segel-requests/")
    }

    /// Every line of a register's file.
    ///
    /// # Errors
    /// [`RegisterError`]: one line that is none makes all of it useless, for who is in it is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, RegisterError> {
        let text = core::str::from_utf8(bytes).map_err(|_| RegisterError(1))?;
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(RegisterError(1));
        }
        let mut register = Self::default();
        for (index, line) in lines.enumerate() {
            register.push(Asked::parse(line).ok_or(RegisterError(index + 2))?);
        }
        Ok(register)
    }

    /// Its file.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: String = self.asked.iter().map(Asked::line).collect();
        format!("{HEAD}\n{lines}")
    }

    /// Puts one more line behind the others.
    pub fn push(&mut self, asked: Asked) {
        self.by_id.entry(asked.id).or_default().push(self.asked.len());
        self.asked.push(asked);
    }

    /// Puts the lines of another behind these, without those that are here.
    pub fn merge(&mut self, other: &Self) {
        for asked in &other.asked {
            if !self.asked.contains(asked) {
                self.push(asked.clone());
            }
        }
    }

    /// Every wish, and whether it was done since.
    pub fn wishes(&self) -> impl Iterator<Item = (&Asked, bool)> {
        let done = |index: usize, asked: &Asked| {
            self.asked[index..].iter().any(|other| other.done && other.id == asked.id && other.what == asked.what)
        };
        let wishes = self.asked.iter().enumerate().filter(|(_, asked)| !asked.done);
        wishes.map(move |(index, asked)| (asked, done(index, asked)))
    }

    /// When deletion of a submission was asked for.
    #[must_use]
    pub fn deletion(&self, id: &SubmissionId) -> Option<Time> {
        self.first(id, |what| *what == What::Delete)
    }

    /// When consent to a purpose was withdrawn.
    #[must_use]
    pub fn withdrawal(&self, id: &SubmissionId, purpose: &str) -> Option<Time> {
        self.first(id, |what| matches!(what, What::Withdraw(withdrawn) if withdrawn == purpose))
    }

    /// What was said against using a submission for a purpose, or at all.
    ///
    /// # Errors
    /// [`LeftOut::DeletionRequested`] before [`LeftOut::Withdrawn`].
    pub fn unopposed(&self, head: &Head, purpose: Option<&str>) -> Result<(), LeftOut> {
        if self.deletion(&head.id()).is_some() {
            return Err(LeftOut::DeletionRequested);
        }
        match purpose.and_then(|purpose| self.withdrawal(&head.id(), purpose)) {
            Some(_) => Err(LeftOut::Withdrawn),
            None => Ok(()),
        }
    }

    fn first(&self, id: &SubmissionId, is_wanted: impl Fn(&What) -> bool) -> Option<Time> {
        let own = self.by_id.get(id).into_iter().flatten().map(|index| &self.asked[*index]);
        own.filter(|asked| is_wanted(&asked.what)).map(|asked| asked.at).min()
    }
}

const HEAD: &str = "segel-requests/1";

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(what: What, done: bool) -> Asked {
        let id = SubmissionId::parse("00112233445566778899aabbccddeeff").unwrap();
        let at = Time::parse("2026-11-25T10:00:00Z").unwrap();
        Asked { at, id, what, by: Channel::Whatsapp, done }
    }

    #[test]
    fn what_is_written_is_read_back_and_a_line_that_is_none_is_named() {
        let mut register = Register::default();
        let all =
            [(What::Delete, false), (What::Withdraw("minat".into()), false), (What::Copy, false), (What::Copy, true)];
        all.into_iter().for_each(|(what, done)| register.push(asked(what, done)));
        let text = register.text();
        let read = Register::parse(text.as_bytes()).unwrap();
        let found: Vec<_> = read.wishes().map(|(asked, done)| (asked.what.code(), done)).collect();
        assert_eq!(found, [(("delete", None), false), (("withdraw", Some("minat")), false), (("copy", None), true)]);
        let last = text.lines().last().unwrap();
        for bad in ["", "x", "2026-11-25T10:00:00Z 0011 delete phone", &format!("{last} more"), &format!(" {last}")] {
            assert_eq!(Register::parse(format!("{text}{bad}\n").as_bytes()).err(), Some(RegisterError(6)), "{bad:?}");
        }
        for bad in ["", "segel-requests/2\n", "\u{feff}segel-requests/1\n"] {
            assert_eq!(Register::parse(bad.as_bytes()).err(), Some(RegisterError(1)));
        }
        assert_eq!(Register::parse(b"segel-requests/1\n\xff\n").err(), Some(RegisterError(1)));
    }

    #[test]
    fn two_registers_make_one_without_a_line_twice() {
        let (mut one, mut two) = (Register::default(), Register::default());
        one.push(asked(What::Copy, false));
        two.push(asked(What::Copy, false));
        two.push(asked(What::Delete, false));
        one.merge(&two);
        assert_eq!((one.wishes().count(), one.deletion(&asked(What::Copy, false).id).is_some()), (2, true));
        assert_eq!(one.withdrawal(&asked(What::Copy, false).id, "minat"), None);
    }
}
