//! `segel open`: submissions for one purpose, as a table, CSV or JSON. One that fails is named and never stops the others; totals
//! add up. Plaintext goes where the owner said and nowhere else.

mod files;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use segel_core::age::Identity;
use segel_core::export::Record;
use segel_core::id::{Digest, SubmissionId};
use segel_core::open::{Flag, Opened, open};
use segel_core::table::{LeftOut, Table, usable};
use segel_core::time::Time;
use segel_core::{Choice, Envelope, Form, limits};

use crate::args::{Format, Open};
use crate::keygen::now;
use crate::place::For;
use crate::say::{Failure, Say, shown, words};
use crate::{Exit, inbox, keys, place};

pub(crate) fn run(say: &mut Say, args: &Open) -> Result<Exit, Failure> {
    let format = format(args)?;
    if let Some(output) = &args.output {
        let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
        place::refuse_same(output, &inputs.collect::<Vec<&Path>>())?;
    }
    let forms = args.form.iter().map(|path| read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
    if let Some(purpose) = &args.purpose {
        refuse_unknown_purpose(&forms, purpose)?;
    }
    let identities = keys::identities(&keys::open_all(say, &args.keys)?);
    let mut run = Run::new(&forms, &identities, args, now()?);
    let stopped = inbox::each(&args.input, |_, record| run.take(say, &record))?;
    for stop in stopped {
        let (file, error) = (&stop.file, &stop.error);
        say.note(words!("{file}: {error}", "{file}: {error}"));
        run.stopped += 1;
    }
    let text = match format {
        Format::Summary => run.summary(),
        Format::Table => write::table(&run),
        Format::Csv => write::csv(&run),
        Format::Json => write::json(&run),
    };
    match &args.output {
        Some(path) if !place::is_dash(path) => place::replace(path, text.as_bytes(), For::Owner)?,
        _ => say.result(&text)?,
    }
    if let Some(folder) = &args.files {
        files::write(say, &run, folder)?;
    }
    run.report(say)
}

/// One submission that may be used.
struct Row {
    form: usize,
    opened: Opened,
    record: Record,
    conflict: bool,
}

/// A submission that did not open.
struct Failed {
    sequence: u64,
    number: String,
    verdict: &'static str,
    cause: String,
}

struct Run<'a> {
    forms: &'a [Form],
    identities: &'a [Identity],
    purpose: Option<&'a str>,
    layout: Table<'a>,
    /// Fields of the purpose that are for other roles than the keys' own.
    hidden: Vec<String>,
    keep_bytes: bool,
    now: Time,
    rows: Vec<Row>,
    failed: Vec<Failed>,
    left_out: BTreeMap<LeftOut, u64>,
    choices: BTreeMap<String, [u64; 3]>,
    seen: HashMap<SubmissionId, (Digest, Option<usize>)>,
    repeated: u64,
    total: u64,
    stopped: u64,
}

impl<'a> Run<'a> {
    fn new(forms: &'a [Form], identities: &'a [Identity], args: &'a Open, now: Time) -> Self {
        let mut layout = Table::new(forms, args.purpose.as_deref().unwrap_or_default());
        let hidden = layout.keep_readable(forms, identities);
        Self {
            forms,
            identities,
            purpose: args.purpose.as_deref(),
            layout,
            hidden,
            keep_bytes: args.files.is_some(),
            now,
            rows: Vec::new(),
            failed: Vec::new(),
            left_out: BTreeMap::new(),
            choices: BTreeMap::new(),
            seen: HashMap::new(),
            repeated: 0,
            total: 0,
            stopped: 0,
        }
    }

