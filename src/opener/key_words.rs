//! The sentences of key making, in both languages.

use segel_paper::{Strength, Unreadable};

use crate::maker::Refused;
use crate::words::Language;

/// What the page says while keys are made or come back from paper.
pub(crate) struct Making {
    language: Language,
    pub(crate) offer: &'static str,
    pub(crate) offer_restore: &'static str,
    pub(crate) offer_hint: &'static str,
    pub(crate) passphrase_title: &'static str,
    pub(crate) passphrase_hint: &'static str,
    pub(crate) strength_hint: &'static str,
    pub(crate) suggest: &'static str,
    pub(crate) suggested: &'static str,
    pub(crate) first: &'static str,
    pub(crate) again: &'static str,
    pub(crate) make: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) working: &'static str,
    pub(crate) saving_title: &'static str,
    pub(crate) saving_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) unsaved: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) back_title: &'static str,
    pub(crate) back_hint: &'static str,
    pub(crate) stranger: &'static str,
    pub(crate) next: &'static str,
    pub(crate) paper: &'static str,
    pub(crate) paper_title: &'static str,
    pub(crate) paper_hint: &'static str,
    pub(crate) print: &'static str,
    pub(crate) printed: &'static str,
    pub(crate) see_paper: &'static str,
    pub(crate) proving_title: &'static str,
    pub(crate) proving_hint: &'static str,
    pub(crate) proving_wrong: &'static str,
    pub(crate) check: &'static str,
    pub(crate) ready_title: &'static str,
    pub(crate) ready_hint: &'static str,
    pub(crate) ready: [&'static str; 4],
    pub(crate) go_on: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) failed_hint: &'static str,
    pub(crate) restore_title: &'static str,
    pub(crate) restore_hint: &'static str,
    pub(crate) restore: &'static str,
    pub(crate) restored_title: &'static str,
    pub(crate) restored_hint: &'static str,
    pub(crate) restored_save: &'static str,
    pub(crate) later: &'static str,
    pub(crate) restored_file: &'static str,
    pub(crate) restored_saving: &'static str,
    pub(crate) restored_back: &'static str,
}

impl Language {
    pub(crate) const fn making(self) -> &'static Making {
        match self {
            Self::Indonesian => &INDONESIAN,
            Self::English => &ENGLISH,
        }
    }
}

