//! The customer's side, in WebAssembly: verifies the published form, checks the answers, seals them. The page around it draws and
//! sends; it holds no key, and what it asks for is refused unless the notice was shown and the required purposes were agreed to.
//!
//! Values cross as JSON text: core reads and writes it anyway, and a reader of JavaScript values would double the module.
//! It links core's sealing half and cannot open anything. A customer downloads this on a poor link: no standard library, a small
//! allocator, and a panic, which no input can cause, traps.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod crossing;
mod submission;

use alloc::string::String;
use alloc::vec::Vec;

use getrandom::SysRng;
#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use segel_core::answers::{Problem, is_asked};
use segel_core::id::{OwnerId, SubmissionId};
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::work::{Challenge, Work};
use segel_core::{Answers, Choices, Form, Prepared};
use wasm_bindgen::prelude::*;
#[cfg(target_arch = "wasm32")]
use zeroizing_alloc::ZeroAlloc;

use submission::Submission;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: Memory = ZeroAlloc(LockedAllocator::new(FreeListAllocator::new()));

/// Answers pass through as text; whatever held them is wiped when it is freed.
#[cfg(target_arch = "wasm32")]
type Memory = ZeroAlloc<LockedAllocator<FreeListAllocator>>;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Numbers that are tried for work before the page is let free; www/form/sealer.js counts in the same steps.
const TRIES: u32 = 16384;

/// A published form that verified, the keys of the submission to be, and the submission while it is sealed. One class, because each costs a
/// customer's download a quarter of a kilobyte.
#[wasm_bindgen]
pub struct Engine {
    form: Form,
    prepared: Option<Prepared>,
    shown: Vec<String>,
    submission: Submission,
}

#[wasm_bindgen]
impl Engine {
    /// Verifies a published form. `owner` is the pinned fingerprint, `now` the device's clock in seconds.
    ///
    /// # Errors
    /// A code: `owner` if the fingerprint is none, those of `FormError`, `expired` outside the form's time.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8], owner: &str, now: f64) -> Result<Self, JsValue> {
        let owner = OwnerId::parse(owner).map_err(|_| "owner")?;
        let form = Form::parse_pinned(bytes, &owner).map_err(|error| error.code())?;
        match Time::from_unix(now as i64) {
            Some(now) if form.is_open_at(now) => {
                Ok(Self { form, prepared: None, shown: Vec::new(), submission: Submission::default() })
            }
            _ => Err("expired".into()),
        }
    }

    /// Notes that the notice in this language is in view: without it there is no consent, and nothing is sealed.
    pub fn shown(&mut self, language: &str) {
        self.shown.push(String::from(language));
    }

    /// Does the key work ahead of time. `false` if there is no randomness.
    pub fn prepare(&mut self) -> bool {
        if self.prepared.is_none()
            && let Ok(receipt) = Receipt::generate(&mut SysRng)
        {
            self.prepared = Prepared::new(&self.form, receipt, &mut SysRng).ok();
        }
        self.prepared.is_some()
    }

    /// What is asked under these choices, and whether the answers to it will do: `{"asked":[…],"answers":{…}}`, ids of fields and the
    /// answers in the spelling that is sealed, or `{"asked":[…],"problems":[…]}`.
    ///
    /// # Errors
    /// `values` if a value is of no kind that the form takes: a mistake of the page, not of the person.
    pub fn check(&self, choices: &str, answers: &str) -> Result<String, JsValue> {
        let (choices, checked) = self.read(choices, answers)?;
        let asked = self.form.fields().iter().filter(|field| is_asked(&self.form, field, &choices));
        Ok(crossing::checked(asked.map(|field| field.id()), &checked))
    }

    /// Takes consent and answers: the person pressed the button that says so, at `now`, with the notice in `language` in view. Returns
    /// `{"id":…,"number":…,"secret":…}`: id in hexadecimal, the number that people read out, the customer's secret. A submission that was
    /// not finished is forgotten.
    ///
    /// # Errors
    /// A code: `values` as for [`Engine::check`], `answers` if they do not pass it, `notice` if that notice was not shown,
    /// `consent` if a required purpose was not given, `randomness`, `clock`.
    pub fn begin(&mut self, language: &str, choices: &str, answers: &str, now: f64) -> Result<String, JsValue> {
        let (choices, answers) = self.read(choices, answers)?;
        let answers = answers.map_err(|_| "answers")?;
        let at = Time::from_unix(now as i64).ok_or("clock")?;
        let notice = self.form.notice(language).filter(|notice| self.shown.iter().any(|one| one == notice.language()));
        let consent = notice.ok_or("notice")?.consent(&choices, at).map_err(|_| "consent")?;
        self.prepare();
        let prepared = self.prepared.take().ok_or("randomness")?;
        let receipt = prepared.receipt().clone();
        let sealing = prepared.begin(&self.form, consent, answers, at).map_err(|error| error.code())?;
        self.submission = Submission::new(sealing);
        Ok(crossing::receipt(&receipt))
    }

    /// Looks for the proof of work that a server asks for, FORMAT §11.1, in the next [`TRIES`] numbers from `from` on; `id` as
    /// [`Engine::begin`] gave it. The number in hexadecimal once it is found, before that nothing.
    ///
    /// # Errors
    /// `work` for an id that is none or more work than anybody may ask.
    pub fn work(&self, id: &str, bits: u8, ticket: f64, from: u32) -> Result<String, JsValue> {
        let (id, challenge) = SubmissionId::parse(id).ok().zip(Challenge::new(bits, ticket as u64)).ok_or("work")?;
        let found = Work::new(&challenge, &self.form.digest(), &id).solve_step(from.into(), TRIES);
        Ok(found.map(|nonce| segel_core::id::hex(&nonce.to_be_bytes())).unwrap_or_default())
    }

    fn read(&self, choices: &str, answers: &str) -> Result<(Choices, Result<Answers, Vec<Problem>>), JsValue> {
        let choices = crossing::choices(&self.form, choices).ok_or("values")?;
        let raw = crossing::raw(&self.form, answers).ok_or("values")?;
        let checked = Answers::check(&self.form, &choices, raw);
        Ok((choices, checked))
    }
}
