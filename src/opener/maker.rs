//! Making an owner's key and its spare, step by step. A step is left only when what it is for was proven: the passphrase typed twice, both
//! files given back as they were saved, words read from the paper. FORMAT §3.3, §3.4.

use rand_core::TryCryptoRng as Random;
use segel_core::age::{AgeError, Suite};
use segel_core::key::{KeyFile, OwnerKey, opens_a_test_seal, write_public};
use segel_core::time::Time;
use segel_paper::{Strength, Unreadable, matches, strength, words};

/// Where the owner stands.
#[derive(Default)]
pub(crate) enum Step {
    /// Not making keys.
    #[default]
    Away,
    Passphrase(Option<Refused>),
    Working(u8),
    Saving,
    Printing,
    /// Typing from paper; whether what was typed before was wrong.
    Proving(bool),
    Ready,
    /// Typing a lost key from paper; why it was not one.
    Restoring(Option<Unreadable>),
    /// Nothing was made: there was no randomness, or what was written did not open.
    Failed,
}

/// Why a passphrase is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Differ,
    Weak,
}

/// One of the three files.
pub(crate) struct Made {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) saved: bool,
    /// Given back as it was saved; the public file need not be.
    pub(crate) returned: bool,
}

/// A word that must be typed from the paper.
pub(crate) struct Asked {
    pub(crate) spare: bool,
    /// Which, from 1.
    pub(crate) place: usize,
    word: &'static str,
}

/// Keys on their way.
#[derive(Default)]
pub(crate) struct Maker {
    pub(crate) step: Step,
    pub(crate) keys: Option<[OwnerKey; 2]>,
    pub(crate) files: Vec<Made>,
    pub(crate) asked: Vec<Asked>,
    /// The last file that was given back was none of ours.
    pub(crate) stranger: bool,
    pub(crate) made: Option<Time>,
}

impl Maker {
    /// Whether a passphrase may be used.
    pub(crate) fn check(first: &str, again: &str) -> Result<(), Refused> {
        if strength(first) == Strength::Weak {
            Err(Refused::Weak)
        } else if first != again {
            Err(Refused::Differ)
        } else {
            Ok(())
        }
    }

    /// Draws both keys; slow work begins after this.
    pub(crate) fn draw(&mut self, now: Time, rng: &mut impl Random) -> Result<(), AgeError> {
        self.keys = Some([OwnerKey::generate(Suite::Hybrid, rng)?, OwnerKey::generate(Suite::Hybrid, rng)?]);
        self.made = Some(now);
        self.files.clear();
        Ok(())
    }

    /// Locks one key's file, opens it again and lets what came out open a test seal: the spare's first, for the owner's file names it as
    /// proven. Slow on purpose. `false` if it does not open.
    pub(crate) fn lock(&mut self, passphrase: &str, work: u8, rng: &mut impl Random) -> Result<bool, AgeError> {
        let (Some([owner, spare]), Some(made)) = (&self.keys, self.made) else { return Ok(false) };
        let first = self.files.is_empty();
        let (name, key, spares) =
            if first { ("spare.key", spare, Vec::new()) } else { ("owner.key", owner, vec![spare.recipient()]) };
        let bytes = KeyFile::lock(&KeyFile::write(key, &spares, made), passphrase, work, rng)?;
        let Ok(read) = KeyFile::unlock(&bytes, passphrase) else { return Ok(false) };
        if !opens_a_test_seal(&key.recipient(), read.owner().identity(), rng)? {
            return Ok(false);
        }
        self.files.push(Made { name, bytes, saved: false, returned: false });
        if !first {
            let public = write_public(owner, &spares, made).into_bytes();
            self.files.push(Made { name: "owner.pub", bytes: public, saved: false, returned: true });
            self.files.swap(0, 1);
        }
        Ok(true)
    }

    /// Takes a file that the owner chose from where they saved it.
    pub(crate) fn give_back(&mut self, bytes: &[u8]) {
        let found = self.files.iter_mut().find(|file| file.bytes == bytes);
        self.stranger = found.is_none();
        if let Some(file) = found {
            file.saved = true;
            file.returned = true;
        }
    }

