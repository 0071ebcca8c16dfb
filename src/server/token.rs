//! The token that lets an owner fetch ciphertext.
//!
//! Threat: it must not show in process lists, logs or `Debug`, and guessing it byte by byte must not be possible. So it comes from
//! a file only, is kept as a digest, and digests are compared in constant time.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use segel_core::id::Digest;
use subtle::ConstantTimeEq as _;

use crate::limits::{TOKEN_CHARS, TOKEN_FILE_BYTES};

/// A token, as its digest.
#[derive(Clone)]
pub(crate) struct Token(Digest);

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(std::io::Error),
    /// There is no such file.
    #[error("no such file")]
    Missing,
    /// Not exactly one line of text.
    #[error("not one line of printable ASCII characters without spaces")]
    NotOneLine,
    /// Too short to withstand guessing.
    #[error("shorter than {TOKEN_CHARS} characters")]
    TooShort,
}

impl Token {
    /// Reads a file with one line.
    ///
    /// # Errors
    /// [`TokenError`], which never repeats the content.
    pub(crate) fn read(path: &Path) -> Result<Self, TokenError> {
        let mut text = Vec::new();
        let read = File::open(path).and_then(|file| file.take(TOKEN_FILE_BYTES).read_to_end(&mut text));
        read.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TokenError::Missing,
            _ => TokenError::Io(error),
        })?;
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        Self::parse(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Takes the token itself.
    ///
    /// # Errors
    /// [`TokenError::NotOneLine`] or [`TokenError::TooShort`].
    pub(crate) fn parse(token: &[u8]) -> Result<Self, TokenError> {
        if !token.iter().all(u8::is_ascii_graphic) {
            return Err(TokenError::NotOneLine);
        }
        if token.len() < TOKEN_CHARS {
            return Err(TokenError::TooShort);
        }
        Ok(Self(digest(token)))
    }

    /// Whether an `Authorization` header carries this token.
    #[must_use]
    pub(crate) fn admits(&self, authorization: &[u8]) -> bool {
        let offered = match authorization.split_at_checked(SCHEME.len()) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => token,
            _ => return false,
        };
        digest(offered).as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(secret)")
    }
}

fn digest(token: &[u8]) -> Digest {
    Digest::labelled("segel/v1/pull-token", &[token])
}

const SCHEME: &[u8] = b"Bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = b"0123456789abcdef";

    #[test]
    fn admits_the_token_and_nothing_near_it() {
        let token = Token::parse(TOKEN).unwrap();
        assert!(token.admits(b"Bearer 0123456789abcdef"));
        assert!(token.admits(b"bearer 0123456789abcdef"));
        for wrong in ["", "Bearer", "Bearer ", "0123456789abcdef", "Bearer 0123456789abcde", "Bearer  0123456789abcdef"]
        {
            assert!(!token.admits(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn refuses_short_empty_and_many_lined_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Token::read(&path).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read("0123456789abcdef\n"), Ok(()));
        assert_eq!(read("0123456789abcdef\r\n"), Ok(()));
        let short = String::from("shorter than 16 characters");
        let lines = String::from("not one line of printable ASCII characters without spaces");
        assert_eq!(read(""), Err(short.clone()));
        assert_eq!(read("0123456789abcde\n"), Err(short));
        assert_eq!(read("0123456789abcdef\nx"), Err(lines.clone()));
        assert_eq!(read("0123456789 abcdef"), Err(lines));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Token::parse(TOKEN).unwrap()), "Token(secret)");
    }
}
