//! Makes an input from good ones, the same for the same number.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// One input on its way.
pub(crate) struct Mutator(ChaCha20Rng);

impl Mutator {
    pub(crate) fn new(number: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(number))
    }

    /// A seed with up to four changes, seldom none.
    pub(crate) fn input(&mut self, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..self.below(5) {
            self.change(&mut input, seeds, words);
        }
        input.truncate(MOST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(64)).min(input.len());
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = ODD[self.below(ODD.len())],
            2 => drop(input.drain(at..end)),
            3 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            4 => input.truncate(at),
            5 => drop(input.splice(at..at, words[self.below(words.len())].bytes().collect::<Vec<_>>())),
            6 => {
                // a piece of another one, over as many bytes
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                let piece = other[from..(from + (end - at)).min(other.len())].to_vec();
                input.splice(at..(at + piece.len()).min(input.len()), piece);
            }
            7 => self.number(input),
            _ => self.word(input, words),
        }
    }

    /// A digit becomes another.
    fn number(&mut self, input: &mut [u8]) {
        let digits: Vec<usize> = (0..input.len()).filter(|at| input[*at].is_ascii_digit()).collect();
        if !digits.is_empty() {
            input[digits[self.below(digits.len())]] = b'0' + self.below(10) as u8;
        }
    }

    /// A word that stands there becomes another.
    fn word(&mut self, input: &mut Vec<u8>, words: &[&str]) {
        let (old, new) = (words[self.below(words.len())], words[self.below(words.len())]);
        let found = input.windows(old.len().max(1)).position(|window| window == old.as_bytes());
        if let Some(at) = found {
            input.splice(at..at + old.len(), new.bytes());
        }
    }

    fn below(&mut self, count: usize) -> usize {
        (self.0.next_u64() % count.max(1) as u64) as usize
    }
}

const ODD: &[u8] =
    &[0, 9, 10, 13, 27, 32, 34, 39, 44, 45, 47, 58, 61, 92, 123, 125, 127, 128, 0xbf, 0xc0, 0xe2, 0xef, 0xf4, 0xff];
const MOST: usize = 512 * 1024;