    fn take(&mut self, say: &mut Say, record: &Record) -> Result<(), Failure> {
        self.total += 1;
        let envelope = match Envelope::parse(record.envelope()) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.fail(record, String::new(), "decode", error.to_string());
                return Ok(());
            }
        };
        let id = envelope.head().id();
        let digest = envelope.digest();
        let conflict = match self.seen.get(&id) {
            Some((first, _)) if *first == digest => {
                self.repeated += 1;
                let (sequence, number) = (record.sequence(), id.number());
                say.note(words!(
                    "kiriman {sequence} ({number}) sama dengan yang sudah ada",
                    "submission {sequence} ({number}) is there already"
                ));
                return Ok(());
            }
            Some(_) => true,
            None => false,
        };
        let place = self.forms.iter().position(|form| form.digest() == envelope.head().form());
        let Some(place) = place else {
            let digest = envelope.head().form();
            self.fail(
                record,
                id.number(),
                "other form",
                format!("sealed for another form or version, {digest}; give it with --form"),
            );
            return Ok(());
        };
        match open(&self.forms[place], &envelope, self.identities, Some(record.received_at())) {
            Ok(opened) => self.keep(say, place, opened, record, digest, conflict),
            Err(error) => self.fail(record, id.number(), error.verdict(), error.to_string()),
        }
        Ok(())
    }

    fn keep(&mut self, say: &mut Say, place: usize, opened: Opened, record: &Record, digest: Digest, conflict: bool) {
        let (form, id, sequence) = (&self.forms[place], opened.id(), record.sequence());
        tell_flags(say, sequence, &opened);
        for event in opened.consent().purposes() {
            let counts = self.choices.entry(event.purpose().to_owned()).or_default();
            counts[match event.choice() {
                Choice::Given => 0,
                Choice::Refused => 1,
                _ => 2,
            }] += 1;
        }
        if conflict {
            let number = id.number();
            say.warn(words!(
                "kiriman {sequence} ({number}) bertentangan dengan kiriman bernomor sama; keduanya ditandai",
                "submission {sequence} ({number}) conflicts with one of the same number; both are marked"
            ));
            if let Some((_, Some(first))) = self.seen.get(&id) {
                self.rows[*first].conflict = true;
            }
        }
        let usable = self
            .purpose
            .map_or(Ok(()), |purpose| usable(form, opened.consent(), purpose, record.received_at(), self.now));
        let row = match usable {
            Ok(()) => {
                let kept = if self.keep_bytes { record.clone() } else { record.without_envelope() };
                self.rows.push(Row { form: place, opened, record: kept, conflict });
                Some(self.rows.len() - 1)
            }
            Err(reason) => {
                *self.left_out.entry(reason).or_default() += 1;
                None
            }
        };
        self.seen.entry(id).or_insert((digest, row));
    }

    fn fail(&mut self, record: &Record, number: String, verdict: &'static str, cause: String) {
        self.failed.push(Failed { sequence: record.sequence(), number, verdict, cause });
    }

    /// Parts of shown submissions that did not open for another reason than being another role's.
    fn failed_parts(&self) -> impl Iterator<Item = (&Row, &str, &segel_core::open::OpenError)> {
        let parts =
            self.rows.iter().flat_map(|row| row.opened.parts().iter().map(move |(name, verdict)| (row, name, verdict)));
        parts.filter_map(|(row, name, verdict)| match verdict {
            Err(error) if error.verdict() != "no key" => Some((row, name.as_str(), error)),
            _ => None,
        })
    }

    /// Counts only: no answer, no name.
    fn summary(&self) -> String {
        let mut text = format!(
            "submissions: {}\nopened: {}\nfailed: {}\nrepeated: {}\n",
            self.total,
            self.rows.len(),
            self.failed.len(),
            self.repeated
        );
        for (purpose, [given, refused, unanswered]) in &self.choices {
            text.push_str(&format!("purpose {purpose}: {given} given, {refused} refused, {unanswered} not answered\n"));
        }
        text
    }

    fn report(&self, say: &mut Say) -> Result<Exit, Failure> {
        for failed in &self.failed {
            let (sequence, number, cause) = (failed.sequence, &failed.number, crate::escape::escape(&failed.cause));
            say.note(words!("kiriman {sequence} {number}: {cause}", "submission {sequence} {number}: {cause}"));
        }
        let mut parts = 0_u64;
        for (row, name, error) in self.failed_parts() {
            let (sequence, error) = (row.record.sequence(), crate::escape::escape(&error.to_string()));
            say.note(words!(
                "kiriman {sequence}, bagian {name}: {error}",
                "submission {sequence}, part {name}: {error}"
            ));
            parts += 1;
        }
        let (total, shown, failed, repeated) = (self.total, self.rows.len(), self.failed.len(), self.repeated);
        let left: u64 = self.left_out.values().sum();
        say.note(words!(
            "{total} kiriman: {shown} tampil, {left} tidak boleh dipakai, {failed} gagal, {repeated} berulang",
            "{total} submission(s): {shown} shown, {left} left out, {failed} failed, {repeated} repeated"
        ));
        if !self.hidden.is_empty() && self.total > failed as u64 {
            let (count, fields) = (self.hidden.len(), self.hidden.join(", "));
            say.note(words!(
                "{count} kolom untuk peran lain, tidak tampil: {fields}",
                "{count} column(s) for other roles, not shown: {fields}"
            ));
        }
        for (reason, count) in &self.left_out {
            let reason = reason.code();
            say.note(words!("  {count} {reason}", "  {count} {reason}"));
        }
        Ok(match (failed as u64 + parts + self.stopped, shown as u64 + left) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Nothing,
            _ => Exit::Partial,
        })
    }
}

