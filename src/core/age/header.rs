//! The textual header of an age file. C2SP age.md, "Header"; FORMAT §9.
//!
//! No cryptography here: the server reads headers too. One pass over the bytes, and the size is looked at before anything
//! else, so that a hostile header costs as much as its length and no more.

use alloc::vec::Vec;

use super::{AgeError, base64};
use crate::limits;

/// A parsed header; it borrows the file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<'a> {
    stanzas: Vec<Stanza<'a>>,
    mac: [u8; 32],
    authenticated: &'a [u8],
    len: usize,
}

/// One stanza: a type, arguments and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stanza<'a> {
    kind: &'a str,
    args: Vec<&'a str>,
    body: Vec<u8>,
}

impl<'a> Header<'a> {
    /// Parses the header at the front of a file.
    ///
    /// # Errors
    /// [`AgeError::HeaderTooLarge`], [`AgeError::TooManyReaders`], [`AgeError::UnsupportedVersion`] or
    /// [`AgeError::Header`]; all in time proportional to the bytes looked at, at most 48 KiB.
    pub fn parse(file: &'a [u8]) -> Result<Self, AgeError> {
        let mut reader = Reader { file: &file[..file.len().min(limits::AGE_HEADER_BYTES)], at: 0, whole: file.len() };
        if reader.line()? != VERSION {
            return Err(AgeError::UnsupportedVersion);
        }
        let mut stanzas = Vec::new();
        loop {
            let start = reader.at;
            let line = reader.line()?;
            if let Some(mac) = line.strip_prefix(b"---") {
                return Self::finish(&reader, stanzas, start, mac);
            }
            if stanzas.len() == limits::AGE_STANZAS {
                return Err(AgeError::TooManyReaders);
            }
            stanzas.push(reader.stanza(start, line)?);
        }
    }

    fn finish(reader: &Reader<'a>, stanzas: Vec<Stanza<'a>>, start: usize, mac: &[u8]) -> Result<Self, AgeError> {
        let refused = |what| Err(AgeError::Header { offset: start, what });
        if stanzas.is_empty() {
            return refused("no stanza");
        }
        let text = mac.strip_prefix(b" ").and_then(|mac| core::str::from_utf8(mac).ok());
        match text.and_then(base64::decode_exact) {
            Some(mac) => Ok(Self { stanzas, mac, authenticated: &reader.file[..start + 3], len: reader.at }),
            None => refused("message authentication code"),
        }
    }

    /// The stanzas, at least one, in order.
    #[must_use]
    pub fn stanzas(&self) -> &[Stanza<'a>] {
        &self.stanzas
    }

    /// Bytes of the header: where the payload begins.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Never: a header has at least its version line.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The code that authenticates it.
    #[must_use]
    pub const fn mac(&self) -> &[u8; 32] {
        &self.mac
    }

    /// The bytes that the code covers: up to and including `---`.
    #[must_use]
    pub const fn authenticated(&self) -> &'a [u8] {
        self.authenticated
    }
}

impl<'a> Stanza<'a> {
    /// Its type, the first argument: `X25519`.
    #[must_use]
    pub const fn kind(&self) -> &'a str {
        self.kind
    }

    /// The arguments after the type.
    #[must_use]
    pub fn args(&self) -> &[&'a str] {
        &self.args
    }

    /// Its body, decoded.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Starts a header: the version line.
#[must_use]
pub fn start() -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(VERSION);
    out.push(b'\n');
    out
}

/// Appends a stanza; arguments must be non-empty and visible ASCII, which our callers' types ensure.
pub fn push_stanza<'s>(out: &mut Vec<u8>, kind: &str, args: impl IntoIterator<Item = &'s str>, body: &[u8]) {
    out.extend_from_slice(b"-> ");
    out.extend_from_slice(kind.as_bytes());
    for arg in args {
        out.push(b' ');
        out.extend_from_slice(arg.as_bytes());
    }
    out.push(b'\n');
    let body = base64::encode(body);
    for line in body.as_bytes().chunks(COLUMNS) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    // A body ends with a line shorter than the full width, an empty one if need be.
    if body.len().is_multiple_of(COLUMNS) {
        out.push(b'\n');
    }
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
    whole: usize,
}

impl<'a> Reader<'a> {
    /// The next line without its LF.
    fn line(&mut self) -> Result<&'a [u8], AgeError> {
        let rest = &self.file[self.at..];
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                self.at += end + 1;
                Ok(&rest[..end])
            }
            None if self.at == 0 => Err(AgeError::UnsupportedVersion),
            None if self.whole > self.file.len() => Err(AgeError::HeaderTooLarge),
            None => Err(AgeError::Header { offset: self.file.len(), what: "ends too early" }),
        }
    }

    fn stanza(&mut self, start: usize, line: &'a [u8]) -> Result<Stanza<'a>, AgeError> {
        let refused = |offset, what| Err(AgeError::Header { offset, what });
        let Some(words) = line.strip_prefix(b"-> ") else {
            return refused(start, "neither a stanza nor the end");
        };
        let mut args = Vec::new();
        for word in words.split(|byte| *byte == b' ') {
            match core::str::from_utf8(word) {
                Ok(word) if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic()) => args.push(word),
                _ => return refused(start, "argument of a stanza"),
            }
        }
        let mut body = Vec::new();
        loop {
            let offset = self.at;
            let line = self.line()?;
            if line.len() > COLUMNS || base64::decode_to(line, &mut body).is_none() {
                return refused(offset, "body of a stanza");
            }
            if line.len() < COLUMNS {
                let kind = args.remove(0);
                return Ok(Stanza { kind, args, body });
            }
        }
    }
}

const VERSION: &[u8] = b"age-encryption.org/v1";
const COLUMNS: usize = 64;
