//! Words for a key, by the list and checksum of BIP 39: hardware and paper have proven them, and a mistyped word is noticed. FORMAT §3.4.

use bip39::{Language, Mnemonic};
use segel_core::age::{AgeError, Identity, KeyError, Suite};
use zeroize::Zeroizing;

/// The 24 words of a hybrid key. A classic key has none: the words would not say which kind they are.
#[must_use]
pub fn words(key: &Identity) -> Option<Vec<&'static str>> {
    if key.suite() != Suite::Hybrid {
        return None;
    }
    Mnemonic::from_entropy_in(Language::English, key.secret()).ok().map(|words| words.words().collect())
}

/// Why typed text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Another number of words.
    #[error("24 words are needed, {found} are here")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A word that is not in the list.
    #[error("word {place} is not in the list")]
    Unknown {
        /// Which, from 1.
        place: usize,
    },
    /// Every word is in the list, but they do not belong together.
    #[error("a word is wrong or in another place: the checksum does not fit")]
    Checksum,
    /// It looks like a key's own text, and is none.
    #[error("{0}")]
    Key(KeyError),
}

/// The key that was typed from a sheet: 24 words, of which four letters suffice and numbers between them do not matter, or the key's own
/// text, whatever its spaces and capitals.
///
/// # Errors
/// [`Unreadable`], which names a place and never a word.
pub fn read(text: &str) -> Result<Identity, Unreadable> {
    let dense: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect::<String>().to_ascii_uppercase());
    if dense.starts_with("AGE") && dense.contains('-') {
        return Identity::parse(&dense).map_err(Unreadable::Key);
    }
    let typed = Zeroizing::new(text.to_lowercase());
    let typed: Vec<&str> =
        typed.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    if typed.len() != COUNT {
        return Err(Unreadable::Count { found: typed.len() });
    }
    let mut whole = Zeroizing::new(String::with_capacity(256));
    for (index, word) in typed.iter().enumerate() {
        let found = find(word).ok_or(Unreadable::Unknown { place: index + 1 })?;
        if index > 0 {
            whole.push(' ');
        }
        whole.push_str(found);
    }
    let words = Mnemonic::parse_in_normalized(Language::English, &whole).map_err(|_| Unreadable::Checksum)?;
    let (entropy, length) = words.to_entropy_array();
    let entropy = Zeroizing::new(entropy);
    let mut secret = Zeroizing::new([0; 32]);
    if length != secret.len() {
        return Err(Unreadable::Checksum);
    }
    secret.copy_from_slice(&entropy[..length]);
    Ok(Identity::from_bytes(Suite::Hybrid, secret))
}

/// Whether a person typed that word of a sheet.
#[must_use]
pub fn matches(word: &str, typed: &str) -> bool {
    find(&typed.trim().to_lowercase()) == Some(word)
}

/// Six words drawn from the list: 66 bits, and easy to write down.
///
/// # Errors
/// [`AgeError::Randomness`] if the source fails.
pub fn passphrase(rng: &mut impl rand_core::TryCryptoRng) -> Result<Zeroizing<String>, AgeError> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    for nth in 0..6 {
        let mut bytes = [0; 2];
        rng.try_fill_bytes(&mut bytes).map_err(|_| AgeError::Randomness)?;
        if nth > 0 {
            text.push(' ');
        }
        // 2048 divides 65536, so every word is as likely as the others.
        text.push_str(Language::English.word_list()[usize::from(u16::from_be_bytes(bytes)) % 2048]);
    }
    Ok(text)
}

/// A word of the list by its name or its first four letters, which no two share.
fn find(typed: &str) -> Option<&'static str> {
    let list = Language::English.word_list();
    let exact = list.iter().find(|word| **word == typed);
    let start = || list.iter().find(|word| typed.len() >= 4 && word.starts_with(typed));
    exact.or_else(start).copied()
}

const COUNT: usize = 24;

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn key(byte: u8) -> Identity {
        Identity::from_bytes(Suite::Hybrid, Zeroizing::new([byte; 32]))
    }

    #[test]
    fn the_words_are_those_of_the_public_vectors() {
        let cases: [(u8, &str, &str); 3] = [(0, "abandon", "art"), (0x80, "letter", "bless"), (0xff, "zoo", "vote")];
        for (byte, first, last) in cases {
            let words = words(&key(byte)).unwrap();
            assert_eq!((words.len(), words[0], words[23]), (24, first, last), "{words:?}");
        }
        assert_eq!(words(&Identity::from_bytes(Suite::X25519, Zeroizing::new([1; 32]))), None);
    }

    #[test]
    fn what_is_typed_from_paper_is_the_key_again() {
        let key = Identity::generate(Suite::Hybrid, &mut ChaCha20Rng::from_seed([7; 32])).unwrap();
        let words = words(&key).unwrap();
        let numbered: Vec<String> =
            words.iter().enumerate().map(|(index, word)| format!("{}. {word}", index + 1)).collect();
        let short: Vec<&str> = words.iter().map(|word| &word[..word.len().min(4)]).collect();
        let texts =
            [words.join(" "), numbered.join("\n").to_uppercase(), short.join("  "), crate::groups(&key).to_lowercase()];
        for text in texts {
            assert_eq!(read(&text).unwrap().recipient(), key.recipient());
        }
    }

    #[test]
    fn a_mistake_is_named_by_its_place() {
        let words = words(&key(0x55)).unwrap();
        let changed = |place: usize, word: &'static str| {
            let mut words = words.clone();
            words[place] = word;
            read(&words.join(" ")).unwrap_err()
        };
        assert_eq!(changed(6, "rumah"), Unreadable::Unknown { place: 7 });
        assert_eq!(changed(0, if words[0] == "zoo" { "art" } else { "zoo" }), Unreadable::Checksum);
        assert_eq!(read("zoo zoo").unwrap_err(), Unreadable::Count { found: 2 });
        assert!(matches!(read("AGE-SECRET-KEY-PQ-1 QQQQ").unwrap_err(), Unreadable::Key(_)));
        assert!(matches("abandon", " ABAN ") && !matches("abandon", "aba") && !matches("abandon", "ability"));
    }

    #[test]
    fn a_drawn_passphrase_has_six_words_of_the_list() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let (one, two) = (passphrase(&mut rng).unwrap(), passphrase(&mut rng).unwrap());
        assert_eq!(one.split(' ').filter(|word| find(word) == Some(word)).count(), 6);
        assert_ne!(one, two);
    }
}
