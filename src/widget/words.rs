//! Every sentence that a customer reads and that is not the shop's own, in both languages. No other file chooses words.

use segel_core::answers::Cause;

use crate::state::Trouble;

/// The sentences of one language.
pub(crate) struct Words {
    pub(crate) other_language: (&'static str, &'static str),
    pub(crate) lock: &'static str,
    pub(crate) details: &'static str,
    pub(crate) age: &'static str,
    pub(crate) age_hint: &'static str,
    pub(crate) yes_adult: &'static str,
    pub(crate) no: &'static str,
    pub(crate) too_young: &'static str,
    pub(crate) back: &'static str,
    pub(crate) fields: &'static str,
    pub(crate) optional: &'static str,
    pub(crate) purposes: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) refusal: &'static str,
    pub(crate) review: &'static str,
    pub(crate) review_title: &'static str,
    pub(crate) not_filled: &'static str,
    pub(crate) change: &'static str,
    pub(crate) agree: &'static str,
    pub(crate) sending: &'static str,
    pub(crate) retry: &'static str,
    pub(crate) problems: &'static str,
    pub(crate) day: &'static str,
    pub(crate) month: &'static str,
    pub(crate) year: &'static str,
    pub(crate) done: &'static str,
    pub(crate) number: &'static str,
    pub(crate) date: &'static str,
    pub(crate) agreed: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) none: &'static str,
    pub(crate) notice_version: &'static str,
    pub(crate) delete_by: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) secret_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) print: &'static str,
    pub(crate) no_answers: &'static str,
    pub(crate) months: [&'static str; 12],
}

/// The sentences of a language; Indonesian for one that we have no words for.
pub(crate) fn words(language: &str) -> &'static Words {
    if language == "en" { &ENGLISH } else { &INDONESIAN }
}

/// What to do about a field.
pub(crate) fn problem(language: &str, cause: &Cause) -> String {
    let english = language == "en";
    let pick = |id: &str, en: &str| String::from(if english { en } else { id });
    match cause {
        Cause::Required => pick("Isi bagian ini.", "Fill this in."),
        Cause::TooLong { over, .. } => {
            let count = decimal(*over as u64);
            if english {
                ["Shorten this by ", &count, " characters."].concat()
            } else {
                ["Pendekkan ", &count, " huruf."].concat()
            }
        }
        Cause::Control => pick("Ketik ulang tanpa karakter tersembunyi.", "Type this again without hidden characters."),
        Cause::NotPhone => pick("Tulis nomor seperti 0812 3456 7890.", "Write a number like 0812 3456 7890."),
        Cause::NotEmail => pick("Tulis alamat seperti nama@contoh.id.", "Write an address like name@example.id."),
        Cause::NotDate => {
            pick("Tulis tanggal yang ada, misalnya 27 3 1990.", "Write a date that exists, such as 27 3 1990.")
        }
        Cause::NotNumber => pick("Tulis angka saja.", "Write digits only."),
        Cause::FileTooLarge { max } => {
            let size = decimal(*max / 1_048_576);
            if english {
                ["Choose a file of at most ", &size, " MB."].concat()
            } else {
                ["Pilih berkas paling besar ", &size, " MB."].concat()
            }
        }
        Cause::TooManyFiles { max } => {
            let count = decimal(*max as u64);
            if english {
                ["Choose at most ", &count, " files."].concat()
            } else {
                ["Pilih paling banyak ", &count, " berkas."].concat()
            }
        }
        Cause::FileType => {
            pick("Pilih berkas dari jenis yang diminta.", "Choose a file of the kind that is asked for.")
        }
        Cause::FileName => pick("Ganti nama berkas, lalu pilih lagi.", "Rename the file, then choose it again."),
        _ => pick("Pilih salah satu.", "Choose one."),
    }
}

/// Why there is no form, in both languages: nobody knows yet which one is read.
pub(crate) fn refusal(code: &str) -> [&'static str; 2] {
    match code {
        "other_owner" | "form_signature" | "form_head" | "form_json" | "form_misfit" | "not_a_form" | "owner" => [
            "Formulir ini bukan dari toko ini atau sudah diubah, jadi tidak ditampilkan. Beri tahu toko.",
            "This form is not this shop's or was changed, so it is not shown. Please tell the shop.",
        ],
        "newer_kit" => [
            "Formulir ini memerlukan versi halaman yang lebih baru. Muat ulang halaman.",
            "This form needs a newer version of this page. Reload the page.",
        ],
        "expired" => {
            ["Formulir ini sudah tidak berlaku. Beri tahu toko.", "This form has expired. Please tell the shop."]
        }
        _ => [
            "Formulir tidak dapat dimuat. Periksa sambungan internet, lalu muat ulang halaman.",
            "The form could not be loaded. Check your connection, then reload the page.",
        ],
    }
}

