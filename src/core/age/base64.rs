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
    let start = out.len();
    out.resize(start + text.len() * 6 / 8, 0);
    // Whole groups first, without a branch for each letter: a post-quantum share is two thousand letters.
    let mut places = out[start..].chunks_exact_mut(3);
    let mut groups = text.chunks_exact(4);
    let mut wrong = 0;
    for (group, place) in groups.by_ref().zip(places.by_ref()) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| VALUES[usize::from(group[index])]);
        wrong |= a | b | c | d;
        place.copy_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    let rest = groups.remainder();
    let mut bits = 0_u32;
    for letter in rest {
        let value = VALUES[usize::from(*letter)];
        wrong |= value;
        bits = bits << 6 | u32::from(value);
    }
    // A last group of two or three characters ends inside a byte; the bits beyond must be zero (canonical).
    let last = places.into_remainder();
    let spare = rest.len() * 6 - last.len() * 8;
    if wrong & NONE != 0 || rest.len() == 1 || bits & ((1 << spare) - 1) != 0 {
        return None;
    }
    bits >>= spare;
    for (index, place) in last.iter_mut().rev().enumerate() {
        *place = (bits >> (8 * index)) as u8;
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

/// The six bits of each letter.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut index = 0;
    while index < 64 {
        values[ALPHABET[index] as usize] = index as u8;
        index += 1;
    }
    values
};

/// Stands for what is no letter.
const NONE: u8 = 0x80;

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
