//! The printable recovery sheet: what `segel-paper` draws, or why not.

use segel_core::key::OwnerKey;
use segel_core::time::Time;
use zeroize::Zeroizing;

use crate::say::{Failure, words};

/// The sheet as one HTML file without scripts, in both languages.
pub(crate) fn write(owner: &OwnerKey, spare: Option<&OwnerKey>, made: Time) -> Result<Zeroizing<String>, Failure> {
    segel_paper::sheet::html(owner, spare, made)
        .ok_or_else(|| Failure::new(words!("kode QR tidak muat", "the QR code has no room")))
}
