//! Every sentence that the owner reads and that is not the shop's own, in both languages. No other file chooses words.

use segel_core::Guardian;
use segel_core::age::AgeError;
use segel_core::export::{Damaged, ExportError};
use segel_core::form::FormError;
use segel_core::key::KeyFileError;
use segel_core::open::{Flag, OpenError};
use segel_core::stamp::Taken;
use segel_core::table::LeftOut;
use segel_core::time::Time;

use crate::ledger::{Aim, Cause, Ledger, Remark, Selection};
use crate::now;
use crate::shelf::{Lock, Refusal};
use crate::table::moment;

/// A language of the page.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
    Indonesian,
    English,
}

/// The sentences that have no numbers in them.
pub(crate) struct Words {
    pub(crate) code: &'static str,
    pub(crate) other: (&'static str, &'static str),
    pub(crate) title: &'static str,
    pub(crate) promise: &'static str,
    pub(crate) lock: &'static str,
    pub(crate) idle: &'static str,
    pub(crate) locked: &'static str,
    pub(crate) files: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) drop: &'static str,
    pub(crate) needs: [(&'static str, &'static str); 3],
    pub(crate) there: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) passphrase: &'static str,
    pub(crate) unlock: &'static str,
    pub(crate) unlocking: &'static str,
    pub(crate) reading: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) purpose_hint: &'static str,
    pub(crate) result: &'static str,
    pub(crate) own_columns: [&'static str; 4],
    pub(crate) save_xlsx: &'static str,
    pub(crate) save_csv: &'static str,
    pub(crate) no_room: &'static str,
    pub(crate) csv_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) not_saved: &'static str,
    pub(crate) file_gone: &'static str,
    pub(crate) failures: &'static str,
    pub(crate) remarks: &'static str,
    pub(crate) empty: &'static str,
}

