//! Whole age files: header and payload together. C2SP age.md; FORMAT §9, §10.

use alloc::string::String;
use alloc::vec::Vec;

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use segel_cipher::Cipher;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::stream::{self, Sealer};
use super::{AgeError, Recipient, base64, header, hybrid, x25519};
#[cfg(feature = "open")]
use super::{
    Identity,
    header::{Header, Stanza},
    stream::Opener,
};

/// The key of one file, fresh for each. Wiped when dropped.
#[derive(Clone)]
pub struct FileKey(Zeroizing<[u8; 16]>);

impl FileKey {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    #[cfg(feature = "open")]
    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// A file whose header is made: what is left to do is the payload.
///
/// All key agreement happens here, so that a page can do it while a person still types.
pub struct Prepared {
    front: Vec<u8>,
    payload: Sealer,
}

impl Prepared {
    /// Draws a file key and nonce, and wraps the key for every recipient. `label` is a stanza that readers authenticate and
    /// otherwise pass over; it comes first.
    ///
    /// # Errors
    /// [`AgeError::Randomness`] if the source fails; [`AgeError::DegenerateShare`] or [`AgeError::Stanza`] for a recipient
    /// that is no key.
    pub fn new(
        label: Option<(&str, &[String])>,
        recipients: &[Recipient],
        rng: &mut impl rand_core::TryCryptoRng,
    ) -> Result<Self, AgeError> {
        let file_key = draw(rng)?;
        let mut front = header::start();
        if let Some((kind, args)) = label {
            header::push_stanza(&mut front, kind, args.iter().map(String::as_str), &[]);
        }
        for recipient in recipients {
            match recipient {
                Recipient::X25519(key) => x25519::wrap(&mut front, key, &file_key, rng)?,
                Recipient::Hybrid(key) => hybrid::wrap(&mut front, key, &file_key, rng)?,
            }
        }
        Self::finish(front, &file_key, rng)
    }

    /// Closes a header and starts the payload.
    pub(super) fn finish(
        mut front: Vec<u8>,
        file_key: &FileKey,
        rng: &mut impl rand_core::TryCryptoRng,
    ) -> Result<Self, AgeError> {
        front.extend_from_slice(b"---");
        let code = mac(file_key, &front).finalize().into_bytes();
        front.push(b' ');
        front.extend_from_slice(base64::encode(&code).as_bytes());
        front.push(b'\n');
        let mut nonce = [0; 16];
        rng.try_fill_bytes(&mut nonce).map_err(|_| AgeError::Randomness)?;
        front.extend_from_slice(&nonce);
        Ok(Self { front, payload: Sealer::new(file_key, &nonce) })
    }

    /// Everything before the first chunk, and the sealer of the chunks.
    #[must_use]
    pub fn start(self) -> (Vec<u8>, Sealer) {
        (self.front, self.payload)
    }

    /// Seals a whole payload.
    #[must_use]
    pub fn seal(self, plaintext: &[u8]) -> Vec<u8> {
        let (mut file, mut payload) = self.start();
        file.reserve_exact(plaintext.len() + (plaintext.len() / stream::CHUNK + 1) * stream::TAG);
        payload.push(plaintext, &mut file);
        payload.finish(&mut file);
        file
    }
}

/// A file whose header was opened and authenticated: what is left to do is the payload.
#[cfg(feature = "open")]
pub struct Opened<'a> {
    header: Header<'a>,
    payload: &'a [u8],
    file_key: FileKey,
}

#[cfg(feature = "open")]
impl<'a> Opened<'a> {
    /// Finds the stanza for one of the identities, unwraps the file key and authenticates the header.
    ///
    /// # Errors
    /// Any [`AgeError`] of the header. A malformed stanza of a type that an identity has is an error even if a later one
    /// would have matched: the header is refused as a whole.
    pub fn new(file: &'a [u8], identities: &[Identity]) -> Result<Self, AgeError> {
        Self::parsed(file, Header::parse(file)?, identities)
    }

