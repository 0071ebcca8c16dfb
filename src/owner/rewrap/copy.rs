//! One old export into one new one: sealed anew in order, read back, compared, and only then named.

use std::fs;
use std::path::Path;

use getrandom::SysRng;
use segel_core::Envelope;
use segel_core::export::{Entry, Position, Record, Resealed, write_end};
use segel_core::reseal::{reseal, verify};

use super::{Job, draft};
use crate::cause::Cause as _;
use crate::inbox::{self, Fault, Stream};
use crate::open::tell::unknown_form;
use crate::partial::Partial;
use crate::pipeline::{self, Feed};
use crate::say::{Failure, Say, Words, shown, words};

/// What was done to how many.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) resealed: u64,
    pub(super) right: u64,
    pub(super) gone: u64,
    pub(super) kept: Vec<Kept>,
    pub(super) done_before: u64,
}

/// A submission that could not be sealed anew.
pub(super) struct Kept {
    pub(super) sequence: u64,
    pub(super) number: String,
    pub(super) cause: Words,
}

/// Whether the new export is there already, whole and for the same keys.
pub(super) fn is_done(job: &Job<'_>, file: &Path, target: &Path) -> Result<bool, Failure> {
    if fs::symlink_metadata(target).is_err() {
        return Ok(false);
    }
    let (mut old, mut new) = (Stream::open(file)?, Stream::open(target)?);
    let foreign = loop {
        match (old.next(), new.next()) {
            (Ok(Some(one)), Ok(Some(two))) if may_follow_from(job, &one, &two) => {}
            (Ok(None), Ok(None)) => break old.finish() != new.finish(),
            (Err(Fault::File(failure)), _) | (_, Err(Fault::File(failure))) => return Err(failure),
            _ => break true,
        }
    };
    if !foreign {
        draft::forget(target);
        return Ok(true);
    }
    let name = shown(target);
    Err(Failure::hinted(
        words!(
            "{name}: sudah ada, dan bukan hasil penguncian ulang ini",
            "{name}: exists already, and is not of this re-sealing"
        ),
        words!("pilih folder lain untuk -o", "choose another folder for -o"),
    ))
}

/// Makes the new export, or goes on with it.
pub(super) fn one(say: &mut Say, job: &Job<'_>, file: &Path, target: &Path, tally: &mut Tally) -> Result<(), Failure> {
    let draft = draft::open(target)?;
    let start = draft::resume(&draft, file, |one, two| may_follow_from(job, one, two))?;
    if start.sequence() > 0 {
        let (name, sequence) = (shown(target), start.sequence());
        say.note(words!(
            "{name}: dilanjutkan sesudah kiriman {sequence}",
            "{name}: going on after submission {sequence}"
        ));
    }
    let end = fill(job, file, start, &draft)?;
    draft.write(&write_end(&end))?;
    draft.sync()?;
    match compare(job, file, draft.path()) {
        Ok(found) => {
            draft.keep_as(target)?;
            tally.resealed += found.resealed;
            tally.right += found.right;
            tally.gone += found.gone;
            tally.kept.extend(found.kept);
            Ok(())
        }
        Err(failure) => {
            draft.discard();
            Err(failure)
        }
    }
}

/// Seals anew what comes after `start`; returns where the old export ends.
fn fill(job: &Job<'_>, file: &Path, start: Position, draft: &Partial) -> Result<Position, Failure> {
    let mut stream = Stream::open(file)?.shown_by(&job.progress);
    let produce = |feed: &mut Feed<Entry>| {
        while let Some(entry) = stream.next().map_err(|fault| named(file, fault))? {
            let bytes = size(&entry);
            if entry.position().sequence() > start.sequence() && !feed.push(entry, bytes) {
                break;
            }
        }
        stream.finish().map(|(_, end)| end).map_err(|error| inbox::damaged(file, &error))
    };
    pipeline::ordered(produce, |entry| written(job, &entry), |bytes| draft.write(&bytes))
}

fn size(entry: &Entry) -> usize {
    match entry {
        Entry::Record(record) => record.envelope().len(),
        _ => 0,
    }
}

/// Whether an entry of a new export can be what this job makes of the old one, as far as the lines say.
fn may_follow_from(job: &Job<'_>, old: &Entry, new: &Entry) -> bool {
    let made = |record: &Record| record.resealed().is_some_and(|resealed| resealed.readers == job.later.digest());
    match (old, new) {
        (Entry::Record(one), Entry::Record(two)) if made(two) => one.position() == two.position(),
        _ => old == new,
    }
}

/// What is to be done with a submission.
enum Fate {
    /// The newest version's keys read it already.
    Right,
    Resealed(Vec<u8>),
    Kept(Words),
}

