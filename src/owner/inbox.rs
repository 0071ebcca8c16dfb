//! Where sealed submissions wait: a folder of exports that continue each other, one export, or standard input. FORMAT §12.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use segel_core::export::{
    Damaged, Entry, ExportError, Joints, Position, Reader, Record, Resealed, write_line, write_resealed,
};
use segel_core::id::FormName;
use segel_core::stamp::Taken;
use segel_core::time::Time;

use crate::cause::Cause as _;
use crate::place;
use crate::say::{Failure, Say, shown, words};

/// Ending of the files in an inbox.
pub(crate) const ENDING: &str = "segel-export";
/// What stands before it where the numbers are our own.
const OWN: &str = ".own.";

/// Who numbers the submissions of an inbox: two chains never continue each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// A server, from which `segel pull` fetches.
    Server,
    /// `segel gather`, in the order in which it found them.
    Own,
}

impl Numbers {
    /// The name of an export from `first` to `last`.
    pub(crate) fn name(self, form: &FormName, first: u64, last: u64) -> String {
        let own = if self == Self::Own { OWN } else { "." };
        format!("{form}-{first:08}-{last:08}{own}{ENDING}")
    }

    pub(crate) fn of(file: &Path) -> Self {
        let own = file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!("{OWN}{ENDING}")));
        if own { Self::Own } else { Self::Server }
    }
}

/// Why reading stopped before the end.
pub(crate) struct Stopped {
    pub(crate) file: String,
    pub(crate) error: ExportError,
}

/// The exports behind a path, in order.
pub(crate) fn exports(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if place::is_dash(path) || !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = fs::read_dir(path).map_err(|error| Failure::file(path, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| Failure::file(path, &error))?.path();
        if file.extension().is_some_and(|ending| ending == ENDING) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let name = shown(path);
        return Err(Failure::hinted(
            words!("{name}: belum ada ekspor di folder ini", "{name}: no export in this folder yet"),
            words!("ambil dengan `segel pull`", "fetch one with `segel pull`"),
        ));
    }
    Ok(files)
}

/// Bytes behind a path, where they can be known.
pub(crate) fn bytes(path: &Path) -> Option<u64> {
    let sizes = exports(path).ok()?.into_iter().map(|file| fs::metadata(file).map(|metadata| metadata.len()));
    sizes.sum::<io::Result<u64>>().ok()
}

/// Hands every submission to `take`, in order. A damaged export ends its own file, not the others; each is reported, and so is each that was
/// damaged at the server.
pub(crate) fn each(
    path: &Path,
    progress: &ProgressBar,
    take: impl FnMut(&FormName, Record) -> Result<(), Failure>,
) -> Result<Vec<Stopped>, Failure> {
    each_of(path, progress, None, take).map(|walked| walked.stopped)
}

/// What was met besides the submissions.
#[derive(Default)]
pub(crate) struct Walked {
    pub(crate) stopped: Vec<Stopped>,
    /// Places of deleted ones: whoever deletes at the server is seen.
    pub(crate) gone: u64,
    /// Submissions of other forms than the wanted one, by form.
    pub(crate) others: BTreeMap<FormName, u64>,
}

/// The same for the submissions of one form.
pub(crate) fn each_of(
    path: &Path,
    progress: &ProgressBar,
    wanted: Option<&FormName>,
    mut take: impl FnMut(&FormName, Record) -> Result<(), Failure>,
) -> Result<Walked, Failure> {
    let Walked { mut stopped, mut gone, mut others } = Walked::default();
    let mut damaged = Damages::new();
    let mut joints = Joints::default();
    for file in exports(path)? {
        let mut stream = Stream::open(&file)?.shown_by(progress);
        let fault = loop {
            match stream.next() {
                Ok(Some(Entry::Record(record))) => match stream.form() {
                    Some(form) if wanted.is_none_or(|wanted| wanted == form) => take(form, record)?,
                    Some(form) => *others.entry(form.clone()).or_default() += 1,
                    None => {}
                },
                Ok(Some(Entry::Damaged(entry))) => {
                    let stop = Stopped { file: shown(&file), error: entry.fault() };
                    if let Some(form) = stream.form() {
                        damaged.insert((form.clone(), entry.sequence()), (entry, stop));
                    }
                }
                Ok(Some(entry)) => {
                    let own = wanted.is_none() || stream.form() == wanted;
                    gone += u64::from(own && matches!(entry, Entry::Gone(_)));
                }
                Ok(None) => break None,
                Err(Fault::Export(error)) => break Some(error),
                Err(Fault::File(failure)) => return Err(failure),
            }
        };
        let between = stream.form().zip(stream.positions());
        let missing = between.and_then(|(form, (start, end))| joints.follow(form, start, end));
        stopped.extend(missing.map(|error| Stopped { file: shown(&file), error }));
        if let Some(error) = fault.or_else(|| stream.finish().err()) {
            refuse_other_kinds(&file, &error)?;
            stopped.push(Stopped { file: shown(&file), error });
        }
    }
    stopped.extend(unreplaced(path, damaged)?);
    Ok(Walked { stopped, gone, others })
}

