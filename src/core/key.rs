//! The owner's keys: what opens, what signs, and the files that hold them. FORMAT §3.
//!
//! Threat: the key file is the one thing that opens everything. Secrets are wiped when dropped, no error repeats a line that
//! could be one, and a passphrase's work is bounded before it is done.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::age::{AgeError, Identity, KeyError, Recipient, Suite, file, scrypt};
use crate::form::{Form, FormError};
use crate::id::OwnerId;
use crate::limits;
use crate::receipt::kdf;
use crate::time::Time;

/// An owner's secret key: an age identity, and the signing key that it derives.
#[derive(Clone)]
pub struct OwnerKey {
    identity: Identity,
    signing: SigningKey,
}

impl OwnerKey {
    /// The owner's key of an identity. FORMAT §3.2.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        let seed = kdf(identity.secret(), b"", b"segel/v1/owner-signing");
        Self { identity, signing: SigningKey::from_bytes(&seed) }
    }

    /// A new key from a source of randomness.
    ///
    /// # Errors
    /// [`AgeError::Randomness`] if the source fails.
    pub fn generate(suite: Suite, rng: &mut impl rand_core::TryCryptoRng) -> Result<Self, AgeError> {
        Identity::generate(suite, rng).map(Self::new)
    }

    /// What opens.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The public key that forms seal to.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        self.identity.recipient()
    }

    /// The fingerprint that pages pin.
    #[must_use]
    pub fn owner_id(&self) -> OwnerId {
        OwnerId::from_bytes(self.signing.verifying_key().to_bytes())
    }

    /// Signs the body that [`crate::Definition::publish`] made. FORMAT §5.4.
    ///
    /// # Errors
    /// [`FormError`] if the result would not parse.
    pub fn sign(&self, body: &str) -> Result<Form, FormError> {
        Form::parse(&self.sign_bytes(body))
    }

    /// The bytes of a published form, whether it parses or not: for tests of what readers refuse.
    #[must_use]
    pub fn sign_bytes(&self, body: &str) -> Vec<u8> {
        let signature = self.signing.sign(&Form::signed_message(body));
        Form::assemble(&self.owner_id(), &signature.to_bytes(), body)
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnerKey({})", self.owner_id())
    }
}

/// What a key file holds. FORMAT §3.3.
#[derive(Debug)]
pub struct KeyFile {
    identities: Vec<Identity>,
    spares: Vec<Recipient>,
}

/// Why a file is not a key file, or does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Larger than a key file may be.
    #[error("larger than 64 KiB: not a key file")]
    TooLarge,
    /// More identities than a key file may hold.
    #[error("more than 64 keys in one file")]
    TooManyKeys,
    /// Not text.
    #[error("not UTF-8 text: not a key file")]
    NotText,
    /// A line is not a key.
    #[error("line {line}: {cause}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        cause: KeyError,
    },
    /// No key in it.
    #[error("no key in this file")]
    NoKey,
    /// Two of the keys are the same.
    #[error("line {line}: the same key twice")]
    Twice {
        /// Which, from 1.
        line: usize,
    },
    /// Locked with a passphrase, and none was given.
    #[error("locked with a passphrase")]
    Locked,
    /// The passphrase does not open it.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// An age file, but damaged or not locked with a passphrase.
    #[error("{0}")]
    Age(AgeError),
}

impl KeyFile {
    /// Whether the bytes are locked with a passphrase, and with how much work (a power of two). Computes nothing slow.
    #[must_use]
    pub fn work_factor(file: &[u8]) -> Option<u8> {
        scrypt::work_factor(file)
    }

    /// Opens a locked key file.
    ///
    /// # Errors
    /// [`KeyFileError::WrongPassphrase`], [`KeyFileError::Age`] (too much work asked, or damaged), or what
    /// [`KeyFile::parse`] finds inside.
    pub fn unlock(file: &[u8], passphrase: &str) -> Result<Self, KeyFileError> {
        if file.len() > limits::KEY_FILE_BYTES {
            return Err(KeyFileError::TooLarge);
        }
        let text = scrypt::open(file, passphrase, limits::WORK_FACTOR_MAX).map_err(|error| match error {
            AgeError::NoMatch if scrypt::work_factor(file).is_some() => KeyFileError::WrongPassphrase,
            error => KeyFileError::Age(error),
        })?;
        Self::parse(&text)
    }

