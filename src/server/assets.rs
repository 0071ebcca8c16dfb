//! The element's files, read once at start from an allow-list of names and types.
//!
//! A request chooses out of the table below and never names a path. What is not in the table does not exist, whatever lies
//! in the folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use axum::body::Bytes;
use segel_core::id::Digest;

use crate::limits::ASSET_BYTES;

/// The files under `/segel/`.
#[derive(Debug)]
pub(crate) struct Assets {
    files: BTreeMap<&'static str, Asset>,
    integrity: BTreeMap<String, String>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) media_type: &'static str,
    /// Quoted, as the header wants it.
    pub(crate) etag: String,
    pub(crate) plain: Bytes,
    /// The same, compressed when it was built; a phone on a poor link takes a third.
    pub(crate) brotli: Option<Bytes>,
}

/// Why the element's files cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// A file is missing or cannot be read.
    #[error("{file}: {error}")]
    Io {
        /// Its name.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file is larger than any of the element's is.
    #[error("{file} is larger than 8 MiB")]
    TooLarge {
        /// Its name.
        file: String,
    },
    /// The index of integrity is not one.
    #[error("integrity.json is not an object from file names to sha384-… values")]
    Integrity,
}

impl Default for Assets {
    /// No element: what plain pages need all the same, out of the program itself.
    fn default() -> Self {
        let own = OWN.iter().map(|(name, media_type, bytes)| (*name, Asset::new(media_type, bytes.to_vec(), None)));
        Self { files: own.collect(), integrity: BTreeMap::new() }
    }
}

impl Assets {
    /// Reads every file of the table from `folder`.
    ///
    /// # Errors
    /// [`AssetError`] naming the file.
    pub(crate) fn read(folder: &Path) -> Result<Self, AssetError> {
        let Self { mut files, .. } = Self::default();
        for (name, media_type) in TABLE {
            let missing = || AssetError::Io { file: String::from(*name), error: std::io::ErrorKind::NotFound.into() };
            let plain = read(folder, name)?.ok_or_else(missing)?;
            let brotli = read(folder, &[name, ".br"].concat())?;
            files.insert(name, Asset::new(media_type, plain, brotli));
        }
        let integrity = match read(folder, "integrity.json")? {
            Some(bytes) => parse_integrity(&bytes).ok_or(AssetError::Integrity)?,
            None => BTreeMap::new(),
        };
        Ok(Self { files, integrity })
    }

    /// The file of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Asset> {
        self.files.get(name)
    }

    /// Whether there is an element to put into a page.
    pub(crate) fn is_empty(&self) -> bool {
        TABLE.iter().all(|(name, _)| !self.files.contains_key(name))
    }

    /// What a page may state about a file so that a browser refuses another one.
    pub(crate) fn integrity(&self, name: &str) -> Option<&str> {
        self.integrity.get(name).map(String::as_str)
    }
}

impl Asset {
    fn new(media_type: &'static str, plain: Vec<u8>, brotli: Option<Vec<u8>>) -> Self {
        let etag = format!("\"{}\"", Digest::of(&plain));
        Self { media_type, etag, plain: plain.into(), brotli: brotli.map(Bytes::from) }
    }
}

/// The file, or nothing if there is none of that name.
fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, AssetError> {
    let fault = |error| AssetError::Io { file: String::from(name), error };
    let file = match File::open(folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    let mut bytes = Vec::new();
    file.take(ASSET_BYTES + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > ASSET_BYTES {
        return Err(AssetError::TooLarge { file: String::from(name) });
    }
    Ok(Some(bytes))
}

/// Values go into an attribute of the hosted page, so only the alphabet of base64 passes.
fn parse_integrity(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let index: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
    let safe = |value: &str| {
        value.strip_prefix("sha384-").is_some_and(|digest| {
            digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        })
    };
    index.values().all(|value| safe(value)).then_some(index)
}

/// Names and types. A script whose type is not stated here is not run: answers carry `nosniff`.
const TABLE: &[(&str, &str)] = &[
    ("element.js", SCRIPT),
    ("large.js", SCRIPT),
    ("large.wasm", "application/wasm"),
    ("receipt.js", SCRIPT),
    ("segel.wasm", "application/wasm"),
    ("receipt.wasm", "application/wasm"),
    ("existing.js", SCRIPT),
    ("api.js", SCRIPT),
    ("regions.json", "application/json"),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";
/// What pages need besides, out of the program itself.
const OWN: &[(&str, &str, &[u8])] = &[
    ("page.css", "text/css; charset=utf-8", include_bytes!("page.css")),
    ("icon.svg", "image/svg+xml", include_bytes!("icon.svg")),
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fs;

    /// A folder as the build leaves it, with one letter a file.
    pub(crate) fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, _) in TABLE {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let digest = "A".repeat(64);
        fs::write(folder.path().join("integrity.json"), format!("{{\"element.js\":\"sha384-{digest}\"}}")).unwrap();
        fs::write(folder.path().join("element.js.br"), "compressed").unwrap();
        folder
    }

    #[test]
    fn only_files_of_the_table_exist() {
        let folder = folder();
        fs::write(folder.path().join("owner.key"), "secret").unwrap();
        let assets = Assets::read(folder.path()).unwrap();
        for name in ["owner.key", "integrity.json", "element.js.br", "", "..", "../token", "element.js/"] {
            assert!(assets.get(name).is_none(), "{name}");
        }
        assert_eq!(assets.get("segel.wasm").unwrap().media_type, "application/wasm");
        assert_eq!(assets.get("element.js").unwrap().brotli.as_deref(), Some(&b"compressed"[..]));
        assert_eq!(assets.get("page.css").unwrap().plain, &include_bytes!("page.css")[..]);
    }

    #[test]
    fn a_missing_file_is_named_at_start() {
        let folder = folder();
        fs::remove_file(folder.path().join("segel.wasm")).unwrap();
        let error = Assets::read(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "segel.wasm: entity not found");
    }

    #[test]
    fn an_index_of_integrity_cannot_carry_markup() {
        let folder = folder();
        let value = format!("{{\"element.js\":\"sha384-{}\\\"><b>\"}}", "A".repeat(60));
        fs::write(folder.path().join("integrity.json"), value).unwrap();
        assert!(matches!(Assets::read(folder.path()), Err(AssetError::Integrity)));
    }
}
