//! Base64 as age writes it: standard alphabet, no padding, one spelling. C2SP age.md, "ABNF".

use alloc::string::String;
use alloc::vec::Vec;

/// Encodes without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for place in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

/// Appends the decoded bytes; `None` for padding, another alphabet, or bits set beyond the last byte.
pub(crate) fn decode_to(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    for group in text.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = bits << 6 | u32::from(value(*byte)?);
        }
        // A last group of two or three characters ends inside a byte; the bits beyond must be zero (canonical).
        let bytes = group.len() * 6 / 8;
        let spare = group.len() * 6 - bytes * 8;
        if group.len() == 1 || bits & ((1 << spare) - 1) != 0 {
            return None;
        }
        bits >>= spare;
        for index in (0..bytes).rev() {
            out.push((bits >> (8 * index)) as u8);
        }
    }
    Some(())
}

/// Decodes exactly `N` bytes.
pub(crate) fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = Vec::with_capacity(N);
    decode_to(text.as_bytes(), &mut bytes)?;
    bytes.try_into().ok()
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode_to(text.as_bytes(), &mut out).map(|()| out)
    }

    #[test]
    fn every_length_survives_the_round_trip() {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 37 + 11) as u8).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn refuses_padding_spaces_other_alphabets_and_spare_bits() {
        for wrong in ["QQ==", "QR", "Q", "QQ ", " QQ", "Q-", "Q_", "Zm9=", "Zm9vQ"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(decode("QQ"), Some(b"A".to_vec()));
    }
}
