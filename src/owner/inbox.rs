//! Where sealed submissions wait: a folder of exports that continue each other, one export, or standard input. FORMAT §12.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use segel_core::export::{ExportError, Position, Reader, Record};
use segel_core::id::FormName;

use crate::cause;
use crate::place;
use crate::say::{Failure, shown, words};

/// Ending of the files in an inbox.
pub(crate) const ENDING: &str = "segel-export";

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

/// Hands every submission to `take`, in order. A damaged export ends its own file, not the others; each is reported.
pub(crate) fn each(
    path: &Path,
    mut take: impl FnMut(&FormName, Record) -> Result<(), Failure>,
) -> Result<Vec<Stopped>, Failure> {
    let mut stopped = Vec::new();
    for file in exports(path)? {
        let mut source: Box<dyn Read> = match place::is_dash(&file) {
            true => Box::new(io::stdin().lock()),
            false => Box::new(place::open_regular(&file)?),
        };
        let outcome = read(&mut source, &file, &mut take)?;
        if let Err(error) = outcome {
            refuse_other_kinds(&file, &error)?;
            stopped.push(Stopped { file: shown(&file), error });
        }
    }
    Ok(stopped)
}

/// Where an inbox stands for one form: what to ask the server for next.
pub(crate) fn position(folder: &Path, form: &FormName) -> Result<Position, Failure> {
    let prefix = format!("{form}-");
    let files = if folder.is_dir() { exports(folder).unwrap_or_default() } else { Vec::new() };
    let own =
        files.iter().filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)));
    let mut last = None;
    for file in own {
        let mut source = place::open_regular(file)?;
        let mut reader = Reader::default();
        match pump(&mut source, file, &mut reader, &mut |_, _| Ok(()))? {
            Ok(()) => {}
            Err(error) => return Err(damaged(file, &error)),
        }
        match reader.finish() {
            Ok((name, position)) if name == *form => last = Some(position),
            Ok(_) => {}
            Err(error) => return Err(damaged(file, &error)),
        }
    }
    Ok(last.unwrap_or(Position::START))
}

fn read(
    source: &mut dyn Read,
    file: &Path,
    take: &mut impl FnMut(&FormName, Record) -> Result<(), Failure>,
) -> Result<Result<(), ExportError>, Failure> {
    let mut reader = Reader::default();
    match pump(source, file, &mut reader, take)? {
        Ok(()) => Ok(reader.finish().map(|_| ())),
        Err(error) => Ok(Err(error)),
    }
}

fn pump(
    source: &mut dyn Read,
    file: &Path,
    reader: &mut Reader,
    take: &mut impl FnMut(&FormName, Record) -> Result<(), Failure>,
) -> Result<Result<(), ExportError>, Failure> {
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut piece).map_err(|error| Failure::file(file, &error))?;
        if count == 0 {
            return Ok(Ok(()));
        }
        reader.feed(&piece[..count]);
        loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    let form = reader.form().cloned();
                    if let Some(form) = form {
                        take(&form, record)?;
                    }
                }
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

fn damaged(file: &Path, error: &ExportError) -> Failure {
    let (name, cause) = (shown(file), cause::shown(error));
    Failure::hinted(
        words!("{name}: {}", "{name}: {}", cause.id, cause.en),
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
