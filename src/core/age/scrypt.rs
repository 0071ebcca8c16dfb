//! Files locked with a passphrase: the owner's key file and nothing else. C2SP age.md, "The scrypt recipient type"; FORMAT §3.3.
//!
//! A separate door on purpose. Nothing that opens submissions leads here, so no slow function ever runs on a stranger's bytes.

use alloc::string::String;
use alloc::vec::Vec;

use scrypt::Params;
use zeroize::Zeroizing;

use super::file::{self, FileKey, Opened, Prepared, wrap_key};
use super::header::{self, Header};
use super::{AgeError, base64};

/// The work factor (as a power of two) of a passphrase file, or `None` if the bytes are not one. Computes nothing slow.
#[must_use]
pub fn work_factor(file: &[u8]) -> Option<u8> {
    let header = Header::parse(file).ok()?;
    match header.stanzas() {
        [only] if only.kind() == STANZA => only.args().get(1).and_then(|text| parse_work(text)),
        _ => None,
    }
}

/// Opens a passphrase file whole; refuses a work factor over 2^`max` before it computes anything.
///
/// # Errors
/// [`AgeError::WorkFactor`]; [`AgeError::NoMatch`] for a wrong passphrase or a file without passphrase; any other
/// [`AgeError`] of header or payload.
pub fn open(file: &[u8], passphrase: &str, max: u8) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    let header = Header::parse(file)?;
    let [stanza] = header.stanzas() else {
        let locked = header.stanzas().iter().any(|stanza| stanza.kind() == STANZA);
        return Err(if locked { AgeError::Stanza { what: "scrypt is not alone" } } else { AgeError::NoMatch });
    };
    if stanza.kind() != STANZA {
        return Err(AgeError::NoMatch);
    }
    let &[salt, work] = stanza.args() else {
        return Err(AgeError::Stanza { what: "scrypt takes two arguments" });
    };
    let salt: [u8; 16] = base64::decode_exact(salt).ok_or(AgeError::Stanza { what: "scrypt salt" })?;
    let work = parse_work(work).ok_or(AgeError::Stanza { what: "scrypt work factor" })?;
    if work > max {
        return Err(AgeError::WorkFactor { found: work, max });
    }
    if stanza.body().len() != 32 {
        return Err(AgeError::Stanza { what: "body of a reader stanza" });
    }
    let key = derive(passphrase, &salt, work)?;
    let file_key: FileKey = Opened::body(stanza, &key, &[0; 12])?.ok_or(AgeError::NoMatch)?;
    Opened::authenticate(file, header.clone(), file_key)?.open()
}

/// Locks a plaintext with a passphrase under a work factor of 2^`work`.
///
/// # Errors
/// [`AgeError::Randomness`] if the source fails; [`AgeError::WorkFactor`] or [`AgeError::Stanza`] for a work factor that
/// scrypt does not take.
pub fn seal(
    plaintext: &[u8],
    passphrase: &str,
    work: u8,
    rng: &mut impl rand_core::TryCryptoRng,
) -> Result<Vec<u8>, AgeError> {
    if work == 0 {
        return Err(AgeError::Stanza { what: "scrypt work factor" });
    }
    let file_key = file::draw(rng)?;
    let mut salt = [0; 16];
    rng.try_fill_bytes(&mut salt).map_err(|_| AgeError::Randomness)?;
    let key = derive(passphrase, &salt, work)?;
    let body = wrap_key(&key, &[0; 12], &file_key);
    let mut text = String::new();
    crate::time::push_decimal(&mut text, u64::from(work));
    let mut front = header::start();
    header::push_stanza(&mut front, STANZA, [base64::encode(&salt).as_str(), text.as_str()], &body);
    Ok(Prepared::finish(front, &file_key, rng)?.seal(plaintext))
}

/// wrap key = scrypt(N = 2^work, r = 8, p = 1, passphrase, "age-encryption.org/v1/scrypt" ‖ salt)
fn derive(passphrase: &str, salt: &[u8; 16], work: u8) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    let refused = AgeError::WorkFactor { found: work, max: crate::limits::WORK_FACTOR_MAX };
    let params = Params::new(work, 8, 1).map_err(|_| refused.clone())?;
    let salt = [b"age-encryption.org/v1/scrypt", salt.as_slice()].concat();
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, key.as_mut()).map_err(|_| refused)?;
    Ok(key)
}

/// Decimal without sign or leading zero, from 1 to 63.
fn parse_work(text: &str) -> Option<u8> {
    let plain = text.len() <= 2 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let work: u8 = if plain { text.parse().ok()? } else { return None };
    (1..64).contains(&work).then_some(work)
}

const STANZA: &str = "scrypt";

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn sealed(work: u8) -> Vec<u8> {
        seal(b"secret", "kata sandi", work, &mut ChaCha20Rng::from_seed([1; 32])).unwrap()
    }

    #[test]
    fn opens_with_the_passphrase_and_with_no_other() {
        let file = sealed(2);
        assert_eq!(open(&file, "kata sandi", 20).unwrap().as_slice(), b"secret");
        for wrong in ["", "kata sandi\n", "Kata sandi"] {
            assert_eq!(open(&file, wrong, 20).unwrap_err(), AgeError::NoMatch, "{wrong:?}");
        }
    }

    #[test]
    fn refuses_too_much_work_without_doing_it() {
        let text = String::from_utf8_lossy(&sealed(2)[..70]).replace(" 2\n", " 30\n").into_bytes();
        let file = [&text[..], &sealed(2)[text.len() - 1..]].concat();
        assert_eq!(work_factor(&file), Some(30));
        assert_eq!(open(&file, "kata sandi", 20).unwrap_err(), AgeError::WorkFactor { found: 30, max: 20 });
    }

    #[test]
    fn a_passphrase_stanza_in_a_submission_is_never_tried() {
        let identity = super::super::Identity::from_bytes(super::super::Suite::X25519, Zeroizing::new([1; 32]));
        assert_eq!(file::open(&sealed(2), &[identity]).unwrap_err(), AgeError::NoMatch);
    }
}
