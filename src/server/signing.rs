//! The key with which the server signs what it states about arrivals. FORMAT §4.3.
//!
//! Made at the first start, for its owner alone to read. Whoever has it can sign times that never were, so it is never shown; and
//! whoever loses it can no longer show that old stamps are theirs, so it belongs into a backup of its own.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use segel_core::id::{Digest, hex};
use segel_core::stamp::ServerKey;

use crate::store::private;

/// Why a key file cannot be used. None of them repeats a byte of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Not what this program writes.
    #[error("not a key file of segel-server")]
    NotAKey,
    /// Others may read it.
    #[error("others than its owner may read it")]
    Open,
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Randomness,
}

/// Reads the key; makes one where there is none. Of several instances that start together on one file one makes it.
///
/// # Errors
/// [`KeyError`].
pub(crate) fn open(path: &Path) -> Result<ServerKey, KeyError> {
    match read(path) {
        Err(KeyError::Io(error)) if error.kind() == ErrorKind::NotFound => {
            make(path)?;
            read(path)
        }
        outcome => outcome,
    }
}

/// Reads a key that is there.
///
/// # Errors
/// [`KeyError`].
pub(crate) fn read(path: &Path) -> Result<ServerKey, KeyError> {
    let file = File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
        return Err(KeyError::Open);
    }
    let mut text = String::new();
    file.take(BYTES).read_to_string(&mut text).map_err(|_| KeyError::NotAKey)?;
    let seed = text.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix('\n'));
    // A seed has the shape of a digest.
    let seed = seed.and_then(|seed| Digest::parse(seed).ok()).ok_or(KeyError::NotAKey)?;
    Ok(ServerKey::from_seed(seed.as_bytes()))
}

/// Under another name first: a key that is half written must not be found by anybody.
fn make(path: &Path) -> Result<(), KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| KeyError::Randomness)?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let mut file = private().truncate(true).open(&name)?;
    let written = file.write_all(format!("{HEAD}{}\n", hex(&seed)).as_bytes()).and_then(|()| file.sync_all());
    // Never over one that is there.
    let linked = written.and_then(|()| fs::hard_link(&name, path));
    fs::remove_file(&name)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => Ok(outcome?),
    }
}

const HEAD: &str = "segel-server-key/1\n";
const BYTES: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let first = open(&path).unwrap().verifying_key();
        assert_eq!(open(&path).unwrap().verifying_key(), first);
        assert_ne!(open(&folder.path().join("other")).unwrap().verifying_key(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(matches!(open(&path), Err(KeyError::Open)));
        }
    }

    #[test]
    fn what_is_no_key_is_neither_used_nor_overwritten_nor_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in ["", "rahasia", "segel-server-key/1\nrahasia\n", "segel-server-key/2\n"] {
            let mut file = private().truncate(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let error = open(&path).unwrap_err();
            assert_eq!(error.to_string(), "not a key file of segel-server", "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