/// What the server calls damaged, by form and number.
type Damages = BTreeMap<(FormName, u64), (Damaged, Stopped)>;

/// Of what was damaged at the server, what no other export of this inbox has as it was, or as deleted since. FORMAT §12.
fn unreplaced(path: &Path, mut damaged: Damages) -> Result<Vec<Stopped>, Failure> {
    let others = if damaged.is_empty() || !path.is_dir() { Vec::new() } else { exports(path)? };
    for file in others {
        let mut stream = Stream::open(&file)?;
        while let Ok(Some(entry)) = stream.next() {
            let Some(form) = stream.form() else { break };
            let place = (form.clone(), entry.position().sequence());
            let stands = |(was, _): &(Damaged, Stopped)| match entry {
                Entry::Record(_) | Entry::Said(_) => was.position() == entry.position(),
                Entry::Gone(_) => was.what() == Taken::Envelope && was.position() == entry.position(),
                _ => false,
            };
            if damaged.get(&place).is_some_and(stands) {
                damaged.remove(&place);
            }
        }
    }
    Ok(damaged.into_values().map(|(_, stop)| stop).collect())
}

/// Says how many were deleted, where any were.
pub(crate) fn tell_gone(say: &mut Say, gone: u64) {
    if gone > 0 {
        say.note(words!("{gone} kiriman sudah dihapus", "{gone} submission(s) deleted before"));
    }
}

/// One export, read piece by piece.
pub(crate) struct Stream {
    source: Box<dyn Read + Send>,
    file: PathBuf,
    reader: Reader,
    piece: Vec<u8>,
    progress: ProgressBar,
}

/// Why a stream goes no further.
pub(crate) enum Fault {
    /// The file cannot be read.
    File(Failure),
    /// Its content is not as it must be.
    Export(ExportError),
}

impl Stream {
    /// Opens an export; `-` is standard input.
    pub(crate) fn open(file: &Path) -> Result<Self, Failure> {
        let source: Box<dyn Read + Send> = match place::is_dash(file) {
            true => Box::new(io::stdin()),
            false => Box::new(place::open_regular(file)?),
        };
        Ok(Self::new(source, file))
    }

    pub(crate) fn new(source: Box<dyn Read + Send>, file: &Path) -> Self {
        let (file, piece) = (file.to_path_buf(), vec![0; 256 * 1024]);
        Self { source, file, reader: Reader::default(), piece, progress: ProgressBar::hidden() }
    }

    /// What a server sent: nothing re-sealed is in it.
    pub(crate) fn of_server(self) -> Self {
        Self { reader: Reader::of_server(), ..self }
    }

    /// Moves a bar along while it is read.
    pub(crate) fn shown_by(self, progress: &ProgressBar) -> Self {
        Self { progress: progress.clone(), ..self }
    }

    /// The next submission or the place of one; `None` where the bytes end, good or not.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Fault> {
        loop {
            if let Some(entry) = self.reader.next_entry().map_err(Fault::Export)? {
                return Ok(Some(entry));
            }
            let count = self.source.read(&mut self.piece);
            let count = count.map_err(|error| Fault::File(Failure::file(&self.file, &error)))?;
            if count == 0 {
                return Ok(None);
            }
            self.progress.inc(count as u64);
            self.reader.feed(&self.piece[..count]);
        }
    }

    pub(crate) fn form(&self) -> Option<&FormName> {
        self.reader.form()
    }

    /// Where it goes on from, and where it stands.
    pub(crate) fn positions(&self) -> Option<(Position, Position)> {
        Some((*self.reader.start()?, *self.reader.position()?))
    }

    /// Bytes up to the end of the last entry.
    pub(crate) fn consumed(&self) -> u64 {
        self.reader.consumed()
    }

    /// Form and position of an export that was read to its end.
    pub(crate) fn finish(self) -> Result<(FormName, Position), ExportError> {
        self.reader.finish()
    }

    /// The same as a failure that names the file.
    pub(crate) fn read_out(mut self) -> Result<(FormName, Position), Failure> {
        let file = self.file.clone();
        let outcome = loop {
            match self.next() {
                Ok(Some(_)) => {}
                Ok(None) => break self.finish(),
                Err(Fault::Export(error)) => break Err(error),
                Err(Fault::File(failure)) => return Err(failure),
            }
        };
        outcome.map_err(|error| damaged(&file, &error))
    }
}

/// The first lines of an export, as they stand.
pub(crate) fn head(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut first = vec![0; 512];
    let count = place::open_regular(file)?.read(&mut first).map_err(|error| Failure::file(file, &error))?;
    let end = first[..count].windows(2).position(|pair| pair == b"\n\n").map_or(0, |end| end + 2);
    first.truncate(end);
    Ok(first)
}

