//! Names and digests as types, so that a bare string or array never stands for one. FORMAT §1.2, §1.

use alloc::string::String;
use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::age::bech32;

/// Why a name or digest in text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not the right number of lower-case hexadecimal digits.
    #[error("not {digits} lower-case hexadecimal digits")]
    NotHex {
        /// How many digits it must have.
        digits: usize,
    },
    /// Not `segel1` and a key with a right checksum.
    #[error("not an owner's fingerprint (segel1…)")]
    NotAFingerprint,
    /// Characters or length outside the grammar of FORMAT §1.2.
    #[error("not a {what}")]
    NotAName {
        /// Which kind of name was wanted.
        what: &'static str,
    },
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Thirty-two zero bytes: where a chain starts. FORMAT §12.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of `bytes`, what `sha256sum` prints.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// `H(label, x1, …, xn)` of FORMAT §1: each use has its own label, each input its length in front.
    #[must_use]
    pub fn labelled(label: &str, inputs: &[&[u8]]) -> Self {
        DigestBuilder::labelled(label, inputs).finish()
    }

    /// Wraps a digest computed elsewhere, for example piece by piece.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`IdError::NotHex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        unhex(text).map(Self)
    }
}

/// A [`Digest`] of bytes that come piece by piece.
#[derive(Clone, Default)]
pub struct DigestBuilder(Sha256);

impl DigestBuilder {
    /// `H(label, x1, …, xn, …)`: further inputs may follow.
    pub(crate) fn labelled(label: &str, inputs: &[&[u8]]) -> Self {
        let mut hash = Self::default();
        hash.update(label.as_bytes());
        hash.update(&[0]);
        inputs.iter().for_each(|input| hash.input(input));
        hash
    }

    /// A further input, its length in front.
    pub(crate) fn input(&mut self, input: &[u8]) {
        self.update(&(input.len() as u64).to_be_bytes());
        self.update(input);
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// SHA-256 of all that was taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// The digest of a published form: it names one version of one form. FORMAT §1.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormDigest(Digest);

impl FormDigest {
    /// Digest of a published form's bytes.
    #[must_use]
    pub fn of(published: &[u8]) -> Self {
        Self(Digest::of(published))
    }

    /// Wraps a digest that was kept apart from its form.
    #[must_use]
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest itself.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    /// Parses 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`IdError::NotHex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        Digest::parse(text).map(Self)
    }
}

/// Names one submission: 16 random bytes drawn in the browser. FORMAT §1.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubmissionId([u8; 16]);

impl SubmissionId {
    /// Wraps 16 bytes; they must be random for ids to be unique.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Parses 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`IdError::NotHex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        unhex(text).map(Self)
    }

    /// The receipt number that people quote, `XXXX-XXXX`; it is not secret. FORMAT §4.1.
    #[must_use]
    pub fn number(&self) -> String {
        let digest = Digest::labelled("segel/v1/receipt-number", &[&self.0]);
        let mut bits = digest.as_bytes().iter().take(5).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut number = [b'-'; 9];
        for place in [8, 7, 6, 5, 3, 2, 1, 0] {
            number[place] = CROCKFORD[(bits & 31) as usize];
            bits >>= 5;
        }
        number.iter().map(|byte| char::from(*byte)).collect()
    }
}

/// The public half of a receipt's signing key, as head and main part carry it. FORMAT §4.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// Wraps the 32 bytes of an Ed25519 public key; whether they are one shows when a signature is checked.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`IdError::NotHex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        unhex(text).map(Self)
    }
}

/// The owner's fingerprint: the Ed25519 public key that signs their forms, written `segel1…`. FORMAT §3.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId([u8; 32]);

impl OwnerId {
    /// Wraps the 32 bytes of an Ed25519 public key; whether they are one shows when a signature is checked.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses `segel1…` in Bech32.
    ///
    /// # Errors
    /// [`IdError::NotAFingerprint`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match bech32::decode(text) {
            Ok((prefix, bytes)) if prefix == FINGERPRINT => {
                bytes.as_slice().try_into().map(Self).map_err(|_| IdError::NotAFingerprint)
            }
            _ => Err(IdError::NotAFingerprint),
        }
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(FINGERPRINT, &self.0))
    }
}