fn format(args: &Open) -> Result<Format, Failure> {
    match (args.format, &args.purpose) {
        (Some(format), Some(_)) => Ok(format),
        (None, Some(_)) => Ok(Format::Table),
        (None | Some(Format::Summary), None) => Ok(Format::Summary),
        (Some(_), None) => Err(Failure::Usage(
            words!("tanpa --purpose hanya --format summary", "without --purpose there is only --format summary"),
            Some(words!(
                "sebut untuk tujuan apa data dipakai: --purpose daftar",
                "say what the data is for: --purpose daftar"
            )),
        )),
    }
}

pub(crate) fn read_form(path: &Path) -> Result<Form, Failure> {
    let name = shown(path);
    Form::parse(&place::read(path, limits::FORM_BYTES)?).map_err(|error| {
        Failure::hinted(
            words!("{name}: {error}", "{name}: {error}"),
            words!(
                "--form menerima berkas .segel dari `segel publish`",
                "--form takes a .segel file made by `segel publish`"
            ),
        )
    })
}

fn refuse_unknown_purpose(forms: &[Form], purpose: &str) -> Result<(), Failure> {
    let known: Vec<&str> = forms.iter().flat_map(Form::purposes).map(segel_core::purpose::Purpose::id).collect();
    if known.contains(&purpose) {
        return Ok(());
    }
    let (purpose, known) = (crate::escape::escape(purpose), known.join(", "));
    Err(Failure::Usage(
        words!("formulir tidak punya tujuan {purpose}", "the form has no purpose {purpose}"),
        Some(words!("yang ada: {known}", "it has: {known}")),
    ))
}

fn tell_flags(say: &mut Say, sequence: u64, opened: &Opened) {
    for flag in opened.flags() {
        let words = match flag {
            Flag::Readers { part, expected, found } => words!(
                "bagian {part} punya {found} pembaca, bukan {expected}",
                "part {part} has {found} readers, not {expected}"
            ),
            Flag::NotQuantumSafe { part } => {
                words!("satu pembaca bagian {part} tidak aman-kuantum", "one reader of part {part} is not quantum-safe")
            }
            Flag::Unanswered { field } => {
                words!("jawaban wajib {field} tidak ada", "the required answer {field} is missing")
            }
            Flag::Reordered => words!("bagian-bagian tidak berurutan", "the parts stand in another order"),
            Flag::UnknownPart { part } => {
                words!("bagian {part} tidak dikenal formulir", "part {part} is not the form's")
            }
            Flag::ClockUnlikely { sealed, received } => words!(
                "jam perangkat janggal: dikunci {sealed}, diterima {received}",
                "device clock unlikely: sealed {sealed}, received {received}"
            ),
            _ => continue,
        };
        let crate::say::Words { id, en } = words;
        say.note(words!("kiriman {sequence}: {id}", "submission {sequence}: {en}"));
    }
}
