//! What core says of a text that is no definition.

use segel_core::json::Fault;
use segel_core::shape::MisfitCause;

use super::Cause as _;
use crate::escape::escape;
use crate::say::{Words, words};

/// Why a text is not JSON.
pub(crate) fn json(fault: Fault) -> Words {
    let id = match fault {
        Fault::Unexpected => "huruf atau tanda yang tidak pada tempatnya",
        Fault::Truncated => "teks berakhir di tengah sebuah nilai",
        Fault::TrailingBytes => "ada teks lagi setelah akhirnya",
        Fault::NotUtf8 => "bukan UTF-8",
        Fault::ByteOrderMark => "dimulai dengan tanda urutan byte",
        Fault::TooDeep => "bersarang terlalu dalam",
        Fault::DuplicateKey => "kunci yang sama dua kali",
        Fault::NotAnInteger => "bukan bilangan bulat yang dapat disimpan dengan tepat",
        Fault::LoneSurrogate => "setengah dari pasangan surrogate",
        Fault::Control => "karakter kendali yang tidak ditulis sebagai escape",
        Fault::NotCanonical => "bukan ejaan kanonis",
        _ => fault.text(),
    };
    Words { id: id.to_owned(), en: fault.text().to_owned() }
}

/// Why a definition does not fit.
pub(crate) fn misfit(cause: &MisfitCause) -> Words {
    let en = escape(&cause.to_string());
    let id = match cause {
        MisfitCause::Missing => "tidak ada".to_owned(),
        MisfitCause::UnknownKey => "kunci tidak dikenal; mungkin untuk versi yang lebih baru".to_owned(),
        MisfitCause::WrongType { wanted } | MisfitCause::NotA { what: wanted } => {
            format!("harus {}", WANTED.iter().find(|(en, _)| en == wanted).map_or(*wanted, |(_, id)| id))
        }
        MisfitCause::Empty => "tidak boleh kosong".to_owned(),
        MisfitCause::TooLong { max } => format!("lebih panjang dari {max} byte"),
        MisfitCause::TooMany { max } => format!("lebih dari {max}"),
        MisfitCause::OutOfRange { min, max } => format!("harus dari {min} sampai {max}"),
        MisfitCause::NotOneOf { known } => format!("harus salah satu dari: {known}"),
        MisfitCause::Hidden { offset, code } => {
            format!("memuat karakter tersembunyi atau kendali U+{code:04X} pada byte {offset}")
        }
        MisfitCause::Duplicate => "sudah dipakai".to_owned(),
        MisfitCause::UnknownReference => "menyebut yang tidak ada di formulir ini".to_owned(),
        MisfitCause::Reserved => "nama yang dipakai Segel sendiri".to_owned(),
        MisfitCause::UnknownLanguage => "bukan bahasa formulir ini".to_owned(),
        MisfitCause::NoWording => "belum ada kalimat pemberitahuannya; pakai id dan en".to_owned(),
        MisfitCause::NoContact => "perlu salah satu dari email, phone, whatsapp".to_owned(),
        MisfitCause::NoRequiredPurpose => "perlu paling sedikit satu tujuan wajib".to_owned(),
        MisfitCause::OptionalWithoutConsent => "tujuan pilihan perlu dasar consent".to_owned(),
        MisfitCause::RequiredForOptional => "wajib, tetapi tidak melayani tujuan wajib".to_owned(),
        MisfitCause::NeedsLegalGround => {
            "hanya boleh ditanyakan bila hukum memintanya: salah satu tujuannya perlu dasar legal".to_owned()
        }
        MisfitCause::NoGuardian => {
            "perlu nama wajib dan nomor atau e-mail wajib dengan \"of\": \"guardian\"".to_owned()
        }
        MisfitCause::GuardianOnly => "hanya ada dalam formulir dengan \"children\": \"guardian\"".to_owned(),
        MisfitCause::RequiredForAdults => {
            "wajib dan hanya untuk orang dewasa, padahal wali boleh mengisi untuk anak".to_owned()
        }
        MisfitCause::Key(error) => error.indonesian(),
        MisfitCause::MixedSuites => "dari jenis kunci lain; satu formulir tidak pernah mencampurnya".to_owned(),
        MisfitCause::PartsDiffer => "tidak mengikuti isian formulir".to_owned(),
        MisfitCause::PartTooLarge => "jawaban satu bagian dapat melebihi 64 KiB; turunkan beberapa `max`".to_owned(),
        _ => return words!("{en}", "{en}"),
    };
    Words { id, en }
}

/// What the grammar wants, as the core says it.
const WANTED: [(&str, &str); 17] = [
    ("an object", "sebuah objek"),
    ("a list", "sebuah daftar"),
    ("a string", "sebuah teks"),
    ("true or false", "true atau false"),
    ("a whole number", "bilangan bulat"),
    ("an object with a text for each language", "objek dengan satu teks untuk tiap bahasa"),
    ("a form definition", "definisi formulir"),
    ("a name like daftar: small letters, digits, -", "nama seperti daftar: huruf kecil, angka, -"),
    (
        "an id like tanggal_lahir: small letters, digits, _, at most 32",
        "id seperti tanggal_lahir: huruf kecil, angka, _, paling banyak 32",
    ),
    ("two small letters like id", "dua huruf kecil seperti id"),
    ("a country as two capital letters like ID", "negara dengan dua huruf besar seperti ID"),
    ("an https address without user name", "alamat https tanpa nama pengguna"),
    ("an https address or a path that begins with one /", "alamat https atau jalur yang dimulai dengan satu /"),
    ("a media type like image/jpeg", "jenis berkas seperti image/jpeg"),
    ("a term like Marketing", "istilah seperti Marketing"),
    ("a duration with one unit like P2Y, P18M or P90D", "lama waktu dengan satu satuan seperti P2Y, P18M, atau P90D"),
    ("a time like 2026-11-23T03:12:46Z", "waktu seperti 2026-11-23T03:12:46Z"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use segel_core::Definition;
    use segel_core::definition::DefinitionError;

    #[test]
    fn what_the_grammar_wants_is_said_in_indonesian_too() {
        let text = br#"{"segel": 1, "name": "A", "languages": ["ID"], "controller": [], "storage": {"country": "id", "backup_days": "x"},
            "purposes": {}, "fields": [{"id": "A", "required": 1, "kind": "file", "accept": ["x"]}], "rights": {"url": "http://x"},
            "endpoint": "x", "title": 1}"#;
        let Err(DefinitionError::Misfits(misfits)) = Definition::parse(text) else { panic!("misfits are wanted") };
        let causes: Vec<&MisfitCause> = misfits.iter().map(|misfit| misfit.cause()).collect();
        let wanted = |cause: &&&MisfitCause| matches!(cause, MisfitCause::WrongType { .. } | MisfitCause::NotA { .. });
        assert!(causes.iter().filter(wanted).count() >= 10, "{causes:?}");
        for cause in causes {
            let words = misfit(cause);
            assert_ne!(words.id, words.en);
            if let MisfitCause::WrongType { wanted } | MisfitCause::NotA { what: wanted } = cause {
                assert!(!words.id.ends_with(wanted), "{}", words.id);
            }
        }
    }
}
