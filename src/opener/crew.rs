//! The helpers of one reading: hired when there is much to open, let go when it is read or the page is locked. They hold keys, so none outlives
//! its task.

use std::collections::VecDeque;

use js_sys::{Array, Function, Promise, Uint8Array};
use segel_core::export::Record;
use segel_core::open::Told;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::helper;
use crate::shelf::Shelf;

#[wasm_bindgen]
extern "C" {
    /// A worker as the page's script hands it out.
    #[derive(Clone)]
    pub(crate) type Worker;
    #[wasm_bindgen(method)]
    pub(crate) fn prepare(this: &Worker, keys: Array, forms: Array) -> Promise;
    #[wasm_bindgen(method)]
    fn open(this: &Worker, batch: Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn lock(this: &Worker, text: &str, passphrase: &str, work: u8) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Worker);
}

/// As many workers as the page's script thinks right, or `most`; none is no failure, for the page can do all by itself.
pub(crate) fn workers(script: &Function, most: Option<u32>) -> Vec<Worker> {
    let hired = script.call1(&JsValue::NULL, &JsValue::from(most));
    let hired = hired.ok().and_then(|hired| hired.dyn_into::<Array>().ok());
    hired.iter().flat_map(Array::iter).map(JsCast::unchecked_into).collect()
}

/// Workers, and what they were asked.
pub(crate) struct Crew {
    workers: Vec<Worker>,
    asked: VecDeque<(Vec<Record>, JsFuture)>,
    next: usize,
    waiting: Vec<Record>,
    bytes: usize,
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.workers.iter().for_each(Worker::end);
    }
}

impl Crew {
    /// Workers that have keys and forms.
    pub(crate) fn hire(script: &Function, shelf: &Shelf) -> Self {
        let texts = shelf.keys().iter().map(|key| JsValue::from_str(&key.to_text())).collect::<Array>();
        let forms = shelf.forms().iter().map(|form| JsValue::from(Uint8Array::from(form.bytes()))).collect::<Array>();
        let workers = workers(script, None);
        for worker in &workers {
            // Whoever could not be prepared fails at its first task.
            let _ = worker.prepare(texts.clone(), forms.clone());
        }
        Self { workers, asked: VecDeque::new(), next: 0, waiting: Vec::new(), bytes: 0 }
    }

    /// Nobody: everything is opened on the page.
    pub(crate) const fn none() -> Self {
        Self { workers: Vec::new(), asked: VecDeque::new(), next: 0, waiting: Vec::new(), bytes: 0 }
    }

    /// Takes a submission.
    pub(crate) fn give(&mut self, record: Record) {
        self.bytes += record.envelope().len();
        self.waiting.push(record);
        if self.waiting.len() == BATCH || self.bytes >= BATCH_BYTES {
            self.send();
        }
    }

    /// Whether an answer should be waited for before more is given.
    pub(crate) fn is_busy(&self) -> bool {
        self.asked.len() >= (self.workers.len() * 3).max(1)
    }

    /// The oldest submissions that were given, with what was told of each; nothing when all were answered.
    pub(crate) async fn answer(&mut self) -> Vec<(Record, Option<Told>)> {
        if self.asked.is_empty() {
            self.send();
        }
        let Some((records, answer)) = self.asked.pop_front() else { return Vec::new() };
        let bytes = match answer.await {
            Ok(bytes) => bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let told = helper::answers(&bytes, records.len());
        records.into_iter().zip(told).collect()
    }

    fn send(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let records = core::mem::take(&mut self.waiting);
        let answer = match self.workers.get(self.next) {
            Some(worker) => {
                let mut batch = Vec::with_capacity(self.bytes + records.len() * 16);
                records.iter().for_each(|record| helper::ask(record, &mut batch));
                worker.open(Uint8Array::from(batch.as_slice()))
            }
            None => Promise::resolve(&JsValue::NULL),
        };
        self.bytes = 0;
        self.next = (self.next + 1) % self.workers.len().max(1);
        self.asked.push_back((records, JsFuture::from(answer)));
    }
}

/// How many submissions a helper is given at once, and how many bytes.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 1024 * 1024;
