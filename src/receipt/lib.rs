//! The customer's side after sending, in WebAssembly: reads a receipt, verifies the form it belongs to, and signs what its holder wants.
//! FORMAT §4.2.
//!
//! The secret comes in as text and never goes out again: what leaves is a signed statement.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use segel_core::Form;
use segel_core::id::{FormDigest, OwnerId};
use segel_core::receipt::{Receipt, ReceiptError};
use segel_core::statement::{Statement, Wish};
use segel_core::time::Time;
use wasm_bindgen::prelude::*;
#[cfg(target_arch = "wasm32")]
use zeroizing_alloc::ZeroAlloc;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: Memory = ZeroAlloc(LockedAllocator::new(FreeListAllocator::new()));

/// A key passes through as text; whatever held it is wiped when it is freed.
#[cfg(target_arch = "wasm32")]
type Memory = ZeroAlloc<LockedAllocator<FreeListAllocator>>;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A receipt, and the form that is published today under the name it was given for.
#[wasm_bindgen]
pub struct Holder {
    receipt: Receipt,
    form: Form,
}

#[wasm_bindgen]
impl Holder {
    /// Reads a receipt's text and verifies the published form. `owner` is the pinned fingerprint. A form whose time is over will do: rights
    /// do not end with it.
    ///
    /// # Errors
    /// A code: `checksum` if a character of the receipt is wrong, `not_a_receipt`, `owner` if the fingerprint is none, those of
    /// `FormError`.
    #[wasm_bindgen(constructor)]
    pub fn new(receipt: &str, form: &[u8], owner: &str) -> Result<Self, JsValue> {
        let receipt = Receipt::parse(receipt).map_err(|error| match error {
            ReceiptError::Checksum => "checksum",
            _ => "not_a_receipt",
        })?;
        let owner = OwnerId::parse(owner).map_err(|_| "owner")?;
        let form = Form::parse_pinned(form, &owner).map_err(|error| error.code())?;
        Ok(Self { receipt, form })
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

    /// The statement that withdraws the consent to a purpose, or, without one, asks for deletion. `form` is the digest of the form that
    /// was filled, `now` the device's clock in seconds.
    ///
    /// # Errors
    /// A code: `digest` if that is none, `clock`, `purpose` if the form does not have it.
    pub fn say(&self, form: &str, purpose: Option<String>, now: f64) -> Result<Vec<u8>, JsValue> {
        let form = FormDigest::parse(form).map_err(|_| "digest")?;
        let now = Time::from_unix(now as i64).ok_or("clock")?;
        let wish = match purpose {
            None => Wish::Delete,
            Some(purpose) if self.form.definition().purpose(&purpose).is_some() => Wish::Withdraw { purpose },
            Some(_) => return Err("purpose".into()),
        };
        Ok(Statement::sign(&self.receipt, form, now, &wish))
    }
}
