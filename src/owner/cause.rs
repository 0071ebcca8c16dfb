//! What core finds wrong, in both languages. Core speaks English, for logs and programs; whoever reads a screen gets their own.

mod definition;

use segel_core::age::{AgeError, KeyError};
use segel_core::envelope::{CheckError, DecodeError, PartFault};
use segel_core::export::ExportError;
use segel_core::form::FormError;
use segel_core::key::KeyFileError;
use segel_core::open::OpenError;
use segel_core::reseal::ResealError;
use segel_core::stamp::Taken;

use crate::escape::escape;
use crate::say::{Words, words};
pub(crate) use definition::{json, misfit};

/// A cause that a person can be told.
pub(crate) trait Cause: std::fmt::Display {
    /// In Indonesian; English is what it displays.
    fn indonesian(&self) -> String;

    fn words(&self) -> Words {
        Words { id: escape(&self.indonesian()), en: escape(&self.to_string()) }
    }

    /// The same behind what it is about.
    fn at(&self, name: &str) -> Words {
        let Words { id, en } = self.words();
        words!("{name}: {id}", "{name}: {en}")
    }
}

impl Cause for ExportError {
    fn indonesian(&self) -> String {
        match self {
            Self::NotAnExport => "bukan ekspor".into(),
            Self::NewerKit => NEWER.into(),
            Self::Syntax { offset } => format!("rusak pada byte {offset}"),
            Self::Cut { after } => format!("terpotong sesudah kiriman {after}"),
            Self::Gap { after, found } => {
                format!("kiriman {found} mengikuti {after}: ada yang hilang, berulang, atau tertukar")
            }
            Self::Chain { sequence } => {
                format!("rantai putus pada kiriman {sequence}: kiriman itu atau yang sebelumnya diubah")
            }
            Self::TooLarge { sequence } => {
                format!("kiriman {sequence} lebih besar dari yang boleh menurut formulir mana pun")
            }
            Self::Resealed { sequence } => {
                format!("kiriman {sequence} disebut dikunci ulang, padahal hanya salinan milik pemilik yang boleh")
            }
            Self::TrailingBytes => TRAILING.into(),
            Self::Damaged { sequence, what: Taken::Statement } => {
                format!("pernyataan pelanggan bernomor {sequence} rusak di server")
            }
            Self::Damaged { sequence, .. } => format!("kiriman {sequence} rusak di server"),
            other => other.to_string(),
        }
    }
}

impl Cause for DecodeError {
    fn indonesian(&self) -> String {
        match self {
            Self::NotAnEnvelope => "bukan kiriman Segel".into(),
            Self::NewerKit => NEWER.into(),
            Self::Head { line } => format!("baris {line} kepala kiriman tidak sebagaimana mestinya"),
            Self::HeadTooLarge => "kepala kiriman lebih besar dari 4 KiB".into(),
            Self::TooManyParts => "lebih dari 16 bagian".into(),
            Self::PartTwice { part } => format!("bagian {part} ada dua kali"),
            Self::Truncated { missing } => format!("terpotong: kurang {missing} byte"),
            Self::TrailingBytes => TRAILING.into(),
            other => other.to_string(),
        }
    }
}

impl Cause for CheckError {
    fn indonesian(&self) -> String {
        match self {
            Self::Part { part, fault } => {
                let fault = match fault {
                    PartFault::Length => "panjangnya bukan yang disebut formulir".into(),
                    PartFault::Header(error) => error.indonesian(),
                    PartFault::Label => "labelnya tidak cocok dengan kepala kiriman".into(),
                    PartFault::Readers { expected, found } => {
                        format!("pembacanya bukan yang disebut formulir: seharusnya {expected}, ditemukan {found}")
                    }
                    other => other.to_string(),
                };
                format!("bagian {part}: {fault}")
            }
            Self::OtherForm => OTHER_FORM.into(),
            Self::Parts => PARTS.into(),
            other => other.to_string(),
        }
    }
}

impl Cause for OpenError {
    fn indonesian(&self) -> String {
        match self {
            Self::NoKey => NO_KEY.into(),
            Self::Altered(error) => format!("diubah sesudah dikunci: {}", error.indonesian()),
            Self::NotInManifest => "diubah sesudah dikunci: bukan byte yang disebut bagian utama".into(),
            Self::OtherForm => OTHER_FORM.into(),
            Self::OtherSubmission { sealed_as } => format!("milik kiriman lain, {sealed_as}"),
            Self::OtherPart { sealed_as } => {
                format!("dikunci sebagai bagian {sealed_as}, ditawarkan sebagai yang lain")
            }
            Self::Missing => "tidak ada".into(),
            Self::Decode(error) => format!("{FORMAT}: {}", error.indonesian()),
            Self::NoLabel => format!("{FORMAT}: tanpa label"),
            Self::Limit(error) => error.indonesian(),
            Self::Newer => NEWER.into(),
            _ => FORMAT.into(),
        }
    }
}

