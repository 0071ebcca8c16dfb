//! The sentences of looking around and taking out, in both languages.

use crate::words::Language;

/// What the page says about one customer, a search, and what is saved.
pub(crate) struct Looking {
    language: Language,
    pub(crate) search: &'static str,
    pub(crate) save_json: &'static str,
    pub(crate) save_files: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) halted: &'static str,
    pub(crate) back: &'static str,
    pub(crate) print: &'static str,
    pub(crate) received: &'static str,
    pub(crate) sealed: &'static str,
    pub(crate) given_by: &'static str,
    pub(crate) form: &'static str,
    pub(crate) notice_version: &'static str,
    pub(crate) notice_language: &'static str,
    pub(crate) answers: &'static str,
    pub(crate) answers_hint: &'static str,
    pub(crate) choices: &'static str,
    pub(crate) choices_hint: &'static str,
    pub(crate) given: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) unanswered: &'static str,
    pub(crate) notice: &'static str,
    pub(crate) archiving: &'static str,
    pub(crate) saving: &'static str,
    pub(crate) save_about: &'static str,
    pub(crate) opponents: &'static str,
    pub(crate) used_for: &'static str,
    pub(crate) withdrawn: &'static str,
    pub(crate) record: &'static str,
    pub(crate) record_hint: &'static str,
    pub(crate) wish: &'static str,
    pub(crate) none: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) wishes: [&'static str; 3],
    pub(crate) withdraw: &'static str,
    pub(crate) channels: [&'static str; 5],
    pub(crate) note: &'static str,
    pub(crate) noted: &'static str,
    pub(crate) no_archive: &'static str,
}

impl Language {
    pub(crate) const fn looking(self) -> &'static Looking {
        match self {
            Self::Indonesian => &INDONESIAN,
            Self::English => &ENGLISH,
        }
    }
}

impl Looking {
    pub(crate) fn customer(&self, number: &str) -> String {
        match self.language {
            Language::Indonesian => format!("Pelanggan {number}"),
            Language::English => format!("Customer {number}"),
        }
    }

    pub(crate) fn found(&self, found: usize, all: usize) -> String {
        match self.language {
            Language::Indonesian => format!("{found} dari {all} cocok"),
            Language::English => format!("{found} of {all} match"),
        }
    }

    /// What became of the attachments.
    pub(crate) fn archived(&self, saved: usize, failed: usize) -> String {
        match self.language {
            Language::Indonesian => format!("{saved} lampiran dalam satu arsip, {failed} gagal dibuka."),
            Language::English => format!("{saved} attachments in one archive, {failed} did not open."),
        }
    }
}

const INDONESIAN: Looking = Looking {
    language: Language::Indonesian,
    search: "Cari",
    save_json: "Simpan sebagai JSON",
    save_files: "Simpan semua lampiran",
    stop: "Berhenti",
    halted: "Dihentikan. Kiriman yang belum dibuka tidak ikut dihitung; penarikan dan permintaan hapus sudah dibaca semua.",
    back: "Kembali ke tabel",
    print: "Cetak",
    received: "Diterima (UTC)",
    sealed: "Dikunci (UTC)",
    given_by: "Disetujui oleh",
    form: "Formulir",
    notice_version: "Versi pemberitahuan",
    notice_language: "Bahasa yang ditampilkan",
    answers: "Jawaban",
    answers_hint: "Hanya yang dikumpulkan untuk tujuan yang dipilih.",
    choices: "Persetujuan",
    choices_hint: "Kalimat persis seperti yang ditampilkan kepada pelanggan.",
    given: "Ya",
    refused: "Tidak",
    unanswered: "Tidak dijawab",
    notice: "Pemberitahuan yang ditampilkan",
    archiving: "Mengumpulkan lampiran …",
    saving: "Menulis berkas …",
    save_about: "Simpan keterangan",
    opponents: "Yang minta dihapus atau menarik persetujuan",
    used_for: "Tujuan yang dipilih",
    withdrawn: "ditarik",
    record: "Catat permintaan",
    record_hint: "Permintaan lewat telepon, WhatsApp, surat, atau di toko juga berlaku. Pastikan dulu orangnya memang pelanggan ini. Kalau sudah ada requests.txt, pilih berkas itu dulu di atas; isinya ikut disimpan.",
    wish: "Yang diminta",
    none: "Pilih …",
    channel: "Lewat",
    wishes: ["Hapus data", "Minta salinan", "Minta koreksi"],
    withdraw: "Tarik persetujuan:",
    channels: ["WhatsApp", "Telepon", "E-mail", "Surat", "Di toko"],
    note: "Catat dan simpan",
    noted: "Dicatat, dan disimpan sebagai requests.txt. Taruh bersama berkas kiriman, ganti yang lama, dan pilih lagi bersama kiriman lain kali.",
    no_archive: "arsip tidak bisa dibuat",
};

const ENGLISH: Looking = Looking {
    language: Language::English,
    search: "Search",
    save_json: "Save as JSON",
    save_files: "Save all attachments",
    stop: "Stop",
    halted: "Stopped. Submissions that were not opened are not counted; withdrawals and wishes for deletion were all read.",
    back: "Back to the table",
    print: "Print",
    received: "Received (UTC)",
    sealed: "Sealed (UTC)",
    given_by: "Agreed to by",
    form: "Form",
    notice_version: "Version of the notice",
    notice_language: "Language shown",
    answers: "Answers",
    answers_hint: "Only what was collected for the chosen purpose.",
    choices: "Consent",
    choices_hint: "The very sentences that the customer was shown.",
    given: "Yes",
    refused: "No",
    unanswered: "Not answered",
    notice: "The notice that was shown",
    archiving: "Collecting attachments …",
    saving: "Writing the file …",
    save_about: "Save what it is for",
    opponents: "Who asked for deletion or withdrew",
    used_for: "The chosen purpose",
    withdrawn: "withdrawn",
    record: "Write a request down",
    record_hint: "A request by phone, chat, letter or at the counter counts as well. Make sure first that the person is this customer. If there is a requests.txt already, choose it above first; what it says is saved along.",
    wish: "What is wanted",
    none: "Choose …",
    channel: "How it came",
    wishes: ["Delete the data", "A copy", "A correction"],
    withdraw: "Withdraw consent:",
    channels: ["WhatsApp", "Phone", "E-mail", "Letter", "At the counter"],
    note: "Write down and save",
    noted: "Written down, and saved as requests.txt. Put it with the exports in place of the old one, and choose it with them next time.",
    no_archive: "no archive could be made",
};
