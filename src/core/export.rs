//! What the server hands to the owner: submissions in order, each chained to the one before. FORMAT §12.
//!
//! Reader and writer do no I/O: bytes are fed in and records come out, with one submission in memory at a time. A cut, a
//! gap, a repeat and an exchange are noticed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::envelope::{is_newer, parse_decimal};
use crate::id::{Digest, FormDigest, FormName};
use crate::limits;
use crate::stamp::Taken;
use crate::statement::{self, Statement};
use crate::time::{Time, push_decimal};

/// One submission of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    sequence: u64,
    received_at: Time,
    envelope: Vec<u8>,
    chain: Digest,
    origin: Digest,
    readers: Option<FormDigest>,
}

/// What an export says of a submission that its owner re-sealed. FORMAT §12.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealed {
    /// The published form whose keys read it now.
    pub readers: FormDigest,
    /// SHA-256 of the envelope that the server had.
    pub origin: Digest,
}

/// What stands where a submission was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    position: Position,
    received_at: Time,
    digest: Digest,
}

/// What stands where the server's bytes are no longer those that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    position: Position,
    received_at: Time,
    what: Taken,
    digest: Digest,
}

/// What a customer said later, with the number and time that the server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    position: Position,
    received_at: Time,
    statement: Statement,
    bytes: Vec<u8>,
}

impl Said {
    /// Its number, from 1, in the same row as the submissions'.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.position.sequence
    }

    /// When the server received it.
    #[must_use]
    pub const fn received_at(&self) -> Time {
        self.received_at
    }

    /// Where the chain stands after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What was said; not verified yet.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The line in front of it, its bytes, and the LF behind them.
    #[must_use]
    pub fn lines(&self) -> Vec<u8> {
        [&write_statement(&self.position, self.received_at, self.bytes.len())[..], &self.bytes, b"\n"].concat()
    }
}

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// A submission.
    Record(Record),
    /// The place of one that was deleted.
    Gone(Gone),
    /// What a customer said later.
    Said(Said),
    /// The place of one that the server's disk has damaged.
    Damaged(Damaged),
}

impl Entry {
    /// Where the chain stands after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        match self {
            Self::Record(record) => record.position(),
            Self::Gone(gone) => gone.position,
            Self::Said(said) => said.position,
            Self::Damaged(damaged) => damaged.position,
        }
    }
}

impl Gone {
    /// Its number, from 1.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.position.sequence
    }

    /// Where the chain stands after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The line that says so.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        write_gone(&self.position, self.received_at, &self.digest)
    }
}

impl Damaged {
    /// Its number, from 1.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.position.sequence
    }

    /// Where the chain stands after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What it was.
    #[must_use]
    pub const fn what(&self) -> Taken {
        self.what
    }

    /// The line that says so.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        write_damaged(&self.position, self.received_at, self.what, &self.digest)
    }

    /// The same as a fault, for whoever lists what is not as it should be.
    #[must_use]
    pub const fn fault(&self) -> ExportError {
        ExportError::Damaged { sequence: self.position.sequence, what: self.what }
    }
}

impl Record {
    /// Its number, from 1.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When the server received it.
    #[must_use]
    pub const fn received_at(&self) -> Time {
        self.received_at
    }

    /// Its bytes, not looked at.
    #[must_use]
    pub fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// The same without its bytes, for a list that may be long.
    #[must_use]
    pub const fn without_envelope(&self) -> Self {
        let Self { sequence, received_at, chain, origin, readers, .. } = *self;
        Self { sequence, received_at, envelope: Vec::new(), chain, origin, readers }
    }

    /// What was done to it, if its owner re-sealed it.
    #[must_use]
    pub fn resealed(&self) -> Option<Resealed> {
        self.readers.map(|readers| Resealed { readers, origin: self.origin })
    }

    /// SHA-256 of the envelope as the server had it.
    #[must_use]
    pub const fn origin(&self) -> Digest {
        self.origin
    }

    /// Where the chain stands after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { sequence: self.sequence, chain: self.chain }
    }

    /// The chain up to it.
    #[must_use]
    pub const fn chain(&self) -> &Digest {
        &self.chain
    }
}