impl Cause for ResealError {
    fn indonesian(&self) -> String {
        match self {
            Self::OtherForm => "versi terbaru itu milik formulir lain".into(),
            Self::Parts => PARTS.into(),
            Self::Open { part, cause } => format!("bagian {part}: {}", cause.indonesian()),
            Self::Seal { part, cause } => format!("bagian {part}: {}", cause.indonesian()),
            Self::TooLarge => "bagian utama lebih besar dari yang boleh menurut formulir".into(),
            Self::Readers { part } => format!("bagian {part}: pembacanya bukan yang disebut versi terbaru"),
            Self::Differs { part } => format!("bagian {part}: tidak sama dengan semula"),
            other => other.to_string(),
        }
    }
}

impl Cause for FormError {
    fn indonesian(&self) -> String {
        match self {
            Self::NotAForm => "bukan formulir terbit".into(),
            Self::NewerKit => NEWER.into(),
            Self::TooLarge => "lebih besar dari 256 KiB".into(),
            Self::Head => "kepala formulir terbit rusak".into(),
            Self::Signature => "tanda tangannya tidak cocok: formulir diubah sesudah diterbitkan".into(),
            Self::OtherOwner => "diterbitkan pemilik lain".into(),
            Self::Json(error) => format!("isinya rusak pada baris {}, kolom {}", error.line(), error.column()),
            Self::Misfits(_) => "isinya bukan formulir".into(),
            other => other.to_string(),
        }
    }
}

impl Cause for KeyFileError {
    fn indonesian(&self) -> String {
        match self {
            Self::TooLarge => "lebih besar dari 64 KiB: bukan berkas kunci".into(),
            Self::TooManyKeys => "lebih dari 64 kunci dalam satu berkas".into(),
            Self::NotText => "bukan teks UTF-8: bukan berkas kunci".into(),
            Self::Line { line, cause } => format!("baris {line}: {}", cause.indonesian()),
            Self::NoKey => "tidak ada kunci dalam berkas ini".into(),
            Self::Twice { line } => format!("baris {line}: kunci yang sama dua kali"),
            Self::Locked => "terkunci dengan kata sandi".into(),
            Self::WrongPassphrase => "kata sandi salah".into(),
            Self::Age(error) => error.indonesian(),
            other => other.to_string(),
        }
    }
}

impl Cause for KeyError {
    fn indonesian(&self) -> String {
        match self {
            Self::MixedCase => "kunci dengan huruf besar dan kecil bercampur",
            Self::Checksum => "kunci dengan huruf yang salah atau kurang",
            Self::WrongLength => "panjang kunci tidak cocok dengan awalannya",
            Self::SecretWherePublic => "ini kunci rahasia; yang diminta kunci publik (age1…)",
            Self::PublicWhereSecret => "ini kunci publik; yang diminta kunci rahasia (AGE-SECRET-KEY-…)",
            Self::SmallOrder => "kunci cacat: siapa pun dapat membuka yang dikunci untuknya",
            Self::Unreduced => "kunci cacat: tidak ada yang dapat dikunci untuknya",
            _ => "bukan kunci age",
        }
        .into()
    }
}

impl Cause for AgeError {
    fn indonesian(&self) -> String {
        match self {
            Self::UnsupportedVersion => "bukan berkas age versi 1".into(),
            Self::HeaderTooLarge => "kepala berkas terlalu besar".into(),
            Self::TooManyReaders => "pembaca lebih banyak dari yang boleh".into(),
            Self::Header { offset, .. } => format!("kepala berkas tidak baku pada byte {offset}"),
            Self::Stanza { .. } => "stanza pembaca cacat".into(),
            Self::DegenerateShare => "bahan kunci cacat".into(),
            Self::NoMatch => NO_KEY.into(),
            Self::HeaderAltered => "kepala berkas diubah".into(),
            Self::NoPayload | Self::Truncated => "terpotong".into(),
            Self::Altered { chunk } => format!("diubah, di potongan {chunk}"),
            Self::TrailingBytes => TRAILING.into(),
            Self::EmptyLastChunk => "potongan terakhir kosong".into(),
            Self::WorkFactor { found, max } => format!("faktor kerja 2^{found} melebihi batas 2^{max}"),
            Self::Randomness => "tidak ada sumber acak: tidak ada yang dikunci".into(),
            other => other.to_string(),
        }
    }
}

const NEWER: &str = "dibuat versi Segel yang lebih baru";
const TRAILING: &str = "ada byte sesudah akhir";
const OTHER_FORM: &str = "dikunci untuk formulir lain";
const PARTS: &str = "bagian-bagiannya bukan yang disebut formulir";
const NO_KEY: &str = "tidak dikunci untuk kunci yang Anda beri";
const FORMAT: &str = "tidak sesuai format";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indonesian_is_never_the_english_sentence() {
        let decode = [DecodeError::NotAnEnvelope, DecodeError::HeadTooLarge, DecodeError::Truncated { missing: 3 }];
        let open =
            [OpenError::NoKey, OpenError::NotInManifest, OpenError::Missing, OpenError::NoLabel, OpenError::Newer];
        let file = [KeyFileError::WrongPassphrase, KeyFileError::Line { line: 2, cause: KeyError::NotAKey }];
        let causes = decode.iter().map(|cause| cause as &dyn Cause);
        let causes = causes.chain(open.iter().map(|cause| cause as &dyn Cause));
        for cause in causes.chain(file.iter().map(|cause| cause as &dyn Cause)) {
            let Words { id, en } = cause.words();
            assert_ne!(id, en);
            assert!(!id.is_empty());
        }
    }
}
