//! `segel rewrap`: old submissions sealed anew to the keys that a later version of their form names. FORMAT §12.1.
//!
//! The old inbox is only read. A new export gets its name once every submission in it was read back from disk and says what the old
//! one says; until then it grows under another name, and a run that was killed goes on from its last whole submission.

mod copy;
mod draft;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use segel_core::age::Identity;
use segel_core::uses::Act;
use segel_core::{Form, id::FormDigest};
use serde_json::json;

use crate::args::{Plain, Rewrap};
use crate::keygen::{now, opens_a_test_seal};
use crate::register;
use crate::say::{Failure, Say, Words, shown, words};
use crate::uses::{self, Use};
use crate::{Exit, inbox, keys, open, place, pulled};

use copy::{Kept, Tally};

pub(crate) fn run(say: &mut Say, args: &Rewrap) -> Result<Exit, Failure> {
    if place::is_dash(&args.input) {
        return Err(Failure::Usage(words!("rewrap tidak membaca dari -", "rewrap does not read from -"), None));
    }
    let forms = args.form.iter().map(|path| open::read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
    let later = newest(&forms)?;
    let files = keys::open_all(say, &args.keys)?;
    let Some(owner) = files.first().map(segel_core::key::KeyFile::owner) else { return Err(keys::no_terminal()) };
    if owner.owner_id() != later.owner() {
        let other = later.owner();
        return Err(Failure::hinted(
            words!(
                "formulir terbaru ditandatangani pemilik lain, {other}",
                "the newest form is signed by another owner, {other}"
            ),
            words!(
                "kunci pemilik yang menandatangani formulir itu diberi pertama dengan -k",
                "give the key of the owner who signed it first with -k"
            ),
        ));
    }
    let identities = keys::identities(&files);
    prove(later, &identities, files[0].spares())?;
    let exports = inbox::exports(&args.input)?;
    place::make_folder(&args.output)?;
    // Read once to seal anew, and once beside what was made.
    let progress = say.progress(inbox::bytes(&args.input).map(|bytes| 3 * bytes));
    let job = Job { forms: &forms, later, identities: &identities, progress };
    let mut tally = Tally::default();
    let begun = uses::begun(Act::Rewrap, now()?, &files, None, uses::to(say, &[Some(&args.output)]));
    uses::copy(say, &args.input, &args.output);
    let mut using = Use::begin(say, &args.output, &args.keys.key, begun);
    for file in &exports {
        let target = target(&args.output, file)?;
        if copy::is_done(&job, file, &target)? {
            tally.done_before += 1;
        } else {
            let before = tally.resealed;
            copy::one(say, &job, file, &target, &mut tally)?;
            // At once: the next export may fail.
            using.count(tally.resealed - before);
        }
    }
    job.progress.finish_and_clear();
    copy_register(say, args)?;
    if args.input.is_dir() {
        pulled::copy(&args.input, &args.output, core::iter::once(later.name()))?;
    }
    using.end(say);
    report(say, args, later, &tally)
}

/// What stays the same for every export.
pub(crate) struct Job<'a> {
    forms: &'a [Form],
    later: &'a Form,
    identities: &'a [Identity],
    progress: ProgressBar,
}

impl Job<'_> {
    fn form(&self, digest: FormDigest) -> Option<&Form> {
        self.forms.iter().find(|form| form.digest() == digest)
    }
}

/// The version whose keys will read.
fn newest(forms: &[Form]) -> Result<&Form, Failure> {
    let Some(newest) = forms.iter().max_by_key(|form| form.version()) else { return Err(keys::no_terminal()) };
    let (name, version) = (newest.name(), newest.version());
    if let Some(other) = forms.iter().find(|form| form.name() != name) {
        let other = other.name();
        return Err(Failure::Usage(
            words!("--form: {name} dan {other} adalah dua formulir", "--form: {name} and {other} are two forms"),
            None,
        ));
    }
    if forms.iter().any(|form| form.version() == version && form.digest() != newest.digest()) {
        return Err(Failure::Usage(
            words!("dua formulir berbeda bernomor versi {version}", "two different forms are version {version}"),
            Some(words!("beri hanya satu yang baru", "give only one as the new one")),
        ));
    }
    Ok(newest)
}

