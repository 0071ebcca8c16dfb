//! Key files and passphrases, as a person hands them over: told apart by content, so that the wrong file is named as what it is.

use std::path::Path;

use segel_core::age::{AgeError, Identity};
use segel_core::key::{KeyFile, KeyFileError};
use segel_core::limits;
use zeroize::Zeroizing;

use crate::args::Keys;
use crate::cause::Cause as _;
use crate::place;
use crate::say::{Failure, Say, shown, words};

/// The key files of a command line, opened.
pub(crate) fn open_all(say: &mut Say, keys: &Keys) -> Result<Vec<KeyFile>, Failure> {
    let files = keys.passphrase_file.iter().map(|file| first_line(file));
    let mut known = files.collect::<Result<Vec<Zeroizing<String>>, Failure>>()?;
    keys.key.iter().map(|path| open_one(say, path, &mut known, keys.passphrase_file.is_empty())).collect()
}

/// All identities of the key files.
pub(crate) fn identities(files: &[KeyFile]) -> Vec<Identity> {
    files.iter().flat_map(|file| file.identities().iter().cloned()).collect()
}

/// The first line of a passphrase or token file, without its line end.
pub(crate) fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(place::read(path, 4096)?);
    let name = shown(path);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::new(words!("{name}: bukan teks UTF-8", "{name}: not UTF-8 text")))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::new(words!("{name}: baris pertama kosong", "{name}: the first line is empty")));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// The passphrase, asked for.
fn ask(say: &Say, path: &Path) -> Result<Zeroizing<String>, Failure> {
    let name = shown(path);
    match say.ask_secret(words!("Kata sandi untuk {name}", "Passphrase for {name}")) {
        Some(Ok(text)) => Ok(Zeroizing::new(text)),
        Some(Err(error)) => Err(Failure::file(path, &error)),
        None => Err(no_terminal()),
    }
}

/// There is nobody to ask for a passphrase.
pub(crate) fn no_terminal() -> Failure {
    Failure::Usage(
        words!("tidak ada terminal untuk menanyakan kata sandi", "no terminal to ask for the passphrase"),
        Some(words!("beri --passphrase-file BERKAS", "give --passphrase-file FILE")),
    )
}

fn open_one(say: &mut Say, path: &Path, known: &mut Vec<Zeroizing<String>>, may_ask: bool) -> Result<KeyFile, Failure> {
    let bytes = Zeroizing::new(
        place::read(path, limits::KEY_FILE_BYTES).map_err(|failure| wrong_kind(path).unwrap_or(failure))?,
    );
    if kind_of(path, &bytes).is_none() {
        place::warn_if_exposed(say, path);
    }
    let Some(work) = KeyFile::work_factor(&bytes) else {
        return KeyFile::parse(&bytes).map_err(|error| failure(path, &bytes, &error));
    };
    if work > limits::WORK_FACTOR_MAX {
        let error = AgeError::WorkFactor { found: work, max: limits::WORK_FACTOR_MAX };
        return Err(failure(path, &bytes, &KeyFileError::Age(error)));
    }
    if work < limits::WORK_FACTOR_WEAK {
        let name = shown(path);
        say.warn(words!("{name} dikunci terlalu ringan (2^{work})", "{name} is locked too lightly (2^{work})"));
        say.hint(words!(
            "kunci ulang: age -d {name} | age -p -o baru.key",
            "lock it again: age -d {name} | age -p -o new.key"
        ));
    }
    // People lock owner and spare alike: what opened one is tried on the next before anybody is asked.
    let mut error = KeyFileError::WrongPassphrase;
    for passphrase in known.iter() {
        match KeyFile::unlock(&bytes, passphrase) {
            Ok(file) => return Ok(file),
            Err(found) => error = found,
        }
    }
    if !may_ask || (error != KeyFileError::WrongPassphrase) {
        return Err(failure(path, &bytes, &error));
    }
    let entered = ask(say, path)?;
    let file = KeyFile::unlock(&bytes, &entered).map_err(|error| failure(path, &bytes, &error));
    known.push(entered);
    file
}

fn failure(path: &Path, bytes: &[u8], error: &KeyFileError) -> Failure {
    if let Some(failure) = kind_of(path, bytes) {
        return failure;
    }
    let name = shown(path);
    let hint = match error {
        KeyFileError::WrongPassphrase => words!(
            "kata sandi dipakai apa adanya, huruf besar dan spasi juga berarti",
            "the passphrase is used as it is; capitals and spaces count"
        ),
        KeyFileError::Age(AgeError::WorkFactor { .. }) => {
            words!(
                "berkas ini bukan buatan Segel; jangan percaya begitu saja",
                "Segel did not make this file; do not trust it blindly"
            )
        }
        _ => words!("kunci dibuat oleh `segel keygen`", "keys are made by `segel keygen`"),
    };
    Failure::hinted(error.at(&name), hint)
}

/// A file that is something else of ours, named as such. Its content is never shown.
fn kind_of(path: &Path, bytes: &[u8]) -> Option<Failure> {
    let (id, en) = match () {
        () if bytes.starts_with(b"segel-export/") => ("sebuah ekspor", "an export"),
        () if bytes.starts_with(b"segel-form/") => ("sebuah formulir terbit", "a published form"),
        () if bytes.starts_with(b"segel-envelope/") => ("sebuah kiriman terkunci", "a sealed submission"),
        () if bytes.windows(5).any(|word| word == b"\nage1") || bytes.starts_with(b"age1") => {
            ("sebuah kunci publik", "a public key")
        }
        () => return None,
    };
    let name = shown(path);
    Some(Failure::hinted(
        words!(
            "{name}: ini {id}; yang diminta berkas kunci rahasia",
            "{name}: this is {en}; a secret key file is wanted here"
        ),
        words!(
            "berkas kunci dibuat oleh `segel keygen -o owner.key`",
            "a key file is made by `segel keygen -o owner.key`"
        ),
    ))
}

fn wrong_kind(path: &Path) -> Option<Failure> {
    use std::io::Read as _;
    let mut start = [0; 16];
    place::open_regular(path).ok()?.read_exact(&mut start).ok()?;
    kind_of(path, &start)
}
