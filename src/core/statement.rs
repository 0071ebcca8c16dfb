//! What a customer says later, with the receipt and nothing else: withdraw a consent, delete everything. FORMAT §4.2.
//!
//! Threat: a server that invents or alters a customer's will. It holds the verifying key only, so it can hold a statement back, and that
//! is seen where the customer keeps its answer; it cannot make one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::Signature;

use crate::envelope::is_newer;
use crate::id::{FormDigest, SubmissionId, VerifyingKey, unhex};
use crate::pattern::Pattern;
#[cfg(any(feature = "seal", feature = "open"))]
use crate::receipt::Receipt;
#[cfg(any(feature = "seal", feature = "open"))]
use crate::text;
use crate::time::Time;

/// What the customer wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wish {
    /// The submission deleted, at the server and by the owner.
    Delete,
    /// The consent to one purpose ended.
    Withdraw {
        /// Id of the purpose.
        purpose: String,
    },
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete => f.write_str("delete"),
            Self::Withdraw { purpose } => write!(f, "withdraw {purpose}"),
        }
    }
}

/// A statement, well-formed; whether it is the customer's is told by [`Statement::is_signed_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    form: FormDigest,
    id: SubmissionId,
    time: Time,
    wish: Wish,
    signed: Vec<u8>,
    signature: [u8; 64],
}

/// Why bytes are not a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Does not begin like a statement.
    #[error("not a statement")]
    NotAStatement,
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    NewerKit,
    /// Larger than a statement can be.
    #[error("larger than {BYTES} bytes")]
    TooLarge,
    /// A line is not as it must be.
    #[error("line {line} of the statement is damaged")]
    Line {
        /// Which, from 1.
        line: usize,
    },
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > BYTES {
            return Err(StatementError::TooLarge);
        }
        let mut lines = bytes.splitn(7, |byte| *byte == b'\n');
        match lines.next().unwrap_or_default() {
            FIRST => {}
            other if is_newer(other, b"segel-statement/") => return Err(StatementError::NewerKit),
            _ => return Err(StatementError::NotAStatement),
        }
        let mut number = 1;
        let mut line = |prefix: &str| {
            number += 1;
            let text = core::str::from_utf8(lines.next().unwrap_or_default()).ok();
            text.and_then(|text| text.strip_prefix(prefix)).ok_or(StatementError::Line { line: number })
        };
        let (form, id, time, wish, signature) =
            (line("form ")?, line("id ")?, line("time ")?, line("")?, line("signature ")?);
        let damaged = |line| StatementError::Line { line };
        let statement = Self {
            form: FormDigest::parse(form).map_err(|_| damaged(2))?,
            id: SubmissionId::parse(id).map_err(|_| damaged(3))?,
            time: Time::parse(time).ok_or(damaged(4))?,
            wish: parse_wish(wish).ok_or(damaged(5))?,
            signature: unhex(signature).map_err(|_| damaged(6))?,
            signed: bytes[..bytes.len() - SIGNATURE_LINE.min(bytes.len())].to_vec(),
        };
        // The seventh piece is what stands behind the last LF.
        if lines.next() == Some(b"") { Ok(statement) } else { Err(damaged(6)) }
    }

    /// Says it: the bytes to send.
    #[cfg(any(feature = "seal", feature = "open"))]
    #[must_use]
    pub fn sign(receipt: &Receipt, form: FormDigest, time: Time, wish: &Wish) -> Vec<u8> {
        let (form, id) = (crate::id::hex(form.digest().as_bytes()), crate::id::hex(receipt.id().as_bytes()));
        let (what, purpose) = match wish {
            Wish::Delete => ("delete", ""),
            Wish::Withdraw { purpose } => ("withdraw ", purpose.as_str()),
        };
        let pieces =
            ["segel-statement/1\nform ", &form, "\nid ", &id, "\ntime ", &time.text(), "\n", what, purpose, "\n"];
        let mut bytes = text::join(&pieces).into_bytes();
        let signature = receipt.sign(&message(&bytes));
        bytes.extend_from_slice(text::join(&["signature ", &crate::id::hex(&signature), "\n"]).as_bytes());
        bytes
    }

    /// Whether the holder of the receipt with this verifying key made it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        ed25519_dalek::VerifyingKey::from_bytes(key.as_bytes())
            .is_ok_and(|key| key.verify_strict(&message(&self.signed), &signature).is_ok())
    }

    /// The form that the customer filled.
    #[must_use]
    pub const fn form(&self) -> FormDigest {
        self.form
    }

    /// The submission it is about.
    #[must_use]
    pub const fn id(&self) -> SubmissionId {
        self.id
    }

    /// When, by the customer's clock.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// What the customer wants.
    #[must_use]
    pub const fn wish(&self) -> &Wish {
        &self.wish
    }
}

fn parse_wish(text: &str) -> Option<Wish> {
    if text == "delete" {
        return Some(Wish::Delete);
    }
    let purpose = text.strip_prefix("withdraw ").filter(|purpose| Pattern::Id.fits(purpose))?;
    Some(Wish::Withdraw { purpose: String::from(purpose) })
}

/// What is signed: label, zero byte, and the lines above the signature.
fn message(lines: &[u8]) -> Vec<u8> {
    [b"segel/v1/statement\0", lines].concat()
}

/// Most bytes of a statement.
pub const BYTES: usize = 512;
const FIRST: &[u8] = b"segel-statement/1";
const SIGNATURE_LINE: usize = "signature ".len() + 128 + 1;
