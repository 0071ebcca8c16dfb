//! The record of uses, written beside what is used, and `segel uses`, which shows it (UU PDP Art. 31). FORMAT §12.3.
//!
//! A use that cannot be recorded is warned of and goes on: an owner whose disk is full must still be able to answer a customer in time.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use segel_core::id::FormName;
use segel_core::key::KeyFile;
use segel_core::time::Time;
use segel_core::uses::{Act, Begun, Ended, Entry, HEAD, Numbers, Uses, Wrong, is_torn_head};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{self, Plain};
use crate::escape::{escape, escape_json};
use crate::keygen::now;
use crate::place::{self, For};
use crate::say::{Failure, Say, Words, shown, words};

/// A use on its way. However it ends, its second line is written; without one it was killed.
pub(crate) struct Use {
    place: Option<PathBuf>,
    of: u64,
    count: u64,
    records: BTreeMap<FormName, Numbers>,
}

impl Use {
    /// Writes the first line of a use of `input`: into its folder, or, where it is none or cannot be written to, beside the first key, or,
    /// where there is none, beside the input.
    pub(crate) fn begin(say: &mut Say, input: &Path, keys: &[PathBuf], begun: Begun) -> Self {
        let mut failed: Option<Words> = None;
        for place in places(input, keys) {
            match append(&place, &Entry::Begun(begun.clone())) {
                Ok(of) => {
                    if let Some(Words { id, en }) = failed {
                        let name = shown(&place);
                        say.warn(words!(
                            "pemakaian ini tercatat di {name}, karena: {id}",
                            "this use is on record in {name}, because: {en}"
                        ));
                    }
                    return Self { place: Some(place), of, count: 0, records: BTreeMap::new() };
                }
                // A folder that is only read, such as a backup on a disc, is as it should be.
                Err(Failure::Cause(..)) if is_read_only(&place) => {}
                Err(Failure::Cause(words, _)) => failed = failed.or(Some(words)),
                Err(_) => {}
            }
        }
        let Words { id, en } = failed.unwrap_or_else(|| {
            words!("tidak ada folder yang dapat ditulisi untuknya", "there is no folder for it that can be written to")
        });
        say.warn(words!("pemakaian ini tidak tercatat: {id}", "this use is not on record: {en}"));
        say.hint(words!(
            "catat sendiri kapan, untuk apa, dan berapa [UU PDP Pasal 31]",
            "note yourself when, what for and how many [UU PDP Pasal 31]"
        ));
        Self { place: None, of: 0, count: 0, records: BTreeMap::new() }
    }

    /// Counts a submission that was used.
    pub(crate) fn touch(&mut self, form: &FormName, number: u64) {
        self.count += 1;
        match self.records.get_mut(form) {
            Some(numbers) => numbers.push(number),
            None => self.records.entry(form.clone()).or_default().push(number),
        }
    }

    /// Counts submissions without saying which.
    pub(crate) const fn count(&mut self, more: u64) {
        self.count += more;
    }

