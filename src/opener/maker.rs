//! Making an owner's key and its spare, step by step. A step is left only when what it is for was proven: the passphrase typed twice, both
//! files given back as they were saved, words read from the paper. FORMAT §3.3, §3.4.

use rand_core::TryCryptoRng as Random;
use segel_core::age::{AgeError, Suite};
use segel_core::key::{KeyFile, OwnerKey, opens_a_test_seal, write_public};
use segel_core::time::Time;
use segel_paper::{Strength, Unreadable, matches, strength, words};
use zeroize::Zeroizing;

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
    /// It is back, and on paper only.
    Restored,
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
    /// The owner's and its spare; one alone came back from paper.
    pub(crate) keys: Vec<OwnerKey>,
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

    /// Draws both keys, unless one came back from paper; slow work begins after this.
    pub(crate) fn begin(&mut self, now: Time, rng: &mut impl Random) -> Result<(), AgeError> {
        if self.keys.is_empty() {
            self.keys = vec![OwnerKey::generate(Suite::Hybrid, rng)?, OwnerKey::generate(Suite::Hybrid, rng)?];
        }
        self.made = Some(now);
        self.files.clear();
        Ok(())
    }

    /// Whether the key came back from paper.
    pub(crate) const fn is_restored(&self) -> bool {
        self.keys.len() == 1
    }

    /// The text of the file that is locked next: the spare's first, for the owner's file names it as proven.
    pub(crate) fn text(&self) -> Option<Zeroizing<String>> {
        Some(match (&self.keys[..], self.files.len()) {
            ([key] | [_, key], 0) => KeyFile::write(key, &[], self.made?),
            ([owner, spare], 1) => KeyFile::write(owner, &[spare.recipient()], self.made?),
            _ => return None,
        })
    }

    /// Takes the locked file of that text.
    pub(crate) fn keep(&mut self, bytes: Vec<u8>) {
        let name = match (self.is_restored(), self.files.is_empty()) {
            (true, _) => "restored.key",
            (false, true) => "spare.key",
            (false, false) => "owner.key",
        };
        self.files.push(Made { name, bytes, saved: false, returned: false });
        if let ([owner, spare], 2, Some(made)) = (&self.keys[..], self.files.len(), self.made) {
            let public = write_public(owner, &[spare.recipient()], made).into_bytes();
            self.files.push(Made { name: "owner.pub", bytes: public, saved: false, returned: true });
            self.files.swap(0, 1);
        }
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
        self.made.is_some() && self.text().is_none() && self.files.iter().all(|file| file.saved && file.returned)
    }

    /// Chooses which words must be typed: three of each key, anew at each call.
    pub(crate) fn ask(&mut self, rng: &mut impl Random) -> Result<(), AgeError> {
        self.asked.clear();
        for (key, spare) in self.keys.iter().zip([false, true]) {
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

/// A key file under a passphrase, proven: it was opened again, and what came out opened a test seal. Slow on purpose; `None` if it does not
/// open or there is no randomness.
pub(crate) fn locked(text: &str, passphrase: &str, work: u8, rng: &mut impl Random) -> Option<Vec<u8>> {
    let key = KeyFile::parse(text.as_bytes()).ok()?.owner();
    let bytes = KeyFile::lock(text, passphrase, work, rng).ok()?;
    let read = KeyFile::unlock(&bytes, passphrase).ok()?;
    opens_a_test_seal(&key.recipient(), read.owner().identity(), rng).ok()?.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{rng, time};

    fn maker() -> Maker {
        let mut maker = Maker::default();
        let mut rng = rng(3);
        maker.begin(time(), &mut rng).unwrap();
        lock(&mut maker);
        maker
    }

    fn lock(maker: &mut Maker) {
        while let Some(text) = maker.text() {
            assert!(!maker.is_kept());
            maker.keep(locked(&text, "kopi susu gula aren", 2, &mut rng(4)).unwrap());
        }
    }

    #[test]
    fn the_files_are_age_key_files_and_name_the_proven_spare() {
        let maker = maker();
        let names: Vec<&str> = maker.files.iter().map(|file| file.name).collect();
        assert_eq!(names, ["owner.key", "spare.key", "owner.pub"]);
        let [owner, spare] = &maker.keys[..] else { panic!() };
        let file = KeyFile::unlock(&maker.files[0].bytes, "kopi susu gula aren").unwrap();
        assert_eq!((file.owner().owner_id(), file.spares()), (owner.owner_id(), &[spare.recipient()][..]));
        let file = KeyFile::unlock(&maker.files[1].bytes, "kopi susu gula aren").unwrap();
        assert_eq!(file.owner().owner_id(), spare.owner_id());
        assert!(maker.files[2].bytes.starts_with(b"# segel public key"));
    }

    #[test]
    fn a_key_from_paper_gets_a_file_of_its_own_and_no_other_key_is_drawn() {
        let key = OwnerKey::generate(Suite::X25519, &mut rng(5)).unwrap();
        let mut maker = Maker { keys: vec![OwnerKey::new(key.identity().clone())], ..Maker::default() };
        maker.begin(time(), &mut rng(6)).unwrap();
        assert!(maker.is_restored());
        lock(&mut maker);
        let [file] = &maker.files[..] else { panic!() };
        assert_eq!(file.name, "restored.key");
        let read = KeyFile::unlock(&file.bytes, "kopi susu gula aren").unwrap();
        assert_eq!((read.owner().owner_id(), read.spares()), (key.owner_id(), &[][..]));
        let copy = file.bytes.clone();
        assert!(!maker.is_kept());
        maker.give_back(&copy);
        assert!(maker.is_kept());
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