/// Where a chain stands: the last sequence and its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    sequence: u64,
    chain: Digest,
}

impl Position {
    /// Before the first submission.
    pub const START: Self = Self { sequence: 0, chain: Digest::ZERO };

    /// After that submission.
    #[must_use]
    pub const fn new(sequence: u64, chain: Digest) -> Self {
        Self { sequence, chain }
    }

    /// The last sequence, 0 at the start.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The chain there.
    #[must_use]
    pub const fn chain(&self) -> &Digest {
        &self.chain
    }

    /// The position after the next submission: `chain(n)` of FORMAT §12.
    #[must_use]
    pub fn next(&self, received_at: Time, envelope: &Digest) -> Self {
        let sequence = self.sequence + 1;
        let (number, time) = (sequence.to_be_bytes(), received_at.text());
        let inputs: [&[u8]; 4] = [self.chain.as_bytes(), &number, time.as_bytes(), envelope.as_bytes()];
        Self { sequence, chain: Digest::labelled("segel/v1/chain", &inputs) }
    }
}

/// The first lines of an export that continues after `position`.
#[must_use]
pub fn write_head(form: &FormName, position: &Position) -> Vec<u8> {
    let mut text = ["segel-export/1\nform ", form.as_str(), "\nafter "].concat();
    push_position(&mut text, position);
    text.push_str("\n\n");
    text.into_bytes()
}

/// The line in front of a submission whose chain ends at `position`; its bytes and one LF follow.
#[must_use]
pub fn write_line(position: &Position, received_at: Time, length: u64) -> Vec<u8> {
    let mut text = start_line("envelope ", position, received_at);
    text.push(' ');
    push_decimal(&mut text, length);
    push_hex(&mut text, &position.chain);
    text.push('\n');
    text.into_bytes()
}

/// The line in front of a submission that was re-sealed; its bytes and one LF follow. FORMAT §12.1.
#[must_use]
pub fn write_resealed(position: &Position, received_at: Time, length: u64, resealed: &Resealed) -> Vec<u8> {
    let mut text = start_line("resealed ", position, received_at);
    text.push(' ');
    push_decimal(&mut text, length);
    for digest in [resealed.readers.digest(), &resealed.origin, &position.chain] {
        push_hex(&mut text, digest);
    }
    text.push('\n');
    text.into_bytes()
}

/// The line in the place of a submission that was deleted; `envelope` is the digest of what was there.
#[must_use]
pub fn write_gone(position: &Position, received_at: Time, envelope: &Digest) -> Vec<u8> {
    let mut text = start_line("gone ", position, received_at);
    push_hex(&mut text, envelope);
    push_hex(&mut text, &position.chain);
    text.push('\n');
    text.into_bytes()
}

/// The line in the place of what is damaged at the server; `digest` is that of the bytes that were there.
#[must_use]
pub fn write_damaged(position: &Position, received_at: Time, what: Taken, digest: &Digest) -> Vec<u8> {
    let mut text = start_line("damaged ", position, received_at);
    text.push(' ');
    text.push_str(what.as_str());
    push_hex(&mut text, digest);
    push_hex(&mut text, &position.chain);
    text.push('\n');
    text.into_bytes()
}

/// The line in front of a statement of `length` bytes whose chain ends at `position`; its bytes and one LF follow.
#[must_use]
pub fn write_statement(position: &Position, received_at: Time, length: usize) -> Vec<u8> {
    let mut text = start_line("statement ", position, received_at);
    text.push(' ');
    push_decimal(&mut text, length as u64);
    push_hex(&mut text, &position.chain);
    text.push('\n');
    text.into_bytes()
}

fn start_line(kind: &str, position: &Position, received_at: Time) -> String {
    let mut text = String::from(kind);
    push_decimal(&mut text, position.sequence);
    text.push(' ');
    text.push_str(&received_at.text());
    text
}

fn push_hex(text: &mut String, digest: &Digest) {
    text.push(' ');
    text.push_str(&crate::id::hex(digest.as_bytes()));
}

/// The last line of an export.
#[must_use]
pub fn write_end(position: &Position) -> Vec<u8> {
    let mut text = String::from("end ");
    push_position(&mut text, position);
    text.push('\n');
    text.into_bytes()
}

