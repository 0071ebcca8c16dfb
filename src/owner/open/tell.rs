//! What is strange about a submission, and why one is left out, in words for a person.

use segel_core::id::FormDigest;
use segel_core::open::Flag;
use segel_core::table::LeftOut;

use crate::say::{Say, Words, words};

pub(super) fn flags(say: &mut Say, sequence: u64, flags: &[Flag]) {
    for flag in flags {
        let Some(Words { id, en }) = flag_words(flag) else { continue };
        say.note(words!("kiriman {sequence}: {id}", "submission {sequence}: {en}"));
    }
}

/// How many, and for which reason.
pub(super) fn left_out(say: &mut Say, reason: LeftOut, count: u64) {
    let Words { id, en } = self::reason(reason);
    say.note(words!("  {count} {id}", "  {count} {en}"));
}

/// Why submissions are left out, to follow their number.
pub(super) fn reason(reason: LeftOut) -> Words {
    match reason {
        LeftOut::Refused => words!("menolak tujuan ini", "refused this purpose"),
        LeftOut::NotAnswered => words!("tidak menjawab", "did not answer"),
        LeftOut::ConsentExpired => words!("persetujuannya sudah habis masa", "whose consent is over"),
        LeftOut::RetentionOver => words!("sudah waktunya dihapus", "due for deletion"),
        LeftOut::NoSuchPurpose => {
            words!("formulirnya tidak punya tujuan ini", "whose form does not have this purpose")
        }
        LeftOut::Withdrawn => words!("menarik persetujuannya", "withdrew this consent"),
        LeftOut::DeletionRequested => words!(
            "minta dihapus: hapus juga salinan dan catatan Anda",
            "asked for deletion: delete your copies and notes too"
        ),
        _ => words!("tidak boleh dipakai", "may not be used"),
    }
}

/// Sealed for a form that was not given.
pub(crate) fn unknown_form(digest: FormDigest) -> Words {
    words!(
        "dikunci untuk formulir atau versi lain, {digest}; beri dengan --form",
        "sealed for another form or version, {digest}; give it with --form"
    )
}

fn flag_words(flag: &Flag) -> Option<Words> {
    Some(match flag {
        Flag::Readers { part, expected, found } => words!(
            "bagian {part} punya {found} pembaca, bukan {expected}",
            "part {part} has {found} readers, not {expected}"
        ),
        Flag::NotQuantumSafe { part } => {
            words!("satu pembaca bagian {part} tidak aman-kuantum", "one reader of part {part} is not quantum-safe")
        }
        Flag::Unanswered { field } => {
            words!("jawaban wajib {field} tidak ada", "the required answer {field} is missing")
        }
        Flag::Reordered => words!("bagian-bagian tidak berurutan", "the parts stand in another order"),
        Flag::UnknownPart { part } => words!("bagian {part} tidak dikenal formulir", "part {part} is not the form's"),
        Flag::FormOver { received, until } => words!(
            "diterima {received}, padahal formulirnya berlaku sampai {until}",
            "received {received}, though its form was valid until {until}"
        ),
        Flag::FormReplaced { received, since } => words!(
            "diterima {received}, padahal versi baru formulirnya berlaku sejak {since}",
            "received {received}, though a later version of its form was valid since {since}"
        ),
        Flag::ClockUnlikely { sealed, received } => words!(
            "jam perangkat janggal: dikunci {sealed}, diterima {received}",
            "device clock unlikely: sealed {sealed}, received {received}"
        ),
        _ => return None,
    })
}
