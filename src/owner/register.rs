//! The register of wishes that came by phone or chat, in a letter or at the counter, as a file of the inbox. FORMAT §4.4.

use std::path::{Path, PathBuf};

use segel_core::register::{Register, RegisterError, What};

use crate::place::{self, Alone, For};
use crate::say::{Failure, Say, Words, shown, words};

/// Where the register of an inbox lies, or of the folder in which an export does.
pub(crate) fn path(input: &Path) -> PathBuf {
    match input.is_dir() {
        true => input.join(NAME),
        false => input.with_file_name(NAME),
    }
}

/// What was written down; nothing where there is no register. One that cannot be read stops everything: who is in it is not known.
pub(crate) fn read(path: &Path) -> Result<Register, Failure> {
    if !path.exists() {
        return Ok(Register::default());
    }
    Register::parse(&place::read(path, MAX)?).map_err(|RegisterError(line)| {
        let name = shown(path);
        Failure::hinted(
            words!("{name}: baris {line} bukan catatan permintaan", "{name}: line {line} is no recorded request"),
            words!(
                "kembalikan baris itu; tanpa daftar ini penarikan yang dicatat tidak dapat ditaati",
                "restore that line; without this register what was recorded cannot be obeyed"
            ),
        )
    })
}

/// Reads it, changes it and writes it back, while no other run does.
pub(crate) fn change(
    say: &mut Say,
    path: &Path,
    how: impl FnOnce(&mut Register) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let _alone = Alone::with(say, path);
    let mut register = read(path)?;
    how(&mut register)?;
    place::replace(path, register.text().as_bytes(), For::Owner)
}

/// What is wanted, for a person.
pub(crate) fn wish(what: &What) -> Words {
    match what {
        What::Delete => words!("hapus data", "delete"),
        What::Withdraw(purpose) => words!("tarik persetujuan: {purpose}", "withdraw: {purpose}"),
        What::Copy => words!("minta salinan", "a copy"),
        _ => words!("minta koreksi", "a correction"),
    }
}

/// The register's name in an inbox.
pub(crate) const NAME: &str = "requests.txt";
/// Bytes of a register: a hundred thousand wishes.
const MAX: usize = 16 * 1024 * 1024;
