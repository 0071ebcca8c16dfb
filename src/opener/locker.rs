//! One worker for the slow work of a passphrase, so that the page answers meanwhile. It is gone with its task, and with it the key and the
//! passphrase that it was given.

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use crate::crew::{self, Worker};

/// A worker that locks key files.
pub(crate) struct Locker(Worker);

impl Drop for Locker {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// What a worker made of a key file's text.
pub(crate) enum Answer {
    Locked(Vec<u8>),
    /// What was locked did not open.
    Unproven,
    /// The worker failed, or was sent away.
    None,
}

impl Locker {
    /// `None` where the browser gives no worker.
    pub(crate) fn hire(script: &Function) -> Option<Self> {
        let worker = crew::workers(script, Some(1)).pop()?;
        let _ = worker.prepare(Array::new(), Array::new());
        Some(Self(worker))
    }

    /// Hands a key file's text and the passphrase to the worker.
    pub(crate) fn lock(&self, text: &str, passphrase: &str, work: u8) -> impl Future<Output = Answer> + use<> {
        let answer = JsFuture::from(self.0.lock(text, passphrase, work));
        async move {
            let bytes = answer.await.ok().and_then(|bytes| bytes.dyn_ref().map(Uint8Array::to_vec));
            match bytes {
                Some(bytes) if bytes.is_empty() => Answer::Unproven,
                Some(bytes) => Answer::Locked(bytes),
                None => Answer::None,
            }
        }
    }
}
