//! `segel due` and `segel purge`: what was promised to be deleted by now, and deleting it here. The server deletes its own copy by itself;
//! this is about the owner's.

mod letters;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use segel_core::export::{Entry, Position, Record, write_end, write_gone};
use segel_core::id::FormName;
use segel_core::time::Time;
use segel_core::uses::Act;
use segel_core::{Envelope, Form};
use serde_json::json;

use crate::args::{Due, Plain, Purge};
use crate::cause::Cause as _;
use crate::inbox::{self, Fault, Stream};
use crate::keygen::now;
use crate::open::read_form;
use crate::partial::Partial;
use crate::said::{Input, Said};
use crate::say::{Failure, Say, shown, words};
use crate::uses::{Use, begun};
use crate::{Exit, place};

pub(crate) fn run(say: &mut Say, args: &Due) -> Result<Exit, Failure> {
    let forms = read_forms(&args.form)?;
    let until = match &args.by {
        Some(day) => end_of(day)?,
        None => now()?,
    };
    let input = Input::of(&args.input)?;
    input.warn_if_older(say);
    let said = Said::read(&input)?;
    let (mut total, mut unknown, mut found) = (0_u64, 0_u64, Vec::new());
    let stopped = inbox::each(input.path(), &ProgressBar::hidden(), |_, record| {
        total += 1;
        match due(&forms, &said, &record) {
            Some(time) if time <= until => found.push((record.sequence(), number(&record), record.received_at(), time)),
            Some(_) => {}
            None => unknown += 1,
        }
        Ok(())
    })?;
    if args.format == Plain::Json {
        let list = found.iter().map(|(sequence, number, received, due)| {
            json!({"sequence": sequence, "number": number, "received_at": received.text(), "due": due.text()})
        });
        say.result(&format!("{}\n", json!({"total": total, "unknown": unknown, "due": list.collect::<Vec<_>>()})))?;
    } else {
        for (sequence, number, received, due) in &found {
            let days = [received, due].map(|time| time.text()[..10].to_owned());
            say.result(&format!("{sequence:>8}  {number}  {}  {}\n", days[0], days[1]))?;
        }
    }
    for stop in &stopped {
        say.note(stop.error.at(&stop.file));
    }
    let (count, day) = (found.len(), until.text()[..10].to_owned());
    say.note(words!(
        "{count} dari {total} kiriman sudah waktunya dihapus pada {day}",
        "{count} of {total} submission(s) are due for deletion on {day}"
    ));
    note_unknown(say, unknown);
    if let Some(output) = &args.letters {
        letters::write(say, args, output, &input, &said, until)?;
    }
    Ok(if unknown == 0 && stopped.is_empty() { Exit::Done } else { Exit::Partial })
}

/// Replaces what is due by a line that says that it is gone; the chain holds.
pub(crate) fn purge(say: &mut Say, args: &Purge) -> Result<Exit, Failure> {
    if place::is_dash(&args.input) {
        return Err(Failure::Usage(words!("purge tidak membaca dari -", "purge does not read from -"), None));
    }
    let forms = read_forms(&args.form)?;
    let now = now()?;
    let said = Said::read(&Input::of(&args.input)?)?;
    let is_due = |record: &Record| due(&forms, &said, record).is_some_and(|time| time <= now);
    let (mut total, mut gone, mut unknown) = (0_u64, 0_u64, 0_u64);
    let mut touched = Vec::new();
    for file in inbox::exports(&args.input)? {
        let before = gone;
        for_each(&file, |entry| {
            if let Entry::Record(record) = &entry {
                total += 1;
                gone += u64::from(is_due(record));
                unknown += u64::from(due(&forms, &said, record).is_none());
            }
            Ok(())
        })?;
        if gone > before {
            touched.push((file, gone - before));
        }
    }
    // A clock that is years ahead would empty the shop's records for good.
    if gone * 2 > total && !args.most {
        let day = now.text()[..10].to_owned();
        return Err(Failure::hinted(
            words!(
                "{gone} dari {total} kiriman akan dihapus, lebih dari separuh; tidak ada yang dihapus",
                "{gone} of {total} submission(s) would go, more than half; nothing was deleted"
            ),
            words!(
                "menurut komputer ini hari ini {day}; bila benar, ulangi dengan --most",
                "this machine says that today is {day}; if that is right, run it again with --most"
            ),
        ));
    }
    // Nothing to delete is no use.
    if gone > 0 {
        let mut using = Use::begin(say, &args.input, &[], begun(Act::Purge, now, &[], None, Vec::new()));
        for (file, gone) in &touched {
            rewrite(file, &is_due)?;
            // At once: the next file may fail.
            using.count(*gone);
        }
        using.end(say);
    }
    let input = shown(&args.input);
    say.note(words!(
        "{gone} dari {total} kiriman dihapus dari {input}",
        "{gone} of {total} submission(s) deleted from {input}"
    ));
    note_unknown(say, unknown);
    if gone > 0 {
        say.hint(words!(
            "hapus juga dari tabel yang pernah disimpan, dan dari cadangan",
            "delete them from tables that were saved, and from backups, too"
        ));
    }
    Ok(if unknown == 0 { Exit::Done } else { Exit::Partial })
}