    /// Writes the second line.
    pub(crate) fn end(mut self, say: &mut Say) {
        if let Err(Failure::Cause(Words { id, en }, _)) = self.finish() {
            say.warn(words!("akhir pemakaian ini tidak tercatat: {id}", "the end of this use is not on record: {en}"));
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let Some(place) = self.place.take() else { return Ok(()) };
        let records = std::mem::take(&mut self.records).into_iter().filter(|(_, numbers)| numbers.is_brief());
        let ended = Ended { of: self.of, at: now()?, count: self.count, records: records.collect() };
        append(&place, &Entry::Ended(ended)).map(drop)
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        // Whoever failed says so; the line says how far it came.
        let _ = self.finish();
    }
}

/// What a command is about to do, with whose key.
pub(crate) fn begun(act: Act, at: Time, keys: &[KeyFile], purpose: Option<&str>, to: Vec<String>) -> Begun {
    let by = keys.first().map(|file| file.owner().owner_id());
    Begun { act, at, by, purpose: purpose.map(str::to_owned), to }
}

/// The same without names: who answers one person often calls the file by that person's name.
pub(crate) fn to_unnamed(say: &Say, output: Option<&Path>) -> Vec<String> {
    match output.filter(|path| !place::is_dash(path)) {
        Some(_) => vec!["file".to_owned()],
        None => to(say, &[]),
    }
}

/// Where results go, in words of the record.
pub(crate) fn to(say: &Say, outputs: &[Option<&Path>]) -> Vec<String> {
    let files = outputs.iter().flatten().filter(|path| !place::is_dash(path));
    let files: Vec<String> = files.map(|path| format!("file {}", path.to_string_lossy())).collect();
    match files.is_empty() {
        false => files,
        true if say.is_read_on_a_terminal() => vec!["screen".to_owned()],
        true => vec!["stream".to_owned()],
    }
}

/// A use, with its end where it has one.
pub(crate) type Recorded = (Begun, Option<Ended>);

/// Every use that is on record for an input. A record that cannot be read is warned of: a customer is answered all the same.
pub(crate) fn recorded(say: &mut Say, input: &Path, keys: &[PathBuf]) -> Vec<Recorded> {
    let mut all = Vec::new();
    let mut places = places(input, keys);
    places.extend(beside(input));
    for (index, place) in places.iter().enumerate() {
        if places[..index].iter().any(|earlier| place::is_same(earlier, place)) {
            continue;
        }
        match read(place) {
            Ok(None) => {}
            Ok(Some(uses)) => {
                tell_wrong(say, place, &uses);
                all.extend(uses.uses().into_iter().map(|(begun, ended)| (begun.clone(), ended.cloned())));
            }
            Err(failure) => {
                let Failure::Cause(Words { id, en }, hint) = failure else { continue };
                say.warn(words!(
                    "catatan pemakaian tidak dapat dibaca, jadi pemakaian di dalamnya tidak disebut: {id}",
                    "the record of uses cannot be read, so uses in it are not named: {en}"
                ));
                hint.into_iter().for_each(|hint| say.hint(hint));
            }
        }
    }
    all
}

pub(crate) fn run(say: &mut Say, args: &args::Uses) -> Result<Exit, Failure> {
    let path = match args.input.is_dir() {
        true => args.input.join(NAME),
        false => args.input.clone(),
    };
    let Some(uses) = read(&path)? else {
        let name = shown(&path);
        say.note(words!("{name}: belum ada pemakaian yang tercatat", "{name}: no use is on record yet"));
        return Ok(Exit::Done);
    };
    let all = uses.uses();
    match args.format {
        Plain::Json => {
            let list: Vec<Value> = all.iter().map(|(begun, ended)| document(begun, *ended)).collect();
            let wrong: Vec<Value> = uses.wrong().iter().map(wrong_json).collect();
            let document = json!({"uses": list, "wrong": wrong}).to_string();
            say.result(&format!("{}\n", escape_json(&document)))?;
        }
        Plain::Text => {
            for (begun, ended) in &all {
                let line = say.pick(line(begun, *ended));
                say.result(&format!("{line}\n"))?;
            }
        }
    }
    let count = all.len();
    say.note(words!("{count} pemakaian tercatat", "{count} use(s) on record"));
    tell_wrong(say, &path, &uses);
    Ok(if uses.wrong().is_empty() { Exit::Done } else { Exit::Partial })
}

/// A use as JSON.
fn document(begun: &Begun, ended: Option<&Ended>) -> Value {
    json!({
        "act": begun.act.code(), "at": begun.at.text(), "by": begun.by.map(|by| by.to_string()), "purpose": begun.purpose, "to": begun.to,
        "ended": ended.map(|ended| ended.at.text()), "count": ended.map(|ended| ended.count),
        "records": ended.map(records),
    })
}

fn records(ended: &Ended) -> Value {
    ended.records.iter().map(|(form, numbers)| (form.to_string(), Value::String(numbers.text()))).collect()
}

/// A use as a line for a person.
fn line(begun: &Begun, ended: Option<&Ended>) -> Words {
    let at = &begun.at.text()[..16];
    let (act, purpose) = (deed(begun.act), begun.purpose.as_deref().unwrap_or("-"));
    let to = begun.to.iter().map(|to| destination(to)).collect::<Vec<Words>>();
    let join = |pick: fn(&Words) -> &String| to.iter().map(|words| pick(words).as_str()).collect::<Vec<_>>().join(", ");
    let (to_id, to_en) = (join(|words| &words.id), join(|words| &words.en));
    let count = ended.map_or(words!("terputus", "broken off"), |ended| {
        let count = ended.count;
        words!("{count} kiriman", "{count} submission(s)")
    });
    words!(
        "{at}  {}",
        "{at}  {}",
        format!("{:<18}  {purpose:<16}  {:<16}  {to_id}", act.id, count.id),
        format!("{:<18}  {purpose:<16}  {:<16}  {to_en}", act.en, count.en)
    )
}

fn destination(to: &str) -> Words {
    match to.strip_prefix("file ") {
        Some(file) => {
            let file = escape(file);
            words!("{file}", "{file}")
        }
        None if to == "screen" => words!("layar", "screen"),
        None if to == "file" => words!("berkas", "a file"),
        None if to == "stream" => words!("program lain", "another program"),
        None => {
            let to = escape(to);
            words!("{to}", "{to}")
        }
    }
}

/// What was done, for a person.
pub(crate) fn deed(act: Act) -> Words {
    match act {
        Act::Open => words!("dibuka", "opened"),
        Act::Subject => words!("data satu orang", "one person's data"),
        Act::Proof => words!("bukti persetujuan", "proof of consent"),
        Act::Letters => words!("surat penghapusan", "deletion letters"),
        Act::Breach => words!("surat kebocoran", "breach letters"),
        Act::Rewrap => words!("disegel ulang", "sealed anew"),
        Act::Gather => words!("dikumpulkan", "gathered"),
        Act::Purge => words!("dihapus", "deleted"),
        _ => words!("pemakaian lain", "another use"),
    }
}

fn tell_wrong(say: &mut Say, path: &Path, uses: &Uses) {
    let name = shown(path);
    for wrong in uses.wrong() {
        match wrong {
            Wrong::Unreadable(line) => say.warn(words!(
                "{name}: baris {line} tidak terbaca: penulisnya terputus, atau diketik orang",
                "{name}: line {line} is no entry: its writer was stopped, or somebody typed it"
            )),
            Wrong::Altered(line) => say.warn(words!(
                "{name}: baris {line} tidak menyambung: ada yang mengubah atau membuang catatan sampai di sini",
                "{name}: line {line} does not follow: an entry up to here was changed or taken out"
            )),
            _ => {}
        }
    }
}

fn wrong_json(wrong: &Wrong) -> Value {
    match wrong {
        Wrong::Unreadable(line) => json!({"line": line, "what": "unreadable"}),
        Wrong::Altered(line) => json!({"line": line, "what": "altered"}),
        _ => Value::Null,
    }
}

/// Takes what is on record to another inbox that holds the same, where none is yet.
pub(crate) fn copy(say: &mut Say, from: &Path, to: &Path) {
    let (from, to) = (from.join(NAME), to.join(NAME));
    if !from.is_file() || to.exists() {
        return;
    }
    let copied = place::read(&from, MAX).and_then(|bytes| place::create(&to, &bytes, For::Owner));
    if let Err(Failure::Cause(Words { id, en }, _)) = copied {
        say.warn(words!("catatan pemakaian tidak ikut disalin: {id}", "the record of uses was not copied: {en}"));
        say.hint(words!("simpan berkas lamanya", "keep the old file"));
    }
}

/// Where a use of an input is put on record: the first of these that can be written to.
fn places(input: &Path, keys: &[PathBuf]) -> Vec<PathBuf> {
    let folder = (!place::is_dash(input) && input.is_dir()).then(|| input.join(NAME));
    let key = keys.first().filter(|key| !place::is_dash(key)).map(|key| key.with_file_name(NAME));
    let beside = if key.is_none() { beside(input) } else { None };
    let mut places: Vec<PathBuf> = folder.into_iter().chain(key).chain(beside).collect();
    places.dedup();
    places
}

/// The place in the folder of an input that is a file.
fn beside(input: &Path) -> Option<PathBuf> {
    (!place::is_dash(input) && !input.is_dir()).then(|| input.with_file_name(NAME))
}

/// Whether it is the folder, not the record in it, that keeps anybody from writing.
fn is_read_only(place: &Path) -> bool {
    use rustix::fs::{Access, access};
    use rustix::io::Errno;
    let closed = |path: &Path| matches!(access(path, Access::WRITE_OK), Err(Errno::ACCESS | Errno::ROFS));
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    closed(folder) && (!place.exists() || closed(place))
}

/// The record there, if there is one.
fn read(path: &Path) -> Result<Option<Uses>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = place::read(path, MAX)?;
    if is_torn_head(&bytes) {
        return Ok(None);
    }
    Uses::parse(&bytes).map(Some).ok_or_else(|| no_record(path))
}

