//! How hard a passphrase is to guess, for whoever makes a key.

/// How long a passphrase would hold, at best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Strength {
    /// Too easy to guess; not to be used.
    Weak,
    /// It may do.
    Fair,
    /// It holds, if it was chosen at random.
    Good,
}

/// What can be said of a passphrase without knowing what its maker knows. It is an upper bound: a word list, a song or a birthday is found
/// sooner than any count of letters tells.
#[must_use]
pub fn strength(passphrase: &str) -> Strength {
    let letters: Vec<char> = passphrase.chars().collect();
    let mut kinds: Vec<char> = letters.clone();
    kinds.sort_unstable();
    kinds.dedup();
    // Each letter that continues a run or repeats an earlier pair adds next to nothing.
    let fresh = |index: &usize| {
        let pair = index.checked_sub(1).map(|before| [letters[before], letters[*index]]);
        let run = pair.is_some_and(|[one, two]| (two as i64 - one as i64).abs() <= 1);
        let again = pair.is_some_and(|pair| letters[..*index].windows(2).any(|other| other == pair));
        !run && !again
    };
    let counted = (0..letters.len()).filter(fresh).count();
    let digits_only = letters.iter().all(|letter| letter.is_ascii_digit());
    let spaces = passphrase.split_whitespace().filter(|word| word.chars().count() > 2).count();
    match (counted, kinds.len()) {
        _ if digits_only => {
            if counted >= 24 {
                Strength::Fair
            } else {
                Strength::Weak
            }
        }
        (counted, kinds) if counted >= 24 && kinds >= 10 && spaces >= 5 => Strength::Good,
        (counted, kinds) if counted >= 20 && kinds >= 12 => Strength::Good,
        (counted, kinds) if counted >= 12 && kinds >= 8 => Strength::Fair,
        _ => Strength::Weak,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_never_calls_strong_what_people_choose_first() {
        for weak in [
            "",
            "rahasia",
            "pendek",
            "password123",
            "12345678901234567890",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "abcdefghijklmnopqrstuvwxyz",
        ] {
            assert_eq!(strength(weak), Strength::Weak, "{weak}");
        }
        assert_eq!(strength("kopi susu gula aren"), Strength::Fair);
        assert_eq!(strength("vacuum orbit melon danger ridge clutch"), Strength::Good);
    }
}
