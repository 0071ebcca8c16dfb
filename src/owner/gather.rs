//! `segel gather`: makes an export of what a shop's own server stored, one sealed submission a line, so that everything else works on it as
//! on what `segel pull` fetches. No key is needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use indicatif::ProgressBar;
use segel_core::export::{Position, write_end, write_head, write_line};
use segel_core::id::{Digest, SubmissionId};
use segel_core::time::Time;
use segel_core::uses::Act;
use segel_core::{Envelope, Form};

use crate::args::Gather;
use crate::cause::Cause as _;
use crate::inbox::Numbers;
use crate::keygen::now;
use crate::place::Draft;
use crate::say::{Failure, Say, Words, shown, words};
use crate::uses::{self, Use};
use crate::{Exit, inbox, open, place};

pub(crate) fn run(say: &mut Say, args: &Gather) -> Result<Exit, Failure> {
    let mut forms = Vec::new();
    for path in &args.form {
        forms.push(open::read_form(path)?);
    }
    let Some(name) = forms.first().map(|form| form.name().clone()) else { return Ok(Exit::Nothing) };
    place::make_folder(&args.output)?;
    let start = inbox::position(&args.output, &name, Numbers::Own)?;
    let (mut known, mut ids) = known(&args.output, start)?;
    let mut draft = Draft::new(&args.output.join("gather"))?;
    draft.write(&write_head(&name, &start))?;
    let (mut position, mut failed, mut again) = (start, 0_u64, 0_u64);
    for path in &args.files {
        let stored_at = modified(path);
        let text = place::read(path, MAX)?;
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            match read(line, stored_at, &forms) {
                Err(why) => {
                    failed += 1;
                    let (place, line) = (shown(path), index + 1);
                    say.note(words!("{place}:{line}: {}", "{place}:{line}: {}", why.id, why.en));
                }
                Ok(found) if !known.insert((found.id, found.digest)) => again += 1,
                Ok(found) => {
                    if !ids.insert(found.id) {
                        let (place, line, number) = (shown(path), index + 1, found.id.number());
                        say.warn(words!(
                            "{place}:{line}: {number} bertentangan dengan kiriman bernomor sama; keduanya disimpan",
                            "{place}:{line}: {number} conflicts with a submission of the same number; both are kept"
                        ));
                    }
                    position = position.next(found.time, &found.digest);
                    draft.write(&write_line(&position, found.time, found.bytes.len() as u64))?;
                    draft.write(&found.bytes)?;
                    draft.write(b"\n")?;
                }
            }
        }
    }
    let new = position.sequence() - start.sequence();
    if new > 0 {
        let begun = uses::begun(Act::Gather, now()?, &[], None, uses::to(say, &[Some(&args.output)]));
        let mut using = Use::begin(say, &args.output, &[], begun);
        draft.write(&write_end(&position))?;
        let (first, last) = (start.sequence() + 1, position.sequence());
        draft.keep_as(&args.output.join(Numbers::Own.name(&name, first, last)))?;
        (first..=last).for_each(|number| using.touch(&name, number));
        using.end(say);
    }
    let output = shown(&args.output);
    say.note(words!(
        "{new} kiriman baru di {output}; {again} sudah ada; {failed} gagal",
        "{new} new submission(s) in {output}; {again} already there; {failed} failed"
    ));
    Ok(match (new + again, failed) {
        (_, 0) => Exit::Done,
        (0, _) => Exit::Nothing,
        _ => Exit::Partial,
    })
}

/// A submission that a line holds.
struct Found {
    id: SubmissionId,
    digest: Digest,
    time: Time,
    bytes: Vec<u8>,
}

/// Submissions that the inbox has, by id and the digest of what came, and their ids alone: the same id with other bytes is a conflict, and
/// who knows a customer's id must not keep the customer out. FORMAT §12.
type Known = (BTreeSet<(SubmissionId, Digest)>, BTreeSet<SubmissionId>);

fn known(folder: &Path, start: Position) -> Result<Known, Failure> {
    let (mut known, mut ids) = Known::default();
    if start.sequence() > 0 {
        inbox::each(folder, &ProgressBar::hidden(), |_, record| {
            if let Ok(envelope) = Envelope::parse(record.envelope()) {
                let id = envelope.head().id();
                known.insert((id, record.origin()));
                ids.insert(id);
            }
            Ok(())
        })?;
    }
    Ok((known, ids))
}

/// `[TIME ]BASE64`; without a time, when the file was last written.
fn read(line: &[u8], stored_at: Option<Time>, forms: &[Form]) -> Result<Found, Words> {
    let text = core::str::from_utf8(line).map_err(|_| words!("bukan teks", "not text"))?;
    let (time, sealed) = match text.split_once(' ') {
        Some((time, sealed)) => (Time::parse(time), sealed),
        None => (stored_at, text),
    };
    let time = time.ok_or_else(|| {
        words!("waktunya harus seperti 2026-11-23T03:12:46Z", "its time must be like 2026-11-23T03:12:46Z")
    })?;
    let bytes = BASE64_STANDARD.decode(sealed);
    let bytes = bytes.map_err(|_| words!("bukan base64: terpotong atau berubah", "not base64: cut or changed"))?;
    let envelope = Envelope::parse(&bytes).map_err(|error| error.words())?;
    let form = forms.iter().find(|form| form.digest() == envelope.head().form());
    let form = form.ok_or_else(|| {
        words!("dikunci untuk formulir yang tidak disebut dengan --form", "sealed for a form that --form does not name")
    })?;
    envelope.check(form).map_err(|error| error.words())?;
    let id = envelope.head().id();
    Ok(Found { id, digest: Digest::of(&bytes), time, bytes })
}

fn modified(path: &Path) -> Option<Time> {
    let time = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    Time::from_unix(i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?)
}

/// Bytes of one file of lines.
const MAX: usize = 1024 * 1024 * 1024;