fn no_record(path: &Path) -> Failure {
    let name = shown(path);
    Failure::hinted(
        words!("{name}: bukan catatan pemakaian", "{name}: not a record of uses"),
        words!("pindahkan berkas itu, supaya catatan baru dimulai", "move that file away, so that a new record begins"),
    )
}

/// Puts a line behind the others, durable, while no other run does; returns its number.
fn append(path: &Path, entry: &Entry) -> Result<u64, Failure> {
    place::refuse_irregular(path)?;
    let failed = |error: io::Error| Failure::file(path, &error);
    let mut options = File::options();
    options.read(true).append(true).create(true).mode(0o600);
    let mut file = options.open(path).map_err(failed)?;
    lock(path, &file)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut bytes = Vec::new();
    (&file).take(MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > MAX {
        return Err(no_record(path));
    }
    if is_torn_head(&bytes) {
        file.set_len(0).map_err(failed)?;
        bytes.clear();
    }
    let mut uses = match bytes.is_empty() {
        true => Uses::new(),
        false => Uses::parse(&bytes).ok_or_else(|| no_record(path))?,
    };
    let (number, line) = uses.push(entry.clone());
    // What an earlier run was stopped in stays a line of its own.
    let before = match bytes.last() {
        None => HEAD,
        Some(b'\n') => "",
        Some(_) => "\n",
    };
    // One write, so that a reader who looks meanwhile sees all of it or nothing.
    file.write_all(format!("{before}{line}").as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
    Ok(number)
}

/// Keeps others from a record until the file is closed, also by a run that is killed; waits for whoever is at it, but not for one that
/// hangs.
fn lock(path: &Path, file: &File) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(Failure::file(path, &error)),
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => thread::sleep(PATIENCE / 100),
            Err(TryLockError::WouldBlock) => {
                let name = shown(path);
                return Err(Failure::new(words!(
                    "{name}: sedang dipakai program lain, yang tidak selesai",
                    "{name}: in use by another program, which does not finish"
                )));
            }
        }
    }
}

/// How long another run may take to write its line.
const PATIENCE: Duration = Duration::from_secs(5);
/// The record's name in an inbox, or beside a key.
const NAME: &str = "uses.txt";
/// Bytes of a record: a century of daily uses.
const MAX: usize = 64 * 1024 * 1024;