    /// The same where the header was looked at already.
    ///
    /// # Errors
    /// As [`Opened::new`].
    pub fn parsed(file: &'a [u8], header: Header<'a>, identities: &[Identity]) -> Result<Self, AgeError> {
        if header.stanzas().iter().any(|stanza| stanza.kind() == "scrypt") {
            // A passphrase is never tried on a stranger's bytes; a file that wants one has no other stanza.
            let alone = header.stanzas().len() == 1;
            return Err(if alone { AgeError::NoMatch } else { AgeError::Stanza { what: "scrypt is not alone" } });
        }
        for identity in identities {
            for stanza in header.stanzas() {
                if let Some(file_key) = identity.unwrap(stanza)? {
                    return Self::authenticate(file, header, file_key);
                }
            }
        }
        Err(AgeError::NoMatch)
    }

    pub(super) fn authenticate(file: &'a [u8], header: Header<'a>, file_key: FileKey) -> Result<Self, AgeError> {
        let verdict = mac(&file_key, header.authenticated()).verify_slice(header.mac());
        verdict.map_err(|_| AgeError::HeaderAltered)?;
        let payload = &file[header.len()..];
        Ok(Self { header, payload, file_key })
    }

    /// The authenticated header.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.header
    }

    /// The opener of the payload and the chunks to push through it.
    ///
    /// # Errors
    /// [`AgeError::NoPayload`] if not even the nonce is there.
    pub fn payload(&self) -> Result<(Opener, &'a [u8]), AgeError> {
        let (nonce, chunks) = self.payload.split_first_chunk().ok_or(AgeError::NoPayload)?;
        Ok((Opener::new(&self.file_key, nonce), chunks))
    }

    /// The whole plaintext, verified to its end.
    ///
    /// # Errors
    /// Any [`AgeError`] of the payload; nothing of it is returned then.
    pub fn open(&self) -> Result<Zeroizing<Vec<u8>>, AgeError> {
        let (mut opener, chunks) = self.payload()?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(chunks.len()));
        opener.push(chunks, &mut plaintext)?;
        opener.finish(&mut plaintext)?;
        Ok(plaintext)
    }

    /// Opens the body of a reader stanza. Its length is checked first: another length would make the stanza an oracle for
    /// many keys at once.
    pub(super) fn body(stanza: &Stanza<'_>, key: &[u8; 32], nonce: &[u8; 12]) -> Result<Option<FileKey>, AgeError> {
        let Some((sealed, tag)) = stanza.body().split_first_chunk::<16>() else {
            return Err(AgeError::Stanza { what: "body of a reader stanza" });
        };
        let tag: [u8; 16] = tag.try_into().map_err(|_| AgeError::Stanza { what: "body of a reader stanza" })?;
        let mut file_key = FileKey::from_bytes(*sealed);
        let opened = Cipher::new(key).open(*nonce, file_key.0.as_mut_slice(), tag);
        Ok(opened.then_some(file_key))
    }
}

/// Opens a whole file.
///
/// # Errors
/// Any [`AgeError`]; nothing of the plaintext is returned then.
#[cfg(feature = "open")]
pub fn open(file: &[u8], identities: &[Identity]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    Opened::new(file, identities)?.open()
}

/// The body of a reader stanza: the file key sealed under a wrapping key.
pub(super) fn wrap_key(key: &[u8; 32], nonce: &[u8; 12], file_key: &FileKey) -> [u8; 32] {
    let mut body = [0; 32];
    body[..16].copy_from_slice(file_key.as_bytes());
    // The cipher refuses only messages over 256 GiB.
    if let Some(tag) = Cipher::new(key).seal(*nonce, &mut body[..16]) {
        body[16..].copy_from_slice(&tag);
    }
    body
}

