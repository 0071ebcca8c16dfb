//! `segel verify`: everything that can be held against everything else without a key. What it finds is what a server or a disk did; what a
//! customer sealed is for whoever has the key.

use segel_core::export::{Record, Resealed};
use segel_core::{Envelope, Form};
use serde_json::json;

use crate::args::{Plain, Verify};
use crate::cause::Cause as _;
use crate::inbox::{self, Walked};
use crate::open::{read_form, tell::unknown_form};
use crate::say::{Failure, Say, Words, words};
use crate::{Exit, pipeline};

pub(crate) fn run(say: &mut Say, args: &Verify) -> Result<Exit, Failure> {
    let forms = args.form.iter().map(|path| read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
    let progress = say.progress(inbox::bytes(&args.input));
    let produce = |feed: &mut pipeline::Feed<Record>| {
        inbox::each_of(&args.input, &progress, None, |_, record| {
            let bytes = record.envelope().len();
            if feed.push(record, bytes) { Ok(()) } else { Err(Failure::BrokenPipe) }
        })
    };
    let (mut total, mut resealed, mut unchecked, mut faults) = (0_u64, 0_u64, 0_u64, Vec::new());
    let look = |record: Record| {
        let blind = record.resealed().is_some_and(|resealed| later(&forms, resealed).is_none());
        (record.sequence(), record.resealed().is_some(), blind, fault(&forms, &record))
    };
    let Walked { stopped, gone, .. } = pipeline::ordered(produce, look, |(sequence, again, blind, fault)| {
        total += 1;
        resealed += u64::from(again);
        unchecked += u64::from(blind);
        faults.extend(fault.map(|words| (sequence, words)));
        Ok(())
    })?;
    progress.finish_and_clear();

    if args.format == Plain::Json {
        let faults: Vec<_> =
            faults.iter().map(|(sequence, Words { en, .. })| json!({"sequence": sequence, "cause": en})).collect();
        let damaged: Vec<_> = stopped
            .iter()
            .map(|stop| json!({"file": stop.file, "code": stop.error.code(), "cause": stop.error.to_string()}))
            .collect();
        let found = json!({"submissions": total, "resealed": resealed, "readers_unchecked": unchecked, "deleted": gone, "faults": faults, "damaged": damaged});
        say.result(&format!("{found}\n"))?;
    }
    for (sequence, Words { id, en }) in &faults {
        say.note(words!("kiriman {sequence}: {id}", "submission {sequence}: {en}"));
    }
    for stop in &stopped {
        say.note(stop.error.at(&stop.file));
    }
    let (strange, damaged) = (faults.len(), stopped.len());
    say.note(words!(
        "{total} kiriman, {resealed} dikunci ulang: {strange} tidak sesuai formulir, {damaged} kerusakan pada ekspor",
        "{total} submission(s), {resealed} re-sealed: {strange} not as their form says, {damaged} fault(s) in the exports"
    ));
    inbox::tell_gone(say, gone);
    if unchecked > 0 {
        say.warn(words!(
            "{unchecked} dikunci ulang untuk versi formulir yang tidak diberikan: siapa pembacanya tidak diperiksa",
            "{unchecked} re-sealed for a version of the form that was not given: who reads them was not checked"
        ));
        say.hint(words!("beri versi itu juga dengan --form", "give that version with --form, too"));
    }
    Ok(match (strange + damaged, total) {
        (0, _) => Exit::Done,
        (_, all) if all == strange as u64 => Exit::Nothing,
        _ => Exit::Partial,
    })
}

fn fault(forms: &[Form], record: &Record) -> Option<Words> {
    let envelope = match Envelope::parse(record.envelope()) {
        Ok(envelope) => envelope,
        Err(error) => return Some(error.words()),
    };
    let digest = envelope.head().form();
    let Some(form) = forms.iter().find(|form| form.digest() == digest) else { return Some(unknown_form(digest)) };
    // Who reads a re-sealed one is said by another version, which may not be at hand.
    if let Some(resealed) = record.resealed() {
        let later = later(forms, resealed).filter(|later| later.name() == form.name());
        return envelope.check_resealed(form, later).err().map(|error| error.words());
    }
    envelope.check(form).err().map(|error| error.words())
}

/// The version of the form whose keys a submission was re-sealed to.
fn later(forms: &[Form], resealed: Resealed) -> Option<&Form> {
    forms.iter().find(|later| later.digest() == resealed.readers)
}
