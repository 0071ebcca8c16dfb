//! Reader stanzas of the post-quantum kind. C2SP age.md, "The mlkem768x25519 recipient type".
//!
//! An HPKE base-mode seal (RFC 9180) of the file key with X-Wing (ML-KEM-768 + X25519), HKDF-SHA-256 and
//! ChaCha20-Poly1305. Written out here on the primitives because the expanded key must be kept between files: expanding it
//! costs more than opening.

use alloc::vec::Vec;

use hkdf::Hkdf;
#[cfg(feature = "open")]
use ml_kem::kem::Decapsulate as _;
use ml_kem::kem::KeyExport as _;
use ml_kem::{B32, ml_kem_768};
use sha2::Sha256;
use sha3::{Digest as _, Sha3_256};
use shake::{ExtendableOutput as _, Shake256, Update as _, XofReader as _};
use x25519_dalek::{PublicKey, StaticSecret, X25519_BASEPOINT_BYTES};
use zeroize::Zeroizing;

use super::file::{FileKey, wrap_key};
use super::{AgeError, base64, header};
#[cfg(feature = "open")]
use super::{file::Opened, header::Stanza};

/// What an identity of this kind holds ready: both secret keys, expanded.
#[derive(Clone)]
pub(super) struct Keys {
    #[cfg_attr(not(feature = "open"), expect(dead_code, reason = "a sealer never opens"))]
    post_quantum: ml_kem_768::DecapsulationKey,
    #[cfg_attr(not(feature = "open"), expect(dead_code, reason = "a sealer never opens"))]
    classic: StaticSecret,
    public: [u8; PUBLIC],
}

impl Keys {
    /// SHAKE256(seed): 64 bytes of ML-KEM seed (d ‖ z), then the X25519 scalar.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let mut expanded = Zeroizing::new([0; 96]);
        let mut shake = Shake256::default();
        shake.update(seed);
        shake.finalize_xof().read(expanded.as_mut());
        let mut kem_seed = ml_kem::Seed::default();
        kem_seed.copy_from_slice(&expanded[..64]);
        let post_quantum = ml_kem_768::DecapsulationKey::from_seed(kem_seed);
        let mut scalar = Zeroizing::new([0; 32]);
        scalar.copy_from_slice(&expanded[64..]);
        let classic = StaticSecret::from(*scalar);
        let mut public = [0; PUBLIC];
        public[..KEM_PUBLIC].copy_from_slice(&post_quantum.encapsulation_key().to_bytes());
        public[KEM_PUBLIC..].copy_from_slice(base(&classic).as_bytes());
        Self { post_quantum, classic, public }
    }

    pub(super) const fn public(&self) -> &[u8; PUBLIC] {
        &self.public
    }

    #[cfg(feature = "open")]
    pub(super) fn unwrap(&self, stanza: &Stanza<'_>) -> Result<Option<FileKey>, AgeError> {
        let &[text] = stanza.args() else {
            return Err(AgeError::Stanza { what: "mlkem768x25519 takes one argument" });
        };
        let enc: [u8; ENC] = base64::decode_exact(text).ok_or(AgeError::Stanza { what: "mlkem768x25519 share" })?;
        let mut ciphertext = ml_kem_768::Ciphertext::default();
        ciphertext.copy_from_slice(&enc[..KEM_CIPHERTEXT]);
        let mut share = [0; 32];
        share.copy_from_slice(&enc[KEM_CIPHERTEXT..]);
        let classic = self.classic.diffie_hellman(&PublicKey::from(share));
        if !classic.was_contributory() {
            return Err(AgeError::DegenerateShare);
        }
        let post_quantum = Zeroizing::new(self.post_quantum.decapsulate(&ciphertext));
        let shared = combine(&post_quantum, classic.as_bytes(), &share, &self.public);
        let (key, nonce) = schedule(&shared);
        Opened::body(stanza, &key, &nonce)
    }
}