/// Nothing is sealed to a key that nobody holds: each opens a test seal now, or did when the owner's key file was made.
fn prove(later: &Form, held: &[Identity], spares: &[segel_core::age::Recipient]) -> Result<(), Failure> {
    let roles = later.definition().roles().iter().flat_map(|role| role.keys().iter().map(move |key| (role.id(), key)));
    for (role, reader) in roles {
        let proven = match held.iter().find(|identity| identity.recipient() == *reader) {
            Some(identity) => opens_a_test_seal(reader, identity)?,
            None => spares.contains(reader),
        };
        if !proven {
            let key = reader.to_text();
            let key = &key[..key.len().min(20)];
            return Err(Failure::hinted(
                words!(
                    "kunci {key}… ({role}) belum membuktikan dapat membuka",
                    "key {key}… ({role}) has not shown that it opens"
                ),
                words!(
                    "beri kunci rahasianya dengan -k; tanpa itu tidak ada yang dikunci ulang",
                    "give its secret key with -k; without it nothing is sealed anew"
                ),
            ));
        }
    }
    Ok(())
}

/// Where the new export of an old one goes; never into the old inbox.
fn target(folder: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let name = file.file_name().unwrap_or_default();
    let target = folder.join(name);
    place::refuse_same(&target, &[file])?;
    Ok(target)
}

/// What customers asked for otherwise than by a receipt is obeyed in the new inbox too.
fn copy_register(say: &mut Say, args: &Rewrap) -> Result<(), Failure> {
    let (old, new) = (register::path(&args.input), args.output.join(register::NAME));
    if !old.exists() {
        return Ok(());
    }
    let told = register::read(&old)?;
    register::change(say, &new, |register| {
        register.merge(&told);
        Ok(())
    })
}

fn report(say: &mut Say, args: &Rewrap, later: &Form, tally: &Tally) -> Result<Exit, Failure> {
    for Kept { sequence, number, cause } in &tally.kept {
        let Words { id, en } = cause;
        say.note(words!(
            "kiriman {sequence} {number} dibiarkan seperti semula: {id}",
            "submission {sequence} {number} stays as it was: {en}"
        ));
    }
    let Tally { resealed, right, gone, done_before, .. } = tally;
    if args.format == Plain::Json {
        let kept = tally
            .kept
            .iter()
            .map(|kept| json!({"sequence": kept.sequence, "number": kept.number, "cause": kept.cause.en}));
        let done = json!({
            "form": later.name().as_str(), "version": later.version(), "resealed": resealed, "right": right,
            "deleted": gone, "kept": kept.collect::<Vec<_>>(), "exports_finished_before": done_before,
        });
        say.result(&format!("{done}\n"))?;
    }
    let (kept, version, output) = (tally.kept.len(), later.version(), shown(&args.output));
    say.note(words!(
        "{resealed} kiriman dikunci ulang untuk versi {version}, {right} sudah benar, {kept} dibiarkan, {gone} sudah dihapus",
        "{resealed} submission(s) sealed anew for version {version}, {right} right already, {kept} kept as they were, {gone} deleted before"
    ));
    if *done_before > 0 {
        say.note(words!(
            "{done_before} ekspor sudah selesai sebelumnya",
            "{done_before} export(s) were finished before"
        ));
    }
    if kept == 0 {
        let old = shown(&args.input);
        say.note(words!(
            "semua sudah dibaca ulang dari {output} dan sama isinya",
            "all were read back from {output} and say the same"
        ));
        say.hint(words!(
            "kunci lama masih membuka {old} dan cadangannya: hapus bila {output} sudah aman; server menyimpan aslinya sampai waktunya habis, jadi ganti juga tokennya",
            "old keys still open {old} and its backups: delete them once {output} is safe; the server keeps the originals until their time is over, so change its token too"
        ));
        return Ok(Exit::Done);
    }
    say.hint(words!(
        "yang dibiarkan masih terbuka dengan kunci lama; beri formulir versinya dengan --form atau kunci pemilik yang cocok, lalu ulangi ke folder lain",
        "those kept still open with the old keys; give their form version with --form or the owner's key they were sealed to, and run again into another folder"
    ));
    Ok(if *resealed + *right + *done_before > 0 { Exit::Partial } else { Exit::Nothing })
}
