//! The customer's receipt: one secret, what it derives, and its text form. FORMAT §4.1.
//!
//! Threat: whoever has the secret speaks for the customer, so it is never sent. The server gets the verifying key only; it
//! can hold a statement back but cannot make one.

use alloc::string::String;
use core::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::age::{AgeError, Identity, Suite, bech32};
use crate::id::{SubmissionId, VerifyingKey};

/// A submission's id and its secret. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Receipt {
    id: SubmissionId,
    secret: Zeroizing<[u8; 16]>,
}

/// Why text is not a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// A character is wrong or missing.
    #[error("receipt with a wrong or missing character")]
    Checksum,
    /// Not a receipt's text form.
    #[error("not a receipt (SEGEL-RECEIPT-1…)")]
    NotAReceipt,
}

impl Receipt {
    /// A new receipt from a source of randomness.
    ///
    /// # Errors
    /// [`AgeError::Randomness`] if the source fails.
    pub fn generate(rng: &mut impl rand_core::TryCryptoRng) -> Result<Self, AgeError> {
        let mut id = [0; 16];
        let mut secret = Zeroizing::new([0; 16]);
        rng.try_fill_bytes(&mut id).map_err(|_| AgeError::Randomness)?;
        rng.try_fill_bytes(secret.as_mut()).map_err(|_| AgeError::Randomness)?;
        Ok(Self { id: SubmissionId::from_bytes(id), secret })
    }

    /// Parses `SEGEL-RECEIPT-1…`.
    ///
    /// # Errors
    /// [`ReceiptError`], which never repeats the text.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let (prefix, bytes) = bech32::decode(text).map_err(|error| match error {
            bech32::Bech32Error::Checksum => ReceiptError::Checksum,
            _ => ReceiptError::NotAReceipt,
        })?;
        let bytes = Zeroizing::new(bytes);
        if prefix != PREFIX || bytes.len() != 32 || text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(ReceiptError::NotAReceipt);
        }
        let (mut id, mut secret) = ([0; 16], Zeroizing::new([0; 16]));
        id.copy_from_slice(&bytes[..16]);
        secret.copy_from_slice(&bytes[16..]);
        Ok(Self { id: SubmissionId::from_bytes(id), secret })
    }

    /// The text form, in upper case: the customer's key to everything later.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.id.as_bytes().as_slice(), self.secret.as_ref()].concat());
        let mut text = bech32::encode(PREFIX, &bytes);
        text.make_ascii_uppercase();
        Zeroizing::new(text)
    }

    /// The submission it belongs to.
    #[must_use]
    pub const fn id(&self) -> SubmissionId {
        self.id
    }

    /// The public half of its signing key.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_bytes(self.signing_key().verifying_key().to_bytes())
    }

    /// The customer's signature over a message; [`crate::statement::Statement::sign`] makes the messages.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing_key().sign(message).to_bytes()
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(b"segel/v1/receipt-signing"))
    }

    /// The reader's key with which the customer opens their own submission, where the form allows it.
    #[must_use]
    pub fn identity(&self, suite: Suite) -> Identity {
        Identity::from_bytes(suite, self.derive(b"segel/v1/receipt-reader"))
    }

    /// KDF(secret, salt = id, info)
    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        kdf(self.secret.as_ref(), self.id.as_bytes(), info)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({}, secret)", self.id)
    }
}

/// `KDF(secret, salt, info)` of FORMAT §1.
pub(crate) fn kdf(secret: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // HKDF refuses only outputs over 255 blocks.
    let _ = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, key.as_mut());
    key
}

const PREFIX: &str = "segel-receipt-";

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    #[test]
    fn text_form_survives_the_round_trip_and_derives_the_same_keys() {
        let receipt = Receipt::generate(&mut ChaCha20Rng::from_seed([1; 32])).unwrap();
        let again = Receipt::parse(&receipt.to_text()).unwrap();
        assert_eq!((again.id(), again.verifying_key()), (receipt.id(), receipt.verifying_key()));
        assert_eq!(again.identity(Suite::X25519).recipient(), receipt.identity(Suite::X25519).recipient());
    }

    #[test]
    fn refuses_a_wrong_character_another_kind_of_key_and_lower_case() {
        let receipt = Receipt::generate(&mut ChaCha20Rng::from_seed([1; 32])).unwrap();
        let text = receipt.to_text();
        let last = if text.ends_with('Q') { "P" } else { "Q" };
        let wrong = [&text[..text.len() - 1], last].concat();
        assert_eq!(Receipt::parse(&wrong).unwrap_err(), ReceiptError::Checksum);
        assert_eq!(Receipt::parse(&text.to_lowercase()).unwrap_err(), ReceiptError::NotAReceipt);
        let identity = receipt.identity(Suite::X25519).to_text();
        assert_eq!(Receipt::parse(&identity).unwrap_err(), ReceiptError::NotAReceipt);
        assert!(!format!("{receipt:?}").contains(&text[20..]));
    }

    #[test]
    fn the_secret_is_not_shown_in_any_spelling() {
        let receipt = Receipt::generate(&mut ChaCha20Rng::from_seed([1; 32])).unwrap();
        let public = format!("Receipt({}, secret)", receipt.id());
        assert_eq!(format!("{receipt:?}"), public);
        assert_eq!(format!("{receipt:#?}"), public, "nor over several lines");
    }
}
