//! What a server states about what it took, signed: when a submission or a statement arrived. FORMAT §4.3.
//!
//! Threat: a server that says later that something came later, or never. Its own signature over the time says otherwise, and whoever
//! kept it can show it: the customer that the clock started, the owner what was promised.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey};

use crate::id::{Digest, FormDigest, SubmissionId, VerifyingKey, unhex};
use crate::json::{self, Spelling, Value, Writer};
use crate::time::Time;

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// A submission.
    Envelope,
    /// A statement about one.
    Statement,
}

impl Taken {
    /// Its word in a stamp and in an export.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Statement => "statement",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Envelope, Self::Statement].into_iter().find(|what| what.as_str() == text)
    }
}

/// What a server states: this came, under that number, at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stamp {
    /// What it was.
    pub what: Taken,
    /// The published form that was filled.
    pub form: FormDigest,
    /// The submission that it is, or that it is about.
    pub id: SubmissionId,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its number in the form's chain.
    pub sequence: u64,
    /// When it was on the disk, by the server's clock.
    pub received_at: Time,
}

/// A stamp with its signature, as a server answers and a customer keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    stamp: Stamp,
    key: VerifyingKey,
    signature: [u8; 64],
}

/// A server's signing key. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct ServerKey(SigningKey);

/// Why bytes are not a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// Larger than a stamp can be, or not its JSON.
    #[error("not a server's answer")]
    NotAStamp,
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    NewerKit,
    /// A value is missing or not what it must be, or there is one too many.
    #[error("the server's answer is damaged")]
    Damaged,
}

impl Stamp {
    /// For a submission that was stored.
    #[must_use]
    pub const fn new(
        what: Taken,
        form: FormDigest,
        id: SubmissionId,
        digest: Digest,
        sequence: u64,
        received_at: Time,
    ) -> Self {
        Self { what, form, id, digest, sequence, received_at }
    }

    /// Signs it.
    #[must_use]
    pub fn sign(self, key: &ServerKey) -> Stamped {
        let signature = key.0.sign(&self.message()).to_bytes();
        Stamped { key: key.verifying_key(), signature, stamp: self }
    }

    /// What is signed: the label of its kind, a zero byte, and each value with its length in front.
    fn message(&self) -> Vec<u8> {
        let label: &[u8] = match self.what {
            Taken::Envelope => b"segel/v1/stamp-envelope\0",
            Taken::Statement => b"segel/v1/stamp-statement\0",
        };
        let (sequence, time) = (self.sequence.to_be_bytes(), self.received_at.text());
        let values: [&[u8]; 5] =
            [self.form.digest().as_bytes(), self.id.as_bytes(), self.digest.as_bytes(), &sequence, time.as_bytes()];
        let mut message = label.to_vec();
        for value in values {
            message.extend_from_slice(&(value.len() as u64).to_be_bytes());
            message.extend_from_slice(value);
        }
        message
    }
}

impl Stamped {
    /// Reads the JSON of a server's answer. One LF may follow it, as editors leave it.
    ///
    /// # Errors
    /// [`StampError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, StampError> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if bytes.len() > BYTES {
            return Err(StampError::NotAStamp);
        }
        let value = json::parse(bytes, Spelling::Canonical).map_err(|_| StampError::NotAStamp)?;
        match value.get("segel").and_then(Value::as_text) {
            Some(VERSION) => {}
            Some(other) if crate::envelope::is_newer(other.as_bytes(), b"stamp/") => return Err(StampError::NewerKit),
            _ => return Err(StampError::NotAStamp),
        }
        Self::read(&value).ok_or(StampError::Damaged)
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_text);
        let keys = value.as_object()?;
        if keys.len() != KEYS {
            return None;
        }
        let stamp = Stamp {
            what: Taken::parse(text("what")?)?,
            form: FormDigest::parse(text("form")?).ok()?,
            id: SubmissionId::parse(text("id")?).ok()?,
            digest: Digest::parse(text("digest")?).ok()?,
            sequence: value
                .int_at("sequence")
                .and_then(|number| u64::try_from(number).ok())
                .filter(|number| *number > 0)?,
            received_at: Time::parse(text("received_at")?)?,
        };
        let key = VerifyingKey::parse(text("key")?).ok()?;
        Some(Self { stamp, key, signature: unhex(text("signature")?).ok()? })
    }

    /// The JSON of it.
    #[must_use]
    pub fn json(&self) -> String {
        let Stamp { what, form, id, digest, sequence, received_at } = &self.stamp;
        let mut json = Writer::default();
        json.open('{');
        json.hex("digest", digest.as_bytes());
        json.hex("form", form.digest().as_bytes());
        json.hex("id", id.as_bytes());
        json.hex("key", self.key.as_bytes());
        json.entry("received_at", &received_at.text());
        json.entry("segel", VERSION);
        json.key("sequence");
        json.number(*sequence);
        json.hex("signature", &self.signature);
        json.entry("what", what.as_str());
        json.close('}');
        json.finish()
    }

    /// What is stated, whoever signed it.
    #[must_use]
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The key that it names. Whether it is the server's is told by comparing it with what the server publishes.
    #[must_use]
    pub const fn key(&self) -> VerifyingKey {
        self.key
    }

    /// Whether the holder of the key that it names signed what is stated.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        ed25519_dalek::VerifyingKey::from_bytes(self.key.as_bytes())
            .is_ok_and(|key| key.verify_strict(&self.stamp.message(), &signature).is_ok())
    }
}

impl ServerKey {
    /// The key of 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// What others verify with.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// The ticket for work (§11.1) in an hour counted since 1970, below 2^48: servers with one key agree on it, and nobody else can foretell it.
    #[must_use]
    pub fn ticket(&self, hour: u64) -> u64 {
        let digest = Digest::labelled("segel/v1/work-ticket", &[&self.0.to_bytes(), &hour.to_be_bytes()]);
        let [a, b, c, d, e, f, ..] = *digest.as_bytes();
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKey({}, secret)", self.verifying_key())
    }
}

/// Most bytes of a stamp; one has about 560.
pub const BYTES: usize = 1024;
const VERSION: &str = "stamp/1";
const KEYS: usize = 9;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_servers_key_is_shown_by_its_public_half_alone() {
        let key = ServerKey::from_seed(&[7; 32]);
        let public = format!("ServerKey({}, secret)", key.verifying_key());
        assert_eq!(format!("{key:?}"), public);
        assert_eq!(format!("{key:#?}"), public, "nor over several lines");
    }
}
