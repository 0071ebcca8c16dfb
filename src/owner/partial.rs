//! A file of sealed bytes that grows over several runs: what an interrupted one leaves, a later one goes on with. It holds no plaintext, so
//! it may have a name before it is finished.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::inbox::Stream;
use crate::place;
use crate::say::{Failure, shown, words};

/// The file is locked, so that two runs do not write the same one.
pub(crate) struct Partial {
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Opens what is there, or makes it.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
        place::refuse_irregular(&path)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|error| Failure::file(&path, &error))?;
        if file.try_lock().is_err() {
            let name = shown(&path);
            return Err(Failure::hinted(
                words!("{name}: perintah lain sedang menulisnya", "{name}: another run is writing it"),
                words!("tunggu sampai selesai", "wait until it is done"),
            ));
        }
        Ok(Self { path, file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is there, from the start.
    pub(crate) fn stream(&self) -> Result<Stream, Failure> {
        let mut copy = self.act(File::try_clone)?;
        copy.rewind().map_err(|error| self.failed(&error))?;
        Ok(Stream::new(Box::new(copy), &self.path))
    }

    /// Keeps the first `length` bytes; writing goes on behind them.
    pub(crate) fn cut(&self, length: u64) -> Result<(), Failure> {
        self.act(|file| file.set_len(length))?;
        self.act(|mut file| file.seek(SeekFrom::End(0))).map(drop)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.act(|mut file| file.write_all(bytes))
    }

    pub(crate) fn sync(&self) -> Result<(), Failure> {
        self.act(File::sync_all)
    }

    /// Makes it durable and gives it its final name, which must not be taken.
    pub(crate) fn keep_as(self, target: &Path) -> Result<(), Failure> {
        self.sync()?;
        place::keep(&self.path, target)
    }

    /// The same in the place of a file of that name.
    pub(crate) fn replace(self, target: &Path) -> Result<(), Failure> {
        self.sync()?;
        place::put(&self.path, target)
    }

    pub(crate) fn discard(self) {
        let _ = fs::remove_file(&self.path);
    }

    fn act<T>(&self, act: impl FnOnce(&File) -> io::Result<T>) -> Result<T, Failure> {
        act(&self.file).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::file(&self.path, error)
    }
}
