//! A submission while it is sealed: files go through piece by piece, so that none is ever whole in the module's memory.

use alloc::string::String;
use alloc::vec::Vec;

use segel_core::id::DigestBuilder;
use segel_core::seal::{FileSealer, Sealing};
use wasm_bindgen::prelude::*;

use crate::Engine;

/// Consent and answers are in; files follow, then the end, then the digest of what came out.
#[derive(Default)]
pub(crate) struct Submission {
    sealing: Option<Sealing>,
    file: Option<FileSealer>,
    digest: DigestBuilder,
}

impl Submission {
    pub(crate) fn new(sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..Self::default() }
    }
}

/// Steps out of order answer with the code `order`.
#[wasm_bindgen]
impl Engine {
    /// Begins the next file part and returns its name, `file-FIELD-NUMBER`; also those without a file. Nothing after the last.
    #[wasm_bindgen(js_name = next)]
    pub fn next_file(&mut self) -> Option<String> {
        self.submission.file = self.submission.sealing.as_mut()?.next_file();
        self.submission.file.as_ref().map(|file| String::from(file.part().as_str()))
    }

    /// Seals a piece of the file; returns sealed bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        // Room for what was left over, a header and tags: growing would copy, and wipe what was copied from.
        let mut out = Vec::with_capacity(bytes.len() + 0x14000);
        if let Some(file) = &mut self.submission.file {
            file.push(bytes, &mut out);
        }
        out
    }

    /// Seals the end of the file; returns sealed bytes. After the last file: seals the rest, and returns what stands in front of the sealed
    /// files.
    ///
    /// # Errors
    /// `file_changed` if the file is not as long as the answers said; `file_missing` if a file part was left out; `too_large`; `order`.
    pub fn end(&mut self) -> Result<Vec<u8>, JsValue> {
        let mut sealing = self.submission.sealing.take().ok_or("order")?;
        let Some(file) = self.submission.file.take() else {
            return Ok(sealing.finish().map_err(|error| error.code())?.into_front());
        };
        let mut out = Vec::new();
        sealing.add(file.finish(&mut out).map_err(|error| error.code())?);
        self.submission.sealing = Some(sealing);
        Ok(out)
    }

    /// Takes bytes of what came out, in the order in which they are sent.
    pub fn hash(&mut self, bytes: &[u8]) {
        self.submission.digest.update(bytes);
    }

    /// SHA-256 of what was taken, in hexadecimal.
    #[must_use]
    pub fn digest(&mut self) -> String {
        let digest = core::mem::take(&mut self.submission.digest);
        segel_core::id::hex(digest.finish().as_bytes())
    }
}