impl Language {
    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::Indonesian => &INDONESIAN,
            Self::English => &ENGLISH,
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Indonesian => Self::English,
            Self::English => Self::Indonesian,
        }
    }

    pub(crate) const fn pick(self, id: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Indonesian => id,
            Self::English => en,
        }
    }

    /// What the second sheet of a workbook says: what the table is for, and what was left out and why.
    pub(crate) fn about(self, aim: &Aim, selection: &Selection, ledger: &Ledger) -> Vec<(String, String)> {
        let line = |name: &str, value: String| (name.to_owned(), value);
        let mut lines = vec![
            line(self.pick("Formulir", "Form"), aim.form.clone()),
            line(self.pick("Hanya untuk tujuan", "For this purpose only"), aim.purpose.clone()),
            line(self.pick("Dibuat", "Made"), now().map(Time::text).unwrap_or_default()),
            line(self.pick("Kiriman", "Submissions"), ledger.total().to_string()),
            line(self.pick("Ada di tabel ini", "In this table"), selection.rows.len().to_string()),
            line(self.pick("Gagal dibuka", "Did not open"), ledger.failures().len().to_string()),
            line(self.pick("Berulang", "Repeated"), ledger.repeated().to_string()),
            line(self.pick("Sudah dihapus", "Deleted before"), ledger.deleted().to_string()),
            line(self.pick("Rusak di server", "Damaged at the server"), ledger.damaged().count().to_string()),
        ];
        for (reason, count) in &selection.left_out {
            lines.push(line(self.reason(*reason), count.to_string()));
        }
        lines
    }

    /// A language by its name, where we know it.
    pub(crate) fn language(self, code: &str) -> &str {
        match code {
            "id" => self.pick("Bahasa Indonesia", "Indonesian"),
            "en" => self.pick("bahasa Inggris", "English"),
            other => other,
        }
    }

    /// Who gave the consent.
    pub(crate) const fn given_by(self, guardian: Option<Guardian>) -> &'static str {
        match guardian {
            None => self.pick("yang bersangkutan", "the person"),
            Some(Guardian::Parent) => self.pick("orang tua", "a parent"),
            Some(_) => self.pick("wali", "a guardian"),
        }
    }

    pub(crate) fn key(self, keys: usize, lock: Lock) -> String {
        let what = match self {
            Self::Indonesian => format!("{keys} kunci, siap dipakai."),
            Self::English if keys == 1 => String::from("1 key, ready."),
            Self::English => format!("{keys} keys, ready."),
        };
        let warning = match lock {
            Lock::Good => "",
            Lock::Paper => self.pick(
                " Hanya ada di halaman ini, sampai ditutup; lembar kertas tetap satu-satunya salinan.",
                " It is in this page only, until it is closed; the paper stays its only copy.",
            ),
            Lock::Weak => self.pick(
                " Kata sandinya mudah dicoba-coba komputer; buat kunci yang lebih kuat.",
                " Its passphrase is quick to guess for a computer; make a stronger key.",
            ),
            Lock::None => self.pick(
                " Tidak dilindungi kata sandi: siapa pun yang menyalinnya bisa membuka semua.",
                " Not protected by a passphrase: whoever copies it can open everything.",
            ),
        };
        what + warning
    }

    pub(crate) fn form(self, title: &str, version: u32) -> String {
        match self {
            Self::Indonesian => format!("Formulir “{title}”, versi {version}."),
            Self::English => format!("The form “{title}”, version {version}."),
        }
    }

    /// A form that was signed with none of the keys at hand.
    pub(crate) const fn foreign(self) -> &'static str {
        self.pick(
            "Ditandatangani dengan kunci lain, bukan dengan kunci di atas. Kalau Anda pemiliknya, tanyakan dulu dari mana berkas ini.",
            "Signed with another key than those above. If you are the owner, ask where this file comes from.",
        )
    }

    pub(crate) fn export(self, form: &str) -> String {
        match self {
            Self::Indonesian => format!("Kiriman untuk formulir {form}."),
            Self::English => format!("Submissions for the form {form}."),
        }
    }

    /// The record that the command line keeps.
    pub(crate) const fn uses(self) -> &'static str {
        self.pick("Catatan pemakaian; tidak diperlukan di sini.", "The record of uses; not needed here.")
    }

    pub(crate) const fn again(self) -> &'static str {
        self.pick("Sudah ada; tidak dipakai dua kali.", "Is there already; not used twice.")
    }

    pub(crate) fn progress(self, read: u64) -> String {
        match self {
            Self::Indonesian => format!("{read} kiriman sudah dibuka …"),
            Self::English => format!("{read} submissions opened …"),
        }
    }

    pub(crate) fn ready(self, total: u64, failed: usize) -> String {
        match self {
            Self::Indonesian => format!("Selesai: {total} kiriman dibaca, {failed} gagal dibuka."),
            Self::English => format!("Done: {total} submissions read, {failed} did not open."),
        }
    }

    pub(crate) fn usable(self, count: usize) -> String {
        match self {
            Self::Indonesian => format!("{count} kiriman boleh dipakai"),
            Self::English => format!("{count} submissions may be used"),
        }
    }

    /// Which form a purpose is of, where there are several.
    pub(crate) fn of_form(self, name: &str) -> String {
        format!(" · {} {name}", self.pick("formulir", "form"))
    }

    /// The totals of one purpose; each submission is in exactly one of the numbers.
    pub(crate) fn totals(self, total: u64, selection: &Selection, failed: usize, repeated: u64) -> String {
        let (shown, left) = (selection.rows.len(), selection.left_out.values().sum::<u64>());
        match self {
            Self::Indonesian => format!(
                "{total} kiriman: {shown} ditampilkan, {left} tidak boleh dipakai untuk ini, {failed} gagal dibuka, {repeated} berulang."
            ),
            Self::English => format!(
                "{total} submissions: {shown} shown, {left} not allowed for this, {failed} did not open, {repeated} repeated."
            ),
        }
    }

    /// Places of deleted submissions, which are in no other number.
    pub(crate) fn deleted(self, count: u64) -> String {
        match self {
            Self::Indonesian => format!("{count} kiriman sudah dihapus."),
            Self::English if count == 1 => String::from("1 submission was deleted before."),
            Self::English => format!("{count} submissions were deleted before."),
        }
    }

    /// What a server says that its disk damaged; the first few are named.
    pub(crate) fn damaged<'d>(self, damaged: impl Iterator<Item = &'d Damaged>) -> String {
        let mut names: Vec<String> = damaged
            .map(|damaged| {
                let what = if damaged.what() == Taken::Statement {
                    self.pick("pernyataan nomor", "statement number")
                } else {
                    self.pick("kiriman nomor", "submission number")
                };
                format!("{what} {}", damaged.sequence())
            })
            .collect();
        let names = self.first(&mut names);
        match self {
            Self::Indonesian => format!(
                "Rusak di server: {names}. Isinya tidak ada di sini, dan sebuah pernyataan bisa saja penarikan persetujuan. Minta pengelola server memulihkan cadangan, lalu ambil ekspor baru."
            ),
            Self::English => format!(
                "Damaged at the server: {names}. What they say is not here, and a statement may withdraw a consent. Ask whoever runs the server to bring a backup back, then fetch a new export."
            ),
        }
    }

    /// For whom a stranger spoke; the first few are named.
    pub(crate) fn unsigned(self, mut numbers: Vec<String>) -> String {
        let names = self.first(&mut numbers);
        match self {
            Self::Indonesian => format!(
                "Penarikan atau permintaan hapus yang tidak ditandatangani bukti pelanggannya: {names}. Tidak ditaati. Ada yang menulis di server atau di berkas ini: tanyakan kepada pengelola server."
            ),
            Self::English => format!(
                "Withdrawals or wishes for deletion that were not signed with their customers' receipts: {names}. They are not obeyed. Somebody wrote at the server or into this file: ask whoever runs the server."
            ),
        }
    }

    /// The first few of a list, and how many more.
    fn first(self, names: &mut Vec<String>) -> String {
        if names.len() > NAMED {
            let more = names.split_off(NAMED).len();
            names.push(format!("{more} {}", self.pick("lainnya", "more")));
        }
        names.join(", ")
    }

    pub(crate) fn left_out(self, reason: LeftOut, count: u64) -> String {
        format!("{count}: {}", self.reason(reason))
    }

    pub(crate) const fn reason(self, reason: LeftOut) -> &'static str {
        match reason {
            LeftOut::Refused => self.pick("pelanggan menolak", "the customer said no"),
            LeftOut::NotAnswered => self.pick("pelanggan tidak menjawab", "the customer did not answer"),
            LeftOut::ConsentExpired => {
                self.pick("masa berlaku persetujuan sudah habis", "the consent is no longer valid")
            }
            LeftOut::Withdrawn => self.pick("pelanggan menarik persetujuannya", "the customer withdrew the consent"),
            LeftOut::DeletionRequested => self.pick(
                "pelanggan minta datanya dihapus: hapus juga salinan Anda",
                "the customer asked for deletion: delete your copies too",
            ),
            LeftOut::RetentionOver => self.pick("seharusnya sudah dihapus", "the data should have been deleted by now"),
            LeftOut::NoSuchPurpose => {
                self.pick("formulirnya belum punya tujuan ini", "the form that was filled did not have this purpose")
            }
            _ => reason.code(),
        }
    }

    pub(crate) fn for_others(self, count: usize) -> String {
        match self {
            Self::Indonesian => {
                format!("{count} kiriman punya bagian untuk kunci orang lain; kolomnya kosong di sini.")
            }
            Self::English => format!("{count} submissions have a part for somebody else's key; it is empty here."),
        }
    }

    pub(crate) fn more(self, count: usize) -> String {
        match self {
            Self::Indonesian => format!("… dan {count} lagi"),
            Self::English => format!("… and {count} more"),
        }
    }

    /// A submission, in front of what is to be said about it.
    pub(crate) fn submission(self, sequence: u64, number: &str, about: &str) -> String {
        match self {
            Self::Indonesian => format!("Kiriman {sequence} ({number}): {about}"),
            Self::English => format!("Submission {sequence} ({number}): {about}"),
        }
    }

    pub(crate) fn stopped(self, error: Option<&ExportError>) -> String {
        let after = self.pick(
            " Yang sebelumnya tetap ditampilkan; yang sesudahnya bisa berisi penarikan persetujuan atau permintaan hapus.",
            " What came before it is still shown; what comes after it may withdraw a consent or ask for deletion.",
        );
        let what = match (self, error) {
            (_, None) => self
                .pick(
                    "Berkas tidak bisa dibaca lagi. Pilih sekali lagi.",
                    "The file cannot be read any more. Choose it again.",
                )
                .to_owned(),
            (Self::Indonesian, Some(error)) => export_id(error),
            (Self::English, Some(error)) => format!("Stopped: {error}."),
        };
        what + after
    }

    /// An export that does not continue those before it.
    pub(crate) fn gap(self, error: &ExportError) -> String {
        let ask = self.pick(
            " Mungkin ada berkas yang belum dipilih; di dalamnya bisa ada penarikan persetujuan atau permintaan hapus. Tambahkan, atau ambil semuanya lagi.",
            " A file between may not have been chosen; customers may have withdrawn or asked for deletion in it. Add it, or fetch all of it again.",
        );
        match (self, error) {
            (Self::Indonesian, ExportError::Gap { after, found }) => {
                format!("Mulai dari nomor {found}, padahal berkas sebelumnya berakhir di nomor {after}.{ask}")
            }
            (Self::English, ExportError::Gap { after, found }) => {
                format!("Begins with number {found}, though the file before it ends with number {after}.{ask}")
            }
            (Self::Indonesian, _) => {
                format!("Bukan lanjutan dari berkas sebelumnya: salah satunya diubah, atau dari server lain.{ask}")
            }
            (Self::English, _) => {
                format!("Does not continue the file before it: one of them was changed, or is of another server.{ask}")
            }
        }
    }

    /// Which places an export has, and when the last came.
    pub(crate) fn span(self, first: u64, last: u64, time: &str) -> String {
        match self {
            Self::Indonesian => format!("Nomor {first} sampai {last}, yang terakhir diterima {time} (UTC)."),
            Self::English => format!("Numbers {first} to {last}, the last received {time} (UTC)."),
        }
    }

    /// The mark that `segel pull` leaves.
    pub(crate) fn mark(self, time: &str) -> String {
        match self {
            Self::Indonesian => format!("Kiriman di server diambil terakhir {time} (UTC)."),
            Self::English => format!("The server was last asked for submissions {time} (UTC)."),
        }
    }

    /// What is here is old.
    pub(crate) fn stale(self, time: &str) -> String {
        match self {
            Self::Indonesian => format!(
                "Yang ada di sini hanya sampai {time} (UTC). Siapa yang menarik persetujuan atau minta dihapus sesudah itu belum diketahui: ambil kiriman terbaru sebelum data ini dipakai."
            ),
            Self::English => format!(
                "What is here ends {time} (UTC). Who withdrew or asked for deletion since is not known: fetch the newest export before this data is used."
            ),
        }
    }

    /// The register of wishes by phone and at the counter.
    pub(crate) fn register(self, wishes: usize) -> String {
        match self {
            Self::Indonesian => format!("{wishes} permintaan yang dicatat; ditaati."),
            Self::English if wishes == 1 => String::from("1 request that was written down; obeyed."),
            Self::English => format!("{wishes} requests that were written down; obeyed."),
        }
    }

    pub(crate) fn cause(self, cause: &Cause) -> String {
        match cause {
            Cause::NotAnEnvelope => {
                self.pick("bukan kiriman Segel, atau rusak", "not a submission, or damaged").to_owned()
            }
            Cause::UnknownForm(digest) => {
                let digest = digest.to_string();
                let short = digest.get(..12).unwrap_or_default();
                match self {
                    Self::Indonesian => {
                        format!("diisi di formulir atau versi lain ({short}…); tambahkan berkas .segel formulir itu")
                    }
                    Self::English => {
                        format!("filled in another form or version ({short}…); add that form's .segel file")
                    }
                }
            }
            Cause::Open(error) => self.open_error(error).to_owned(),
        }
    }

    pub(crate) fn remark(self, remark: &Remark<'_>) -> String {
        match (remark, self) {
            (Remark::Conflict, _) => self
                .pick(
                    "ada kiriman lain dengan nomor sama dan isi berbeda; tanyakan kepada pelanggan mana yang benar",
                    "another submission has the same number and other content; ask the customer which is right",
                )
                .to_owned(),
            (Remark::Part(name, error), Self::Indonesian) => format!("bagian {name}: {}", self.open_error(error)),
            (Remark::Part(name, error), Self::English) => format!("part {name}: {}", self.open_error(error)),
            (Remark::Flag(flag), _) => self.flag(flag),
        }
    }

    pub(crate) const fn open_error(self, error: &OpenError) -> &'static str {
        match error {
            OpenError::NoKey => self.pick("tidak dikunci untuk kunci Anda", "not sealed to any of your keys"),
            OpenError::Altered(_) | OpenError::NotInManifest => {
                self.pick("diubah setelah dikunci; jangan dipakai", "altered after sealing; do not use it")
            }
            OpenError::OtherForm => self.pick("dikunci untuk formulir lain", "sealed for another form"),
            OpenError::OtherSubmission { .. } => {
                self.pick("milik kiriman lain; jangan dipakai", "belongs to another submission; do not use it")
            }
            OpenError::OtherPart { .. } => self.pick("tertukar dengan bagian lain", "exchanged with another part"),
            OpenError::Missing => self.pick("tidak ada", "missing"),
            OpenError::Limit(_) => self.pick("melebihi batas", "over a limit"),
            OpenError::Newer => self.pick(
                "dibuat versi Segel yang lebih baru; pakai buka.html terbaru",
                "made by a newer Segel; use the newest buka.html",
            ),
            _ => self.pick("tidak sesuai format", "not as the format demands"),
        }
    }

    fn flag(self, flag: &Flag) -> String {
        match (flag, self) {
            (Flag::Readers { part, expected, found }, Self::Indonesian) => {
                format!("bagian {part} bisa dibuka {found} kunci, seharusnya {expected}")
            }
            (Flag::Readers { part, expected, found }, Self::English) => {
                format!("part {part} opens for {found} keys instead of {expected}")
            }
            (Flag::Unanswered { field }, Self::Indonesian) => format!("jawaban wajib {field} tidak ada"),
            (Flag::Unanswered { field }, Self::English) => format!("the required answer {field} is missing"),
            (Flag::FormOver { received, until }, Self::Indonesian) => {
                format!("diterima {}, padahal formulirnya berlaku sampai {}", moment(*received), moment(*until))
            }
            (Flag::FormOver { received, until }, Self::English) => {
                format!("received {}, though its form was valid until {}", moment(*received), moment(*until))
            }
            (Flag::FormReplaced { received, since }, Self::Indonesian) => {
                format!("diterima {}, padahal formulirnya sudah diganti sejak {}", moment(*received), moment(*since))
            }
            (Flag::FormReplaced { received, since }, Self::English) => {
                format!("received {}, though its form had been replaced since {}", moment(*received), moment(*since))
            }
            (Flag::ClockUnlikely { sealed, received }, Self::Indonesian) => {
                format!("jam pelanggan ({}) jauh dari jam server ({})", moment(*sealed), moment(*received))
            }
            (Flag::ClockUnlikely { sealed, received }, Self::English) => {
                format!("the customer's clock ({}) is far from the server's ({})", moment(*sealed), moment(*received))
            }
            (Flag::NotQuantumSafe { part }, _) => {
                format!(
                    "{part}: {}",
                    self.pick("satu kuncinya tidak aman-kuantum", "one of its keys is not quantum-safe")
                )
            }
            (Flag::UnknownPart { part }, _) => {
                format!(
                    "{part}: {}",
                    self.pick("bagian yang tidak dikenal formulir", "a part that the form does not name")
                )
            }
            _ => self.pick("bagian-bagiannya tidak berurutan", "its parts stand in another order").to_owned(),
        }
    }

    /// What a file is, and what is wanted instead.
    pub(crate) fn refusal(self, refusal: &Refusal) -> String {
        let fixed = match refusal {
            Refusal::Empty => self.pick("Berkas ini kosong.", "This file is empty."),
            Refusal::TooLarge => self.pick(
                "Terlalu besar untuk kunci atau formulir, dan bukan berkas kiriman.",
                "Too large for a key or a form, and not an export.",
            ),
            Refusal::PublicKey => self.pick(
                "Ini kunci umum (.pub). Yang bisa membuka adalah kunci rahasia, biasanya owner.key.",
                "This is a public key (.pub). What opens is the secret key, usually owner.key.",
            ),
            Refusal::Receipt => self.pick(
                "Ini bukti milik pelanggan. Yang diperlukan kunci, formulir, dan kiriman.",
                "This is a customer's receipt. A key, a form and an export are wanted.",
            ),
            Refusal::Envelope => self.pick(
                "Ini satu kiriman lepas. Yang diperlukan berkas dari `segel pull`.",
                "This is a single submission. A file made by `segel pull` is wanted.",
            ),
            Refusal::Definition => self.pick(
                "Ini rancangan formulir atau JSON lain. Yang diperlukan formulir terbit (.segel).",
                "This is a form's draft or other JSON. The published form (.segel) is wanted.",
            ),
            Refusal::AgeFile => self.pick(
                "Ini berkas age lain, bukan kunci yang dikunci kata sandi.",
                "This is another age file, not a key locked with a passphrase.",
            ),
            Refusal::Armored => self.pick(
                "Ini berkas age berbentuk teks. Berikan kuncinya dalam bentuk biasa.",
                "This is an age file in text form. Give the key in its plain form.",
            ),
            Refusal::TooManyKeys => self.pick("Kunci terlalu banyak.", "Too many keys."),
            Refusal::Unreadable => self.pick(
                "Peramban tidak bisa membaca berkas ini. Folder tidak bisa; pilih berkas di dalamnya.",
                "The browser cannot read this file. Not a folder: choose the files in it.",
            ),
            Refusal::Unknown => self.pick(
                "Bukan kunci, formulir terbit, atau berkas kiriman.",
                "Not a key, a published form or an export.",
            ),
            Refusal::Key(error) => return self.key_error(error),
            Refusal::Form(error) => return self.form_error(error),
            Refusal::Register(error) => {
                return match self {
                    Self::Indonesian => format!(
                        "Catatan permintaan, tetapi baris {} rusak, jadi tidak jelas siapa yang meminta. Tidak ada yang dibuka; perbaiki baris itu, lalu mulai lagi.",
                        error.0
                    ),
                    Self::English => format!(
                        "A register of requests, but line {} is none, so whose wish it was is not known. Nothing is opened; restore that line, then begin again.",
                        error.0
                    ),
                };
            }
            Refusal::Export(error) => {
                return match self {
                    Self::Indonesian => export_id(error),
                    Self::English => format!("An export, but {error}."),
                };
            }
        };
        fixed.to_owned()
    }

    pub(crate) fn key_error(self, error: &KeyFileError) -> String {
        match (error, self) {
            (KeyFileError::WrongPassphrase, _) => {
                self.pick("Kata sandi salah. Coba lagi.", "Wrong passphrase. Try again.").to_owned()
            }
            (KeyFileError::Age(AgeError::WorkFactor { .. }), _) => self
                .pick(
                    "Kunci ini minta terlalu banyak kerja komputer, jadi tidak dibuka. Pastikan ini kunci Anda sendiri.",
                    "This key asks for too much work, so it is not opened. Make sure it is your own.",
                )
                .to_owned(),
            (KeyFileError::Line { line, .. }, Self::Indonesian) => {
                format!("Kunci ini rusak di baris {line}. Pakai salinan lain.")
            }
            (error, Self::Indonesian) => format!("Kunci ini rusak, pakai salinan lain. ({error})"),
            (error, Self::English) => format!("This key is damaged, use another copy: {error}."),
        }
    }

    fn form_error(self, error: &FormError) -> String {
        match (error, self) {
            (FormError::NewerKit, _) => self
                .pick(
                    "Formulir ini dibuat versi Segel yang lebih baru; pakai buka.html terbaru.",
                    "A form made by a newer Segel; use the newest buka.html.",
                )
                .to_owned(),
            (error, Self::Indonesian) => format!("Formulir ini tidak sah atau rusak. ({error})"),
            (error, Self::English) => format!("This form is not genuine or damaged: {error}."),
        }
    }
}

