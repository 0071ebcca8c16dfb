// Every sentence that a customer reads and that is not the shop's own, in both languages. No other file chooses words. `{}` stands for a
// name or a number.

const id = {
  lock: "Jawaban Anda dikunci (dienkripsi) di perangkat ini sebelum dikirim. Server hanya menyimpan data yang terkunci. Yang bisa membukanya hanya {}.",
  details: "Rincian lengkap",
  age: "Apakah Anda sudah berusia 18 tahun?",
  age_hint: "Untuk usia di bawah 18, minta orang tua atau wali yang mengisi.",
  yes_adult: "Ya, sudah 18 tahun",
  no: "Tidak",
  too_young: "Formulir ini untuk usia 18 tahun ke atas. Tidak ada data yang dikumpulkan. Minta orang tua atau wali Anda mengisinya, atau datang ke toko.",
  back: "Kembali",
  for_whom: "Untuk siapa Anda mengisi formulir ini?",
  myself: "Saya sendiri, sudah 18 tahun",
  child: "Anak di bawah 18 tahun, dan saya",
  not_yet: "Saya belum 18 tahun",
  parent: "ayah atau ibunya",
  guardian: "walinya",
  guardian_fields: "Data Anda, orang tua atau wali",
  child_fields: "Data anak",
  filled_by: "Diisi oleh",
  restored: "Isian Anda yang tadi masih ada di tab ini, terkunci di perangkat ini.",
  discard: "Hapus isian",
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
  uploading: "Sudah terkunci. Sedang mengirim {} MB. Jangan tutup halaman ini.",
  still_there: "Masih di sini? Sentuh layar atau tekan tombol apa saja. Kalau tidak, isian dihapus satu menit lagi.",
  full_page: "Halaman lengkap untuk dicetak",
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
  unanswered: "Tidak dijawab",
  none: "tidak ada",
  notice_version: "Pemberitahuan privasi versi",
  delete_by: "Data dihapus paling lambat",
  secret: "Kunci bukti",
  secret_hint: "Simpan dan jangan bagikan: ini kunci Anda untuk mengubah pilihan atau menghapus data, tanpa kata sandi.",
  secret_hint_shop: "Simpan dan jangan bagikan. Untuk mengubah pilihan atau menghapus data, hubungi toko dan sebutkan nomor bukti.",
  not_kept: "Kunci bukti belum disimpan, dan setelah dihapus dari layar tidak bisa diambil lagi. Simpan dulu, atau tekan sekali lagi untuk menghapus.",
  save: "Simpan sebagai berkas",
  copy: "Salin",
  copied: "Tersalin",
  print: "Cetak",
  no_answers: "Isi jawaban Anda tidak ada di bukti ini.",
  months: ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
  lock_more_title: "Apa arti terkunci?",
  lock_more: "Pengelola server tidak bisa membaca isi formulir. {} bisa membacanya dan wajib menjaganya. Kunci ini tidak menolong bila ponsel Anda disadap atau halaman ini dipalsukan, jadi periksa dulu alamatnya: ",
  copy_failed: "Peramban ini tidak mengizinkan penyalinan. Tandai kunci di atas, lalu salin sendiri.",
  finish: "Selesai, hapus dari layar ini",
  keep_first: "Simpan dulu kunci bukti Anda",
  send: "Kirim",
};

const en = {
  lock: "Your answers are locked (encrypted) on this device before they are sent. The server stores only locked data. Only {} can open it.",
  details: "Full details",
  age: "Are you 18 or older?",
  age_hint: "Under 18: please ask a parent or guardian to fill this in.",
  yes_adult: "Yes, I am 18 or older",
  no: "No",
  too_young: "This form is for people of 18 or older. Nothing was collected. Please ask a parent or guardian to fill it in, or come to the shop.",
  back: "Back",
  for_whom: "For whom do you fill this in?",
  myself: "For myself, and I am 18 or older",
  child: "For a child under 18; I am",
  not_yet: "I am not 18 yet",
  parent: "the father or mother",
  guardian: "the guardian",
  guardian_fields: "Your data, as parent or guardian",
  child_fields: "The child's data",
  filled_by: "Filled in by",
  restored: "What you filled in before is still in this tab, locked on this device.",
  discard: "Clear it",
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
  uploading: "Locked. Sending {} MB. Do not close this page.",
  still_there: "Still there? Touch the screen or press any key. If not, what was filled in is cleared in a minute.",
  full_page: "Full page to print",
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
  unanswered: "Not answered",
  none: "nothing",
  notice_version: "Privacy notice version",
  delete_by: "Data will be deleted by",
  secret: "Receipt key",
  secret_hint: "Keep it and do not share it: it is your key to change choices or delete your data, no password needed.",
  secret_hint_shop: "Keep it and do not share it. To change choices or delete your data, contact the shop and tell it the receipt number.",
  not_kept: "The receipt key is not saved yet, and once cleared it cannot be brought back. Save it first, or press once more to clear it.",
  save: "Save as a file",
  copy: "Copy",
  copied: "Copied",
  print: "Print",
  no_answers: "Your answers are not in this receipt.",
  months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
  lock_more_title: "What does locked mean?",
  lock_more: "Whoever runs the server cannot read your answers. {} can, and must protect them. The lock does not help if your phone is spied on or this page is a fake, so check the address first: ",
  copy_failed: "This browser does not allow copying. Select the key above and copy it yourself.",
  finish: "Done, clear this screen",
  keep_first: "Keep your receipt key first",
  send: "Send",
};

