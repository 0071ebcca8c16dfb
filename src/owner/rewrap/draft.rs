//! A new export while it still has another name.

use std::fs;
use std::path::{Path, PathBuf};

use segel_core::export::{Entry, Position};

use crate::inbox::{self, Stream};
use crate::partial::Partial;
use crate::say::Failure;

pub(super) fn open(target: &Path) -> Result<Partial, Failure> {
    Partial::open(name(target))
}

/// Removes what a run left that was interrupted after the new export had its name.
pub(super) fn forget(target: &Path) {
    let _ = fs::remove_file(name(target));
}

/// Where to go on: behind the last whole entry that `fits` its counterpart in the old export, or at the start, with the old
/// export's head written.
pub(super) fn resume(draft: &Partial, old: &Path, fits: impl Fn(&Entry, &Entry) -> bool) -> Result<Position, Failure> {
    let (mut source, mut found) = (Stream::open(old)?, draft.stream()?);
    let mut last = None;
    while let (Ok(Some(one)), Ok(Some(two))) = (source.next(), found.next()) {
        if !fits(&one, &two) {
            break;
        }
        last = Some((found.consumed(), two.position()));
    }
    draft.cut(last.map_or(0, |(length, _)| length))?;
    if let Some((_, position)) = last {
        return Ok(position);
    }
    draft.write(&inbox::head(old)?)?;
    Ok(Position::START)
}

fn name(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.rewrap"))
}