fn export_id(error: &ExportError) -> String {
    match error {
        ExportError::NotAnExport => String::from("Bukan berkas kiriman."),
        ExportError::NewerKit => {
            String::from("Berkas kiriman ini dari versi Segel yang lebih baru; pakai buka.html terbaru.")
        }
        ExportError::Cut { after } => {
            format!("Berkas kiriman terpotong setelah kiriman {after}. Ambil sekali lagi dari server.")
        }
        ExportError::Gap { after, found } => {
            format!("Setelah kiriman {after} datang {found}: ada yang hilang, berulang, atau tertukar.")
        }
        ExportError::Chain { sequence } => {
            format!(
                "Kiriman {sequence} tidak cocok dengan yang sebelumnya: salah satunya diubah. Ambil sekali lagi dari server."
            )
        }
        ExportError::TooLarge { sequence } => format!("Kiriman {sequence} lebih besar daripada yang mungkin."),
        ExportError::TrailingBytes => String::from("Ada data asing sesudah akhir berkas kiriman."),
        _ => String::from("Berkas kiriman rusak."),
    }
}

/// Of what is damaged; the rest is a number.
const NAMED: usize = 20;

const INDONESIAN: Words = Words {
    code: "id",
    other: ("en", "English"),
    title: "Buka kiriman",
    promise: "Semua terjadi di komputer ini saja. Halaman ini tidak punya sambungan ke internet dan tidak menyimpan apa pun.",
    lock: "Tutup dan lupakan semua",
    idle: "Sepuluh menit tidak dipakai: semua sudah dilupakan. Berikan lagi berkasnya untuk melanjutkan.",
    locked: "Semua sudah dilupakan: kunci, formulir, dan kiriman.",
    files: "1. Berkas",
    choose: "Pilih berkas",
    drop: "atau seret ke sini. Urutannya bebas, boleh beberapa sekaligus.",
    needs: [
        ("Kunci rahasia", "owner.key"),
        ("Formulir terbit", "misalnya daftar.segel"),
        ("Kiriman", "berkas .segel-export dari pengelola server"),
    ],
    there: "sudah ada",
    missing: "belum ada",
    passphrase: "Kata sandi kunci",
    unlock: "Buka kunci",
    unlocking: "Membuka kunci … ini bisa beberapa detik.",
    reading: "Membuka kiriman",
    purpose: "2. Untuk apa datanya dipakai?",
    purpose_hint: "Hanya kiriman yang disetujui pelanggan untuk tujuan itu yang ditampilkan.",
    result: "3. Hasil",
    own_columns: ["Diterima (UTC)", "Nomor", "Dikunci (UTC)", "Disetujui oleh"],
    save_xlsx: "Simpan sebagai XLSX (Excel)",
    no_room: "peramban tidak punya tempat; coba di komputer lain, atau simpan sebagai CSV",
    save_csv: "Simpan sebagai CSV",
    csv_hint: "Berkas ini bisa dibaca siapa pun. Simpan di tempat aman, hapus kalau sudah selesai.",
    save: "Simpan",
    saved: "Disimpan lewat unduhan peramban.",
    not_saved: "Tidak disimpan:",
    file_gone: "berkas kiriman berubah atau dipindahkan; pilih sekali lagi",
    failures: "Yang gagal dibuka",
    remarks: "Yang perlu diperhatikan",
    empty: "Tidak ada kiriman yang boleh dipakai untuk ini.",
};