// The sentences of a language; Indonesian for one that we have no words for.
export const words = (language) => (language === "en" ? en : id);

export const LANGUAGES = { id: "Bahasa Indonesia", en: "English" };

// A text of the form in a language that it has.
export const named = (text, language) => text[language] ?? Object.values(text)[0];

export const fill = (sentence, value) => sentence.replace("{}", () => value);

// The date of a moment where the device is, as `YYYY-MM-DD`.
const dateOf = (moment) => new Date(moment - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
export const today = () => dateOf(new Date());

// `2000-02-29`, or a time on this device's calendar, as people write it: 29 Februari 2000.
export function longDate(text, language) {
  const [year, month, day] = (text[10] ? dateOf(new Date(text)) : text).split("-").map(Number);
  return `${day} ${words(language).months[month - 1] ?? month} ${year}`;
}

// Day, month (a number, or its name in either language) and year as `YYYY-MM-DD`; nothing if nothing was typed.
export function isoDate(day, month, year) {
  if (!day && !month && !year) return "";
  const typed = month.toLowerCase();
  const find = ({ months }) => months.findIndex((name) => typed.length >= 3 && name.toLowerCase().startsWith(typed)) + 1;
  const number = String(find(id) || find(en) || typed);
  return `${year}-${number.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

// Between thousands, and before a fraction.
const MARKS = { id: [".", ","], en: [",", "."] };

// A number as people of that language write it, as the module takes it: 5.000.000 and 2,5 are Indonesian, and what can mean only one thing is
// taken in the other spelling too. What is none of it stays as it is, for the module to refuse.
export function decimal(text, language) {
  const own = MARKS[language] ?? MARKS.id;
  const bare = text.replace(/\s/g, "");
  // A mark is missing, or it is a fraction: who knows. The module takes no two dots.
  if (new RegExp(`^-?[1-9]\\d{3,}\\${own[0]}\\d{3}$`).test(bare)) return bare.replace(own[0], "..");
  const grouped = ([group, mark], more) => new RegExp(`^-?[1-9]\\d{0,2}(\\${group}\\d{3})${more}(\\${mark}\\d+)?$`).test(bare) && bare.replaceAll(group, "").replace(mark, ".");
  return grouped(own, "+") || grouped([...own].reverse(), "{2,}") || bare.replace(",", ".");
}

// The same the other way.
export function grouped(number, language) {
  const [group, mark] = MARKS[language] ?? MARKS.id;
  const [whole, fraction] = number.split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, group) + (fraction ? mark + fraction : "");
}

// What to do about a field: the cause that the module names, and its limit.
const PROBLEMS = {
  required: ["Isi bagian ini.", "Fill this in."],
  too_long: ["Pendekkan {} huruf.", "Shorten this by {} characters."],
  control: ["Ketik ulang tanpa karakter tersembunyi.", "Type this again without hidden characters."],
  phone: ["Tulis nomor seperti 0812 3456 7890.", "Write a number like 0812 3456 7890."],
  email: ["Tulis alamat seperti nama@contoh.id.", "Write an address like name@example.id."],
  date: ["Tulis tanggal yang ada, misalnya 27 3 1990.", "Write a date that exists, such as 27 3 1990."],
  birth: ["Tanggal lahir tidak mungkin setelah hari ini.", "A date of birth cannot be after today."],
  number: ["Tulis angka saja, misalnya 1.500 atau 2,5.", "Write digits only, such as 1,500 or 2.5."],
  postcode: ["Tulis lima angka, misalnya 40115.", "Write five digits, such as 40115."],
  nik: ["Tulis 16 angka seperti di KTP.", "Write the 16 digits that stand on the identity card."],
  file_size: ["Pilih berkas paling besar {}.", "Choose a file of at most {}."],
  files: ["Pilih paling banyak {} berkas.", "Choose at most {} files."],
  file_type: ["Pilih berkas dari jenis yang diminta.", "Choose a file of the kind that is asked for."],
  file_name: ["Ganti nama berkas, lalu pilih lagi.", "Rename the file, then choose it again."],
  picture: ["Gambar ini tidak dapat dibaca. Pilih foto JPEG, PNG, atau WebP.", "This picture cannot be read. Choose a JPEG, PNG or WebP photo."],
  unreadable: ["Berkas tidak dapat dibaca lagi. Pilih lagi.", "The file can no longer be read. Choose it again."],
  option: ["Pilih salah satu.", "Choose one."],
};

export function problem({ cause, limit }, language) {
  const sentence = (PROBLEMS[cause] ?? PROBLEMS.option)[language === "en" ? 1 : 0];
  return fill(sentence, cause === "file_size" ? size(limit) : limit);
}

// So many bytes, rounded down: what is said to be allowed must be.
const size = (bytes) => (bytes < 1024 ? `${bytes} byte` : bytes < 1048576 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 1048576)} MB`);

// Why there is no form, in both languages: nobody knows yet which one is read.
const REFUSALS = {
  insecure: [
    "Formulir ini perlu alamat https:// supaya data Anda aman, jadi tidak ditampilkan. Beri tahu toko.",
    "This form needs an https:// address to keep your data safe, so it is not shown. Please tell the shop.",
  ],
  old: [
    "Peramban ini terlalu lama atau dibatasi, jadi formulir tidak ditampilkan. Perbarui peramban atau pakai yang lain.",
    "This browser is too old or restricted, so the form is not shown. Update it or use another one.",
  ],
  altered: [
    "Berkas formulir ini berubah di perjalanan, jadi tidak dipakai. Beri tahu toko.",
    "A file of this form was changed on its way, so it is not used. Please tell the shop.",
  ],
  foreign: [
    "Formulir ini bukan dari toko ini atau sudah diubah, jadi tidak ditampilkan. Beri tahu toko.",
    "This form is not this shop's or was changed, so it is not shown. Please tell the shop.",
  ],
  newer_kit: [
    "Formulir ini memerlukan versi halaman yang lebih baru. Muat ulang halaman.",
    "This form needs a newer version of this page. Reload the page.",
  ],
  expired: [
    "Menurut tanggal perangkat ini, {}, formulir ini tidak berlaku. Betulkan tanggalnya jika salah, lalu muat ulang halaman. Jika tidak, beri tahu toko.",
    "By the date of this device, {}, this form is not valid. If the date is wrong, mend it and reload the page. If not, please tell the shop.",
  ],
  missing: [
    "Formulir tidak dapat dimuat. Periksa sambungan internet, lalu muat ulang halaman.",
    "The form could not be loaded. Check your connection, then reload the page.",
  ],
};

// Codes of the module that mean: signed by another, or not as it was signed.
const FOREIGN = ["other_owner", "form_signature", "form_head", "form_json", "form_misfit", "form_too_large", "not_a_form", "owner"];

export function refusal(why) {
  const sentences = REFUSALS[FOREIGN.includes(why) ? "foreign" : why] ?? REFUSALS.missing;
  return sentences.map((sentence, nth) => fill(sentence, longDate(today(), ["id", "en"][nth])));
}

// What happened to a submission that was not stored, and what to do.
const TROUBLES = {
  offline: ["Belum terkirim: tidak ada sambungan.", "Not sent yet: no connection."],
  slow: ["Belum terkirim: server belum menjawab.", "Not sent yet: the server does not answer."],
  down: ["Belum terkirim: server sedang terganggu. Jika lama, beri tahu toko.", "Not sent yet: the server has a problem. If it lasts, please tell the shop."],
  busy: ["Belum terkirim: server sedang sibuk.", "Not sent yet: the server is busy."],
  kept: [" Data Anda tersimpan terkunci di perangkat ini dan akan dicoba lagi.", " Your data waits locked on this device and will be tried again."],
  open: [
    " Data Anda terkunci di halaman ini dan akan dicoba lagi. Jangan tutup halaman ini.",
    " Your data waits locked in this page and will be tried again. Do not close this page.",
  ],
  unconfirmed: [
    "Belum pasti terkirim: jawaban server tidak cocok. Data tidak akan tercatat dua kali.",
    "Not confirmed: the server's answer does not match. Nothing will be recorded twice.",
  ],
  outdated: [
    "Tidak terkirim: formulir ini sudah diganti. Muat ulang halaman dan isi lagi.",
    "Not sent: this form has been replaced. Reload the page and fill it in again.",
  ],
  closed: ["Tidak terkirim: server tidak menerima formulir ini lagi. Hubungi toko.", "Not sent: the server no longer takes this form. Please contact the shop."],
  too_large: [
    "Tidak terkirim: terlalu besar untuk server. Pilih berkas yang lebih kecil.",
    "Not sent: too large for the server. Choose a smaller file.",
  ],
  rejected: ["Tidak terkirim: server menolak. Hubungi toko.", "Not sent: the server refuses it. Please contact the shop."],
  unsealed: [
    "Data tidak dapat dikunci di perangkat ini, jadi tidak ada yang dikirim. Coba lagi atau pakai peramban lain.",
    "Your data could not be locked on this device, so nothing was sent. Try again or use another browser.",
  ],
};

export const trouble = (why, language) => TROUBLES[why][language === "en" ? 1 : 0];

// The same, and where the sealed bytes wait.
export const waiting = (why, kept, language) => trouble(why, language) + trouble(kept ? "kept" : "open", language);
