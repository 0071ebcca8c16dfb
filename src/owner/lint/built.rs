//! Rules that no definition can break: the form, the notice and the program are made so. They are listed with how, so that whoever checks a
//! form against the law finds every duty answered, and `segel publish` holds the one that speaks of two versions.

use super::rule::{Both, Look, Rule, Severity, both};

pub(super) const RULES: &[Rule] = &[
    held(
        "N03",
        "notice-seven-items",
        both("UU PDP Pasal 21(1)", "GDPR Art. 13"),
        both("pemberitahuan kurang dari tujuh hal", "the notice lacks one of the seven items"),
        both(
            "pemberitahuan ditulis dari definisi, setiap hal satu bagian; formulir tanpa itu ditolak semua pembaca",
            "the notice is written from the definition, an item a section; every reader refuses a form without it",
        ),
    ),
    held(
        "N04",
        "notice-lists-fields",
        both("UU PDP Pasal 21(1)(e)", "GDPR Art. 13"),
        both("daftar data berbeda dengan isiannya", "the list of data differs from the fields"),
        both(
            "daftar itu ditulis dari isian-isian definisi yang sama",
            "the list is written from the very fields of the definition",
        ),
    ),
    held(
        "N09",
        "notice-before-send",
        both("UU PDP Pasal 22(4)(b), 27", "GDPR Art. 12(1), 13"),
        both("pemberitahuan tersembunyi di balik tautan", "the notice hides behind a link"),
        both(
            "elemen menampilkannya di atas isian, dan tidak ada yang disegel sebelum ditampilkan",
            "the element shows it above the fields, and nothing is sealed before it was shown",
        ),
    ),
    held(
        "N11",
        "refusal-explained",
        both("PP 80/2019 Pasal 59(2)(a)", "GDPR Art. 13(2)(e)"),
        both("akibat menolak tidak disebut", "what happens on refusal is not said"),
        both(
            "di setiap tujuan pilihan tertulis bahwa menolak tidak menghalangi pendaftaran",
            "each optional purpose says that refusing it does not stand in the way",
        ),
    ),
    held(
        "C02",
        "nothing-chosen-before",
        both("UU PDP Pasal 20(2)(a)", "GDPR rec. 32"),
        both("pilihan sudah terisi", "a choice is made beforehand"),
        both("tidak ada kunci untuk itu; setiap pilihan mulai kosong", "no key says so; every choice begins unset"),
    ),
    held(
        "C08",
        "yes-and-no-alike",
        both("UU PDP Pasal 20(2)(a)", "EDPB 03/2022"),
        both("\"ya\" lebih menonjol daripada \"tidak\"", "\"yes\" stands out over \"no\""),
        both("keduanya tombol radio yang sama, berdampingan", "both are the same radio button, side by side"),
    ),
    held(
        "C10",
        "consent-recorded",
        both("UU PDP Pasal 24", "GDPR Art. 7(1)"),
        both("persetujuan tidak terbukti", "consent leaves no proof"),
        both(
            "catatan persetujuan (FORMAT 6.2) ikut disegel; segel proof mencetaknya",
            "the consent record (FORMAT 6.2) is sealed along; segel proof prints it",
        ),
    ),
    held(
        "M03",
        "refused-never-sent",
        both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        both("isian untuk tujuan yang ditolak tetap terkirim", "a field of a refused purpose is sent all the same"),
        both(
            "tidak ditampilkan dan tidak disegel; yang membuka menolak kiriman yang memuatnya",
            "it is neither shown nor sealed, and whoever opens refuses a submission that has it",
        ),
    ),
    held(
        "S01",
        "recovery-proven",
        both("UU PDP Pasal 46", "GDPR Art. 32(1)(b)(c)"),
        both("tidak ada kunci cadangan yang terbukti membuka", "no spare key has shown that it opens"),
        both(
            "segel publish menguji setiap kunci; tanpa cadangan hanya dengan --no-spare",
            "segel publish tests every key, and does without a spare only for --no-spare",
        ),
    ),
    held(
        "S02",
        "nothing-beside-the-envelope",
        both("UU PDP Pasal 35-36", "GDPR Art. 32"),
        both("jawaban terkirim di luar amplop", "an answer travels outside the envelope"),
        both(
            "elemen tidak punya form, name, atau action; isian sendiri yang bernama ditolak (S14)",
            "the element has no form, name or action; a named input of your own is refused (S14)",
        ),
    ),
    held(
        "W02",
        "withdrawal-in-72-hours",
        both("UU PDP Pasal 40(2)", "GDPR Art. 7(3)"),
        both("pemberitahuan tidak menjanjikan 3x24 jam", "the notice does not promise 72 hours"),
        both(
            "kalimat itu ada di setiap pemberitahuan; segel requests menghitung jamnya",
            "every notice has that sentence; segel requests counts the hours",
        ),
    ),
    held(
        "W03",
        "deletion-by-receipt",
        both("PP 71/2019 Pasal 18(2)(b)", "GDPR Art. 17"),
        both("pelanggan tidak dapat menghapus sendiri", "customers cannot delete by themselves"),
        both("halaman bukti menghapus, tanpa akun", "the receipt's page deletes, without an account"),
    ),
    held(
        "W04",
        "copies-free",
        both("UU PDP Pasal 7", "GDPR Art. 12(5)"),
        both("tidak disebut bahwa salinan gratis", "that copies are free is not said"),
        both("kalimat itu ada di setiap pemberitahuan", "every notice has that sentence"),
    ),
    held(
        "V01",
        "notice-has-version",
        both("UU PDP Pasal 21(2), 24", "GDPR Art. 7(1)"),
        both("tidak diketahui pemberitahuan mana yang ditampilkan", "which notice was shown is not known"),
        both(
            "nomor, sidik, dan awal berlakunya ada di formulir terbit, dan di setiap catatan persetujuan",
            "its number, digest and first moment are in the published form, and in every consent record",
        ),
    ),
    held(
        "V02",
        "change-has-number",
        both("UU PDP Pasal 21(2), 22", "GDPR Art. 7"),
        both("isi berubah dengan nomor versi yang sama", "the content changes under the same version"),
        both(
            "segel publish menolaknya, dan menyebut tujuan yang perlu disetujui lagi",
            "segel publish refuses it, and names the purposes that need consent again",
        ),
    ),
    Rule {
        id: "V03",
        name: "change-announced",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 21(2)", "GDPR Art. 13(3)"),
        says: both(
            "pemakaian yang lebih luas berlaku kurang dari seminggu lagi; pelanggan harus diberi tahu sebelumnya",
            "a wider use takes effect within a week; customers must be told before",
        ),
        fix: both(
            "sebut hari mulainya: --from TANGGAL, dan tulis pengumumannya: --announce BERKAS",
            "name its first day, --from DATE, and write the announcement, --announce FILE",
        ),
        look: Look::Publish,
    },
];

const fn held(id: &'static str, name: &'static str, law: Both, says: Both, how: Both) -> Rule {
    Rule { id, name, severity: Severity::Error, law, says, fix: how, look: Look::Built }
}
