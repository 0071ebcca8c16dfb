//! What is wrong with a sealed submission, an export, a published form or a key file.

use segel_core::age::AgeError;
use segel_core::envelope::{CheckError, DecodeError, PartFault};
use segel_core::export::ExportError;
use segel_core::form::FormError;
use segel_core::key::KeyFileError;
use segel_core::open::OpenError;
use segel_core::reseal::ResealError;

use super::{Cause, json, key};
use crate::escape::escape;
use crate::say::Words;

impl Cause for AgeError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::UnsupportedVersion => "bukan berkas age versi 1".to_owned(),
            Self::HeaderTooLarge => "kepala berkas terlalu besar".to_owned(),
            Self::TooManyReaders => "lebih banyak pembaca daripada yang boleh disebut formulir".to_owned(),
            Self::Header { offset, what } => format!("kepala berkas bukan ejaan kanonis: {what} pada byte {offset}"),
            Self::Stanza { what } => format!("baris pembaca rusak: {what}"),
            Self::DegenerateShare => "bagian kunci rusak".to_owned(),
            Self::NoMatch => NO_KEY.to_owned(),
            Self::HeaderAltered => "kepala berkas diubah setelah disegel".to_owned(),
            Self::NoPayload => "terpotong sebelum isinya".to_owned(),
            Self::Truncated => "terpotong".to_owned(),
            Self::Altered { chunk } => format!("diubah setelah disegel, di potongan {chunk}"),
            Self::TrailingBytes => TRAILING.to_owned(),
            Self::EmptyLastChunk => "potongan terakhir kosong".to_owned(),
            Self::WorkFactor { found, max } => format!("kerja membuka 2^{found} melebihi batas 2^{max}"),
            Self::Randomness => "tidak ada angka acak: tidak ada yang disegel".to_owned(),
            _ => return None,
        })
    }
}

impl Cause for DecodeError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::NotAnEnvelope => "bukan kiriman terkunci".to_owned(),
            Self::NewerKit => NEWER.to_owned(),
            Self::Head { line } => format!("baris {line} di kepala kiriman rusak"),
            Self::HeadTooLarge => "kepala kiriman lebih besar dari 4 KiB".to_owned(),
            Self::TooManyParts => "lebih dari 16 bagian".to_owned(),
            Self::PartTwice { part } => format!("bagian {part} ada dua kali"),
            Self::Truncated { missing } => format!("terpotong: kurang {missing} byte"),
            Self::TrailingBytes => TRAILING.to_owned(),
            _ => return None,
        })
    }
}

impl Cause for CheckError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::OtherForm => OTHER_FORM.to_owned(),
            Self::Parts => "bagiannya bukan bagian formulir ini menurut urutannya".to_owned(),
            Self::Part { part, fault } => format!("bagian {part}: {}", fault.words().id),
            _ => return None,
        })
    }
}

impl Cause for PartFault {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::Length => "panjangnya bukan yang disebut formulir".to_owned(),
            Self::Header(error) => error.words().id,
            Self::Label => "labelnya tidak cocok dengan kepala kiriman".to_owned(),
            Self::Readers { expected, found } => {
                format!("pembacanya bukan yang disebut formulir: seharusnya {expected}, ada {found}")
            }
            _ => return None,
        })
    }
}

impl Cause for OpenError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::NoKey => NO_KEY.to_owned(),
            Self::Altered(error) => format!("diubah setelah disegel: {}", error.words().id),
            Self::NotInManifest => "diubah setelah disegel: bukan byte yang disebut bagian utama".to_owned(),
            Self::OtherForm => OTHER_FORM.to_owned(),
            Self::OtherSubmission { sealed_as } => format!("milik kiriman lain, {sealed_as}"),
            Self::OtherPart { sealed_as } => {
                format!("disegel sebagai bagian {sealed_as}, disodorkan sebagai bagian lain")
            }
            Self::Missing => "tidak ada".to_owned(),
            Self::Decode(error) => format!("{FORMAT}: {}", error.words().id),
            Self::NoLabel => format!("{FORMAT}: tanpa label"),
            Self::Json(fault) => format!("{FORMAT}: {}", json(*fault).id),
            Self::Content { what } => {
                let known = CONTENT.iter().find(|(english, _)| english == what);
                format!("{FORMAT}: {}", known.map_or(*what, |(_, indonesian)| indonesian))
            }
            Self::Limit(error) => error.words().id,
            Self::Newer => NEWER.to_owned(),
            _ => return None,
        })
    }
}

impl Cause for ExportError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::NotAnExport => "bukan ekspor".to_owned(),
            Self::NewerKit => NEWER.to_owned(),
            Self::Syntax { offset } => format!("rusak pada byte {offset}"),
            Self::Cut { after } => format!("terpotong setelah kiriman {after}"),
            Self::Gap { after, found } => {
                format!("kiriman {found} menyusul {after}: ada yang hilang, berulang, atau tertukar")
            }
            Self::Chain { sequence } => {
                format!("rantai putus pada kiriman {sequence}: itu atau yang sebelumnya diubah")
            }
            Self::TooLarge { sequence } => {
                format!("kiriman {sequence} lebih besar dari yang diizinkan formulir mana pun")
            }
            Self::TrailingBytes => TRAILING.to_owned(),
            _ => return None,
        })
    }
}