impl Making {
    pub(crate) const fn refused(&self, refused: Refused) -> &'static str {
        match refused {
            Refused::Differ => self
                .language
                .pick("Kedua kata sandi berbeda. Ketik sekali lagi.", "The two passphrases differ. Type them again."),
            Refused::Weak => self.language.pick(
                "Kata sandi ini terlalu mudah ditebak. Pakai usulan enam kata, atau yang lebih panjang.",
                "This passphrase is too easy to guess. Take the six words offered, or a longer one.",
            ),
        }
    }

    pub(crate) const fn strength(&self, strength: Strength) -> &'static str {
        match strength {
            Strength::Weak => self.language.pick("Terlalu mudah ditebak.", "Too easy to guess."),
            Strength::Fair => self.language.pick(
                "Boleh dipakai. Kuat hanya kalau bukan kalimat yang dikenal, nama, atau tanggal: itu tidak bisa kami nilai.",
                "It may do. It is strong only if it is no known phrase, name or date: we cannot judge that.",
            ),
            _ => self.language.pick(
                "Kuat, kalau dipilih acak. Kalimat yang dikenal orang tetap mudah ditebak.",
                "Strong, if chosen at random. A phrase that people know is still easy to guess.",
            ),
        }
    }

    pub(crate) fn progress(&self, nth: u8, of: usize) -> String {
        match self.language {
            Language::Indonesian => {
                format!("Kunci {nth} dari {of}: dikunci, dibuka lagi, dan dicoba. Perlu beberapa detik.")
            }
            Language::English => format!("Key {nth} of {of}: locked, opened again and tried. It takes some seconds."),
        }
    }

    /// What one of the files is for.
    pub(crate) fn file(&self, name: &str) -> &'static str {
        match name {
            "owner.key" => self
                .language
                .pick("Kunci Anda. Rahasia; hanya di komputer ini.", "Your key. Secret; on this computer only."),
            "restored.key" => self.language.pick(
                "Kunci dari lembar kertas. Rahasia; hanya di komputer ini.",
                "The key from the paper sheet. Secret; on this computer only.",
            ),
            "spare.key" => self.language.pick(
                "Kunci cadangan. Rahasia; pindahkan ke tempat lain, misalnya USB di lemari.",
                "The spare key. Secret; move it elsewhere, such as a USB stick in a cupboard.",
            ),
            _ => self.language.pick(
                "Kunci umum. Tidak rahasia; untuk pembuat situs.",
                "The public key. Not secret; for the web developer.",
            ),
        }
    }

    pub(crate) fn word(&self, spare: bool, place: usize) -> String {
        match (self.language, spare) {
            (Language::Indonesian, false) => format!("Kunci pemilik, kata ke-{place}"),
            (Language::Indonesian, true) => format!("Kunci cadangan, kata ke-{place}"),
            (Language::English, false) => format!("Owner's key, word {place}"),
            (Language::English, true) => format!("Spare key, word {place}"),
        }
    }

    pub(crate) fn unreadable(&self, error: &Unreadable) -> String {
        match (error, self.language) {
            (Unreadable::Count { found }, Language::Indonesian) => {
                format!("Perlu 24 kata; yang diketik {found}.")
            }
            (Unreadable::Count { found }, Language::English) => format!("24 words are needed; {found} were typed."),
            (Unreadable::Unknown { place }, Language::Indonesian) => {
                format!("Kata ke-{place} tidak ada di daftar. Periksa ejaannya di kertas.")
            }
            (Unreadable::Unknown { place }, Language::English) => {
                format!("Word {place} is not in the list. Check its spelling on the paper.")
            }
            (Unreadable::Checksum, _) => self
                .language
                .pick(
                    "Semua kata dikenal, tetapi ada yang salah atau tertukar. Bandingkan satu per satu dengan kertas.",
                    "Every word is known, but one is wrong or in another place. Compare them one by one with the paper.",
                )
                .to_owned(),
            _ => self
                .language
                .pick(
                    "Baris kunci ini tidak lengkap atau salah ketik. Lebih mudah: ketik 24 katanya.",
                    "This key line is incomplete or mistyped. It is easier to type the 24 words.",
                )
                .to_owned(),
        }
    }
}

const INDONESIAN: Making = Making {
    language: Language::Indonesian,
    offer: "Buat kunci baru",
    offer_restore: "Pulihkan dari lembar kertas",
    offer_hint: "Belum punya kunci, atau berkasnya hilang?",
    passphrase_title: "Kunci baru: kata sandi",
    passphrase_hint: "Kata sandi melindungi berkas kunci kalau disalin orang. Tidak ada yang bisa menggantinya kalau lupa; lembar kertas nanti jadi cadangannya.",
    strength_hint: "Paling aman: kata-kata yang dipilih acak oleh komputer.",
    suggest: "Usulkan enam kata acak",
    suggested: "Tulis enam kata ini di kertas, lalu ketik di kotak kedua.",
    first: "Kata sandi baru",
    again: "Ketik sekali lagi",
    make: "Buat kunci",
    cancel: "Batal",
    working: "Membuat kunci …",
    saving_title: "Kunci baru: simpan berkasnya",
    saving_hint: "Simpan ketiga berkas. Kunci pertama dan cadangannya jangan disimpan di tempat yang sama.",
    save: "Simpan",
    unsaved: "belum disimpan",
    saved: "diserahkan ke unduhan, belum diperiksa",
    seen: "tersimpan",
    back_title: "Periksa yang tersimpan",
    back_hint: "Pilih owner.key dan spare.key dari tempat Anda menyimpannya",
    stranger: "Berkas ini bukan yang baru disimpan, atau tersimpan tidak utuh. Simpan lagi, lalu pilih.",
    next: "Lanjut",
    paper: "Kunci dari lembar kertas",
    paper_title: "Kunci baru: cetak lembar pemulihan",
    paper_hint: "Kalau semua berkas hilang atau kata sandi terlupa, hanya kertas ini yang bisa membuka. Cetak, atau salin kata-katanya dengan tangan. Jangan difoto.",
    print: "Cetak",
    printed: "Sudah di kertas",
    see_paper: "Lihat lagi lembarnya",
    proving_title: "Kunci baru: periksa kertasnya",
    proving_hint: "Ketik kata-kata ini dari kertas Anda. Empat huruf pertama cukup.",
    proving_wrong: "Ada kata yang tidak cocok. Ini kata-kata lain; lihat baik-baik di kertas.",
    check: "Periksa",
    ready_title: "Kunci siap",
    ready_hint: "Kedua kunci sudah membuka segel uji, berkasnya tersimpan, dan kertasnya terbaca. Sidik kunci Anda:",
    ready: [
        "Kirim owner.pub dan sidik kunci di atas kepada pembuat situs.",
        "Formulir diterbitkan dengan owner.key, di komputer Anda; jangan kirim kunci rahasia kepada siapa pun.",
        "Pindahkan spare.key ke tempat lain.",
        "Simpan kertasnya di tempat terkunci.",
    ],
    go_on: "Lanjut membuka kiriman",
    failed: "Kunci tidak jadi dibuat",
    failed_hint: "Tidak ada yang dibuat: komputer tidak memberi angka acak, atau kunci yang ditulis tidak membuka segel uji. Coba lagi di komputer lain.",
    restore_title: "Pulihkan dari lembar kertas",
    restore_hint: "Ketik 24 kata dari lembar pemulihan, menurut nomornya (atau baris AGE-SECRET-KEY)",
    restore: "Pulihkan",
    restored_title: "Kunci sudah kembali",
    restored_hint: "Buat berkas kunci dengan kata sandi baru, supaya lain kali tidak perlu mengetik dari kertas. Simpan kertasnya kembali.",
    restored_save: "Buat berkas kunci",
    later: "Nanti saja",
    restored_file: "Berkas kunci baru",
    restored_saving: "Simpan berkasnya, lalu periksa di bawah.",
    restored_back: "Pilih restored.key dari tempat Anda menyimpannya",
};

