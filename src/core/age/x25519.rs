//! Reader stanzas of the classic kind. C2SP age.md, "The X25519 recipient type".

use alloc::vec::Vec;

use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::file::{FileKey, wrap_key};
use super::hybrid::base;
use super::{AgeError, base64, header};
#[cfg(feature = "open")]
use super::{file::Opened, header::Stanza};

/// What an identity of this kind holds ready.
#[derive(Clone)]
pub(super) struct Keys {
    #[cfg_attr(not(feature = "open"), expect(dead_code, reason = "a sealer never opens"))]
    secret: StaticSecret,
    public: [u8; 32],
}

impl Keys {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        let secret = StaticSecret::from(*secret);
        let public = base(&secret).to_bytes();
        Self { secret, public }
    }

    pub(super) const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    #[cfg(feature = "open")]
    pub(super) fn unwrap(&self, stanza: &Stanza<'_>) -> Result<Option<FileKey>, AgeError> {
        let &[share] = stanza.args() else {
            return Err(AgeError::Stanza { what: "X25519 takes one argument" });
        };
        let share: [u8; 32] = base64::decode_exact(share).ok_or(AgeError::Stanza { what: "X25519 share" })?;
        let secret = self.secret.diffie_hellman(&PublicKey::from(share));
        if !secret.was_contributory() {
            return Err(AgeError::DegenerateShare);
        }
        let key = derive(secret.as_bytes(), &share, &self.public);
        Opened::body(stanza, &key, &[0; 12])
    }
}

/// Appends a stanza with the file key for `recipient`.
pub(super) fn wrap(
    out: &mut Vec<u8>,
    recipient: &[u8; 32],
    file_key: &FileKey,
    rng: &mut impl rand_core::TryCryptoRng,
) -> Result<(), AgeError> {
    let mut ephemeral = Zeroizing::new([0; 32]);
    rng.try_fill_bytes(ephemeral.as_mut()).map_err(|_| AgeError::Randomness)?;
    let ephemeral = StaticSecret::from(*ephemeral);
    let share = base(&ephemeral).to_bytes();
    let secret = ephemeral.diffie_hellman(&PublicKey::from(*recipient));
    if !secret.was_contributory() {
        return Err(AgeError::DegenerateShare);
    }
    let key = derive(secret.as_bytes(), &share, recipient);
    let body = wrap_key(&key, &[0; 12], file_key);
    header::push_stanza(out, "X25519", [base64::encode(&share).as_str()], &body);
    Ok(())
}

/// wrap key = HKDF(ikm = shared secret, salt = share ‖ recipient, info = "age-encryption.org/v1/X25519")
fn derive(secret: &[u8; 32], share: &[u8; 32], recipient: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let salt = [share.as_slice(), recipient].concat();
    let mut key = Zeroizing::new([0; 32]);
    // HKDF refuses only outputs over 255 blocks.
    let _ = Hkdf::<Sha256>::new(Some(&salt), secret).expand(b"age-encryption.org/v1/X25519", key.as_mut());
    key
}