impl Cause for FormError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::NotAForm => "bukan formulir terbit".to_owned(),
            Self::NewerKit => NEWER.to_owned(),
            Self::TooLarge => "lebih besar dari 256 KiB".to_owned(),
            Self::Head => "kepala formulir terbit rusak".to_owned(),
            Self::Signature => "tanda tangannya tidak cocok: formulir diubah setelah diterbitkan".to_owned(),
            Self::OtherOwner => "diterbitkan pemilik lain, bukan yang disebut halaman ini".to_owned(),
            Self::Json(error) => {
                format!("isinya rusak: {} ({}:{})", json(error.fault()).id, error.line(), error.column())
            }
            Self::Misfits(_) => "isinya bukan formulir".to_owned(),
            _ => return None,
        })
    }
}

impl Cause for KeyFileError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::TooLarge => "lebih besar dari 64 KiB: bukan berkas kunci".to_owned(),
            Self::TooManyKeys => "lebih dari 64 kunci dalam satu berkas".to_owned(),
            Self::NotText => "bukan teks UTF-8: bukan berkas kunci".to_owned(),
            Self::Line { line, cause } => format!("baris {line}: {}", key(*cause).id),
            Self::NoKey => "tidak ada kunci dalam berkas ini".to_owned(),
            Self::Twice { line } => format!("baris {line}: kunci yang sama dua kali"),
            Self::Locked => "terkunci dengan kata sandi".to_owned(),
            Self::WrongPassphrase => "kata sandi salah".to_owned(),
            Self::Age(error) => error.words().id,
            _ => return None,
        })
    }
}

impl Cause for ResealError {
    fn indonesian(&self) -> Option<String> {
        Some(match self {
            Self::OtherForm => "versi yang lebih baru itu dari formulir lain".to_owned(),
            Self::Parts => "bagiannya bukan bagian formulirnya".to_owned(),
            Self::Open { part, cause } => format!("bagian {part}: {}", cause.words().id),
            Self::Seal { part, cause } => format!("bagian {part}: {}", cause.words().id),
            Self::TooLarge => "bagian utama lebih besar dari yang diizinkan formulir".to_owned(),
            Self::Readers { part } => format!("bagian {part}: bukan pembaca yang disebut versi yang lebih baru"),
            Self::Differs { part } => format!("bagian {part}: bukan isi yang semula"),
            _ => return None,
        })
    }
}

/// Words for what came from a stranger: nothing in them reaches a terminal raw.
pub(crate) fn shown(cause: &impl Cause) -> Words {
    let words = cause.words();
    Words { id: escape(&words.id), en: escape(&words.en) }
}

const NO_KEY: &str = "bukan untuk kunci yang Anda beri";
const OTHER_FORM: &str = "disegel untuk formulir lain";
const NEWER: &str = "dibuat oleh kit yang lebih baru";
const TRAILING: &str = "ada byte lagi setelah akhirnya";
const FORMAT: &str = "tidak sesuai format";

/// What the core finds in an opened part.
const CONTENT: [(&str, &str); 12] = [
    ("a file of another length", "berkas dengan panjang lain"),
    ("the receipt key differs from the head's", "kunci bukti berbeda dari yang di kepala kiriman"),
    ("the time of sealing", "waktu penyegelan"),
    ("no consent record", "tanpa catatan persetujuan"),
    ("a consent record that this form cannot give", "catatan persetujuan yang tidak mungkin dari formulir ini"),
    ("the manifest is not one of this form", "daftar isinya bukan dari formulir ini"),
    ("not padded to the form's size", "tidak diisi sampai ukuran formulir"),
    ("no answers", "tanpa jawaban"),
    ("an answer that does not belong to this part", "jawaban yang bukan milik bagian ini"),
    ("an answer to what was not asked under these choices", "jawaban atas yang tidak ditanyakan menurut pilihannya"),
    ("an answer that the form would not have taken", "jawaban yang tidak akan diterima formulir"),
    ("unknown or missing keys", "kunci tak dikenal atau kurang"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_said_in_both_languages() {
        let causes: [&dyn Cause; 10] = [
            &AgeError::Altered { chunk: 3 },
            &DecodeError::Truncated { missing: 7 },
            &CheckError::OtherForm,
            &PartFault::Header(AgeError::Truncated),
            &OpenError::Altered(AgeError::HeaderAltered),
            &OpenError::Content { what: "no answers" },
            &ExportError::Gap { after: 1, found: 3 },
            &FormError::Signature,
            &ResealError::TooLarge,
            &KeyFileError::Line { line: 2, cause: segel_core::age::KeyError::Checksum },
        ];
        for cause in causes {
            let words = cause.words();
            assert!(cause.indonesian().is_some() && words.id != words.en, "{}", words.en);
        }
        assert_eq!(
            OpenError::Altered(AgeError::HeaderAltered).words().id,
            "diubah setelah disegel: kepala berkas diubah setelah disegel"
        );
    }
}
