//! The command line itself in the language of whoever types it: help, and what is wrong with what was typed. Clap speaks English; the
//! definitions in `args` stay the only ones.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, FromArgMatches as _};

use crate::args::{Args, Lang};
use crate::escape::escape;
use crate::say::{Failure, locale, words};

/// What was typed, or why it cannot be understood.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut matches = command(language(&arguments)).try_get_matches_from(arguments)?;
    Args::from_arg_matches_mut(&mut matches)
}

/// The language asked for, before anything else is understood.
pub(crate) fn language(arguments: &[OsString]) -> Lang {
    let mut words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(value) => value.strip_prefix('=').map(|value| value.to_owned().into()),
            None => None,
        };
        match value.as_deref() {
            Some("id") => return Lang::Id,
            Some("en") => return Lang::En,
            _ => {}
        }
    }
    locale()
}

fn command(lang: Lang) -> Command {
    let mut command = Args::command();
    match lang {
        Lang::En => command,
        Lang::Id => {
            command.build();
            translated(command)
        }
    }
}

/// A usage error as one of ours; `None` for what clap says well, or in English.
pub(crate) fn failure(lang: Lang, error: &clap::Error) -> Option<Failure> {
    if lang == Lang::En || !error.use_stderr() {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => escape(text),
        Some(ContextValue::Strings(texts)) => escape(&texts.join(", ")),
        Some(ContextValue::StyledStr(text)) => escape(&text.to_string()),
        _ => String::new(),
    };
    let (argument, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let cause = match error.kind() {
        ErrorKind::UnknownArgument => format!("{argument} tidak dikenal"),
        ErrorKind::InvalidSubcommand => format!("perintah {} tidak dikenal", text(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("yang wajib belum ada: {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} perlu nilai"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("{value} bukan nilai untuk {argument}"),
        ErrorKind::ArgumentConflict => {
            format!("{argument} tidak bisa bersama {}", text(ContextKind::PriorArg))
        }
        ErrorKind::TooManyValues => format!("nilai {value} berlebih untuk {argument}"),
        // Asks for help by not asking for anything.
        _ => return None,
    };
    let known = text(ContextKind::ValidValue);
    let meant = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg].map(text).concat();
    let hint = match (known.is_empty(), meant.is_empty()) {
        (false, _) => words!("yang ada: {known}", ""),
        (true, false) => words!("maksud Anda {meant}?", ""),
        (true, true) => words!("lihat segel --help, atau segel PERINTAH --help", ""),
    };
    Some(Failure::Usage(words!("{cause}", ""), Some(hint)))
}

fn translated(command: Command) -> Command {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command.about(indonesian(&about)).after_help(example.replacen("Example:", "Contoh:", 1));
    let command = command.subcommand_help_heading("Perintah").help_template(TEMPLATE);
    let command = command.mut_args(|arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let heading = if arg.is_positional() { "Argumen" } else { "Pilihan" };
        arg.help(indonesian(&help)).help_heading(heading)
    });
    command.mut_subcommands(translated)
}

/// The sentence in Indonesian; as it is where there is none.
fn indonesian(english: &str) -> String {
    let found = SENTENCES.iter().find(|(known, _)| *known == english);
    found.map_or_else(|| english.to_owned(), |(_, indonesian)| (*indonesian).to_owned())
}

const TEMPLATE: &str = "{about}\n\nPemakaian: {usage}\n\n{all-args}\n\n{after-help}\n";

/// Every sentence of `args`, and those that clap adds.
const SENTENCES: &[(&str, &str)] = &[
    ("Sealed registration forms: the owner's side", "Formulir pendaftaran tersegel: sisi pemilik"),
    ("Language of messages; otherwise the locale decides", "Bahasa pesan; bila tidak disebut, menurut locale"),
    ("Print help", "Tampilkan bantuan ini"),
    ("Print version", "Tampilkan versi"),
    (
        "Print this message or the help of the given subcommand(s)",
        "Tampilkan pesan ini, atau bantuan perintah yang disebut",
    ),
    (
        "Make the owner's key and a spare, or a staff member's key",
        "Buat kunci pemilik dan cadangannya, atau kunci staf",
    ),
    ("Write a form definition by answering questions", "Tulis definisi formulir dengan menjawab pertanyaan"),
    ("The form definition to write; it must not exist yet", "Definisi formulir yang ditulis; tidak boleh sudah ada"),
    (
        "Member registration, delivery address, event sign-up or job application; otherwise the first question",
        "Daftar anggota, alamat pengantaran, daftar acara, atau lamaran kerja; bila tidak disebut, ditanyakan",
    ),
    (
        "Find every fault of a form definition: law, wording, format",
        "Temukan setiap kesalahan definisi formulir: hukum, kata-kata, format",
    ),
    (
        "The law that the form is held against: id is Indonesia's UU PDP, eu the GDPR",
        "Hukum yang dipakai menilai formulir: id untuk UU PDP, eu untuk GDPR",
    ),
    (
        "For people, for programs, SARIF 2.1.0 for code hosts, or annotations for GitHub",
        "Untuk orang, untuk program, SARIF 2.1.0 untuk penyimpan kode, atau anotasi GitHub",
    ),
    (
        "Check the HTML page that embeds the form instead: other parties' scripts, the policy, the owner's fingerprint",
        "Periksa halaman HTML tempat formulir dipasang: skrip pihak lain, kebijakan isi, sidik pemilik",
    ),
    (
        "Print every rule instead, also those that hold by how forms are made",
        "Cetak semua aturannya saja, juga yang dijamin oleh cara formulir dibuat",
    ),
    ("Print the JSON Schema of a definition, for editors", "Cetak JSON Schema sebuah definisi, untuk editor"),
    (
        "How to print what was published, and what changed since the version it replaces",
        "Cara menampilkan yang diterbitkan, dan yang berubah sejak versi yang diganti",
    ),
    ("Check, test-open and sign a form", "Periksa, uji buka, dan tanda tangani formulir"),
    ("Fetch new submissions, still sealed", "Ambil kiriman baru, masih tersegel"),
    ("Make an export of what a shop's own server stored", "Buat ekspor dari yang disimpan server toko sendiri"),
    ("Open submissions for one purpose", "Buka kiriman untuk satu tujuan"),
    (
        "Seal old submissions anew, to the keys of the form's new version",
        "Kunci ulang kiriman lama untuk kunci-kunci versi baru formulir",
    ),
    (
        "Cut submissions into age files that any age tool opens",
        "Potong kiriman menjadi berkas age yang bisa dibuka alat age mana pun",
    ),
    (
        "Hold submissions against their form and each other, without a key",
        "Cocokkan kiriman dengan formulirnya dan satu sama lain, tanpa kunci",
    ),
    ("List submissions whose time is over", "Daftar kiriman yang sudah waktunya dihapus"),
    ("Delete submissions whose time is over from an inbox", "Hapus kiriman yang sudah waktunya dari kotak masuk"),
    ("Last day to look at; otherwise today", "Hari terakhir yang dilihat; bila tidak, hari ini"),
    ("Delete even if that is more than half of the inbox", "Hapus walau itu lebih dari separuh kotak masuk"),
    ("Show everything that is held about one person", "Tampilkan semua yang disimpan tentang satu orang"),
    (
        "Record a wish that came otherwise than by a receipt; the inbox obeys it from then on",
        "Catat permintaan yang datang tanpa kunci bukti; sejak itu kotak masuk menaatinya",
    ),
    (
        "Record that a copy was given or a correction made",
        "Catat bahwa salinan sudah diberikan atau koreksi sudah dibuat",
    ),
    (
        "Number on the customer's receipt; `segel subject --find` tells it",
        "Nomor di bukti pelanggan; `segel subject --find` menyebutnya",
    ),
    ("The purpose whose consent is withdrawn", "Tujuan yang persetujuannya ditarik"),
    ("Published form that has the purpose", "Formulir terbit yang punya tujuan itu"),
    ("How it came", "Lewat apa datangnya"),
    (
        "When it came: a day, which counts from its beginning, or a time like 2026-11-25T10:00:00Z; otherwise now",
        "Kapan datangnya: tanggal, dihitung sejak awal hari, atau waktu seperti 2026-11-25T10:00:00Z; kalau tidak, sekarang",
    ),
    ("List what customers asked for, with the hours that are left", "Daftar permintaan pelanggan, dengan sisa jamnya"),
    ("Those that need nothing any more, too", "Juga yang tidak perlu tindakan lagi"),
    (
        "Print what one person agreed to, with the notice as it stood",
        "Cetak apa yang disetujui satu orang, dengan pemberitahuan waktu itu",
    ),
    ("A page to print, or JSON", "Halaman untuk dicetak, atau JSON"),
    ("File to write (mode 0600); - is standard output", "Berkas yang ditulis (mode 0600); - berarti keluaran standar"),
    (
        "When data got out: a letter to each customer, a sheet for the authority",
        "Bila data bocor: surat untuk tiap pelanggan, lembar untuk lembaga",
    ),
    (
        "What happened, as JSON; where there is no such file yet, one to fill in is written",
        "Yang terjadi, sebagai JSON; bila berkasnya belum ada, ditulis satu untuk diisi",
    ),
    (
        "Page to write (mode 0600): the authority's sheet first, then a letter a customer",
        "Halaman yang ditulis (mode 0600): lembar untuk lembaga dulu, lalu satu surat per pelanggan",
    ),
    (
        "Page with a notice of deletion for each customer, to print or copy; it needs a key",
        "Halaman pemberitahuan penghapusan untuk tiap pelanggan, untuk dicetak atau disalin; perlu kunci",
    ),
    ("What is still kept and why, for the letters", "Yang tetap disimpan dan sebabnya, untuk suratnya"),
    ("Number on the customer's receipt", "Nomor pada bukti pelanggan"),
    ("Part of any answer: a name, a phone number as +62…", "Bagian jawaban mana pun: nama, nomor telepon seperti +62…"),
    ("Tell what a file is, without opening it", "Sebutkan berkas apa ini, tanpa membukanya"),
    ("Print a completion script for a shell", "Cetak skrip pelengkapan untuk shell"),
    ("Write the manual pages", "Tulis halaman manual"),
    (
        "The owner's key file to write; its public half goes beside it as .pub",
        "Berkas kunci pemilik yang ditulis; bagian publiknya di sebelahnya sebagai .pub",
    ),
    (
        "A spare key file to write; keep it in another place",
        "Berkas kunci cadangan yang ditulis; simpan di tempat lain",
    ),
    (
        "A recovery sheet to write and print: it shows the keys in clear",
        "Lembar pemulihan untuk dicetak: kunci-kuncinya terbaca di situ",
    ),
    (
        "A staff member's key for this role in place of an owner's: it opens what the form lets the role read",
        "Kunci staf untuk peran ini, bukan kunci pemilik: membuka yang boleh dibaca peran itu menurut formulir",
    ),
    (
        "X25519 keys that every age tool knows, without post-quantum safety",
        "Kunci X25519 yang dikenal semua alat age, tanpa keamanan pascakuantum",
    ),
    (
        "File whose first line is the passphrase; used byte for byte",
        "Berkas yang baris pertamanya kata sandi; dipakai apa adanya",
    ),
    (
        "Take a passphrase that is easy to guess, for a key that protects nothing",
        "Terima kata sandi yang mudah ditebak, untuk kunci yang tidak melindungi apa-apa",
    ),
    ("Work to try one passphrase, as a power of two", "Kerja untuk mencoba satu kata sandi, pangkat dua"),
    ("The form definition; - is standard input", "Definisi formulir; - berarti masukan standar"),
    ("How to print what was found", "Cara menampilkan yang ditemukan"),
    ("How to print what was done", "Cara menampilkan yang dikerjakan"),
    ("Key file; several may be given", "Berkas kunci; boleh beberapa"),
    (
        "File whose first line is a passphrase of the key files; several are tried in turn",
        "Berkas yang baris pertamanya kata sandi berkas kunci; beberapa dicoba bergiliran",
    ),
    ("The published form; an earlier version there is replaced", "Formulir terbit; versi lama di situ diganti"),
    (
        "Publish though there is no spare key: if the key is lost, every submission is lost",
        "Terbitkan walau tanpa kunci cadangan: kunci hilang berarti semua kiriman hilang",
    ),
    (
        "First day of the new version; until then the one before stays valid, and customers can be told",
        "Hari pertama versi baru; sampai saat itu versi sebelumnya tetap berlaku, dan pelanggan dapat diberi tahu",
    ),
    (
        "Page to write that tells customers what changes",
        "Halaman yang ditulis, memberi tahu pelanggan apa yang berubah",
    ),
    ("Address of the server", "Alamat server"),
    ("Name of the form", "Nama formulir"),
    ("File whose first line is the server's token", "Berkas yang baris pertamanya token server"),
    ("Folder that collects the exports", "Folder yang mengumpulkan ekspor"),
    (
        "Files with one sealed submission a line: base64, and before it a time and a space where it is known; - is standard input",
        "Berkas berisi satu kiriman tersegel per baris: base64, didahului waktu dan spasi bila diketahui; - berarti masukan standar",
    ),
    ("Published form; several for older versions", "Formulir terbit; beberapa untuk versi lama"),
    (
        "Folder of exports, one export, or - for standard input",
        "Folder ekspor, satu ekspor, atau - untuk masukan standar",
    ),
    ("Folder of exports, or one export", "Folder ekspor, atau satu ekspor"),
    (
        "Purpose that the data is for; only submissions that agreed to it are shown",
        "Tujuan pemakaian data; hanya kiriman yang menyetujuinya ditampilkan",
    ),
    ("Form of the result; summary is the only one without a purpose", "Bentuk hasil; tanpa tujuan hanya ada summary"),
    (
        "File to write (mode 0600); otherwise standard output",
        "Berkas yang ditulis (mode 0600); bila tidak, keluaran standar",
    ),
    (
        "File to write (mode 0600); beside a CSV file its purpose and what was left out go into .about.csv; otherwise standard output",
        "Berkas yang ditulis (mode 0600); di sebelah berkas CSV, tujuan dan yang tidak ikut masuk .about.csv; bila tidak, keluaran standar",
    ),
    ("Folder for attachments", "Folder untuk lampiran"),
    (
        "Open an inbox though it was not pulled in the last 24 hours: whoever withdrew since is in the result",
        "Buka kotak masuk walau tidak diambil dalam 24 jam terakhir: yang menarik persetujuan sesudahnya ikut tampil",
    ),
    (
        "Published form; the newest one names the keys that will read, the others open what is there",
        "Formulir terbit; yang terbaru menyebut kunci yang akan membaca, yang lain membuka yang sudah ada",
    ),
    (
        "Folder for the new exports; started over, it goes on where it was interrupted",
        "Folder untuk ekspor baru; bila dijalankan lagi, dilanjutkan dari tempat terputus",
    ),
    ("Folder to write; one folder a submission", "Folder yang ditulis; satu folder per kiriman"),
    (
        "List what was opened when, for which purpose and where to",
        "Daftar pemakaian: dibuka kapan, untuk tujuan apa, ke mana",
    ),
    ("Folder of exports, or a record of uses: uses.txt", "Folder ekspor, atau catatan pemakaian: uses.txt"),
    ("Files; - is standard input", "Berkas; - berarti masukan standar"),
    ("Which shell", "Shell yang mana"),
    ("Folder to write them into", "Folder tempat menulisnya"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(command: &Command, found: &mut Vec<String>) {
        found.extend(command.get_about().map(ToString::to_string));
        let helps = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_help());
        found.extend(helps.map(ToString::to_string));
        command.get_subcommands().for_each(|command| sentences(command, found));
    }

    #[test]
    fn every_sentence_of_the_help_is_there_in_indonesian() {
        let mut command = Args::command();
        command.build();
        let mut found = Vec::new();
        sentences(&command, &mut found);
        found.retain(|english| !SENTENCES.iter().any(|(known, _)| known == english));
        assert!(found.is_empty(), "add to SENTENCES: {found:#?}");
    }

    #[test]
    fn the_language_is_known_before_anything_else_is_understood() {
        let of = |line: &str| language(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(of("segel open --lang id --nonsense") == Lang::Id);
        assert!(of("segel --lang=id") == Lang::Id);
        assert!(of("segel --lang en open") == Lang::En);
    }
}