/// An export beside this one that begins later, with the times of both: what customers said against the older one may stand there.
pub(crate) fn later_beside(file: &Path) -> Option<(PathBuf, Time, Time)> {
    let (form, after, time) = begins(file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let others = exports(folder).ok()?.into_iter().filter_map(|other| Some((begins(&other)?, other)));
    let later = others.filter(|((name, first, _), _)| *name == form && *first > after);
    later.max_by_key(|((_, first, _), _)| *first).map(|((_, _, later), other)| (other, time, later))
}

/// Form of an export, the number it goes on behind, and the time of its first entry; nothing of what is none, or has none.
fn begins(file: &Path) -> Option<(String, u64, Time)> {
    let mut first = vec![0; 1024];
    let count = place::open_regular(file).ok()?.read(&mut first).ok()?;
    let mut lines = first[..count].split(|byte| *byte == b'\n').map_while(|line| core::str::from_utf8(line).ok());
    lines.next().filter(|line| line.starts_with("segel-export/"))?;
    let form = lines.next()?.strip_prefix("form ")?.to_owned();
    let after = lines.next()?.strip_prefix("after ")?.split(' ').next()?.parse().ok()?;
    let time = lines.nth(1)?.split(' ').nth(2).and_then(Time::parse)?;
    Some((form, after, time))
}

/// A submission as it stands in an export, with these bytes.
pub(crate) fn written(record: &Record, bytes: &[u8], resealed: Option<&Resealed>) -> Vec<u8> {
    let (position, time, length) = (record.position(), record.received_at(), bytes.len() as u64);
    let line = match resealed {
        Some(resealed) => write_resealed(&position, time, length, resealed),
        None => write_line(&position, time, length),
    };
    [&line[..], bytes, b"\n"].concat()
}

/// Where an inbox stands for one form: behind which number to go on.
pub(crate) fn position(folder: &Path, form: &FormName, numbers: Numbers) -> Result<Position, Failure> {
    let prefix = format!("{form}-");
    let files = if folder.is_dir() { exports(folder).unwrap_or_default() } else { Vec::new() };
    let own =
        files.iter().filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)));
    let mut last = None;
    for file in own {
        let (name, position) = Stream::open(file)?.read_out()?;
        if name == *form {
            if Numbers::of(file) != numbers {
                return Err(other_numbers(folder, file, numbers));
            }
            last = Some(position);
        }
    }
    Ok(last.unwrap_or(Position::START))
}

fn other_numbers(folder: &Path, file: &Path, numbers: Numbers) -> Failure {
    let (folder, file) = (shown(folder), shown(file));
    match numbers {
        Numbers::Server => Failure::hinted(
            words!(
                "{folder}: {file} dibuat oleh `segel gather` dan bernomor sendiri; nomor server tidak menyambungnya",
                "{folder}: {file} was made by `segel gather` and has numbers of its own; a server's do not continue them"
            ),
            words!(
                "ambil ke folder lain: segel pull … -o inbox-server/",
                "pull into another folder: segel pull … -o inbox-server/"
            ),
        ),
        Numbers::Own => Failure::hinted(
            words!(
                "{folder}: {file} bernomor dari server; yang dikumpulkan di sini tidak menyambungnya",
                "{folder}: {file} has the numbers of a server; what is gathered here does not continue them"
            ),
            words!(
                "kumpulkan ke folder sendiri: segel gather … -o inbox-own/",
                "gather into a folder of its own: segel gather … -o inbox-own/"
            ),
        ),
    }
}

pub(crate) fn damaged(file: &Path, error: &ExportError) -> Failure {
    let name = shown(file);
    Failure::hinted(
        error.at(&name),
        words!(
            "pindahkan berkas itu dari kotak masuk, lalu ambil lagi",
            "move that file out of the inbox and pull again"
        ),
    )
}

/// The wrong file is named as what it is.
fn refuse_other_kinds(file: &Path, error: &ExportError) -> Result<(), Failure> {
    if *error != ExportError::NotAnExport {
        return Ok(());
    }
    let name = shown(file);
    let mut start = vec![0; 4096];
    let count = place::open_regular(file).ok().and_then(|mut file| file.read(&mut start).ok()).unwrap_or(0);
    let start = &start[..count];
    let (id, en) = match () {
        () if start.starts_with(b"age-encryption.org/v1\n-> scrypt")
            || start.windows(15).any(|word| word == b"AGE-SECRET-KEY-") =>
        {
            ("berkas kunci", "a key file")
        }
        () if start.starts_with(b"segel-form/") => ("formulir terbit", "a published form"),
        () => ("bukan ekspor", "not an export"),
    };
    Err(Failure::hinted(
        words!("{name}: ini {id}; yang diminta sebuah ekspor", "{name}: this is {en}; an export is wanted here"),
        words!("ekspor diambil dengan `segel pull`", "exports are fetched with `segel pull`"),
    ))
}