const ENGLISH: Words = Words {
    code: "en",
    other: ("id", "Bahasa Indonesia"),
    title: "Open submissions",
    promise: "Everything happens on this computer. This page has no connection to the internet and keeps nothing.",
    lock: "Close and forget everything",
    idle: "Not used for ten minutes: everything is forgotten. Give the files again to go on.",
    locked: "Everything is forgotten: keys, forms and submissions.",
    files: "1. Files",
    choose: "Choose files",
    drop: "or drop them here. In any order, several at once if you like.",
    needs: [
        ("Secret key", "owner.key"),
        ("Published form", "for example daftar.segel"),
        ("Submissions", "the .segel-export file from whoever runs the server"),
    ],
    there: "there",
    missing: "missing",
    passphrase: "The key's passphrase",
    unlock: "Open the key",
    unlocking: "Opening the key … this may take some seconds.",
    reading: "Opening submissions",
    purpose: "2. What is the data for?",
    purpose_hint: "Only submissions whose customer agreed to that purpose are shown.",
    result: "3. Result",
    own_columns: ["Received (UTC)", "Number", "Sealed (UTC)", "Agreed to by"],
    save_xlsx: "Save as XLSX (Excel)",
    no_room: "the browser has no room for it; try another computer, or save as CSV",
    save_csv: "Save as CSV",
    csv_hint: "Anybody can read this file. Keep it in a safe place, delete it when you are done.",
    save: "Save",
    saved: "Saved through the browser's downloads.",
    not_saved: "Not saved:",
    file_gone: "the export was changed or moved; choose it again",
    failures: "What did not open",
    remarks: "What to look at",
    empty: "No submission may be used for this.",
};