const ENGLISH: Making = Making {
    language: Language::English,
    offer: "Make a new key",
    offer_restore: "Recover from the paper sheet",
    offer_hint: "No key yet, or its file is lost?",
    passphrase_title: "New key: passphrase",
    passphrase_hint: "The passphrase protects the key file if somebody copies it. Nobody can replace it when it is forgotten; the paper sheet will be its spare.",
    strength_hint: "Safest: words that the computer draws at random.",
    suggest: "Offer six random words",
    suggested: "Write these six words on paper, then type them into the second box.",
    first: "New passphrase",
    again: "Once more",
    make: "Make the keys",
    cancel: "Cancel",
    working: "Making keys …",
    saving_title: "New key: save the files",
    saving_hint: "Save all three files. Do not keep the first key and its spare in one place.",
    save: "Save",
    unsaved: "not saved yet",
    saved: "handed to the downloads, not checked yet",
    seen: "saved",
    back_title: "Check what was saved",
    back_hint: "Choose owner.key and spare.key from where you saved them",
    stranger: "This is not a file that was just saved, or it was not saved whole. Save it again, then choose it.",
    next: "Go on",
    paper: "Key from the paper sheet",
    paper_title: "New key: print the recovery sheet",
    paper_hint: "If every file is lost or the passphrase forgotten, this paper alone can open. Print it, or copy the words by hand. Take no photo of it.",
    print: "Print",
    printed: "It is on paper",
    see_paper: "Show the sheet again",
    proving_title: "New key: check the paper",
    proving_hint: "Type these words from your paper. The first four letters suffice.",
    proving_wrong: "A word does not fit. Here are others; look closely at the paper.",
    check: "Check",
    ready_title: "The keys are ready",
    ready_hint: "Both keys opened a test seal, their files are saved, and the paper can be read. Your key's fingerprint:",
    ready: [
        "Send owner.pub and the fingerprint above to the web developer.",
        "The form is published with owner.key, on your computer; send the secret key to nobody.",
        "Move spare.key to another place.",
        "Lock the paper away.",
    ],
    go_on: "Go on to open submissions",
    failed: "No key was made",
    failed_hint: "Nothing was made: the computer gave no randomness, or the key that was written did not open a test seal. Try another computer.",
    restore_title: "Recover from the paper sheet",
    restore_hint: "Type the 24 words of the recovery sheet in the order of their numbers (or the line AGE-SECRET-KEY)",
    restore: "Recover",
    restored_title: "The key is back",
    restored_hint: "Make a key file with a new passphrase, so that next time nothing is typed from paper. Put the paper away again.",
    restored_save: "Make a key file",
    later: "Not now",
    restored_file: "New key file",
    restored_saving: "Save the file, then check it below.",
    restored_back: "Choose restored.key from where you saved it",
};
