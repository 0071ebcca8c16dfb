//! Public keys of readers: `age1…` and `age1pq…`. FORMAT §3.1; C2SP age.md, "X25519", "mlkem768x25519".

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::bech32::{self, Bech32Error};

/// A reader's public key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// Classic: a Curve25519 point.
    X25519([u8; 32]),
    /// Post-quantum hybrid: an ML-KEM-768 encapsulation key, then a Curve25519 point.
    Hybrid(Box<[u8; 1216]>),
}

/// The kind of key that all readers of one form have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// ML-KEM-768 with X25519: safe as long as one of them is.
    Hybrid,
    /// X25519 alone: opens with every age tool.
    X25519,
}

/// Why text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Upper and lower case mixed.
    #[error("key in mixed upper and lower case")]
    MixedCase,
    /// A character is wrong or missing.
    #[error("key with a wrong character or a wrong checksum")]
    Checksum,
    /// Not Bech32, or of a kind that we do not know.
    #[error("not an age key")]
    NotAKey,
    /// The right prefix over the wrong number of bytes.
    #[error("key of the wrong length for its prefix")]
    WrongLength,
    /// A secret key where a public one is wanted.
    #[error("this is a secret key; a public one (age1…) is wanted here")]
    SecretWherePublic,
    /// A public key where a secret one is wanted.
    #[error("this is a public key; a secret one (AGE-SECRET-KEY-…) is wanted here")]
    PublicWhereSecret,
    /// A point of small order: everybody could compute what is sealed to it.
    #[error("degenerate key: everybody could open what is sealed to it")]
    SmallOrder,
    /// A hybrid key whose first half is no ML-KEM key: nothing could be sealed to it.
    #[error("degenerate key: nothing could be sealed to it")]
    Unreduced,
}

impl Suite {
    /// The stanza type, which is also the word in a published form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "mlkem768x25519",
            Self::X25519 => "X25519",
        }
    }
}

impl Recipient {
    /// Parses `age1…` or `age1pq1…`.
    ///
    /// # Errors
    /// [`KeyError`], which never repeats the text: it could be a secret. Capital letters are refused: a public key has one
    /// spelling.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = split(text)?;
        if matches!(prefix.as_str(), CLASSIC | HYBRID) && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(KeyError::NotAKey);
        }
        let recipient = match prefix.as_str() {
            CLASSIC => bytes.try_into().map(Self::X25519),
            HYBRID => bytes.try_into().map(Self::Hybrid),
            prefix if prefix.starts_with("age-secret-key-") => return Err(KeyError::SecretWherePublic),
            _ => return Err(KeyError::NotAKey),
        };
        let recipient = recipient.map_err(|_| KeyError::WrongLength)?;
        match &recipient {
            _ if is_small_order(recipient.point()) => Err(KeyError::SmallOrder),
            Self::Hybrid(bytes) if !is_reduced(&bytes[..1152]) => Err(KeyError::Unreduced),
            _ => Ok(recipient),
        }
    }

    /// `age1…` or `age1pq1…`.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::X25519(bytes) => bech32::encode(CLASSIC, bytes),
            Self::Hybrid(bytes) => bech32::encode(HYBRID, &**bytes),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        match self {
            Self::X25519(_) => Suite::X25519,
            Self::Hybrid(_) => Suite::Hybrid,
        }
    }

    fn point(&self) -> &[u8] {
        match self {
            Self::X25519(bytes) => bytes,
            Self::Hybrid(bytes) => &bytes[1184..],
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_text();
        f.write_str(&text[..text.len().min(24)])
    }
}

/// Prefix in lower case and bytes of a key in either case.
pub(super) fn split(text: &str) -> Result<(String, Vec<u8>), KeyError> {
    bech32::decode(text).map_err(|error| match error {
        Bech32Error::MixedCase => KeyError::MixedCase,
        Bech32Error::Checksum => KeyError::Checksum,
        Bech32Error::Syntax => KeyError::NotAKey,
    })
}

/// Whether a Montgomery u-coordinate is one of the points of small order, in any encoding. The list is short and public:
/// 0, 1, two points of order 8, and p − 1, each also with p added where it fits, the top bit being ignored.
fn is_small_order(point: &[u8]) -> bool {
    SMALL_ORDER.iter().any(|bad| {
        let (last, rest) = (point[31] & 0x7f, &point[..31]);
        rest == &bad[..31] && last == bad[31]
    })
}

/// The modulus check of FIPS 203 §7.2: twelve bits a coefficient, each under q.
fn is_reduced(coefficients: &[u8]) -> bool {
    coefficients.chunks_exact(3).all(|bytes| {
        let [low, middle, high] = [0, 1, 2].map(|place| u16::from(bytes[place]));
        (low | (middle & 15) << 8) < MODULUS && (middle >> 4 | high << 4) < MODULUS
    })
}

#[cfg(all(test, feature = "open"))]
pub(super) fn small_order_points() -> [[u8; 32]; 7] {
    SMALL_ORDER
}

const CLASSIC: &str = "age";
const HYBRID: &str = "age1pq";
const MODULUS: u16 = 3329;
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    near_prime(0xec),
    near_prime(0xed),
    near_prime(0xee),
];

/// 2^255 − 19 with another lowest byte: p − 1, p and p + 1.
const fn near_prime(lowest: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = lowest;
    bytes[31] = 0x7f;
    bytes
}
