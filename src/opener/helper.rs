//! The part of the page that runs in a worker, one for each core: it opens, tells what was in it, and forgets; or it locks a new key's file. It sees no page, and the page's
//! policy, which it inherits, lets it connect to nothing.

use segel_core::Form;
use segel_core::age::Identity;
use segel_core::open::open_telling;
use segel_core::time::Time;
use segel_core::{Envelope, export::Record};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use segel_core::open::Told;

use crate::maker::locked;

/// Keys and forms of one helper.
#[wasm_bindgen]
#[derive(Default)]
pub struct Helper {
    keys: Vec<Identity>,
    forms: Vec<Form>,
}

#[wasm_bindgen]
impl Helper {
    /// Knows nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a key's text.
    pub fn key(&mut self, text: String) {
        self.keys.extend(Identity::parse(&Zeroizing::new(text)));
    }

    /// Takes a published form.
    pub fn form(&mut self, bytes: &[u8]) {
        self.forms.extend(Form::parse(bytes));
    }

    /// Opens what [`ask`] wrote; the answer is for [`answers`].
    #[must_use]
    pub fn open(&self, mut batch: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(batch.len());
        while let Some((received, envelope)) = next(&mut batch) {
            match self.tell(received, envelope) {
                Some(told) => {
                    out.push(1);
                    told.write(&mut out);
                }
                None => out.push(0),
            }
        }
        out
    }

    /// Locks a key file's text under a passphrase and proves it; nothing if it did not open.
    #[must_use]
    pub fn lock(&self, text: String, passphrase: String, work: u8) -> Vec<u8> {
        let (text, passphrase) = (Zeroizing::new(text), Zeroizing::new(passphrase));
        locked(&text, &passphrase, work, &mut getrandom::SysRng).unwrap_or_default()
    }

    fn tell(&self, received: i64, envelope: &[u8]) -> Option<Told> {
        let envelope = Envelope::parse(envelope).ok()?;
        let form = self.forms.iter().find(|form| form.digest() == envelope.head().form())?;
        open_telling(form, &envelope, &self.keys, Time::from_unix(received)).ok()?.1
    }
}

/// Writes a submission for a helper. A re-sealed one is held against another version too, which the page does itself: an empty place.
pub(crate) fn ask(record: &Record, out: &mut Vec<u8>) {
    let envelope = if record.resealed().is_none() { record.envelope() } else { &[] };
    out.extend_from_slice(&record.received_at().unix().to_le_bytes());
    out.extend_from_slice(&(envelope.len() as u32).to_le_bytes());
    out.extend_from_slice(envelope);
}

/// What a helper told, submission by submission; nothing for those that the page must look at itself, and for all if the answer is not one.
pub(crate) fn answers(mut bytes: &[u8], count: usize) -> Vec<Option<Told>> {
    let mut told: Vec<Option<Told>> = Vec::with_capacity(count);
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        told.push(if *kind == 1 { Told::read(&mut bytes) } else { None });
    }
    if told.len() != count {
        told.clear();
    }
    told.resize_with(count, || None);
    told
}

fn next<'b>(batch: &mut &'b [u8]) -> Option<(i64, &'b [u8])> {
    let (received, rest) = batch.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (envelope, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *batch = rest;
    Some((i64::from_le_bytes(*received), envelope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Aim, Ledger};
    use crate::sample::{Shop, records, time};

    #[test]
    fn a_helper_and_the_page_together_say_what_the_page_alone_says() {
        let shop = Shop::new();
        let mut altered = shop.submission(2, "Budi");
        *altered.last_mut().unwrap() ^= 1;
        let export =
            shop.export_of(&[shop.submission(1, "Sari"), altered, b"x".to_vec(), shop.with_interest(4, "Dewi")]);
        let mut helper = Helper::new();
        helper.key(shop.owner.identity().to_text().to_string());
        helper.form(shop.form.bytes());
        let (shelf, records, mut batch) = (shop.shelf(), records(&export), Vec::new());
        records.iter().for_each(|record| ask(record, &mut batch));
        let told = answers(&helper.open(&batch), records.len());
        assert_eq!(told.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false, true]);
        let (mut alone, mut together) = (Ledger::default(), Ledger::default());
        for (record, told) in records.iter().zip(&told) {
            alone.take(&shelf, 0, record, None);
            together.take(&shelf, 0, record, told.as_ref());
        }
        let json = |ledger: &Ledger| {
            let aim = Aim { form: "kecil".into(), purpose: "daftar".into() };
            let selection = ledger.select(&shelf, &aim, time());
            ledger.json(&shelf, &aim, &selection.rows, true) + &ledger.json_end(&shelf, &aim, &selection)
        };
        assert_eq!(json(&together), json(&alone));
        assert!(json(&alone).contains("Dewi") && alone.failures().len() == 1);
        assert!(answers(b"\x01\x09", 3).iter().all(Option::is_none), "an answer that is none");
    }
}
