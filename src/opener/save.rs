//! Hands bytes to the browser's downloads, under names of ours and a type that no browser runs.

use js_sys::{Array, Uint8Array};
use segel_dom::{make, set};
use wasm_bindgen::JsCast as _;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// A download's address; it holds plaintext for as long as it lives, so the next one or locking the page ends it.
pub(crate) struct Saved(String);

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// Content on its way to the downloads; the browser keeps it, on disk if it is much.
#[derive(Default)]
pub(crate) struct Pieces(Array);

impl Pieces {
    pub(crate) fn push(&self, bytes: &[u8]) -> Option<()> {
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).ok()?;
        self.0.push(&blob);
        Some(())
    }

    /// Saves everything as `name`, which is never a customer's text.
    pub(crate) fn save(&self, name: &str) -> Option<Saved> {
        let options = BlobPropertyBag::new();
        options.set_type("application/octet-stream");
        let blob = Blob::new_with_blob_sequence_and_options(&self.0, &options).ok()?;
        let address = Url::create_object_url_with_blob(&blob).ok()?;
        let link = make("a");
        set(&link, "href", &address);
        set(&link, "download", name);
        link.dyn_ref::<HtmlElement>()?.click();
        Some(Saved(address))
    }
}

/// Saves `bytes` as `name`.
pub(crate) fn save(name: &str, bytes: &[u8]) -> Option<Saved> {
    let pieces = Pieces::default();
    pieces.push(bytes)?;
    pieces.save(name)
}