/// What happened to a submission that was not stored, and what to do.
pub(crate) fn trouble(language: &str, trouble: Trouble) -> &'static str {
    let english = language == "en";
    let pick = |id, en| if english { en } else { id };
    match trouble {
        Trouble::NoConnection => pick(
            "Belum terkirim: tidak ada sambungan. Data Anda tersimpan terkunci di halaman ini; jangan tutup, lalu coba lagi.",
            "Not sent yet: no connection. Your data waits locked in this page; keep it open and try again.",
        ),
        Trouble::Busy => pick(
            "Belum terkirim: server sedang sibuk. Tunggu sebentar, lalu coba lagi.",
            "Not sent yet: the server is busy. Wait a little, then try again.",
        ),
        Trouble::NotConfirmed => pick(
            "Belum pasti terkirim: jawaban server tidak cocok. Coba lagi; data tidak akan tercatat dua kali.",
            "Not confirmed: the server's answer does not match. Try again; nothing will be recorded twice.",
        ),
        Trouble::Outdated => pick(
            "Tidak terkirim: formulir ini sudah diganti. Muat ulang halaman dan isi lagi.",
            "Not sent: this form has been replaced. Reload the page and fill it in again.",
        ),
        Trouble::Refused => pick(
            "Tidak terkirim: server menolak. Hubungi toko.",
            "Not sent: the server refuses it. Please contact the shop.",
        ),
        Trouble::NotSealed => pick(
            "Data tidak dapat dikunci di perangkat ini, jadi tidak ada yang dikirim. Coba lagi atau pakai peramban lain.",
            "Your data could not be locked on this device, so nothing was sent. Try again or use another browser.",
        ),
    }
}

/// Digits without the weight of formatting machinery.
pub(crate) fn decimal(value: u64) -> String {
    let mut digits = Vec::new();
    let mut rest = value;
    loop {
        digits.push(char::from(b'0' + (rest % 10) as u8));
        rest /= 10;
        if rest == 0 {
            return digits.iter().rev().collect();
        }
    }
}

static INDONESIAN: Words = Words {
    other_language: ("en", "English"),
    lock: "Jawaban Anda dikunci (dienkripsi) di perangkat ini sebelum dikirim. Server hanya menyimpan data yang terkunci. Yang bisa membukanya hanya ",
    details: "Rincian lengkap",
    age: "Apakah Anda sudah berusia 18 tahun?",
    age_hint: "Untuk usia di bawah 18, minta orang tua atau wali yang mengisi.",
    yes_adult: "Ya, sudah 18 tahun",
    no: "Tidak",
    too_young: "Formulir ini untuk usia 18 tahun ke atas. Tidak ada data yang dikumpulkan. Minta orang tua atau wali Anda mengisinya, atau datang ke toko.",
    back: "Kembali",
    fields: "Data Anda",
    optional: " (boleh kosong)",
    purposes: "Pilihan Anda",
    yes: "Ya, boleh",
    refusal: "Kalau tidak, pendaftaran tetap jalan dan data Anda tidak kami pakai untuk ini.",
    review: "Periksa dulu",
    review_title: "Periksa jawaban Anda",
    not_filled: "tidak diisi",
    change: "Ubah",
    agree: "Setuju dan daftar",
    sending: "Sedang mengunci dan mengirim…",
    retry: "Coba lagi",
    problems: "Ada yang perlu dibetulkan",
    day: "Hari",
    month: "Bulan",
    year: "Tahun",
    done: "Terkirim. Ini bukti persetujuan Anda.",
    number: "Nomor bukti",
    date: "Tanggal",
    agreed: "Anda menyetujui",
    refused: "Anda menolak",
    none: "tidak ada",
    notice_version: "Pemberitahuan privasi versi",
    delete_by: "Data dihapus paling lambat",
    secret: "Kunci bukti",
    secret_hint: "Simpan dan jangan bagikan: ini kunci Anda untuk mengubah pilihan atau menghapus data, tanpa kata sandi.",
    save: "Simpan sebagai berkas",
    copy: "Salin",
    copied: "Tersalin",
    print: "Cetak",
    no_answers: "Isi jawaban Anda tidak ada di bukti ini.",
    months: [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
};

static ENGLISH: Words = Words {
    other_language: ("id", "Bahasa Indonesia"),
    lock: "Your answers are locked (encrypted) on this device before they are sent. The server stores only locked data. The only one who can open it is ",
    details: "Full details",
    age: "Are you 18 or older?",
    age_hint: "Under 18: please ask a parent or guardian to fill this in.",
    yes_adult: "Yes, I am 18 or older",
    no: "No",
    too_young: "This form is for people of 18 or older. Nothing was collected. Please ask a parent or guardian to fill it in, or come to the shop.",
    back: "Back",
    fields: "Your data",
    optional: " (optional)",
    purposes: "Your choices",
    yes: "Yes",
    refusal: "If no, you still register and we do not use your data for this.",
    review: "Check first",
    review_title: "Check your answers",
    not_filled: "not filled in",
    change: "Change",
    agree: "Agree and register",
    sending: "Locking and sending…",
    retry: "Try again",
    problems: "Something needs mending",
    day: "Day",
    month: "Month",
    year: "Year",
    done: "Sent. This is your consent receipt.",
    number: "Receipt number",
    date: "Date",
    agreed: "You agreed to",
    refused: "You refused",
    none: "nothing",
    notice_version: "Privacy notice version",
    delete_by: "Data will be deleted by",
    secret: "Receipt key",
    secret_hint: "Keep it and do not share it: it is your key to change choices or delete your data, no password needed.",
    save: "Save as a file",
    copy: "Copy",
    copied: "Copied",
    print: "Print",
    no_answers: "Your answers are not in this receipt.",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};
