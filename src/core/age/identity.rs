//! Secret keys of readers: `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`. FORMAT §3.1.
//!
//! The secret is the 32 bytes; what is derived from them is kept beside them, so that opening thousands of submissions
//! expands a hybrid key once.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::recipient::{self, KeyError, Recipient, Suite};
use super::{AgeError, bech32, hybrid, x25519};
#[cfg(feature = "open")]
use super::{file::FileKey, header::Stanza};

/// A reader's secret key. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Identity {
    secret: Zeroizing<[u8; 32]>,
    keys: Keys,
}

#[derive(Clone)]
enum Keys {
    X25519(x25519::Keys),
    Hybrid(Box<hybrid::Keys>),
}

impl Identity {
    /// The identity of 32 secret bytes.
    #[must_use]
    pub fn from_bytes(suite: Suite, secret: Zeroizing<[u8; 32]>) -> Self {
        let keys = match suite {
            Suite::X25519 => Keys::X25519(x25519::Keys::new(&secret)),
            Suite::Hybrid => Keys::Hybrid(Box::new(hybrid::Keys::new(&secret))),
        };
        Self { secret, keys }
    }

    /// A new identity from a source of randomness.
    ///
    /// # Errors
    /// [`AgeError::Randomness`] if the source fails.
    pub fn generate(suite: Suite, rng: &mut impl rand_core::TryCryptoRng) -> Result<Self, AgeError> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(secret.as_mut()).map_err(|_| AgeError::Randomness)?;
        Ok(Self::from_bytes(suite, secret))
    }

    /// Parses `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`.
    ///
    /// # Errors
    /// [`KeyError`], which never repeats the text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = recipient::split(text)?;
        let bytes = Zeroizing::new(bytes);
        let suite = match prefix.as_str() {
            CLASSIC => Suite::X25519,
            HYBRID => Suite::Hybrid,
            "age" | "age1pq" => return Err(KeyError::PublicWhereSecret),
            _ => return Err(KeyError::NotAKey),
        };
        let mut secret = Zeroizing::new([0; 32]);
        if bytes.len() != secret.len() {
            return Err(KeyError::WrongLength);
        }
        // Secret keys are written in upper case, so that they look like what they are.
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(KeyError::NotAKey);
        }
        secret.copy_from_slice(&bytes);
        Ok(Self::from_bytes(suite, secret))
    }

    /// The text form, in upper case.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let prefix = match self.suite() {
            Suite::X25519 => CLASSIC,
            Suite::Hybrid => HYBRID,
        };
        let mut text = bech32::encode(prefix, self.secret.as_ref());
        text.make_ascii_uppercase();
        Zeroizing::new(text)
    }

    /// Its kind.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        match self.keys {
            Keys::X25519(_) => Suite::X25519,
            Keys::Hybrid(_) => Suite::Hybrid,
        }
    }

    /// Its public key.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        match &self.keys {
            Keys::X25519(keys) => Recipient::X25519(*keys.public()),
            Keys::Hybrid(keys) => Recipient::Hybrid(Box::new(*keys.public())),
        }
    }

    /// The 32 secret bytes, for deriving other keys and for paper.
    #[cfg(feature = "open")]
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The file key in a stanza, or `None` if the stanza is for another key or of another type.
    #[cfg(feature = "open")]
    pub(super) fn unwrap(&self, stanza: &Stanza<'_>) -> Result<Option<FileKey>, AgeError> {
        if stanza.kind() != self.suite().as_str() {
            return Ok(None);
        }
        match &self.keys {
            Keys::X25519(keys) => keys.unwrap(stanza),
            Keys::Hybrid(keys) => keys.unwrap(stanza),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(secret)")
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

const CLASSIC: &str = "age-secret-key-";
const HYBRID: &str = "age-secret-key-pq-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_survives_the_round_trip_in_both_suites() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let identity = Identity::from_bytes(suite, Zeroizing::new([9; 32]));
            let again = Identity::parse(&identity.to_text()).unwrap();
            assert_eq!(again.recipient(), identity.recipient());
            assert_eq!(Recipient::parse(&identity.recipient().to_text()), Ok(identity.recipient()));
        }
    }

    #[test]
    fn tells_a_public_key_from_a_secret_one_and_shows_neither() {
        let identity = Identity::from_bytes(Suite::X25519, Zeroizing::new([9; 32]));
        let public = identity.recipient().to_text();
        assert_eq!(Identity::parse(&public).unwrap_err(), KeyError::PublicWhereSecret);
        assert_eq!(Recipient::parse(&identity.to_text()).unwrap_err(), KeyError::SecretWherePublic);
        assert_eq!(format!("{identity:?}"), "Identity(secret)");
        assert_eq!(Identity::parse(&identity.to_text().to_lowercase()).unwrap_err(), KeyError::NotAKey);
        assert_eq!(Recipient::parse(&public.replacen("age", "Age", 1)), Err(KeyError::MixedCase));
        assert_eq!(Recipient::parse(&public.replace(&public[10..11], "q")).unwrap_err(), KeyError::Checksum);
    }

    #[test]
    fn refuses_a_public_key_of_small_order_and_a_classic_key_under_the_hybrid_prefix() {
        for point in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            assert_eq!(Recipient::parse(&bech32::encode("age", &point)), Err(KeyError::SmallOrder));
        }
        assert_eq!(Recipient::parse(&bech32::encode("age1pq", &[9; 32])), Err(KeyError::WrongLength));
    }

    #[test]
    fn refuses_a_public_key_in_capital_letters_and_one_that_nothing_can_be_sealed_to() {
        let public = Identity::from_bytes(Suite::Hybrid, Zeroizing::new([9; 32])).recipient();
        assert_eq!(Recipient::parse(&public.to_text().to_uppercase()), Err(KeyError::NotAKey));
        let Recipient::Hybrid(mut bytes) = public else { unreachable!() };
        // The last coefficient becomes q itself, 0xd01.
        (bytes[1150], bytes[1151]) = (bytes[1150] & 15 | 0x10, 0xd0);
        assert_eq!(Recipient::parse(&bech32::encode("age1pq", &*bytes)), Err(KeyError::Unreduced));
    }
}
