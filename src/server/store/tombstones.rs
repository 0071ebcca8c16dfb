//! A list of what was deleted, kept outside the database so that a backup brought back does not bring back what it should not.
//!
//! Each line is the digest of a submission's id: enough to know it again, useless to find it. A line is on the disk before
//! the submission is deleted, and the list is only ever added to.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};

use segel_core::id::{Digest, SubmissionId};

use super::OpenError;
use super::backend::{Backend, Fault, StoreError};
use super::sqlite::private;

/// An open list.
#[derive(Debug)]
pub(crate) struct Tombstones {
    path: PathBuf,
    file: File,
    /// The last line may be half of one.
    torn: bool,
}

impl Tombstones {
    /// Opens or makes the list, and deletes again what it says was deleted and `backend` still has.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(path: &Path, backend: &mut dyn Backend) -> Result<(Self, u64), OpenError> {
        let io = |error| OpenError::Io { path: path.to_owned(), error };
        let buried = |fault: Fault| OpenError::Tombstones(fault.cause);
        let known = backend.tombstones().map_err(buried)?;
        if known > 0 && !path.exists() {
            return Err(OpenError::TombstonesMissing { path: path.to_owned() });
        }
        let mut file = private().append(true).open(path).map_err(io)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io)?;
        if text.is_empty() {
            file.write_all(HEAD.as_bytes()).map_err(io)?;
        } else if !text.starts_with(HEAD) {
            return Err(OpenError::NoTombstones { path: path.to_owned() });
        } else if !text.ends_with('\n') {
            // A line that was cut by a power cut; its submission was not deleted yet.
            file.write_all(b"\n").map_err(io)?;
        }
        let marks: HashSet<&str> = text.lines().skip(1).collect();
        // Counting would not do: deletions from before the list, or by another instance with a list of its own, are in the store alone.
        let again = if marks.is_empty() { 0 } else { bury_again(&marks, backend).map_err(buried)? };
        Ok((Self { path: path.to_owned(), file, torn: false }, again))
    }

    /// Adds to the list; on the disk when it returns.
    ///
    /// # Errors
    /// [`Fault`]; then nothing may be deleted.
    pub(crate) fn add(&mut self, ids: &[SubmissionId]) -> Result<(), Fault> {
        let text: String = ids.iter().map(|id| format!("{}\n", mark(id))).collect();
        append(&mut self.file, &mut self.torn, &text).map_err(|error| match error.kind() {
            // Room may come back, and then the line is written anew.
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                self.fault(StoreError::Full, &error)
            }
            _ => self.fault(StoreError::Failed, &error),
        })?;
        // Whatever the cause: a flush that failed may have lost what it was to write, and the next would not say so.
        self.file.sync_data().map_err(|error| self.fault(StoreError::Failed, &error))
    }

    fn fault(&self, kind: StoreError, error: &io::Error) -> Fault {
        Fault { error: kind, cause: format!("{}: {}", self.path.display(), error.kind()) }
    }
}

/// Writes lines, on a line of their own even where an earlier write was cut short: glued to its rest, the first would not be found again.
fn append(out: &mut impl Write, torn: &mut bool, lines: &str) -> io::Result<()> {
    let start = if *torn { "\n" } else { "" };
    *torn = true;
    out.write_all(format!("{start}{lines}").as_bytes())?;
    *torn = false;
    Ok(())
}

/// What a deleted submission's id is known by.
pub(crate) fn mark(id: &SubmissionId) -> Digest {
    Digest::labelled("segel/v1/tombstone", &[id.as_bytes()])
}

fn bury_again(marks: &HashSet<&str>, backend: &mut dyn Backend) -> Result<u64, Fault> {
    let (mut last, mut again) = (None, 0);
    loop {
        let ids = backend.ids(last, PAGE)?;
        last = ids.last().copied();
        let found: Vec<SubmissionId> =
            ids.iter().filter(|id| marks.contains(mark(id).to_string().as_str())).copied().collect();
        again += backend.bury(&found)?;
        if ids.len() < PAGE {
            return Ok(again);
        }
    }
}

const HEAD: &str = "segel-tombstones/1\n";
/// Ids that are compared at a time.
const PAGE: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk(Vec<u8>, usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = bytes.len().min(self.1 - self.0.len());
            self.0.extend_from_slice(&bytes[..room]);
            if room == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(room) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_flush_that_fails_is_no_full_disk() {
        use std::os::fd::OwnedFd;

        let add = |file: File| {
            let mut list = Tombstones { path: PathBuf::from("list"), file, torn: false };
            list.add(&[SubmissionId::from_bytes([1; 16])]).map_err(|fault| fault.error)
        };
        let full = File::options().append(true).open("/dev/full").unwrap();
        assert_eq!(add(full), Err(StoreError::Full), "it takes nothing");
        // A pipe takes what is written, and cannot flush it.
        let (_held, pipe) = io::pipe().unwrap();
        assert_eq!(add(File::from(OwnedFd::from(pipe))), Err(StoreError::Failed));
        let (_, broken) = io::pipe().unwrap();
        assert_eq!(add(File::from(OwnedFd::from(broken))), Err(StoreError::Failed), "nor does it lack room");
        assert_eq!(add(tempfile::tempfile().unwrap()), Ok(()));
    }

    #[test]
    fn a_line_that_a_full_disk_cut_does_not_swallow_the_next() {
        let line = |byte| format!("{}\n", mark(&SubmissionId::from_bytes([byte; 16])));
        for room in 0..=line(1).len() {
            let (mut disk, mut torn) = (Disk(Vec::new(), room), false);
            let written = append(&mut disk, &mut torn, &line(1));
            assert_eq!(written.is_ok(), room == line(1).len());
            disk.1 = usize::MAX;
            append(&mut disk, &mut torn, &line(2)).unwrap();
            append(&mut disk, &mut torn, &line(3)).unwrap();
            let text = String::from_utf8(disk.0).unwrap();
            for whole in [line(2), line(3)] {
                assert!(text.lines().any(|found| found == whole.trim_end()), "room for {room}: {text}");
            }
        }
    }
}
