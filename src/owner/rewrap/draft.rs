//! A new export while it still has another name: what an interrupted run leaves, and a later one goes on with.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use segel_core::export::{Entry, Position};

use super::copy::after;
use crate::inbox::Stream;
use crate::place;
use crate::say::{Failure, shown, words};

/// The file is locked, so that two runs do not write the same one.
pub(super) struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    pub(super) fn open(target: &Path) -> Result<Self, Failure> {
        let path = name(target);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|error| Failure::file(&path, &error))?;
        if file.try_lock().is_err() {
            let name = shown(&path);
            return Err(Failure::new(words!(
                "{name}: perintah lain sedang menulisnya",
                "{name}: another run is writing it"
            )));
        }
        Ok(Self { path, file })
    }

    /// Removes what a run left that was interrupted after the new export had its name.
    pub(super) fn forget(target: &Path) {
        let _ = fs::remove_file(name(target));
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where to go on: behind the last whole entry that `fits` its counterpart in the old export, or at the start, with the old
    /// export's head written.
    pub(super) fn resume(&mut self, old: &Path, fits: impl Fn(&Entry, &Entry) -> bool) -> Result<Position, Failure> {
        let mut source = Stream::open(old)?;
        let copy = self.file.try_clone().map_err(|error| self.failed(&error))?;
        let mut found = Stream::new(Box::new(copy), &self.path);
        let mut last = None;
        while let (Ok(Some(one)), Ok(Some(two))) = (source.next(), found.next()) {
            if !fits(&one, &two) {
                break;
            }
            last = Some((found.consumed(), after(&two)));
        }
        let length = last.map_or(0, |(length, _)| length);
        self.act(|file| file.set_len(length))?;
        self.act(|mut file| file.seek(SeekFrom::End(0)))?;
        if let Some((_, position)) = last {
            return Ok(position);
        }
        let mut first = [0; 512];
        let count = place::open_regular(old)?.read(&mut first).map_err(|error| Failure::file(old, &error))?;
        let end = first[..count].windows(2).position(|pair| pair == b"\n\n").map_or(0, |end| end + 2);
        self.write(&first[..end])?;
        Ok(Position::START)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.act(|mut file| file.write_all(bytes))
    }

    pub(super) fn sync(&self) -> Result<(), Failure> {
        self.act(File::sync_all)
    }

    /// Gives the file its name, which must not be taken.
    pub(super) fn keep_as(self, target: &Path) -> Result<(), Failure> {
        place::keep(&self.path, target)
    }

    pub(super) fn discard(self) {
        let _ = fs::remove_file(&self.path);
    }

    fn act<T>(&self, act: impl FnOnce(&File) -> io::Result<T>) -> Result<T, Failure> {
        act(&self.file).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::file(&self.path, error)
    }
}

fn name(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.rewrap"))
}