pub(super) fn draw(rng: &mut impl rand_core::TryCryptoRng) -> Result<FileKey, AgeError> {
    let mut bytes = Zeroizing::new([0; 16]);
    rng.try_fill_bytes(bytes.as_mut()).map_err(|_| AgeError::Randomness)?;
    Ok(FileKey(bytes))
}

/// HMAC key = HKDF(ikm = file key, salt empty, info = "header"); over the header up to and including `---`.
fn mac(file_key: &FileKey, authenticated: &[u8]) -> Hmac<Sha256> {
    // A whole block: HMAC fills a shorter key with zeros, so this is the same key and cannot be of a wrong length.
    let mut key = Zeroizing::new([0; 64]);
    // HKDF refuses only outputs over 255 blocks.
    let _ = Hkdf::<Sha256>::new(None, file_key.as_bytes()).expand(b"header", &mut key[..32]);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&(*key).into());
    mac.update(authenticated);
    mac
}

#[cfg(test)]
#[cfg(feature = "open")]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::super::{Class, Suite};
    use super::*;

    fn key(suite: Suite, byte: u8) -> Identity {
        Identity::from_bytes(suite, Zeroizing::new([byte; 32]))
    }

    fn sealed(plaintext: &[u8], identities: &[Identity]) -> Vec<u8> {
        let recipients: Vec<Recipient> = identities.iter().map(Identity::recipient).collect();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        Prepared::new(Some(("label", &[String::from("x")])), &recipients, &mut rng).unwrap().seal(plaintext)
    }

    #[test]
    fn every_chunk_boundary_survives_the_round_trip_for_each_reader() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let keys = [key(suite, 1), key(suite, 2)];
            for length in [0, 1, stream::CHUNK - 1, stream::CHUNK, stream::CHUNK + 1, 2 * stream::CHUNK] {
                let plaintext: Vec<u8> = (0..length).map(|index| index as u8).collect();
                let file = sealed(&plaintext, &keys);
                for key in &keys {
                    assert_eq!(open(&file, core::slice::from_ref(key)).unwrap().as_slice(), plaintext);
                }
                assert_eq!(open(&file, &[key(suite, 3)]).unwrap_err(), AgeError::NoMatch);
            }
        }
    }

    #[test]
    fn pushing_byte_by_byte_gives_the_same_file() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let keys = [key(Suite::X25519, 1)];
        let plaintext = vec![7; stream::CHUNK + 10];
        let prepared = Prepared::new(Some(("label", &[String::from("x")])), &[keys[0].recipient()], &mut rng).unwrap();
        let (mut file, mut payload) = prepared.start();
        plaintext.iter().for_each(|byte| payload.push(core::slice::from_ref(byte), &mut file));
        payload.finish(&mut file);
        assert_eq!(file, sealed(&plaintext, &keys));
        let opened = Opened::new(&file, &keys).unwrap();
        let (mut opener, chunks) = opened.payload().unwrap();
        let mut out = Vec::new();
        chunks.iter().for_each(|byte| opener.push(core::slice::from_ref(byte), &mut out).unwrap());
        opener.finish(&mut out).unwrap();
        assert_eq!(out, plaintext);
    }

    #[test]
    fn every_cut_is_an_error_and_a_cut_payload_is_called_truncated_or_altered() {
        let keys = [key(Suite::X25519, 1)];
        let file = sealed(&vec![7; stream::CHUNK + 100], &keys);
        let payload = Header::parse(&file).unwrap().len();
        let near_chunks = (payload + 16 + stream::CHUNK..payload + 16 + stream::CHUNK + 40).chain(0..payload + 60);
        for end in near_chunks.chain(file.len() - 40..file.len()) {
            let error = open(&file[..end], &keys).unwrap_err();
            let class = if end < payload + 16 { Class::Header } else { Class::Payload };
            assert_eq!(error.class(), class, "{end}: {error:?}");
        }
        let at_boundary = payload + 16 + stream::CHUNK + stream::TAG;
        assert_eq!(open(&file[..at_boundary], &keys).unwrap_err(), AgeError::Truncated);
    }

    #[test]
    fn anything_after_the_end_is_refused() {
        let keys = [key(Suite::X25519, 1)];
        let full = sealed(&vec![7; stream::CHUNK], &keys);
        assert_eq!(open(&[&full[..], &[0; 40]].concat(), &keys).unwrap_err(), AgeError::TrailingBytes);
        let file = sealed(b"hello", &keys);
        for extra in [&[0][..], &[0; 70_000], &file] {
            let error = open(&[&file[..], extra].concat(), &keys).unwrap_err();
            assert_eq!(error, AgeError::Altered { chunk: 0 });
        }
    }

    #[test]
    fn an_opener_that_failed_stays_failed() {
        let keys = [key(Suite::X25519, 1)];
        let mut file = sealed(&vec![7; 2 * stream::CHUNK + 100], &keys);
        let payload = Header::parse(&file).unwrap().len();
        file[payload + 16] ^= 1;
        let opened = Opened::new(&file, &keys).unwrap();
        let (mut opener, chunks) = opened.payload().unwrap();
        let (first, rest) = chunks.split_at(stream::CHUNK + stream::TAG + 1);
        let mut out = Vec::new();
        assert_eq!(opener.push(first, &mut out), Err(AgeError::Altered { chunk: 0 }));
        assert_eq!(opener.push(rest, &mut out), Err(AgeError::Altered { chunk: 0 }));
        assert_eq!(opener.finish(&mut out), Err(AgeError::Altered { chunk: 0 }));
        assert!(out.is_empty());
    }

    #[test]
    fn every_flipped_bit_is_refused_with_a_cause() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let keys = [key(suite, 1)];
            let file = sealed(b"hello", &keys);
            for bit in 0..file.len() * 8 {
                let mut other = file.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                let error = open(&other, &keys).unwrap_err();
                assert!(error.class() != Class::Ours, "bit {bit}: {error:?}");
            }
        }
    }

    #[test]
    fn a_large_or_crowded_header_is_refused_by_its_limit() {
        let mut large = header::start();
        header::push_stanza(&mut large, "grease", [], &vec![0; 49_200]);
        assert_eq!(open(&large, &[key(Suite::X25519, 1)]).unwrap_err(), AgeError::HeaderTooLarge);
        let mut crowd = header::start();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let file_key = draw(&mut rng).unwrap();
        let Recipient::X25519(point) = key(Suite::X25519, 1).recipient() else { unreachable!() };
        for _ in 0..1000 {
            x25519::wrap(&mut crowd, &point, &file_key, &mut rng).unwrap();
        }
        let file = Prepared::finish(crowd, &file_key, &mut rng).unwrap().seal(b"hello");
        assert_eq!(open(&file, &[key(Suite::X25519, 2)]).unwrap_err(), AgeError::TooManyReaders);
    }

    #[test]
    fn every_small_order_share_is_refused_before_anything_is_decrypted() {
        for share in super::super::recipient::small_order_points() {
            let mut front = header::start();
            header::push_stanza(&mut front, "X25519", [base64::encode(&share).as_str()], &[0; 32]);
            let file_key = FileKey::from_bytes([0; 16]);
            let file = Prepared::finish(front, &file_key, &mut ChaCha20Rng::from_seed([1; 32])).unwrap().seal(b"x");
            assert_eq!(open(&file, &[key(Suite::X25519, 1)]).unwrap_err(), AgeError::DegenerateShare);
        }
    }

    #[test]
    fn a_failing_source_of_randomness_seals_nothing() {
        struct Broken;
        impl rand_core::TryRng for Broken {
            type Error = core::fmt::Error;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                Err(core::fmt::Error)
            }
        }
        impl rand_core::TryCryptoRng for Broken {}
        let recipient = key(Suite::X25519, 1).recipient();
        assert_eq!(Prepared::new(None, &[recipient], &mut Broken).err(), Some(AgeError::Randomness));
    }
}