/// When a submission is to be gone: when its customer asked for it, or else after the longest retention of its form's purposes, counted from
/// its receipt.
fn due(forms: &[Form], said: &Said, record: &Record) -> Option<Time> {
    let envelope = Envelope::parse(record.envelope()).ok()?;
    if let Some(asked) = said.deletion(&envelope) {
        return Some(asked.min(record.received_at()));
    }
    let form = forms.iter().find(|form| form.digest() == envelope.head().form())?;
    form.purposes().iter().map(|purpose| record.received_at().plus(purpose.retention())).max()
}

fn number(record: &Record) -> String {
    Envelope::parse(record.envelope()).map(|envelope| envelope.head().id().number()).unwrap_or_default()
}

fn rewrite(file: &Path, is_due: &dyn Fn(&Record) -> bool) -> Result<(), Failure> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = Partial::open(file.with_file_name(format!(".{name}.purge")))?;
    draft.cut(0)?;
    draft.write(&inbox::head(file)?)?;
    let (form, end) = for_each(file, |entry| match &entry {
        Entry::Record(record) if is_due(record) => {
            draft.write(&write_gone(&record.position(), record.received_at(), &record.origin()))
        }
        Entry::Record(record) => draft.write(&inbox::written(record, record.envelope(), record.resealed().as_ref())),
        Entry::Gone(gone) => draft.write(&gone.line()),
        Entry::Said(said) => draft.write(&said.lines()),
        Entry::Damaged(damaged) => draft.write(&damaged.line()),
        _ => Ok(()),
    })?;
    draft.write(&write_end(&end))?;
    draft.sync()?;
    if draft.stream()?.read_out()? != (form, end) {
        let name = shown(file);
        return Err(Failure::new(words!(
            "{name}: dibaca ulang, rantainya lain; berkas lama dibiarkan",
            "{name}: read back, its chain is another; the old file stays"
        )));
    }
    draft.replace(file)
}

/// Every entry of one export, which must be whole.
fn for_each(file: &Path, mut take: impl FnMut(Entry) -> Result<(), Failure>) -> Result<(FormName, Position), Failure> {
    let mut stream = Stream::open(file)?;
    loop {
        match stream.next() {
            Ok(Some(entry)) => take(entry)?,
            Ok(None) => return stream.finish().map_err(|error| inbox::damaged(file, &error)),
            Err(Fault::Export(error)) => return Err(inbox::damaged(file, &error)),
            Err(Fault::File(failure)) => return Err(failure),
        }
    }
}

fn read_forms(paths: &[PathBuf]) -> Result<Vec<Form>, Failure> {
    paths.iter().map(|path| read_form(path)).collect()
}

/// The last second of a day.
fn end_of(day: &str) -> Result<Time, Failure> {
    Time::parse(&format!("{day}T23:59:59Z")).ok_or_else(|| {
        Failure::Usage(
            words!("--by: bukan tanggal", "--by: not a date"),
            Some(words!("seperti 2027-01-31", "like 2027-01-31")),
        )
    })
}

fn note_unknown(say: &mut Say, unknown: u64) {
    if unknown > 0 {
        say.note(words!(
            "{unknown} kiriman milik formulir yang tidak disebut; waktunya tidak diketahui",
            "{unknown} submission(s) are of a form that was not given; when they are due is not known"
        ));
    }
}
