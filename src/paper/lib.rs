//! A key on paper, and back from it: 24 words with a checksum, the key's own text in groups, and a QR code. FORMAT §3.4.
//!
//! Apart from the core because the command line and the owner's page both print it, and nobody else may need to.

mod strength;
mod words;

pub mod sheet;

pub use strength::{Strength, strength};
pub use words::{Unreadable, matches, passphrase, read, words};

use qrcode::{Color, QrCode};
use segel_core::age::Identity;
use zeroize::Zeroizing;

/// The key's own text with a space after every fourth letter, as it is printed.
#[must_use]
pub fn groups(key: &Identity) -> Zeroizing<String> {
    let text = key.to_text();
    let (prefix, data) = text.rsplit_once('1').unwrap_or(("", &text));
    let mut groups = Zeroizing::new(String::with_capacity(128));
    groups.push_str(prefix);
    groups.push('1');
    for (index, letter) in data.chars().enumerate() {
        if index % 4 == 0 {
            groups.push(' ');
        }
        groups.push(letter);
    }
    groups
}

/// A QR code as the outline of its dark modules.
pub struct Code {
    /// Width and height, a quiet edge of four modules included.
    pub size: usize,
    /// What stands in a path's `d`.
    pub path: Zeroizing<String>,
}

impl Code {
    /// The code of a key's text; `None` if there is no room, which no key reaches.
    #[must_use]
    pub fn new(key: &Identity) -> Option<Self> {
        let code = QrCode::new(key.to_text().as_bytes()).ok()?;
        let width = code.width();
        let mut path = Zeroizing::new(String::with_capacity(width * width * 12));
        for (place, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                path.push_str(&format!("M{} {}h1v1h-1z", place % width + EDGE, place / width + EDGE));
            }
        }
        Some(Self { size: width + 2 * EDGE, path })
    }
}

/// Modules around a code that stay light.
const EDGE: usize = 4;
