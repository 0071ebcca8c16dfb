//! `segel open`: submissions for one purpose, as a table, CSV or JSON. One that fails is named and never stops the others; totals
//! add up. Plaintext goes where the owner said and nowhere else.
//!
//! Submissions are opened on all cores and written in order while the inbox is read: memory grows by what is needed to notice a repeated
//! one, and by those that fail, not by what they say.

mod files;
mod record;
pub(crate) mod tell;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use indicatif::ProgressBar;
use segel_core::age::Identity;
use segel_core::id::{FormName, SubmissionId};
use segel_core::table::{LeftOut, Table};
use segel_core::time::Time;
use segel_core::uses::Act;
use segel_core::{Form, limits};

use crate::args::{Format, Open};
use crate::cause::Cause as _;
use crate::inbox::Stopped;
use crate::keygen::now;
use crate::said::{Input, Said};
use crate::say::{Failure, Say, Words, shown, words};
use crate::uses::{self, Use};
use crate::{Exit, inbox, keys, pipeline, place, pulled, said};

use record::{Good, Outcome, Shown};
use write::Sink;

pub(crate) fn run(say: &mut Say, args: &Open) -> Result<Exit, Failure> {
    let format = format(args)?;
    if let Some(output) = &args.output {
        let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
        let inputs: Vec<&Path> = inputs.collect();
        place::refuse_same(output, &inputs)?;
        if format == Format::Csv && !place::is_dash(output) {
            place::refuse_same(&write::about_path(output), &inputs)?;
        }
    }
    let mut forms = args.form.iter().map(|path| read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
    let wanted = args.purpose.as_deref().map(|purpose| form_of(&forms, purpose)).transpose()?;
    if let Some(name) = &wanted {
        forms.retain(|form| form.name() == name);
    }
    let files = keys::open_all(say, &args.keys)?;
    let identities = keys::identities(&files);
    let input = Input::of(&args.input)?;
    input.warn_if_older(say);
    let (said, now) = (Said::read(&input)?, now()?);
    if args.purpose.is_some() {
        pulled::refuse_stale(say, &input, &said, now, args.stale)?;
    }
    let mut layout = Table::new(&forms, args.purpose.as_deref().unwrap_or_default());
    let hidden = layout.keep_readable(&forms, &identities);
    let job = Job {
        forms: &forms,
        identities: &identities,
        purpose: args.purpose.as_deref(),
        layout,
        hidden,
        format,
        with_files: args.files.is_some(),
        now,
        said,
        input: input.name(),
    };
    let (outputs, purpose) = ([args.output.as_deref(), args.files.as_deref()], args.purpose.as_deref());
    let begun = uses::begun(Act::Open, now, &files, purpose, uses::to(say, &outputs));
    let mut using = Use::begin(say, &args.input, &args.keys.key, begun);
    let mut sink = Sink::open(&job, args.output.as_deref())?;
    let mut files = args.files.as_deref().map(|path| files::Folder::open(&folder(&job, path))).transpose()?;
    let mut counts = Counts::default();

    // Rows on a screen are progress enough, and a bar would stand among them.
    let on_screen = sink.is_standard_output() && say.is_read_on_a_terminal() && format != Format::Summary;
    let progress = if on_screen { ProgressBar::hidden() } else { say.progress(inbox::bytes(input.path())) };
    let produce = |feed: &mut pipeline::Feed<_>| {
        inbox::each_of(input.path(), &progress, wanted.as_ref(), |_, record| {
            let bytes = record.envelope().len();
            if feed.push(record, bytes) { Ok(()) } else { Err(Failure::BrokenPipe) }
        })
    };
    sink.begin(say)?;
    let take = |outcome| {
        let shown = counts.take(say, &mut sink, files.as_mut(), outcome)?;
        match (shown, &wanted) {
            (Some(sequence), Some(form)) => using.touch(form, sequence),
            (Some(_), None) => using.count(1),
            (None, _) => {}
        }
        Ok(())
    };
    let walked = pipeline::ordered(produce, |record| record::open(&job, &record), take);
    progress.finish_and_clear();
    let walked = walked?;
    counts.gone = walked.gone;
    counts.note_stopped(say, &walked.stopped);
    sink.end(say, &job, &counts)?;
    if let Some(files) = files {
        files.finish(say)?;
    }
    using.end(say);
    for (form, count) in &walked.others {
        say.note(words!(
            "{count} kiriman formulir {form} tidak dibuka: tujuan ini milik formulir lain",
            "{count} submission(s) of the form {form} not opened: this purpose is another form's"
        ));
    }
    if counts.total == 0 && !walked.others.is_empty() {
        say.hint(words!(
            "beri formulir yang diisi pelanggan dengan --form",
            "give the form that customers filled with --form"
        ));
        counts.report(say, &job)?;
        return Ok(Exit::Nothing);
    }
    counts.report(say, &job)
}

/// Where attachments go: each form counts its submissions by itself, so that one of several has a folder of its own.
fn folder(job: &Job<'_>, path: &Path) -> PathBuf {
    match job.forms.first().filter(|_| job.said.has_several_forms()) {
        Some(form) => path.join(form.name().as_str()),
        None => path.to_path_buf(),
    }
}

/// What is the same for every submission.
struct Job<'a> {
    forms: &'a [Form],
    identities: &'a [Identity],
    purpose: Option<&'a str>,
    layout: Table<'a>,
    /// Fields of the purpose that are for other roles than the keys' own.
    hidden: Vec<String>,
    format: Format,
    with_files: bool,
    now: Time,
    said: Said,
    /// What to call what is opened.
    input: String,
}

