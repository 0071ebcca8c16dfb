//! A ZIP archive, written from front to back: lengths stand behind each entry, so nothing is sought or kept.
//! APPNOTE.TXT §4.3. Entries stay under four gigabytes, which is what every reader can.
//!
//! The library for it cannot be told to stop: dropped on a full disk, it writes again, prints, and panics.

use std::io::{self, Write};

use flate2::{Compression, Crc, write::DeflateEncoder};

/// An archive with one entry open at most.
pub(super) struct Archive<W: Write> {
    state: State<W>,
    level: Compression,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u64,
    crc: u32,
    packed: u64,
    length: u64,
}

enum State<W: Write> {
    Between(Counted<W>),
    Within(Box<DeflateEncoder<Counted<W>>>, Crc, u64),
    /// After an error nothing more is written.
    Broken,
}

impl<W: Write> Archive<W> {
    pub(super) const fn new(out: W, level: Compression) -> Self {
        Self { state: State::Between(Counted { out, count: 0 }), level, entries: Vec::new() }
    }

    /// Begins an entry; the one before ends.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        let mut out = self.close()?;
        let start = out.count;
        let fixed = [&b"PK\x03\x04"[..], &FRONT, &[0; 12], &length16(name)?, &[0; 2]].concat();
        out.write_all(&fixed)?;
        out.write_all(name.as_bytes())?;
        self.entries.push(Entry { name: name.to_owned(), start, crc: 0, packed: 0, length: 0 });
        let body = out.count;
        self.state = State::Within(Box::new(DeflateEncoder::new(out, self.level)), Crc::new(), body);
        Ok(())
    }

    /// Writes into the open entry.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let State::Within(packer, crc, _) = &mut self.state else { return Err(broken()) };
        crc.update(bytes);
        let written = packer.write_all(bytes);
        if written.is_err() {
            self.state = State::Broken;
        }
        written
    }

    /// Ends the open entry, and lends out what takes the bytes.
    pub(super) fn settle(&mut self) -> io::Result<&mut W> {
        let out = self.close()?;
        self.state = State::Between(out);
        match &mut self.state {
            State::Between(out) => Ok(&mut out.out),
            _ => Err(broken()),
        }
    }

    /// Writes the list of what is in it, and hands `out` back.
    pub(super) fn end(mut self) -> io::Result<W> {
        let mut out = self.close()?;
        let start = out.count;
        for entry in &self.entries {
            let sizes = [length32(entry.packed)?, length32(entry.length)?].concat();
            let front = [&b"PK\x01\x02\x14\x00"[..], &FRONT, &entry.crc.to_le_bytes(), &sizes].concat();
            out.write_all(&[&front[..], &length16(&entry.name)?, &[0; 12], &length32(entry.start)?].concat())?;
            out.write_all(entry.name.as_bytes())?;
        }
        let count = u16::try_from(self.entries.len()).map_err(|_| too_large())?.to_le_bytes();
        let (length, start) = (length32(out.count - start)?, length32(start)?);
        out.write_all(&[&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &length, &start, &[0; 2]].concat())?;
        out.flush()?;
        Ok(out.out)
    }

    fn close(&mut self) -> io::Result<Counted<W>> {
        match std::mem::replace(&mut self.state, State::Broken) {
            State::Between(out) => Ok(out),
            State::Broken => Err(broken()),
            State::Within(packer, crc, body) => {
                let length = packer.total_in();
                let mut out = packer.finish()?;
                let packed = out.count - body;
                let sizes = [length32(packed)?, length32(length)?].concat();
                out.write_all(&[&b"PK\x07\x08"[..], &crc.sum().to_le_bytes(), &sizes].concat())?;
                if let Some(entry) = self.entries.last_mut() {
                    (entry.crc, entry.packed, entry.length) = (crc.sum(), packed, length);
                }
                Ok(out)
            }
        }
    }
}

/// Counts what passes.
struct Counted<W> {
    out: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Version 2.0, names in UTF-8 and lengths behind, deflated, midnight of 1980-01-01: no clock is asked.
const FRONT: [u8; 10] = [20, 0, 0x08, 0x08, 8, 0, 0, 0, 0x21, 0];

fn length16(name: &str) -> io::Result<[u8; 2]> {
    Ok(u16::try_from(name.len()).map_err(|_| too_large())?.to_le_bytes())
}

fn length32(length: u64) -> io::Result<[u8; 4]> {
    Ok(u32::try_from(length).map_err(|_| too_large())?.to_le_bytes())
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "larger than four gigabytes; use csv")
}

fn broken() -> io::Error {
    io::Error::other("an earlier write failed")
}
