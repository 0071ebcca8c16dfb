//! age v1 (C2SP `age.md`): the container of every sealed part. FORMAT §3.1, §9.
//!
//! Our own encoder and decoder, small, linear and strict, because the header of a stranger's file is the first thing that a
//! hostile customer can shape: limits come before work, and what the specification says must be refused is refused, also where
//! popular programs are lenient. The public vectors of the age project test all of it.

pub(crate) mod base64;
pub mod bech32;
#[cfg(any(feature = "seal", feature = "open"))]
pub mod file;
pub mod header;
#[cfg(any(feature = "seal", feature = "open"))]
mod hybrid;
#[cfg(any(feature = "seal", feature = "open"))]
pub mod identity;
pub mod recipient;
#[cfg(feature = "open")]
pub mod scrypt;
#[cfg(any(feature = "seal", feature = "open"))]
pub mod stream;
#[cfg(any(feature = "seal", feature = "open"))]
mod x25519;

#[cfg(any(feature = "seal", feature = "open"))]
pub use identity::Identity;
pub use recipient::{KeyError, Recipient, Suite};

/// Why bytes are not an age file that we can open, or could not be made into one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgeError {
    /// The first line is not the one of version 1.
    #[error("not an age file of version 1")]
    UnsupportedVersion,
    /// The header is larger than any that we would write.
    #[error("header too large")]
    HeaderTooLarge,
    /// More reader stanzas than a form may name.
    #[error("more readers than a form may name")]
    TooManyReaders,
    /// The header breaks the grammar.
    #[error("header not canonical: {what} at byte {offset}")]
    Header {
        /// Where it was noticed.
        offset: usize,
        /// What was wrong.
        what: &'static str,
    },
    /// A reader stanza of a known type is malformed.
    #[error("reader stanza is malformed: {what}")]
    Stanza {
        /// What was wrong.
        what: &'static str,
    },
    /// The key share in a stanza is a small-order point: it would give a secret that everybody knows.
    #[error("key share is degenerate")]
    DegenerateShare,
    /// No stanza is for a key that was given.
    #[error("not for any key you gave")]
    NoMatch,
    /// The header was changed after sealing.
    #[error("header altered after sealing")]
    HeaderAltered,
    /// Not even the nonce of the payload is there.
    #[error("truncated before the payload")]
    NoPayload,
    /// The payload ends too early.
    #[error("truncated")]
    Truncated,
    /// A chunk of the payload does not verify.
    #[error("altered after sealing, in chunk {chunk}")]
    Altered {
        /// Number of the chunk, from 0.
        chunk: u64,
    },
    /// Something follows the last chunk.
    #[error("bytes after the end")]
    TrailingBytes,
    /// The payload ends in an empty chunk though it is not empty.
    #[error("the last chunk is empty")]
    EmptyLastChunk,
    /// A passphrase file asks for more work than we ever do.
    #[error("work factor 2^{found} is over the limit of 2^{max}")]
    WorkFactor {
        /// What the file asks for, as a power of two.
        found: u8,
        /// The limit, as a power of two.
        max: u8,
    },
    /// The source of randomness failed, so nothing was sealed.
    #[error("no randomness: nothing was sealed")]
    Randomness,
}

/// The classes of failure that the public vectors tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// The header is not acceptable.
    Header,
    /// No identity matches.
    NoMatch,
    /// The header does not authenticate.
    Hmac,
    /// The payload does not verify.
    Payload,
    /// Our own failure, not the file's.
    Ours,
}

impl AgeError {
    /// The class of this failure.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoMatch => Class::NoMatch,
            Self::HeaderAltered => Class::Hmac,
            Self::Truncated | Self::Altered { .. } | Self::TrailingBytes | Self::EmptyLastChunk => Class::Payload,
            Self::Randomness => Class::Ours,
            _ => Class::Header,
        }
    }
}