/// What was seen, as the results come in.
#[derive(Default)]
struct Counts {
    total: u64,
    shown: u64,
    repeated: u64,
    stopped: u64,
    gone: u64,
    failed: Vec<Failed>,
    failed_parts: Vec<(u64, String, Rc<Words>)>,
    left_out: BTreeMap<LeftOut, u64>,
    choices: BTreeMap<String, [u64; 4]>,
    /// For each id the first submission: eight bytes of its digest, its sequence.
    seen: HashMap<SubmissionId, ([u8; 8], u64)>,
    conflicts: Vec<(String, u64, u64)>,
    /// What was said about submissions that are here: for each statement whether any of them signed it.
    said: BTreeMap<SubmissionId, Vec<bool>>,
    /// Each cause once: where every submission fails it is the same one.
    causes: HashMap<String, Rc<Words>>,
}

/// A submission that did not open.
struct Failed {
    sequence: u64,
    id: Option<SubmissionId>,
    verdict: &'static str,
    cause: Rc<Words>,
}

impl Failed {
    fn number(&self) -> String {
        self.id.map(|id| id.number()).unwrap_or_default()
    }
}

impl Counts {
    /// Takes one result; returns its number if its content is shown, or counted.
    fn take(
        &mut self,
        say: &mut Say,
        sink: &mut Sink,
        files: Option<&mut files::Folder>,
        outcome: Outcome,
    ) -> Result<Option<u64>, Failure> {
        self.total += 1;
        let Outcome { sequence, id, origin, own, opened } = outcome;
        if let Some(id) = id.filter(|_| !own.is_empty()) {
            let known = self.said.entry(id).or_insert_with(|| vec![false; own.len()]);
            known.iter_mut().zip(own).for_each(|(known, own)| *known |= own);
        }
        let before = id.and_then(|id| self.seen.get(&id).copied());
        if let (Some((first, _)), Some(id)) = (before, id)
            && first == origin
        {
            self.repeated += 1;
            let number = id.number();
            say.note(words!(
                "kiriman {sequence} ({number}) sama dengan yang sudah ada",
                "submission {sequence} ({number}) is there already"
            ));
            return Ok(None);
        }
        let good = match opened {
            Ok(good) => *good,
            Err((verdict, cause)) => {
                let cause = self.intern(cause);
                self.failed.push(Failed { sequence, id, verdict, cause });
                return Ok(None);
            }
        };
        let conflict = before.map(|(_, first)| first);
        if let Some(id) = id {
            self.seen.entry(id).or_insert((origin, sequence));
            if let Some(first) = conflict {
                self.conflict(say, id, first, sequence);
            }
        }
        let Good { flags, choices, usable } = good;
        tell::flags(say, sequence, &flags);
        // Whose data must go is counted as that, and for nothing else.
        for (purpose, choice) in choices.into_iter().filter(|_| usable.is_ok()) {
            self.choices.entry(purpose).or_default()[choice] += 1;
        }
        match usable {
            Err(reason) => {
                *self.left_out.entry(reason).or_default() += 1;
                Ok(None)
            }
            Ok(Shown { text, failed_parts, attachments }) => {
                self.shown += 1;
                for (part, cause) in failed_parts {
                    let cause = self.intern(cause);
                    self.failed_parts.push((sequence, part, cause));
                }
                sink.row(say, text, conflict.is_some())?;
                if let (Some(folder), Some(id)) = (files, id) {
                    for (part, cause) in folder.write(sequence, id, attachments)? {
                        let cause = self.intern(cause);
                        self.failed_parts.push((sequence, part, cause));
                    }
                }
                Ok(Some(sequence))
            }
        }
    }