fn fate(job: &Job<'_>, record: &Record) -> Fate {
    if record.resealed().is_some_and(|resealed| resealed.readers == job.later.digest()) {
        return Fate::Right;
    }
    let envelope = match Envelope::parse(record.envelope()) {
        Ok(envelope) => envelope,
        Err(error) => return Fate::Kept(error.words()),
    };
    let digest = envelope.head().form();
    if record.resealed().is_none() && digest == job.later.digest() {
        return Fate::Right;
    }
    let Some(form) = job.form(digest) else {
        return Fate::Kept(unknown_form(digest));
    };
    match reseal(form, job.later, &envelope, job.identities, &mut SysRng) {
        Ok(bytes) => Fate::Resealed(bytes),
        Err(error) => Fate::Kept(error.words()),
    }
}

/// The bytes of an entry in the new export.
fn written(job: &Job<'_>, entry: &Entry) -> Vec<u8> {
    let record = match entry {
        Entry::Record(record) => record,
        Entry::Gone(gone) => return gone.line(),
        Entry::Said(said) => return said.lines(),
        Entry::Damaged(damaged) => return damaged.line(),
        _ => return Vec::new(),
    };
    match fate(job, record) {
        Fate::Resealed(bytes) => {
            let resealed = Resealed { readers: job.later.digest(), origin: record.origin() };
            inbox::written(record, &bytes, Some(&resealed))
        }
        Fate::Right | Fate::Kept(_) => inbox::written(record, record.envelope(), record.resealed().as_ref()),
    }
}

/// Reads the new export back beside the old one and holds each submission against the other.
fn compare(job: &Job<'_>, old: &Path, new: &Path) -> Result<Tally, Failure> {
    let shown = |file| Stream::open(file).map(|stream| stream.shown_by(&job.progress));
    let (mut before, mut behind) = (shown(old)?, shown(new)?);
    let produce = |feed: &mut Feed<(Entry, Entry)>| {
        loop {
            let one = before.next().map_err(|fault| named(old, fault))?;
            let two = behind.next().map_err(|fault| named(new, fault))?;
            let (one, two) = match (one, two) {
                (Some(one), Some(two)) if one.position() == two.position() => (one, two),
                (None, None) => break,
                _ => return Err(unlike(new)),
            };
            let bytes = 2 * size(&one);
            if !feed.push((one, two), bytes) {
                break;
            }
        }
        let end = behind.finish().map_err(|error| inbox::damaged(new, &error))?;
        if before.finish().ok() == Some(end) { Ok(()) } else { Err(unlike(new)) }
    };
    let mut tally = Tally::default();
    let take = |verdict| {
        match verdict {
            Some(Verdict::Resealed) => tally.resealed += 1,
            Some(Verdict::Right) => tally.right += 1,
            Some(Verdict::Gone) => tally.gone += 1,
            Some(Verdict::Other) => {}
            Some(Verdict::Kept(kept)) => tally.kept.push(kept),
            None => return Err(unlike(new)),
        }
        Ok(())
    };
    pipeline::ordered(produce, |(one, two)| check(job, &one, &two), take)?;
    Ok(tally)
}

enum Verdict {
    Resealed,
    Right,
    Gone,
    /// A statement, or the place of what was damaged at the server.
    Other,
    Kept(Kept),
}

/// What became of a submission, if it became what it should.
fn check(job: &Job<'_>, one: &Entry, two: &Entry) -> Option<Verdict> {
    let (old, new) = match (one, two) {
        (Entry::Record(old), Entry::Record(new)) => (old, new),
        (Entry::Gone(old), Entry::Gone(new)) => return (old == new).then_some(Verdict::Gone),
        (Entry::Said(_), Entry::Said(_)) | (Entry::Damaged(_), Entry::Damaged(_)) => {
            return (one == two).then_some(Verdict::Other);
        }
        _ => return None,
    };
    if old.origin() != new.origin() || old.received_at() != new.received_at() {
        return None;
    }
    if old == new {
        return match fate(job, old) {
            Fate::Right => Some(Verdict::Right),
            Fate::Kept(cause) => {
                let number = Envelope::parse(old.envelope()).map(|envelope| envelope.head().id().number());
                Some(Verdict::Kept(Kept { sequence: old.sequence(), number: number.unwrap_or_default(), cause }))
            }
            // It could be sealed anew and was not: an interrupted run had fewer forms or keys.
            Fate::Resealed(_) => None,
        };
    }
    let (before, behind) = (Envelope::parse(old.envelope()).ok()?, Envelope::parse(new.envelope()).ok()?);
    let form = job.form(before.head().form())?;
    let made = new.resealed().is_some_and(|resealed| resealed.readers == job.later.digest());
    let same = made && verify(form, job.later, &before, &behind, job.identities).is_ok();
    same.then_some(Verdict::Resealed)
}

fn named(path: &Path, fault: Fault) -> Failure {
    match fault {
        Fault::Export(error) => inbox::damaged(path, &error),
        Fault::File(failure) => failure,
    }
}

fn unlike(path: &Path) -> Failure {
    let name = shown(path);
    Failure::hinted(
        words!(
            "{name}: dibaca ulang, isinya tidak sama dengan yang lama; berkas itu dihapus",
            "{name}: read back, it does not say what the old one says; it was removed"
        ),
        words!(
            "kotak masuk lama utuh; periksa penyimpanan, lalu jalankan lagi",
            "the old inbox is whole; check your storage, then run again"
        ),
    )
}