    /// Whether every file was saved, and both keys were seen where they were saved.
    pub(crate) fn is_kept(&self) -> bool {
        self.files.len() == 3 && self.files.iter().all(|file| file.saved && file.returned)
    }

    /// Chooses which words must be typed: three of each key, anew at each call.
    pub(crate) fn ask(&mut self, rng: &mut impl Random) -> Result<(), AgeError> {
        self.asked.clear();
        let Some(keys) = &self.keys else { return Ok(()) };
        for (key, spare) in keys.iter().zip([false, true]) {
            let words = words(key.identity()).unwrap_or_default();
            // One from each third, so that no two are the same.
            for third in 0..3 {
                let mut byte = [0];
                rng.try_fill_bytes(&mut byte).map_err(|_| AgeError::Randomness)?;
                let index = third * 8 + usize::from(byte[0] % 8);
                if let Some(word) = words.get(index).copied() {
                    self.asked.push(Asked { spare, place: index + 1, word });
                }
            }
        }
        Ok(())
    }

    /// Whether what was typed stands on the paper.
    pub(crate) fn prove(&self, typed: &[String]) -> bool {
        self.asked.len() == 6
            && typed.len() == 6
            && self.asked.iter().zip(typed).all(|(asked, typed)| matches(asked.word, typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{rng, time};

    fn maker() -> Maker {
        let mut maker = Maker::default();
        let mut rng = rng(3);
        maker.draw(time(), &mut rng).unwrap();
        assert!(maker.lock("kopi susu gula aren", 2, &mut rng).unwrap());
        assert!(maker.lock("kopi susu gula aren", 2, &mut rng).unwrap());
        maker
    }

    #[test]
    fn the_files_are_age_key_files_and_name_the_proven_spare() {
        let maker = maker();
        let names: Vec<&str> = maker.files.iter().map(|file| file.name).collect();
        assert_eq!(names, ["owner.key", "spare.key", "owner.pub"]);
        let [owner, spare] = maker.keys.as_ref().unwrap();
        let file = KeyFile::unlock(&maker.files[0].bytes, "kopi susu gula aren").unwrap();
        assert_eq!((file.owner().owner_id(), file.spares()), (owner.owner_id(), &[spare.recipient()][..]));
        let file = KeyFile::unlock(&maker.files[1].bytes, "kopi susu gula aren").unwrap();
        assert_eq!(file.owner().owner_id(), spare.owner_id());
        assert!(maker.files[2].bytes.starts_with(b"# segel public key"));
    }

    #[test]
    fn nothing_goes_on_before_both_keys_were_seen_where_they_were_saved() {
        let mut maker = maker();
        maker.files.iter_mut().for_each(|file| file.saved = true);
        assert!(!maker.is_kept(), "a press on a button proves nothing");
        let copies: Vec<Vec<u8>> = maker.files.iter().map(|file| file.bytes.clone()).collect();
        maker.give_back(&copies[0]);
        let mut damaged = copies[1].clone();
        damaged.pop();
        maker.give_back(&damaged);
        assert!(maker.stranger && !maker.is_kept());
        maker.give_back(&copies[1]);
        assert!(!maker.stranger && maker.is_kept());
    }

    #[test]
    fn the_paper_is_read_before_the_keys_are_called_ready() {
        let mut maker = maker();
        maker.ask(&mut rng(4)).unwrap();
        let mut typed: Vec<String> = maker.asked.iter().map(|asked| asked.word.to_owned()).collect();
        assert!(maker.prove(&typed));
        assert!(maker.asked.windows(2).all(|pair| pair[0].spare != pair[1].spare || pair[0].place < pair[1].place));
        typed[4] = String::from(if typed[4] == "zoo" { "art" } else { "zoo" });
        assert!(!maker.prove(&typed) && !maker.prove(&[]));
    }

    #[test]
    fn a_weak_passphrase_is_refused_before_two_that_differ() {
        assert_eq!(Maker::check("kopi susu gula aren", "kopi susu"), Err(Refused::Differ));
        assert_eq!(Maker::check("rahasia", "rahasia"), Err(Refused::Weak));
        assert_eq!(Maker::check("kopi susu gula aren", "kopi susu gula aren"), Ok(()));
    }
}