    /// Reads the text of a key file: comments, blank lines and one identity a line.
    ///
    /// # Errors
    /// [`KeyFileError`] naming the line.
    pub fn parse(text: &[u8]) -> Result<Self, KeyFileError> {
        if text.len() > limits::KEY_FILE_BYTES {
            return Err(KeyFileError::TooLarge);
        }
        if text.starts_with(b"age-encryption.org/v1\n") {
            return Err(KeyFileError::Locked);
        }
        let text = core::str::from_utf8(text).map_err(|_| KeyFileError::NotText)?;
        let mut file = Self { identities: Vec::new(), spares: Vec::new() };
        for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            file.line(index + 1, line.trim())?;
        }
        if file.identities.is_empty() { Err(KeyFileError::NoKey) } else { Ok(file) }
    }

    fn line(&mut self, line: usize, text: &str) -> Result<(), KeyFileError> {
        if let Some(spare) = text.strip_prefix(SPARE) {
            let key = spare.split_whitespace().next().unwrap_or_default();
            self.spares.push(Recipient::parse(key).map_err(|cause| KeyFileError::Line { line, cause })?);
            return Ok(());
        }
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if self.identities.len() == limits::KEY_FILE_IDENTITIES {
            return Err(KeyFileError::TooManyKeys);
        }
        let identity = Identity::parse(text).map_err(|cause| KeyFileError::Line { line, cause })?;
        if self.identities.iter().any(|other| other.secret() == identity.secret()) {
            return Err(KeyFileError::Twice { line });
        }
        self.identities.push(identity);
        Ok(())
    }

    /// The keys, at least one; the first is the owner's.
    #[must_use]
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// Spare keys that opened a test seal when this file was made.
    #[must_use]
    pub fn spares(&self) -> &[Recipient] {
        &self.spares
    }

    /// The owner's key.
    #[must_use]
    pub fn owner(&self) -> OwnerKey {
        OwnerKey::new(self.identities[0].clone())
    }

    /// The text of a key file; `spares` are keys that opened a test seal at `made`.
    #[must_use]
    pub fn write(key: &OwnerKey, spares: &[Recipient], made: Time) -> Zeroizing<String> {
        let made = made.text();
        let mut text = Zeroizing::new(String::with_capacity(8192));
        for piece in ["# segel owner key, made ", &made, "\n# owner: ", &key.owner_id().to_string(), "\n"] {
            text.push_str(piece);
        }
        for spare in spares {
            for piece in [SPARE, " ", &spare.to_text(), " opened a test seal ", &made, "\n"] {
                text.push_str(piece);
            }
        }
        text.push_str(&key.identity.to_text());
        text.push('\n');
        text
    }

    /// Locks the text of a key file with a passphrase, under a work factor of 2^`work`.
    ///
    /// # Errors
    /// [`AgeError::Randomness`]; [`AgeError::WorkFactor`] for one that scrypt does not take.
    pub fn lock(
        text: &str,
        passphrase: &str,
        work: u8,
        rng: &mut impl rand_core::TryCryptoRng,
    ) -> Result<Vec<u8>, AgeError> {
        scrypt::seal(text.as_bytes(), passphrase, work, rng)
    }
}

/// The text of the public file beside a key file: the owner's recipient, then the spares'.
#[must_use]
pub fn write_public(key: &OwnerKey, spares: &[Recipient], made: Time) -> String {
    let mut text =
        ["# segel public key, made ", &made.text(), "\n# owner: ", &key.owner_id().to_string(), "\n"].concat();
    for recipient in core::iter::once(&key.recipient()).chain(spares) {
        text.push_str(&recipient.to_text());
        text.push('\n');
    }
    text
}

/// A test seal to a key, opened with it: proof that what is held opens what will be sealed.
///
/// # Errors
/// [`AgeError`] if the seal could not be made.
pub fn opens_a_test_seal(
    recipient: &Recipient,
    identity: &Identity,
    rng: &mut impl rand_core::TryCryptoRng,
) -> Result<bool, AgeError> {
    let sealed = file::Prepared::new(None, core::slice::from_ref(recipient), rng)?.seal(TEST);
    let opened = file::open(&sealed, core::slice::from_ref(identity));
    Ok(opened.is_ok_and(|opened| opened.as_slice() == TEST))
}

