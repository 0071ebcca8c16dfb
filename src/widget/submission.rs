//! A submission while it is sealed: files go through piece by piece, so that none is ever whole in the module's memory.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use segel_core::receipt::Receipt;
use segel_core::seal::{FileSealer, Sealing};
use wasm_bindgen::prelude::*;

/// Consent and answers are in; files follow, then the end. Steps out of order answer with the code `order`.
#[wasm_bindgen]
pub struct Submission {
    receipt: Receipt,
    sealing: Option<Sealing>,
    file: Option<FileSealer>,
}

impl Submission {
    pub(crate) const fn new(receipt: Receipt, sealing: Sealing) -> Self {
        Self { receipt, sealing: Some(sealing), file: None }
    }
}

#[wasm_bindgen]
impl Submission {
    /// Begins the next file part and returns its name, `file-FIELD-NUMBER`; also those without a file. Nothing after the last.
    #[wasm_bindgen(js_name = next)]
    pub fn next_file(&mut self) -> Option<String> {
        self.file = self.sealing.as_mut()?.next_file();
        self.file.as_ref().map(|file| String::from(file.part().as_str()))
    }

    /// Seals a piece of the file; returns sealed bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        // Room for chunks and tags: growing would copy, and wipe what was copied from.
        let mut out = Vec::with_capacity(bytes.len() * 2);
        if let Some(file) = &mut self.file {
            file.push(bytes, &mut out);
        }
        out
    }

    /// Seals the end of the file; returns sealed bytes.
    ///
    /// # Errors
    /// `file_changed` if the file is not as long as the answers said; `order`.
    pub fn end(&mut self) -> Result<Vec<u8>, JsValue> {
        let mut out = Vec::new();
        let (Some(file), Some(sealing)) = (self.file.take(), &mut self.sealing) else { return Err("order".into()) };
        sealing.add(file.finish(&mut out).map_err(|error| error.code())?);
        Ok(out)
    }

    /// Seals the rest; returns what stands in front of the sealed files.
    ///
    /// # Errors
    /// `file_missing` if a file part was left out; `too_large`; `order`.
    pub fn finish(&mut self) -> Result<Vec<u8>, JsValue> {
        let sealing = self.sealing.take().ok_or("order")?;
        Ok(sealing.finish().map_err(|error| error.code())?.into_front())
    }

    /// The submission's id in hexadecimal.
    #[must_use]
    pub fn id(&self) -> String {
        segel_core::id::hex(self.receipt.id().as_bytes())
    }

    /// The number that people read out.
    #[must_use]
    pub fn number(&self) -> String {
        self.receipt.id().number()
    }

    /// The customer's secret, `SEGEL-RECEIPT-1…`.
    #[must_use]
    pub fn secret(&self) -> String {
        self.receipt.to_text().to_string()
    }
}
