//! The payload of an age file: 64 KiB chunks, each sealed under its number, the last one marked. C2SP age.md, "Payload".
//!
//! Pushed through in constant memory. The opener hands out a chunk only after it verified; a caller who must not see half a
//! file (all of ours) keeps what it gets until [`Opener::finish`] agreed.

use alloc::vec::Vec;

use hkdf::Hkdf;
use segel_cipher::Cipher;
use sha2::Sha256;
use zeroize::Zeroizing;

#[cfg(feature = "open")]
use super::AgeError;
use super::file::FileKey;

/// Seals a payload piece by piece.
pub struct Sealer {
    cipher: Cipher,
    chunk: u64,
    pending: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// Starts a payload; `nonce` is random and stands in front of the chunks, where the caller writes it.
    #[must_use]
    pub fn new(file_key: &FileKey, nonce: &[u8; 16]) -> Self {
        Self { cipher: cipher(file_key, nonce), chunk: 0, pending: Zeroizing::new(Vec::new()) }
    }

    /// Seals what `data` completes and appends it to `out`.
    pub fn push(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        // A full chunk is sealed only once more data is there: until then it may be the last.
        while self.pending.len() + data.len() > CHUNK {
            let (now, later) = data.split_at(CHUNK - self.pending.len());
            let pending = core::mem::take(&mut *self.pending);
            self.seal(&pending, now, 0, out);
            let mut pending = pending;
            pending.clear();
            *self.pending = pending;
            data = later;
        }
        self.pending.extend_from_slice(data);
    }

    /// Seals the last chunk.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let pending = core::mem::take(&mut *self.pending);
        let pending = Zeroizing::new(pending);
        self.seal(&pending, &[], LAST, out);
    }

    fn seal(&mut self, first: &[u8], second: &[u8], mark: u8, out: &mut Vec<u8>) {
        let start = out.len();
        out.reserve(first.len() + second.len() + TAG);
        out.extend_from_slice(first);
        out.extend_from_slice(second);
        // The cipher refuses only messages over 256 GiB.
        if let Some(tag) = self.cipher.seal(nonce(self.chunk, mark), &mut out[start..]) {
            out.extend_from_slice(&tag);
        }
        self.chunk += 1;
    }
}

/// Opens a payload piece by piece.
#[cfg(feature = "open")]
pub struct Opener {
    cipher: Cipher,
    chunk: u64,
    pending: Vec<u8>,
    failed: Option<AgeError>,
}

#[cfg(feature = "open")]
impl Opener {
    /// Starts with the nonce that stands in front of the chunks.
    #[must_use]
    pub fn new(file_key: &FileKey, nonce: &[u8; 16]) -> Self {
        Self { cipher: cipher(file_key, nonce), chunk: 0, pending: Vec::new(), failed: None }
    }

    /// Opens what `data` completes and appends it to `out`.
    ///
    /// # Errors
    /// [`AgeError::Altered`], [`AgeError::TrailingBytes`]; `out` then holds verified chunks only, and every later call
    /// gives the same error.
    pub fn push(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), AgeError> {
        self.refuse_after_failure()?;
        // A full chunk is opened only once more data is there: until then it may be the last.
        while self.pending.len() + data.len() > CHUNK + TAG {
            let (now, later) = data.split_at(CHUNK + TAG - self.pending.len());
            let start = out.len();
            out.extend_from_slice(&self.pending);
            out.extend_from_slice(now);
            self.pending.clear();
            self.open(0, start, out)?;
            data = later;
        }
        self.pending.extend_from_slice(data);
        Ok(())
    }

    /// Opens the last chunk.
    ///
    /// # Errors
    /// [`AgeError::Truncated`], [`AgeError::EmptyLastChunk`], [`AgeError::Altered`], or what [`Opener::push`] gave.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), AgeError> {
        self.refuse_after_failure()?;
        if self.pending.len() < TAG {
            return Err(AgeError::Truncated);
        }
        if self.pending.len() == TAG && self.chunk > 0 {
            return Err(AgeError::EmptyLastChunk);
        }
        let start = out.len();
        out.append(&mut self.pending);
        self.open(LAST, start, out)
    }

    /// Opens the chunk that fills `out` from `start`; what did not verify does not stay in `out`.
    fn open(&mut self, mark: u8, start: usize, out: &mut Vec<u8>) -> Result<(), AgeError> {
        let end = out.len() - TAG;
        let tag = <[u8; TAG]>::try_from(&out[end..]).map_err(|_| AgeError::Truncated)?;
        let chunk = &mut out[start..end];
        let opened = match self.decrypt(mark, chunk, tag) {
            Ok(()) => Ok(()),
            // Under the other mark it verifies if the file was cut between chunks, or if something follows its last one.
            // The cipher checks before it touches the bytes, so they can be tried again.
            Err(error) => match (self.decrypt(mark ^ LAST, chunk, tag), mark) {
                (Ok(()), LAST) => Err(AgeError::Truncated),
                (Ok(()), _) => Err(AgeError::TrailingBytes),
                (Err(_), _) => Err(error),
            },
        };
        let whole = end - start == CHUNK;
        let verified =
            matches!((&opened, whole), (Ok(()), _) | (Err(AgeError::Truncated | AgeError::TrailingBytes), true));
        out.truncate(if verified { end } else { start });
        self.chunk += 1;
        self.failed = opened.as_ref().err().cloned();
        opened
    }

    /// A caller who goes on after a failure must not get a file with a chunk missing.
    fn refuse_after_failure(&self) -> Result<(), AgeError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn decrypt(&self, mark: u8, chunk: &mut [u8], tag: [u8; TAG]) -> Result<(), AgeError> {
        let opened = self.cipher.open(nonce(self.chunk, mark), chunk, tag);
        if opened { Ok(()) } else { Err(AgeError::Altered { chunk: self.chunk }) }
    }
}

/// payload key = HKDF(ikm = file key, salt = nonce, info = "payload")
fn cipher(file_key: &FileKey, nonce: &[u8; 16]) -> Cipher {
    let mut key = Zeroizing::new([0; 32]);
    // HKDF refuses only outputs over 255 blocks.
    let _ = Hkdf::<Sha256>::new(Some(nonce), file_key.as_bytes()).expand(b"payload", key.as_mut());
    Cipher::new(&key)
}

/// An 11-byte counter, then the mark of the last chunk.
fn nonce(chunk: u64, mark: u8) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&chunk.to_be_bytes());
    nonce[11] = mark;
    nonce
}

/// Bytes of plaintext in a chunk.
pub const CHUNK: usize = 64 * 1024;
/// Bytes that sealing adds to a chunk.
pub const TAG: usize = 16;
const LAST: u8 = 1;