    /// Statements that a stranger wrote in a customer's name; one about a submission that is not here can be nobody's or anybody's.
    fn unsigned(&self) -> u64 {
        self.said.values().flatten().filter(|own| !**own).count() as u64
    }

    fn conflict(&mut self, say: &mut Say, id: SubmissionId, first: u64, sequence: u64) {
        let number = id.number();
        say.warn(words!(
            "kiriman {sequence} ({number}) bertentangan dengan kiriman {first} bernomor sama; keduanya ditampilkan",
            "submission {sequence} ({number}) conflicts with submission {first} of the same number; both are shown"
        ));
        self.conflicts.push((number, first, sequence));
    }

    fn intern(&mut self, cause: Words) -> Rc<Words> {
        let known = self.causes.get(&cause.en).map(Rc::clone);
        known.unwrap_or_else(|| {
            let cause = Rc::new(cause);
            self.causes.insert(cause.en.clone(), Rc::clone(&cause));
            cause
        })
    }

    fn note_stopped(&mut self, say: &mut Say, stopped: &[Stopped]) {
        for stop in stopped {
            say.note(stop.error.at(&stop.file));
            self.stopped += 1;
        }
        if !stopped.is_empty() {
            say.warn(words!(
                "yang tidak terbaca bisa berisi penarikan persetujuan atau permintaan hapus; ambil ekspor itu lagi sebelum tabel ini dipakai",
                "what was not read may hold withdrawals and wishes for deletion; fetch that export again before this table is used"
            ));
        }
    }

    fn report(&self, say: &mut Say, job: &Job<'_>) -> Result<Exit, Failure> {
        for failed in &self.failed {
            let (sequence, number, Words { id, en }) = (failed.sequence, failed.number(), &*failed.cause);
            say.note(words!("kiriman {sequence} {number}: {id}", "submission {sequence} {number}: {en}"));
        }
        for (sequence, part, cause) in &self.failed_parts {
            let Words { id, en } = &**cause;
            say.note(words!("kiriman {sequence}, bagian {part}: {id}", "submission {sequence}, part {part}: {en}"));
        }
        let Self { total, shown, repeated, .. } = self;
        let failed = self.failed.len() as u64;
        let left: u64 = self.left_out.values().sum();
        say.note(words!(
            "{total} kiriman: {shown} tampil, {left} tidak boleh dipakai, {failed} gagal, {repeated} berulang",
            "{total} submission(s): {shown} shown, {left} left out, {failed} failed, {repeated} repeated"
        ));
        inbox::tell_gone(say, self.gone);
        said::tell_unsigned(say, &job.input, self.unsigned());
        if !job.hidden.is_empty() && *total > failed {
            let (count, fields) = (job.hidden.len(), job.hidden.join(", "));
            say.note(words!(
                "{count} kolom untuk peran lain, tidak tampil: {fields}",
                "{count} column(s) for other roles, not shown: {fields}"
            ));
        }
        for (reason, count) in &self.left_out {
            tell::left_out(say, *reason, *count);
        }
        Ok(match (failed + self.failed_parts.len() as u64 + self.stopped, shown + left) {
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
            error.at(&name),
            words!(
                "--form menerima berkas .segel dari `segel publish`",
                "--form takes a .segel file made by `segel publish`"
            ),
        )
    })
}

/// The form whose purpose it is. Two forms may call purposes by the same id: who agreed to the one did not agree to the other.
fn form_of(forms: &[Form], purpose: &str) -> Result<FormName, Failure> {
    let having = forms.iter().filter(|form| form.definition().purpose(purpose).is_some()).map(Form::name);
    let names: BTreeSet<&FormName> = having.collect();
    let mut all = names.iter();
    match (all.next(), all.next()) {
        (Some(name), None) => return Ok((*name).clone()),
        (Some(_), Some(_)) => {
            let names = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            let purpose = crate::escape::escape(purpose);
            return Err(Failure::Usage(
                words!(
                    "beberapa formulir punya tujuan {purpose}, masing-masing tujuan sendiri: {names}",
                    "several forms have a purpose {purpose}, each its own: {names}"
                ),
                Some(words!(
                    "buka satu per satu: beri --form versi-versi satu formulir saja",
                    "open one after the other: give --form the versions of one form only"
                )),
            ));
        }
        (None, _) => {}
    }
    let known: Vec<&str> = forms.iter().flat_map(Form::purposes).map(segel_core::purpose::Purpose::id).collect();
    let (purpose, known) = (crate::escape::escape(purpose), known.join(", "));
    Err(Failure::Usage(
        words!("formulir tidak punya tujuan {purpose}", "the form has no purpose {purpose}"),
        Some(words!("yang ada: {known}", "it has: {known}")),
    ))
}
