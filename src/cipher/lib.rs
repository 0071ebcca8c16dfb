//! ChaCha20-Poly1305 (RFC 8439) without associated data, as age uses it.
//!
//! A crate of its own because generic code is compiled where it is first used: inside the core, which a customer's download wants small,
//! the cipher would lose half its speed.
#![no_std]

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit as _, Nonce, Tag};

/// The cipher under one key, which is wiped when it is dropped.
pub struct Cipher(ChaCha20Poly1305);

impl Cipher {
    /// Under that key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// Seals in place and returns the tag. `None` for a message over 256 GiB, which is left as it was.
    #[inline(never)]
    pub fn seal(&self, nonce: [u8; 12], message: &mut [u8]) -> Option<[u8; 16]> {
        let tag = self.0.encrypt_inout_detached(&Nonce::from(nonce), b"", message.into()).ok()?;
        Some(tag.into())
    }

    /// Opens in place; `false`, and the bytes as they were, if the tag does not fit.
    #[inline(never)]
    #[must_use]
    pub fn open(&self, nonce: [u8; 12], message: &mut [u8], tag: [u8; 16]) -> bool {
        self.0.decrypt_inout_detached(&Nonce::from(nonce), b"", message.into(), &Tag::from(tag)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_and_what_was_changed_does_not_and_stays_as_it_is() {
        let (cipher, mut bytes) = (Cipher::new(&[7; 32]), *b"segel");
        let tag = cipher.seal([1; 12], &mut bytes).unwrap();
        let sealed = bytes;
        assert_ne!(&sealed, b"segel");
        assert!(!cipher.open([2; 12], &mut bytes, tag) && bytes == sealed);
        assert!(cipher.open([1; 12], &mut bytes, tag) && &bytes == b"segel");
    }
}
