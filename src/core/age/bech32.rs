//! Bech32 (BIP 173) without its length limit, as age and we write keys. Secret keys pass through: what is copied is wiped.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

/// Encodes bytes under a prefix, in lower case.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let values = Zeroizing::new(regroup(bytes, 8, 5).0);
    let mut text = String::with_capacity(prefix.len() + values.len() + 7);
    text.push_str(prefix);
    text.push('1');
    let mut check = Checksum::new(prefix.as_bytes());
    for value in values.iter().copied() {
        check.add(value);
        text.push(char::from(ALPHABET[usize::from(value)]));
    }
    for _ in 0..6 {
        check.add(0);
    }
    let check = check.0 ^ 1;
    for place in 0..6 {
        text.push(char::from(ALPHABET[(check >> (5 * (5 - place)) & 31) as usize]));
    }
    text
}

/// Why text is not Bech32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bech32Error {
    MixedCase,
    Syntax,
    Checksum,
}

/// Prefix in lower case and bytes. Text is all lower or all upper case; bits beyond the last byte are zero.
pub(crate) fn decode(text: &str) -> Result<(String, Vec<u8>), Bech32Error> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(Bech32Error::MixedCase);
    }
    let text = Zeroizing::new(text.to_ascii_lowercase());
    let (prefix, data) = text.rsplit_once('1').ok_or(Bech32Error::Syntax)?;
    if prefix.is_empty() || data.len() < 6 || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Bech32Error::Syntax);
    }
    let mut check = Checksum::new(prefix.as_bytes());
    let mut values = Zeroizing::new(Vec::with_capacity(data.len()));
    for byte in data.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte).ok_or(Bech32Error::Syntax)? as u8;
        check.add(value);
        values.push(value);
    }
    if check.0 != 1 {
        return Err(Bech32Error::Checksum);
    }
    let (bytes, spare) = regroup(&values[..values.len() - 6], 5, 8);
    match spare {
        // At most four bits may be left over, and they must be zero.
        Some((bits, 0)) if bits < 5 => Ok((String::from(prefix), bytes)),
        _ => Err(Bech32Error::Syntax),
    }
}

/// Regroups bits. From 8 to 5 the last group is filled with zeros; from 5 to 8 what is left over is returned.
fn regroup(input: &[u8], from: u32, to: u32) -> (Vec<u8>, Option<(u32, u32)>) {
    let mut out = Vec::with_capacity(input.len() * from as usize / to as usize + 1);
    let (mut pool, mut bits) = (0_u32, 0);
    for value in input {
        pool = (pool << from | u32::from(*value)) & 0xfff;
        bits += from;
        while bits >= to {
            bits -= to;
            out.push((pool >> bits & ((1 << to) - 1)) as u8);
        }
    }
    let left = pool & ((1 << bits) - 1);
    if to == 5 {
        if bits > 0 {
            out.push((left << (5 - bits)) as u8);
        }
        return (out, None);
    }
    (out, Some((bits, left)))
}

struct Checksum(u32);

impl Checksum {
    fn new(prefix: &[u8]) -> Self {
        let mut check = Self(1);
        prefix.iter().for_each(|byte| check.add(byte >> 5));
        check.add(0);
        prefix.iter().for_each(|byte| check.add(byte & 31));
        check
    }

    fn add(&mut self, value: u8) {
        let top = self.0 >> 25;
        self.0 = (self.0 & 0x1ff_ffff) << 5 ^ u32::from(value);
        for (place, term) in GENERATOR.iter().enumerate() {
            if top >> place & 1 == 1 {
                self.0 ^= term;
            }
        }
    }
}

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_survives_the_round_trip() {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 73 + 5) as u8).collect();
            let text = encode("segel", &bytes);
            assert_eq!(decode(&text), Ok((String::from("segel"), bytes.clone())));
            assert_eq!(decode(&text.to_uppercase()), Ok((String::from("segel"), bytes)));
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = encode("age", &[7; 32]);
        for place in 4..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'q' { b'p' } else { b'q' };
            assert_eq!(decode(core::str::from_utf8(&other).unwrap()), Err(Bech32Error::Checksum));
        }
    }

    #[test]
    fn refuses_mixed_case_and_rubbish() {
        assert_eq!(decode(&encode("age", &[7; 32]).replacen('a', "A", 1)), Err(Bech32Error::MixedCase));
        for wrong in ["", "1", "age1", "age1bbbbbb", "agebio"] {
            assert_eq!(decode(wrong), Err(Bech32Error::Syntax), "{wrong}");
        }
    }
}