fn push_position(text: &mut String, position: &Position) {
    push_decimal(text, position.sequence);
    text.push(' ');
    text.push_str(&crate::id::hex(position.chain.as_bytes()));
}

/// Whether exports continue each other: one that was left out between two leaves a gap, in which a customer may have withdrawn. FORMAT §12.
#[cfg(feature = "open")]
#[derive(Debug, Default)]
pub struct Joints(alloc::collections::BTreeMap<FormName, Position>);

#[cfg(feature = "open")]
impl Joints {
    /// Puts an export that goes on from `start` and stands at `end` behind those before it, in order of their starts; what is missing or was
    /// changed between is returned. Exports that overlap are no fault.
    pub fn follow(&mut self, form: &FormName, start: Position, end: Position) -> Option<ExportError> {
        let last = self.0.insert(form.clone(), end)?;
        if last.sequence > end.sequence {
            self.0.insert(form.clone(), last);
        }
        match last.sequence.cmp(&start.sequence) {
            core::cmp::Ordering::Less => Some(ExportError::Gap { after: last.sequence, found: start.sequence + 1 }),
            core::cmp::Ordering::Equal if last != start => Some(ExportError::Chain { sequence: start.sequence }),
            _ => None,
        }
    }
}

/// The mark beside exports that were fetched from a server: what customers withdrew before `at` is among them. FORMAT §12.2.
#[cfg(feature = "open")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose exports.
    pub form: FormName,
    /// When the server was asked, by the clock of whoever asked.
    pub at: Time,
    /// The last sequence that the server had.
    pub end: u64,
}

#[cfg(feature = "open")]
impl Mark {
    /// Whether a file begins like a mark.
    #[must_use]
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(b"segel-pulled/")
    }

    /// Reads what [`Self::text`] writes, and nothing else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        let (form, rest) = text.strip_prefix("segel-pulled/1\nform ")?.split_once("\nat ")?;
        let (at, rest) = rest.split_once('\n')?;
        let end = rest.strip_prefix("end ")?.strip_suffix('\n')?.parse().ok()?;
        let mark = Self { form: FormName::parse(form).ok()?, at: Time::parse(at)?, end };
        // No sign, no zero in front.
        (mark.text() == text).then_some(mark)
    }

    /// Its file.
    #[must_use]
    pub fn text(&self) -> String {
        alloc::format!("segel-pulled/1\nform {}\nat {}\nend {}\n", self.form, self.at.text(), self.end)
    }

    /// For how many seconds a mark stands, and the last entry of an export.
    pub const FRESH: i64 = 24 * 3600;
    /// Seconds by which the clocks of two machines may differ: what is later than that says nothing.
    pub const SKEW: i64 = 15 * 60;
}

/// Reads an export piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    at: usize,
    read: u64,
    start: Option<Position>,
    state: State,
    from_server: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Records {
        form: FormName,
        position: Position,
    },
    Ended {
        form: FormName,
        position: Position,
    },
}

/// Why an export cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Does not begin like an export.
    #[error("not an export")]
    NotAnExport,
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    NewerKit,
    /// A line is not as it must be.
    #[error("damaged at byte {offset}")]
    Syntax {
        /// Where the line begins.
        offset: u64,
    },
    /// The export ends before its end line.
    #[error("cut off after submission {after}")]
    Cut {
        /// The last sequence read.
        after: u64,
    },
    /// A sequence is not the next one: some are missing, repeated or exchanged.
    #[error("submission {found} follows {after}: something is missing, repeated or exchanged")]
    Gap {
        /// The sequence before.
        after: u64,
        /// The one found.
        found: u64,
    },
    /// The chain does not compute: the submission or what came before it was changed.
    #[error("the chain breaks at submission {sequence}: it or one before it was changed")]
    Chain {
        /// Where.
        sequence: u64,
    },
    /// A submission larger than any form allows.
    #[error("submission {sequence} is larger than any form allows")]
    TooLarge {
        /// Which.
        sequence: u64,
    },
    /// A server claims to have what only an owner makes.
    #[error("submission {sequence} is called re-sealed, which only an owner's own copy may be")]
    Resealed {
        /// Which.
        sequence: u64,
    },
    /// Something follows the end line.
    #[error("bytes after the end")]
    TrailingBytes,
    /// The server's bytes are damaged, it says. The reader goes on; see [`Damaged::fault`].
    #[error("the {} of number {sequence} is damaged at the server", .what.as_str())]
    Damaged {
        /// Which.
        sequence: u64,
        /// What it was.
        what: Taken,
    },
}

