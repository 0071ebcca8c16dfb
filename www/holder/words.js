// Every sentence of the receipt's page that is not the shop's own, in both languages. `{}` stands for a name, a time or a number, in order.

const id = {
  title: "Bukti dan pilihan Anda",
  lock: "Kunci bukti Anda tetap di perangkat ini. Yang dikirim hanya permintaan bertanda tangan, supaya tidak ada orang lain yang bisa meminta atas nama Anda.",
  enter: "Tempel tautan atau kunci bukti Anda",
  enter_hint: "Diawali SEGEL-RECEIPT-1. Anda mendapatkannya setelah mengirim formulir.",
  show: "Buka bukti",
  loading: "Mencari data Anda…",
  number: "Nomor bukti",
  received: "Diterima server",
  delete_by: "Data dihapus paling lambat",
  state: "Keadaan data",
  stored: "tersimpan, terkunci",
  gone: "sudah dihapus dari server",
  choices: "Pilihan Anda",
  choices_hint: "Server tidak tahu apa yang Anda setujui, karena itu terkunci. Kalau dulu Anda menjawab ya, Anda bisa menariknya di sini.",
  withdraw: "Tarik persetujuan",
  withdrawn: "Ditarik {}",
  withdraw_ask: "Tarik persetujuan untuk {}? {} berhenti memakai data Anda untuk itu paling lambat 3x24 jam sejak permintaan ini. Pilihan lain tidak berubah.",
  withdraw_yes: "Ya, tarik",
  withdraw_done: "Persetujuan untuk {} sudah ditarik pada {}. {} berhenti memakai data Anda untuk itu paling lambat {}. Pemakaian sebelumnya tetap sah. Pilihan lain tidak berubah. Nomor permintaan {}.",
  erase: "Hapus semua data saya",
  erase_title: "Menghapus data",
  erase_hint: "Server langsung menghapus data Anda yang terkunci. {} wajib menghapus salinannya paling lambat 3x24 jam dan memberi tahu Anda. Salinan cadangan yang terkunci hilang paling lambat {} hari kemudian.",
  erase_ask: "Hapus semua data Anda di {}? Ini tidak bisa dibatalkan, dan urusan yang memerlukan data ini berhenti.",
  erase_yes: "Ya, hapus semuanya",
  erase_done: "Data Anda dihapus dari server pada {}. {} wajib menghapus salinannya paling lambat {}. Nomor permintaan {}.",
  cancel: "Batal",
  sending: "Mengirim permintaan…",
  other: "Melihat, membetulkan, atau menyalin data",
  other_hint: "Yang bisa membuka data Anda hanya {}. Hubungi {} dan sebut nomor bukti Anda; permintaan ditangani paling lambat 3x24 jam.",
  keep: "Simpan bukti ini",
  proof: "Tanda terima server",
  rights_page: "Halaman {} tentang hak Anda",
  problem: "Ada masalah",
};

const en = {
  title: "Your receipt and choices",
  lock: "Your receipt key stays on this device. Only a signed request is sent, so that nobody else can ask in your name.",
  enter: "Paste your receipt link or key",
  enter_hint: "It begins with SEGEL-RECEIPT-1. You got it after sending the form.",
  show: "Open the receipt",
  loading: "Looking for your data…",
  number: "Receipt number",
  received: "Received by the server",
  delete_by: "Data will be deleted by",
  state: "Your data",
  stored: "stored, locked",
  gone: "deleted from the server",
  choices: "Your choices",
  choices_hint: "The server does not know what you agreed to, because that is locked. If you said yes then, you can withdraw it here.",
  withdraw: "Withdraw consent",
  withdrawn: "Withdrawn {}",
  withdraw_ask: "Withdraw your consent to {}? {} stops using your data for it within 72 hours of this request. Your other choices stay as they are.",
  withdraw_yes: "Yes, withdraw",
  withdraw_done: "Consent to {} was withdrawn at {}. {} stops using your data for it by {}. Use before then stays lawful. Your other choices are unchanged. Request number {}.",
  erase: "Delete all my data",
  erase_title: "Deletion",
  erase_hint: "The server deletes your locked data at once. {} must delete its copies within 72 hours and tell you. Locked backup copies disappear at most {} days later.",
  erase_ask: "Delete all your data at {}? This cannot be undone, and what needs this data ends.",
  erase_yes: "Yes, delete everything",
  erase_done: "Your data was deleted from the server at {}. {} must delete its copies by {}. Request number {}.",
  cancel: "Cancel",
  sending: "Sending the request…",
  other: "Seeing, correcting or copying your data",
  other_hint: "Only {} can open your data. Contact {} and give your receipt number; requests are handled within 72 hours.",
  keep: "Keep this receipt",
  proof: "The server's signed receipt",
  rights_page: "{}'s page about your rights",
  problem: "Problem",
};

export const holderWords = (language) => (language === "en" ? en : id);

// Puts the values where `{}` stands, in order.
export const fillAll = (sentence, ...values) => values.reduce((text, value) => text.replace("{}", () => value), sentence);

// `2026-11-23T03:12:46Z` on the customer's clock, as people write it.
export function moment(time, language) {
  const form = { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "id-ID", form).format(new Date(time));
}

// Why nothing can be shown or was done, and what to do.
const TROUBLES = {
  checksum: ["Ada huruf yang salah atau kurang di kunci itu. Salin lagi seluruhnya.", "A character of that key is wrong or missing. Copy all of it again."],
  not_a_receipt: ["Itu bukan kunci bukti. Kunci bukti diawali SEGEL-RECEIPT-1.", "That is not a receipt key. A receipt key begins with SEGEL-RECEIPT-1."],
  unknown_submission: [
    "Tidak ada data dengan bukti ini di server. Mungkin belum terkirim, atau sudah lama dihapus karena masa simpannya habis.",
    "The server has no data for this receipt. Perhaps it was not sent yet, or it was deleted long ago because its time was over.",
  ],
  deleted: ["Data ini sudah dihapus.", "This data is deleted already."],
  offline: ["Tidak ada sambungan. Belum ada yang berubah; coba lagi.", "No connection. Nothing has changed yet; try again."],
  busy: ["Server sedang sibuk. Belum ada yang berubah; coba lagi sebentar.", "The server is busy. Nothing has changed yet; try again in a moment."],
  unconfirmed: [
    "Belum pasti tercatat: jawaban server tidak sampai. Coba lagi; permintaan yang sama tidak dicatat dua kali.",
    "Not confirmed: the server's answer did not arrive. Try again; the same request is not recorded twice.",
  ],
  refused: [
    "Server menolak permintaan ini. Belum ada yang berubah; hubungi toko dan sebut nomor bukti Anda.",
    "The server refuses this request. Nothing has changed; contact the shop and give your receipt number.",
  ],
};

export const holderTrouble = (why, language) => (TROUBLES[why] ?? TROUBLES.refused)[language === "en" ? 1 : 0];