const SPARE: &str = "# spare:";
const TEST: &[u8] = b"segel test seal";

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn keys() -> (OwnerKey, OwnerKey) {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        (OwnerKey::generate(Suite::X25519, &mut rng).unwrap(), OwnerKey::generate(Suite::X25519, &mut rng).unwrap())
    }

    fn made() -> Time {
        Time::parse("2026-11-23T03:00:00Z").unwrap()
    }

    #[test]
    fn a_key_file_says_which_spare_was_proven() {
        let (owner, spare) = keys();
        let text = KeyFile::write(&owner, &[spare.recipient()], made());
        let file = KeyFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.owner().owner_id(), owner.owner_id());
        assert_eq!(file.spares(), [spare.recipient()]);
    }

    #[test]
    fn a_locked_file_opens_with_its_passphrase_only() {
        let (owner, _) = keys();
        let text = KeyFile::write(&owner, &[], made());
        let file = KeyFile::lock(&text, "kata sandi", 2, &mut ChaCha20Rng::from_seed([2; 32])).unwrap();
        assert_eq!(KeyFile::work_factor(&file), Some(2));
        assert_eq!(KeyFile::unlock(&file, "kata sandi").unwrap().owner().owner_id(), owner.owner_id());
        assert_eq!(KeyFile::unlock(&file, "kata sandi ").unwrap_err(), KeyFileError::WrongPassphrase);
        assert_eq!(KeyFile::parse(&file).unwrap_err(), KeyFileError::Locked);
        let mut cut = file.clone();
        cut.pop();
        assert_eq!(KeyFile::unlock(&cut, "kata sandi").unwrap_err(), KeyFileError::Age(AgeError::Altered { chunk: 0 }));
    }

    #[test]
    fn accepts_what_editors_do_to_text_and_names_the_line_that_is_wrong() {
        let (owner, spare) = keys();
        let (one, two) = (owner.identity().to_text(), spare.identity().to_text());
        let edited = format!("\u{feff}# note\r\n\r\n{}\r\n{}\r\n", &*one, &*two);
        assert_eq!(KeyFile::parse(edited.as_bytes()).unwrap().identities().len(), 2);
        let line = |text: String| KeyFile::parse(text.as_bytes()).unwrap_err();
        let public = owner.recipient().to_text();
        assert_eq!(line(format!("#\n{public}\n")), KeyFileError::Line { line: 2, cause: KeyError::PublicWhereSecret });
        assert_eq!(line(format!("\n\nhello\n{}", &*one)), KeyFileError::Line { line: 3, cause: KeyError::NotAKey });
        assert_eq!(line(format!("{}\n{}", &*one, &*one)), KeyFileError::Twice { line: 2 });
        assert_eq!(line(String::from("# nothing\n")), KeyFileError::NoKey);
        assert_eq!(line("#".repeat(70_000)), KeyFileError::TooLarge);
        assert_eq!(KeyFile::parse(b"\xff\xfe").unwrap_err(), KeyFileError::NotText);
    }

    #[test]
    fn too_much_work_and_too_many_keys_are_refused_without_computing() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let greedy = b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        let error = KeyFile::unlock(greedy, "x").unwrap_err();
        assert_eq!(error, KeyFileError::Age(AgeError::WorkFactor { found: 30, max: 20 }));
        assert!(error.to_string().contains("30") && error.to_string().contains("20"), "{error}");
        let mut line = || Identity::generate(Suite::X25519, &mut rng).unwrap().to_text().to_string();
        let mut lines: Vec<String> = (0..64).map(|_| line()).collect();
        assert_eq!(KeyFile::parse(lines.join("\n").as_bytes()).unwrap().identities().len(), 64);
        lines.push(line());
        assert_eq!(KeyFile::parse(lines.join("\n").as_bytes()).unwrap_err(), KeyFileError::TooManyKeys);
    }

    #[test]
    fn the_public_file_is_what_any_age_tool_takes_for_recipients() {
        let (owner, spare) = keys();
        let text = write_public(&owner, &[spare.recipient()], made());
        let own = text.lines().filter(|line| !line.starts_with('#')).map(|line| Recipient::parse(line).unwrap());
        assert_eq!(own.collect::<Vec<_>>(), [owner.recipient(), spare.recipient()]);
        assert!(text.contains(&format!("# owner: {}\n", owner.owner_id())));
    }

    #[test]
    fn a_signed_form_is_refused_under_another_owner() {
        let (owner, other) = keys();
        let bytes = owner.sign_bytes("{}");
        let swapped = String::from_utf8(bytes).unwrap();
        let swapped = swapped.replace(&owner.owner_id().to_string(), &other.owner_id().to_string());
        assert_eq!(Form::parse(swapped.as_bytes()).unwrap_err().code(), "form_signature");
    }

    #[test]
    fn debug_shows_no_secret() {
        let (owner, _) = keys();
        let secret = owner.identity().to_text();
        let file = KeyFile::parse(KeyFile::write(&owner, &[], made()).as_bytes()).unwrap();
        for shown in [format!("{owner:?}"), format!("{file:?}")] {
            assert!(!shown.to_uppercase().contains(&secret[20..40]), "{shown}");
        }
    }
}