impl fmt::Debug for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of a form: part of addresses and file names. FORMAT §1.2.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormName(String);

impl FormName {
    /// Parses `[a-z][a-z0-9-]{0,39}`.
    ///
    /// # Errors
    /// [`IdError::NotAName`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        name(text, 40, b"-", "form name").map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a part of a submission. FORMAT §1.2, §8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartName(String);

impl PartName {
    /// The part that every role may read.
    #[must_use]
    pub fn main() -> Self {
        Self(String::from("main"))
    }

    /// Parses `[a-z][a-z0-9_-]{0,63}`.
    ///
    /// # Errors
    /// [`IdError::NotAName`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        name(text, 64, b"_-", "part name").map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` is an id of a field, purpose, role or option: `[a-z][a-z0-9_]{0,31}`. FORMAT §1.2.
#[must_use]
pub fn is_id(text: &str) -> bool {
    is_name(text, 32, b"_")
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(HEX[usize::from(digit)]));
        }
    }
    text
}

pub(crate) fn unhex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let refused = IdError::NotHex { digits: N * 2 };
    if text.len() != N * 2 {
        return Err(refused);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => return Err(refused),
        }
    }
    Ok(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn name(text: &str, max: usize, extra: &[u8], what: &'static str) -> Result<String, IdError> {
    if is_name(text, max, extra) { Ok(String::from(text)) } else { Err(IdError::NotAName { what }) }
}

fn is_name(text: &str, max: usize, extra: &[u8]) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= max
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || extra.contains(byte))
}

macro_rules! shown_as_hex {
    ($($name:ident: $inner:expr),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bytes: fn(&Self) -> &[u8] = $inner;
                f.write_str(&hex(bytes(self)))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

shown_as_hex!(
    Digest: |id| &id.0, FormDigest: |id| &id.0.0, SubmissionId: |id| &id.0, VerifyingKey: |id| &id.0
);

macro_rules! shown_as_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

shown_as_text!(FormName, PartName);

/// Prefix of a fingerprint in Bech32.
const FINGERPRINT: &str = "segel";
const HEX: &[u8; 16] = b"0123456789abcdef";
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_has_one_spelling() {
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), text);
        assert_eq!(Digest::parse(text), Ok(Digest::of(b"abc")));
        for wrong in [&text[1..], &text.to_uppercase(), &format!("{text} "), &text.replace('a', "g")] {
            assert_eq!(Digest::parse(wrong), Err(IdError::NotHex { digits: 64 }));
        }
    }

    #[test]
    fn labelled_digests_do_not_run_into_each_other() {
        assert_ne!(Digest::labelled("a", &[b"bc", b"d"]), Digest::labelled("a", &[b"b", b"cd"]));
        assert_ne!(Digest::labelled("a", &[b"b"]), Digest::labelled("ab", &[b""]));
    }

    #[test]
    fn names_keep_to_their_alphabet() {
        assert!(FormName::parse("daftar-2").is_ok());
        for wrong in ["", "2daftar", "Daftar", "daftar_2", "../x", "é", &"a".repeat(41)] {
            assert_eq!(FormName::parse(wrong), Err(IdError::NotAName { what: "form name" }), "{wrong}");
        }
        assert!(is_id("tanggal_lahir"));
        assert!(!is_id("tanggal-lahir"));
        assert!(PartName::parse("file-foto_ktp-1").is_ok());
    }

    #[test]
    fn receipt_number_is_short_and_stable() {
        let number = SubmissionId::from_bytes([7; 16]).number();
        assert_eq!(number.len(), 9);
        assert_eq!(number, SubmissionId::from_bytes([7; 16]).number());
        assert_ne!(number, SubmissionId::from_bytes([8; 16]).number());
    }
}
