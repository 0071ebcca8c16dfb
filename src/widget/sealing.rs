//! Sealing in the browser: files are read piece by piece, and only sealed bytes are kept.

use js_sys::{Array, Uint8Array};
use segel_core::answers::Answers;
use segel_core::id::{Digest, DigestBuilder};
use segel_core::notice::Consent;
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Form, Prepared};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File};

/// A sealed submission, as it waits to be sent.
pub(crate) struct Submission {
    pub(crate) bytes: Blob,
    pub(crate) digest: Digest,
    pub(crate) receipt: Receipt,
}

/// Seals everything; `file` finds the file of a field. `None` if the source of randomness failed or a file changed meanwhile.
pub(crate) async fn seal(
    form: &Form,
    prepared: Prepared,
    consent: Consent,
    answers: Answers,
    at: Time,
    file: impl Fn(&str) -> Option<File>,
) -> Option<Submission> {
    let mut sealing = prepared.begin(form, consent, answers, at).ok()?;
    let behind = Array::new();
    while let Some(mut part) = sealing.next_file() {
        let mut out = Vec::new();
        if part.expected() > 0 {
            let file = file(part.part().as_str())?;
            let size = file.size();
            let mut start = 0.0;
            while start < size {
                let end = (start + PIECE).min(size);
                let piece = read(file.slice_with_f64_and_f64(start, end).ok()?).await?;
                part.push(&piece, &mut out);
                take(&behind, &mut out);
                start = end;
            }
        }
        let sealed = part.finish(&mut out).ok()?;
        take(&behind, &mut out);
        sealing.add(sealed);
    }
    let sealed = sealing.finish().ok()?;
    let parts = Array::of1(&Uint8Array::from(sealed.front()));
    let parts = parts.concat(&behind);
    let kind = BlobPropertyBag::new();
    kind.set_type("application/vnd.segel.envelope");
    let bytes = Blob::new_with_u8_array_sequence_and_options(&parts, &kind).ok()?;
    let mut digest = DigestBuilder::default();
    digest.update(sealed.front());
    for piece in behind.iter() {
        digest.update(&Uint8Array::from(piece).to_vec());
    }
    Some(Submission { bytes, digest: digest.finish(), receipt: sealed.receipt().clone() })
}

/// Moves sealed bytes out of our memory into the browser's.
fn take(behind: &Array, out: &mut Vec<u8>) {
    behind.push(&Uint8Array::from(out.as_slice()));
    out.clear();
}

async fn read(piece: Blob) -> Option<Vec<u8>> {
    let buffer: JsValue = JsFuture::from(piece.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

const PIECE: f64 = 1_048_576.0;