impl ExportError {
    /// A stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnExport => "not_an_export",
            Self::NewerKit => "newer_kit",
            Self::Syntax { .. } => "export_syntax",
            Self::Cut { .. } => "export_cut",
            Self::Gap { .. } => "export_gap",
            Self::Chain { .. } => "export_chain",
            Self::TooLarge { .. } => "export_too_large",
            Self::Resealed { .. } => "export_resealed",
            Self::TrailingBytes => "trailing_bytes",
            Self::Damaged { .. } => "export_damaged",
        }
    }
}

impl Reader {
    /// For what a server hands out: the bytes of a `resealed` line are in no chain, so it would let a server put others in their place.
    #[must_use]
    pub fn of_server() -> Self {
        Self { from_server: true, ..Self::default() }
    }

    /// Takes more bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The form and position the export starts from, once its head was read by [`Reader::next_record`].
    #[must_use]
    pub const fn form(&self) -> Option<&FormName> {
        match &self.state {
            State::Head => None,
            State::Records { form, .. } | State::Ended { form, .. } => Some(form),
        }
    }

    /// The position after the last record read.
    #[must_use]
    pub const fn position(&self) -> Option<&Position> {
        match &self.state {
            State::Head => None,
            State::Records { position, .. } | State::Ended { position, .. } => Some(position),
        }
    }

    /// Where the export goes on from, once its head was read.
    #[must_use]
    pub const fn start(&self) -> Option<&Position> {
        self.start.as_ref()
    }

    /// Bytes up to the end of the last line or submission read.
    #[must_use]
    pub const fn consumed(&self) -> u64 {
        self.read
    }