/// Appends a stanza with the file key for `recipient`.
pub(super) fn wrap(
    out: &mut Vec<u8>,
    recipient: &[u8; PUBLIC],
    file_key: &FileKey,
    rng: &mut impl rand_core::TryCryptoRng,
) -> Result<(), AgeError> {
    let mut random = Zeroizing::new([0; 64]);
    rng.try_fill_bytes(random.as_mut()).map_err(|_| AgeError::Randomness)?;
    let mut kem_public = ml_kem::kem::Key::<ml_kem_768::EncapsulationKey>::default();
    kem_public.copy_from_slice(&recipient[..KEM_PUBLIC]);
    let kem = ml_kem_768::EncapsulationKey::new(&kem_public)
        .map_err(|_| AgeError::Stanza { what: "reader's ML-KEM key is not one" })?;
    let mut message = Zeroizing::new(B32::default());
    message.copy_from_slice(&random[..32]);
    let (ciphertext, post_quantum) = kem.encapsulate_deterministic(&message);
    let post_quantum = Zeroizing::new(post_quantum);
    let mut scalar = Zeroizing::new([0; 32]);
    scalar.copy_from_slice(&random[32..]);
    let ephemeral = StaticSecret::from(*scalar);
    let share = *base(&ephemeral).as_bytes();
    let mut point = [0; 32];
    point.copy_from_slice(&recipient[KEM_PUBLIC..]);
    let classic = ephemeral.diffie_hellman(&PublicKey::from(point));
    if !classic.was_contributory() {
        return Err(AgeError::DegenerateShare);
    }
    let (key, nonce) = schedule(&combine(&post_quantum, classic.as_bytes(), &share, recipient));
    let enc = base64::encode(&[ciphertext.as_slice(), &share].concat());
    header::push_stanza(out, "mlkem768x25519", [enc.as_str()], &wrap_key(&key, &nonce, file_key));
    Ok(())
}

/// The public point of a scalar, by the ladder from the base point: no tables in a customer's download.
pub(super) fn base(secret: &StaticSecret) -> PublicKey {
    let point = secret.diffie_hellman(&PublicKey::from(X25519_BASEPOINT_BYTES));
    PublicKey::from(*point.as_bytes())
}

/// X-Wing: SHA3-256(ss_mlkem ‖ ss_x25519 ‖ share ‖ recipient's point ‖ `\.//^\`)
fn combine(post_quantum: &[u8], classic: &[u8; 32], share: &[u8; 32], public: &[u8; PUBLIC]) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha3_256::new();
    for input in [post_quantum, classic, share, &public[KEM_PUBLIC..], b"\\.//^\\"] {
        sha3::Digest::update(&mut hash, input);
    }
    Zeroizing::new(hash.finalize().into())
}

/// RFC 9180 §5.1, mode base with empty psk: key and base nonce from the shared secret.
fn schedule(shared: &[u8; 32]) -> (Zeroizing<[u8; 32]>, [u8; 12]) {
    // key_schedule_context = 0x00 ‖ LabeledExtract("", "psk_id_hash", "") ‖ LabeledExtract("", "info_hash", info)
    let context = [&[0][..], &extract(&[], b"psk_id_hash", b"").0, &extract(&[], b"info_hash", INFO).0].concat();
    // secret = LabeledExtract(shared_secret, "secret", "")
    let (_, secret) = extract(shared, b"secret", b"");
    let mut key = Zeroizing::new([0; 32]);
    let mut nonce = [0; 12];
    expand(&secret, b"key", &context, key.as_mut());
    expand(&secret, b"base_nonce", &context, &mut nonce);
    (key, nonce)
}

/// LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" ‖ suite_id ‖ label ‖ ikm)
fn extract(salt: &[u8], label: &[u8], input: &[u8]) -> ([u8; 32], Hkdf<Sha256>) {
    let labelled = Zeroizing::new([HPKE, SUITE_ID, label, input].concat());
    let (key, hkdf) = Hkdf::<Sha256>::extract(Some(salt), &labelled);
    (key.into(), hkdf)
}

/// LabeledExpand(prk, label, info, L) = Expand(prk, I2OSP(L, 2) ‖ "HPKE-v1" ‖ suite_id ‖ label ‖ info, L)
fn expand(secret: &Hkdf<Sha256>, label: &[u8], context: &[u8], out: &mut [u8]) {
    let info = [&(out.len() as u16).to_be_bytes()[..], HPKE, SUITE_ID, label, context].concat();
    // HKDF refuses only outputs over 255 blocks.
    let _ = secret.expand(&info, out);
}

const KEM_PUBLIC: usize = 1184;
#[cfg(feature = "open")]
const KEM_CIPHERTEXT: usize = 1088;
const PUBLIC: usize = KEM_PUBLIC + 32;
#[cfg(feature = "open")]
const ENC: usize = KEM_CIPHERTEXT + 32;
const HPKE: &[u8] = b"HPKE-v1";
/// KEM 0x647a (X-Wing), KDF 0x0001 (HKDF-SHA-256), AEAD 0x0003 (ChaCha20-Poly1305).
const SUITE_ID: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
