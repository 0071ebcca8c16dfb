//! The word lists of the rules, and how a text is held against one.
//!
//! A text is taken as words in lower case, punctuation aside; `kirim*` stands for every word that begins so.

use segel_core::time::Span;

/// The first entry of `list` that `text` has.
pub(super) fn found(text: &str, list: &[&'static str]) -> Option<&'static str> {
    let text = plain(text);
    list.iter().copied().find(|entry| match entry.strip_suffix('*') {
        Some(stem) => text.contains(&format!(" {stem}")),
        None => text.contains(&format!(" {entry} ")),
    })
}

/// Lower case, each word between single spaces, one in front and one behind.
pub(super) fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(String::from(" "), |text, word| text + word + " ")
}

/// Whether a text names a law that can be looked up.
pub(super) fn names_a_law(text: &str) -> bool {
    found(text, LAWS).is_some() && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text is a length of time and nothing else: "2 tahun", "at most 6 months".
pub(super) fn only_a_length(text: &str) -> bool {
    const AROUND: &[&str] = &[
        "paling", "lama", "lambat", "selama", "maksimal", "sekitar", "kurang", "lebih", "setelah", "sesudah", "dalam",
        "at", "most", "for", "up", "to", "about", "after", "within", "a", "an", "the", "max", "maximum",
    ];
    const NUMBERS: &[&str] = &[
        "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "setahun",
        "sebulan", "seminggu", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let plain = plain(text);
    let known = |word: &str| {
        let number = word.starts_with(|letter: char| letter.is_ascii_digit()) || NUMBERS.contains(&word);
        number || UNITS.contains(&word) || AROUND.contains(&word) || Span::parse(&word.to_uppercase()).is_some()
    };
    plain.split_whitespace().all(known)
}

/// Units of time.
pub(super) const UNITS: &[&str] = &[
    "tahun", "bulan", "minggu", "hari", "jam", "year", "years", "month", "months", "week", "weeks", "day", "days",
    "hours",
];

/// An address on the network.
pub(super) const NETWORK_ADDRESS: &[&str] = &["alamat ip", "ip address", "ip addresses"];

const LAWS: &[&str] = &[
    "uu",
    "undang undang",
    "pp",
    "perpres",
    "permen*",
    "perda",
    "peraturan",
    "pojk",
    "pmk",
    "pasal",
    "kepmen*",
    "act",
    "law",
    "article",
    "art",
    "section",
    "regulation",
    "directive",
];

/// Words that let a sentence mean more than it says.
pub(super) const HEDGES: &[&str] = &[
    "antara lain",
    "dan lain lain",
    "dan sebagainya",
    "dan lainnya",
    "dsb",
    "dll",
    "pihak ketiga terkait",
    "meningkatkan layanan",
    "meningkatkan pelayanan",
    "jika diperlukan",
    "bila diperlukan",
    "apabila diperlukan",
    "sewaktu waktu",
    "tidak terbatas pada",
    "might",
    "from time to time",
    "and so on",
    "etc",
    "including but not limited to",
    "as needed",
    "if needed",
    "where necessary",
    "improve our services",
    "improve our service",
];
/// Hedges as long as the form does not list who that is.
pub(super) const PARTNERS: &[&str] =
    &["mitra kami", "para mitra", "mitra", "partners", "our partners", "pihak ketiga", "third parties"];
/// Words that press a person to say yes.
pub(super) const STEERING: &[&str] = &[
    "sayang sekali",
    "rugi",
    "ketinggalan",
    "anda yakin tidak mau",
    "bantu kami",
    "jangan lewatkan",
    "jangan sampai",
    "terakhir kali",
    "don t miss",
    "miss out",
    "are you sure",
    "help us",
    "sadly",
    "unfortunately",
    "last chance",
];
/// Promises that nobody can keep.
pub(super) const ABSOLUTE: &[&str] = &[
    "100 aman",
    "seratus persen aman",
    "dijamin aman",
    "dijamin tidak",
    "pasti aman",
    "tidak mungkin bocor",
    "anti bocor",
    "anti hack",
    "anti hacker",
    "antihack",
    "100 secure",
    "100 safe",
    "completely secure",
    "guaranteed secure",
    "guaranteed safe",
    "unhackable",
    "military grade",
    "can never leak",
    "cannot leak",
];
/// Claims that want evidence.
pub(super) const STATUS: &[&str] = &[
    "tersertifikasi",
    "bersertifikat",
    "disetujui kominfo",
    "disetujui komdigi",
    "terdaftar kominfo",
    "iso",
    "certified",
    "approved by",
    "gdpr compliant",
    "sesuai uu pdp",
];
/// What belongs into a contract, not into a consent.
pub(super) const TERMS: &[&str] =
    &["syarat", "ketentuan", "syarat dan ketentuan", "s k", "terms", "terms and conditions", "terms of service", "t c"];
/// A choice that is none.
pub(super) const COMPULSORY: &[&str] =
    &["wajib", "harus", "diwajibkan", "diharuskan", "must", "mandatory", "obligatory", "compulsory"];
/// Sending offers.
pub(super) const OFFERS: &[&str] = &[
    "penawaran",
    "promo*",
    "iklan",
    "diskon",
    "newsletter*",
    "buletin",
    "pemasaran",
    "marketing",
    "offer",
    "offers",
    "advert*",
    "discount*",
];
/// The channels by which something is sent.
pub(super) const CHANNELS: &[&str] = &[
    "whatsapp",
    "wa",
    "sms",
    "e mail",
    "email",
    "surel",
    "telepon",
    "telpon",
    "pos",
    "surat",
    "telegram",
    "phone",
    "call",
    "post",
    "letter",
    "telephone",
    "instagram",
];
/// Learning about a person.
pub(super) const PROFILING: &[&str] = &[
    "mempelajari minat",
    "minat anda",
    "kebiasaan belanja",
    "kebiasaan anda",
    "menganalisis",
    "menganalisa",
    "memprofil*",
    "profiling",
    "pemrofilan",
    "segmentasi",
    "menilai anda",
    "memprediksi",
    "learn what you like",
    "your interests",
    "your habits",
    "analyse",
    "analyze",
    "analysing",
    "analyzing",
    "profile you",
    "predict",
    "score you",
    "segment",
];
/// Bringing goods to a place.
pub(super) const DELIVERY: &[&str] = &[
    "mengantar*",
    "diantar*",
    "antar",
    "pengantaran",
    "pengiriman",
    "mengirim pesanan",
    "mengirimkan pesanan",
    "mengirim barang",
    "mengirimkan barang",
    "mengirim paket",
    "mengirim belanjaan",
    "kurir",
    "deliver*",
    "ship",
    "shipping",
    "shipment",
    "send your order",
    "courier",
];
/// Identity numbers and papers, and what opens a bank account.
pub(super) const IDENTITY: &[&str] = &[
    "nik",
    "ktp",
    "e ktp",
    "kk",
    "kartu keluarga",
    "kartu tanda penduduk",
    "nomor induk kependudukan",
    "paspor",
    "npwp",
    "swafoto",
    "selfie",
    "ibu kandung",
    "nama gadis ibu",
    "identity card",
    "id card",
    "identity number",
    "national id",
    "passport",
    "mother s maiden name",
    "family card",
    "tax number",
];
/// Specific personal data of UU PDP Art. 4(2).
pub(super) const SPECIFIC: &[&str] = &[
    "kesehatan",
    "penyakit",
    "riwayat medis",
    "rekam medis",
    "alergi",
    "golongan darah",
    "obat",
    "hamil",
    "kehamilan",
    "bpjs",
    "sidik jari",
    "retina",
    "pemindaian wajah",
    "biometrik",
    "genetik",
    "dna",
    "catatan kejahatan",
    "catatan kriminal",
    "skck",
    "pidana",
    "nama anak",
    "usia anak",
    "tanggal lahir anak",
    "data anak",
    "gaji",
    "penghasilan",
    "pendapatan",
    "rekening",
    "saldo",
    "kartu kredit",
    "kartu debit",
    "utang",
    "pinjaman",
    "health",
    "illness",
    "disease",
    "allergy",
    "allergies",
    "blood type",
    "medication",
    "pregnan*",
    "fingerprint*",
    "biometric*",
    "genetic",
    "criminal record",
    "child s name",
    "child s age",
    "salary",
    "income",
    "bank account",
    "account balance",
    "credit card",
    "debt*",
];
/// What is seldom needed and often held against people.
pub(super) const DELICATE: &[&str] = &[
    "agama",
    "kepercayaan",
    "status perkawinan",
    "status pernikahan",
    "status nikah",
    "disabilitas",
    "difabel",
    "suku",
    "etnis",
    "ras",
    "pandangan politik",
    "orientasi seksual",
    "religion",
    "marital status",
    "disabilit*",
    "ethnicity",
    "ethnic",
    "race",
    "political",
    "sexual orientation",
];
/// A birth date.
pub(super) const BIRTH: &[&str] =
    &["lahir", "tanggal lahir", "tgl lahir", "ulang tahun", "birth", "birthday", "birth date", "date of birth", "dob"];
/// What a birth date is too much for.
pub(super) const GREETING: &[&str] =
    &["ucapan", "ulang tahun", "18", "dewasa", "cukup umur", "17", "greet*", "birthday", "adult", "over 18", "of age"];
/// What a birth date may be needed for.
pub(super) const AGE: &[&str] = &["minat", "usia", "umur", "cocok", "age", "suits", "interest*"];
/// Parts of an address finer than a city.
pub(super) const STREET: &[&str] = &[
    "alamat",
    "alamat lengkap",
    "alamat rumah",
    "jalan",
    "nama jalan",
    "rt",
    "rw",
    "kelurahan",
    "desa",
    "patokan",
    "kode pos",
    "kodepos",
    "titik lokasi",
    "address",
    "home address",
    "street",
    "postcode",
    "postal code",
    "zip code",
    "landmark",
];
/// Orders and payments.
pub(super) const ORDERS: &[&str] = &[
    "pembayaran",
    "cara bayar",
    "metode bayar",
    "bukti transfer",
    "total belanja",
    "total harga",
    "jumlah pesanan",
    "jumlah barang",
    "barang yang dipesan",
    "produk yang dipesan",
    "pesanan anda",
    "payment",
    "proof of transfer",
    "total price",
    "quantity",
    "items ordered",
    "your order",
];
/// Parts of a name.
pub(super) const NAME_PARTS: &[&str] = &[
    "nama depan",
    "nama belakang",
    "nama tengah",
    "nama keluarga",
    "gelar",
    "sapaan",
    "first name",
    "last name",
    "middle name",
    "family name",
    "surname",
    "given name",
    "salutation",
];
/// What a `phone` field is for.
pub(super) const PHONE: &[&str] = &[
    "nomor whatsapp",
    "no wa",
    "nomor wa",
    "nomor hp",
    "no hp",
    "nomor telepon",
    "no telepon",
    "phone",
    "phone number",
    "whatsapp number",
    "mobile",
];
/// What an `email` field is for.
pub(super) const EMAIL: &[&str] = &["e mail", "email", "surel", "alamat surel", "e mail address", "email address"];
/// What a `date` field is for.
pub(super) const DATE: &[&str] = &["tanggal", "tgl", "date"];
/// Sex or gender.
pub(super) const GENDER: &[&str] = &["jenis kelamin", "kelamin", "gender", "sex"];
/// What somebody does for a living.
pub(super) const JOB: &[&str] =
    &["pekerjaan", "profesi", "jabatan", "kerja", "job", "occupation", "profession", "job title"];
/// How old somebody is, without a birth date.
pub(super) const AGE_GROUP: &[&str] = &["usia", "umur", "kelompok usia", "rentang usia", "age", "age group"];
/// A way not to answer.
pub(super) const UNSAID: &[&str] = &[
    "tidak ingin menyebutkan",
    "tidak menyebutkan",
    "tidak ingin menjawab",
    "lebih suka tidak",
    "prefer not",
    "rather not",
    "no answer",
];
/// A warning in the hint of a free text.
pub(super) const WARNED: &[&str] = &["jangan", "tidak perlu", "do not", "don t", "please avoid", "never"];
/// Without end.
pub(super) const ENDLESS: &[&str] = &[
    "selamanya",
    "seterusnya",
    "sampai dihapus",
    "hingga dihapus",
    "tanpa batas",
    "tidak terbatas",
    "selama diperlukan",
    "selama dibutuhkan",
    "sampai waktu yang tidak ditentukan",
    "forever",
    "until deleted",
    "indefinitely",
    "unlimited",
    "as long as needed",
    "as long as necessary",
    "permanent*",
];
/// Countries of the European Economic Area.
pub(super) const EEA: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_unless_a_stem_is_meant() {
        assert_eq!(found("100% Aman!", ABSOLUTE), Some("100 aman"));
        assert_eq!(found("Rasa dan aroma", DELICATE), None);
        assert_eq!(found("Ras", DELICATE), Some("ras"));
        assert_eq!(found("Kami mengantarkan pesanan", DELIVERY), Some("mengantar*"));
        assert_eq!(found("mengirim penawaran", DELIVERY), None);
        assert!(names_a_law("diminta UU 24/2013"));
        assert!(!names_a_law("diminta peraturan"));
    }
}