    /// The next submission, or `None` if more bytes are needed or the end was reached. Places of deleted and damaged ones
    /// and statements are passed over.
    ///
    /// # Errors
    /// [`ExportError`]; records that came before it are good.
    pub fn next_record(&mut self) -> Result<Option<Record>, ExportError> {
        loop {
            match self.next_entry()? {
                Some(Entry::Record(record)) => return Ok(Some(record)),
                Some(Entry::Gone(_) | Entry::Said(_) | Entry::Damaged(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// The same, places of deleted and damaged ones and statements too.
    ///
    /// # Errors
    /// [`ExportError`]; entries that came before it are good.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, ExportError> {
        if matches!(self.state, State::Head) {
            let Some(state) = self.head()? else { return Ok(None) };
            self.state = state;
        }
        let State::Records { form, position } = &self.state else {
            return if self.at == self.buffer.len() { Ok(None) } else { Err(ExportError::TrailingBytes) };
        };
        let (form, position) = (form.clone(), *position);
        let Some((line, after)) = self.line(0)? else { return Ok(None) };
        let syntax = ExportError::Syntax { offset: self.read };
        if let Some(end) = line.strip_prefix("end ") {
            let end = parse_position(end).ok_or(syntax)?;
            if end != position {
                return Err(misplaced(&position, &end));
            }
            self.take(after);
            self.state = State::Ended { form, position };
            return self.next_entry();
        }
        let line = Line::parse(line).ok_or(syntax.clone())?;
        if self.from_server && matches!(line.kind, LineKind::Resealed { .. }) {
            return Err(ExportError::Resealed { sequence: line.sequence });
        }
        let Some(envelope) = self.body(&line, after, &position)? else { return Ok(None) };
        let length = match line.kind {
            LineKind::Gone | LineKind::Damaged { .. } => after,
            _ => after + envelope.len() + 1,
        };
        if self.buffer.get(self.at + length - 1) != Some(&b'\n') {
            return Err(syntax);
        }
        let digest = line.digest.unwrap_or_else(|| Digest::of(&envelope));
        let next = position.next(line.received_at, &digest);
        if next.chain != line.chain {
            return Err(ExportError::Chain { sequence: line.sequence });
        }
        let said = match line.kind {
            LineKind::Statement => Some(Statement::parse(&envelope).map_err(|_| syntax)?),
            _ => None,
        };
        self.take(length);
        self.state = State::Records { form, position: next };
        if let Some(statement) = said {
            let said = Said { position: next, received_at: line.received_at, statement, bytes: envelope };
            return Ok(Some(Entry::Said(said)));
        }
        let (received_at, Position { sequence, chain }) = (line.received_at, next);
        let readers = match line.kind {
            LineKind::Gone => return Ok(Some(Entry::Gone(Gone { position: next, received_at, digest }))),
            LineKind::Damaged { what } => {
                return Ok(Some(Entry::Damaged(Damaged { position: next, received_at, what, digest })));
            }
            LineKind::Envelope | LineKind::Statement => None,
            LineKind::Resealed { readers } => Some(readers),
        };
        Ok(Some(Entry::Record(Record { sequence, received_at, envelope, chain, origin: digest, readers })))
    }

    /// What was read, if the end line was.
    ///
    /// # Errors
    /// [`ExportError::Cut`] if it was not; [`ExportError::TrailingBytes`].
    pub fn finish(self) -> Result<(FormName, Position), ExportError> {
        match self.state {
            State::Ended { form, position } if self.at == self.buffer.len() => Ok((form, position)),
            State::Ended { .. } => Err(ExportError::TrailingBytes),
            State::Records { position, .. } => Err(ExportError::Cut { after: position.sequence }),
            State::Head if self.buffer.contains(&b'\n') || begins_like_one(&self.buffer) => {
                Err(ExportError::Cut { after: 0 })
            }
            State::Head => Err(ExportError::NotAnExport),
        }
    }

    fn head(&mut self) -> Result<Option<State>, ExportError> {
        let Some((first, mut after)) = self.line(0)? else { return Ok(None) };
        match first {
            "segel-export/1" => {}
            other if is_newer(other.as_bytes(), KIND) => return Err(ExportError::NewerKit),
            _ => return Err(ExportError::NotAnExport),
        }
        let mut lines = ["", "", ""];
        for line in &mut lines {
            let Some((text, end)) = self.line(after)? else { return Ok(None) };
            *line = text;
            after = end;
        }
        let form = lines[0].strip_prefix("form ").and_then(|name| FormName::parse(name).ok());
        let position = lines[1].strip_prefix("after ").and_then(parse_position);
        match (form, position, lines[2]) {
            (Some(form), Some(position), "") => {
                self.take(after);
                self.start = Some(position);
                Ok(Some(State::Records { form, position }))
            }
            _ => Err(ExportError::Syntax { offset: self.read }),
        }
    }

    /// The line that begins `from` bytes ahead, and where it ends.
    fn line(&self, from: usize) -> Result<Option<(&str, usize)>, ExportError> {
        let rest = &self.buffer[self.at + from..];
        let Some(end) = rest.iter().take(LINE).position(|byte| *byte == b'\n') else {
            let foreign = matches!(self.state, State::Head) && from == 0 && !begins_like_one(rest);
            return match (foreign, rest.len() >= LINE) {
                (true, _) => Err(ExportError::NotAnExport),
                (false, true) => Err(ExportError::Syntax { offset: self.read }),
                (false, false) => Ok(None),
            };
        };
        match core::str::from_utf8(&rest[..end]) {
            Ok(text) => Ok(Some((text, from + end + 1))),
            Err(_) if matches!(self.state, State::Head) && from == 0 => Err(ExportError::NotAnExport),
            Err(_) => Err(ExportError::Syntax { offset: self.read }),
        }
    }

    /// The bytes of a submission, once they and the LF behind them are there.
    fn body(&self, line: &Line, from: usize, position: &Position) -> Result<Option<Vec<u8>>, ExportError> {
        let most = if matches!(line.kind, LineKind::Statement) { statement::BYTES as u64 } else { ENVELOPE_MAX };
        if line.length > most {
            return Err(ExportError::TooLarge { sequence: line.sequence });
        }
        if line.sequence != position.sequence + 1 {
            return Err(ExportError::Gap { after: position.sequence, found: line.sequence });
        }
        if matches!(line.kind, LineKind::Gone | LineKind::Damaged { .. }) {
            return Ok(Some(Vec::new()));
        }
        let rest = &self.buffer[self.at + from..];
        // Under the limit, so it fits where addresses have 32 bits too.
        let length = usize::try_from(line.length).unwrap_or(usize::MAX);
        Ok((rest.len() > length).then(|| rest[..length].to_vec()))
    }

    fn take(&mut self, bytes: usize) {
        self.at += bytes;
        self.read += bytes as u64;
    }
}

struct Line {
    kind: LineKind,
    sequence: u64,
    received_at: Time,
    length: u64,
    /// Of the envelope as the server had it, where the line says it.
    digest: Option<Digest>,
    chain: Digest,
}

enum LineKind {
    Envelope,
    Statement,
    Gone,
    Damaged { what: Taken },
    Resealed { readers: FormDigest },
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let (sequence, received_at) = (parse_decimal(words.next()?)?, Time::parse(words.next()?)?);
        let length = if matches!(kind, "gone" | "damaged") { 0 } else { parse_decimal(words.next()?)? };
        let kind = match kind {
            "envelope" => LineKind::Envelope,
            "statement" => LineKind::Statement,
            "gone" => LineKind::Gone,
            "damaged" => LineKind::Damaged { what: Taken::parse(words.next()?)? },
            "resealed" => LineKind::Resealed { readers: FormDigest::parse(words.next()?).ok()? },
            _ => return None,
        };
        let digest = match kind {
            LineKind::Envelope | LineKind::Statement => None,
            _ => Some(Digest::parse(words.next()?).ok()?),
        };
        let line = Self { kind, sequence, received_at, length, digest, chain: Digest::parse(words.next()?).ok()? };
        words.next().is_none().then_some(line)
    }
}

fn parse_position(text: &str) -> Option<Position> {
    let (sequence, chain) = text.split_once(' ')?;
    let position = Position { sequence: parse_decimal(sequence)?, chain: Digest::parse(chain).ok()? };
    // Nothing has a chain before the first submission.
    (position.sequence > 0 || position == Position::START).then_some(position)
}

fn misplaced(position: &Position, end: &Position) -> ExportError {
    if position.sequence == end.sequence {
        ExportError::Chain { sequence: end.sequence }
    } else {
        ExportError::Gap { after: position.sequence, found: end.sequence }
    }
}

/// Whether bytes without an LF may become the first line of an export, of this version or a newer one: what they are called must not
/// hang on where a piece ends.
fn begins_like_one(bytes: &[u8]) -> bool {
    let (kind, version) = bytes.split_at(bytes.len().min(KIND.len()));
    KIND.starts_with(kind) && version.iter().all(u8::is_ascii_digit)
}

const KIND: &[u8] = b"segel-export/";
/// Longest line: a `resealed` line has under 260 bytes.
const LINE: usize = 320;
/// Sixteen parts of 100 MiB and their headers.
const ENVELOPE_MAX: u64 = limits::PARTS as u64 * (limits::FILE_BYTES + 256 * 1024);

#[cfg(test)]
mod tests {
    use super::*;

    fn export(count: u8) -> Vec<u8> {
        let mut position = Position::START;
        let mut bytes = write_head(&FormName::parse("daftar").unwrap(), &position);
        for number in 1..=count {
            let envelope = vec![number; usize::from(number) * 10];
            position = position.next(Time::from_unix(1_800_000_000).unwrap(), &Digest::of(&envelope));
            bytes.extend(write_line(&position, Time::from_unix(1_800_000_000).unwrap(), envelope.len() as u64));
            bytes.extend(envelope);
            bytes.push(b'\n');
        }
        bytes.extend(write_end(&position));
        bytes
    }

    fn read(bytes: &[u8], piece: usize) -> (Vec<u64>, Result<u64, ExportError>) {
        let mut reader = Reader::default();
        let mut sequences = Vec::new();
        for piece in bytes.chunks(piece) {
            reader.feed(piece);
            loop {
                match reader.next_record() {
                    Ok(Some(record)) => sequences.push(record.sequence()),
                    Ok(None) => break,
                    Err(error) => return (sequences, Err(error)),
                }
            }
        }
        (sequences, reader.finish().map(|(_, end)| end.sequence()))
    }

    /// The export without the bytes from the nth `envelope` line to the one before `to`.
    fn lines(bytes: &[u8]) -> Vec<usize> {
        let text: Vec<usize> = (0..bytes.len())
            .filter(|at| bytes[*at..].starts_with(b"envelope ") || bytes[*at..].starts_with(b"end "))
            .collect();
        text
    }

    #[test]
    fn a_newer_export_is_called_so_however_it_comes_in_pieces() {
        for piece in 1..20 {
            let mut reader = Reader::default();
            let outcome = b"segel-export/12\nform x\n".chunks(piece).find_map(|bytes| {
                reader.feed(bytes);
                reader.next_entry().err()
            });
            assert_eq!(outcome, Some(ExportError::NewerKit), "in pieces of {piece}");
        }
    }

    #[test]
    fn reads_the_same_in_pieces_of_any_size() {
        for piece in [1, 7, 64, 100_000] {
            assert_eq!(read(&export(4), piece), (vec![1, 2, 3, 4], Ok(4)));
        }
        assert_eq!(read(&export(0), 5), (vec![], Ok(0)));
    }

    #[test]
    fn every_cut_is_named_and_what_came_before_it_is_kept() {
        let bytes = export(3);
        let lines = lines(&bytes);
        for end in 0..bytes.len() {
            let (sequences, outcome) = read(&bytes[..end], 50);
            let whole = lines[1..].iter().filter(|line| **line <= end).count() as u64;
            assert_eq!(outcome, Err(ExportError::Cut { after: whole }), "{end}");
            assert_eq!(sequences.len() as u64, whole);
        }
    }

    #[test]
    fn a_missing_a_repeated_and_an_exchanged_submission_are_gaps() {
        let bytes = export(3);
        let at = lines(&bytes);
        let piece = |index: usize| &bytes[at[index]..at[index + 1]];
        let (head, end) = (&bytes[..at[0]], &bytes[at[3]..]);
        let cases = [
            (vec![head, piece(0), piece(2), end], ExportError::Gap { after: 1, found: 3 }),
            (vec![head, piece(0), piece(0), piece(1), piece(2), end], ExportError::Gap { after: 1, found: 1 }),
            (vec![head, piece(1), piece(0), piece(2), end], ExportError::Gap { after: 0, found: 2 }),
            (vec![head, piece(0), piece(1), end], ExportError::Gap { after: 2, found: 3 }),
        ];
        for (pieces, expected) in cases {
            assert_eq!(read(&pieces.concat(), 33).1, Err(expected));
        }
    }

    #[test]
    fn a_changed_submission_breaks_the_chain() {
        let bytes = export(3);
        let body = bytes.iter().rposition(|byte| *byte == 2).unwrap();
        let mut other = bytes.clone();
        other[body] = 9;
        assert_eq!(read(&other, 40), (vec![1], Err(ExportError::Chain { sequence: 2 })));
        let text = bytes.iter().map(|byte| if *byte == b'Z' { b'z' } else { *byte }).collect::<Vec<u8>>();
        assert!(matches!(read(&text, 40).1, Err(ExportError::Syntax { .. })));
        assert_eq!(read(&[&bytes[..], b"x"].concat(), 40).1, Err(ExportError::TrailingBytes));
        assert_eq!(read(b"segel-export/2\n", 40).1, Err(ExportError::NewerKit));
        assert_eq!(read(b"age-encryption.org/v1", 40).1, Err(ExportError::NotAnExport));
        assert_eq!(read(b"\x89PNG\r\n\x1a\n", 40).1, Err(ExportError::NotAnExport));
    }

    #[test]
    fn a_start_that_claims_a_chain_before_the_first_submission_is_refused() {
        let text = String::from_utf8(export(0)).unwrap().replace("after 0 00", "after 0 11");
        assert_eq!(read(text.as_bytes(), 40).1, Err(ExportError::Syntax { offset: 0 }));
    }

    #[test]
    fn what_a_server_has_damaged_is_named_and_what_follows_is_read() {
        let (time, form) = (Time::from_unix(1_800_000_000).unwrap(), FormName::parse("daftar").unwrap());
        for (what, said) in [
            (Taken::Envelope, "the envelope of number 1 is damaged at the server"),
            (Taken::Statement, "the statement of number 1 is damaged at the server"),
        ] {
            let first = Position::START.next(time, &Digest::of(b"as it was"));
            let second = first.next(time, &Digest::of(b"abc"));
            let line = write_damaged(&first, time, what, &Digest::of(b"as it was"));
            let bytes = [
                &write_head(&form, &Position::START)[..],
                &line,
                &write_line(&second, time, 3),
                b"abc\n",
                &write_end(&second),
            ]
            .concat();
            assert_eq!(read(&bytes, 7), (vec![2], Ok(2)));
            let mut reader = Reader::of_server();
            reader.feed(&bytes);
            let Ok(Some(Entry::Damaged(damaged))) = reader.next_entry() else { panic!("{what:?}") };
            assert_eq!((damaged.position(), damaged.line()), (first, line));
            assert_eq!((damaged.fault().to_string().as_str(), damaged.fault().code()), (said, "export_damaged"));
        }
    }

    #[test]
    fn a_server_has_nothing_re_sealed() {
        let time = Time::from_unix(1_800_000_000).unwrap();
        let origin = Digest::of(b"as it was");
        let position = Position::START.next(time, &origin);
        let resealed = Resealed { readers: FormDigest::of(b"later form"), origin };
        let head = write_head(&FormName::parse("daftar").unwrap(), &Position::START);
        let line = write_resealed(&position, time, 3, &resealed);
        let bytes = [&head[..], &line, b"new\n", &write_end(&position)].concat();
        assert_eq!(read(&bytes, 40), (vec![1], Ok(1)));
        let mut reader = Reader::of_server();
        reader.feed(&bytes);
        assert_eq!(reader.next_entry(), Err(ExportError::Resealed { sequence: 1 }));
    }

    #[test]
    fn a_claimed_length_is_refused_before_it_costs_memory() {
        let head = write_head(&FormName::parse("daftar").unwrap(), &Position::START);
        let line = write_line(&Position::new(1, Digest::ZERO), Time::from_unix(0).unwrap(), 900_000_000_000);
        assert_eq!(read(&[head, line].concat(), 40).1, Err(ExportError::TooLarge { sequence: 1 }));
    }

    #[cfg(feature = "open")]
    #[test]
    fn a_mark_is_read_as_it_is_written_and_in_no_other_way() {
        let good = "segel-pulled/1\nform daftar\nat 2026-11-26T12:00:00Z\nend 5\n";
        assert_eq!(Mark::parse(good.as_bytes()).unwrap().end, 5);
        for (from, to) in [
            ("/1", "/2"),
            ("daftar", "Daftar"),
            ("12:00:00Z", "12:00:00"),
            ("end 5", "end 05"),
            ("end 5", "end +5"),
            ("end 5", "end "),
            ("end 5", "end 18446744073709551616"),
            ("5\n", "5"),
            ("5\n", "5\n\n"),
            ("\n", "\r\n"),
        ] {
            assert!(Mark::parse(good.replace(from, to).as_bytes()).is_none(), "{from:?} to {to:?}");
        }
    }

    #[cfg(feature = "open")]
    #[test]
    fn exports_that_continue_each_other_are_told_from_those_that_do_not() {
        let form = FormName::parse("daftar").unwrap();
        let place = |sequence, byte| Position { sequence, chain: Digest::of(&[byte]) };
        let other = FormName::parse("lain").unwrap();
        let mut joints = Joints::default();
        assert_eq!(joints.follow(&form, Position::START, place(3, 3)), None);
        assert_eq!(joints.follow(&other, place(9, 9), place(9, 9)), None, "another form begins for itself");
        assert_eq!(joints.follow(&form, place(3, 3), place(5, 5)), None);
        assert_eq!(joints.follow(&form, place(2, 2), place(4, 4)), None, "one that overlaps");
        assert_eq!(joints.follow(&form, place(5, 6), place(7, 7)), Some(ExportError::Chain { sequence: 5 }));
        assert_eq!(joints.follow(&form, place(8, 8), place(9, 9)), Some(ExportError::Gap { after: 7, found: 9 }));
    }
}
