//! Rules about how the form reads: languages, labels, promises.

use super::form::Form;
use super::rule::{Found, Look, Rule, Severity, both};
use super::words;
use crate::args::Profile;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "L01",
        name: "every-language-whole",
        severity: Severity::Error,
        law: both("UU PDP Pasal 22(4)(c)", "GDPR Art. 12(1)"),
        says: both(
            "kalimat ini tidak ada dalam semua bahasa formulir",
            "this sentence is not there in every language of the form",
        ),
        fix: both(
            "tulis dalam tiap bahasa yang disebut di languages",
            "write it in each language that languages names",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "L02",
        name: "indonesian-first",
        severity: Severity::Error,
        law: both("UU PDP Pasal 22(4)(c); UU 24/2009", ""),
        says: both("Bahasa Indonesia bukan bahasa utama formulir", "Indonesian is not the form's first language"),
        fix: both("tulis \"languages\": [\"id\", …]", "write \"languages\": [\"id\", …]"),
        look: Look::In(Profile::Id, |form, found| {
            if let Some(node) = form.root.get("languages").filter(|_| form.languages().first() != Some(&"id")) {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "L03",
        name: "translated",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 22(4)(c)", "GDPR Art. 12(1)"),
        says: both("terjemahan sama dengan aslinya", "the translation is the same as the original"),
        fix: both(
            "terjemahkan, atau hapus bahasa itu dari languages",
            "translate it, or take the language out of languages",
        ),
        look: Look::Always(untranslated),
    },
    Rule {
        id: "U01",
        name: "labels-differ",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 26", "WCAG 2.4.6"),
        says: both("dua isian berlabel sama", "two fields have the same label"),
        fix: both("bedakan labelnya", "give them different labels"),
        look: Look::Always(same_label),
    },
    Rule {
        id: "U02",
        name: "one-name",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 26", "WCAG 3.3.2"),
        says: both(
            "nama dipecah, padahal banyak orang bernama satu kata",
            "a name in parts, though many people have one",
        ),
        fix: both("pakai satu isian \"Nama lengkap\" dengan kind name", "use one field \"Full name\" of kind name"),
        look: Look::Always(|form, found| {
            for (node, word) in form.fields.iter().filter_map(|field| field.named(words::NAME_PARTS)) {
                found.naming(node, word);
            }
        }),
    },
    Rule {
        id: "U03",
        name: "kind-fits",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 26", "WCAG 1.3.5"),
        says: both("isian teks untuk sesuatu yang punya kind sendiri", "a text field for what has a kind of its own"),
        fix: both(
            "pakai kind itu: papan tombol, isi otomatis, dan pemeriksaannya ikut benar",
            "use that kind: keypad, autofill and checks come right with it",
        ),
        look: Look::Always(|form, found| {
            const KINDS: [(&[&str], &str); 4] =
                [(words::PHONE, "phone"), (words::EMAIL, "email"), (words::DATE, "date"), (&["nik"], "nik")];
            for field in form.fields.iter().filter(|field| field.kind == "text") {
                let better = KINDS.iter().find(|(list, _)| field.named(list).is_some());
                if let (Some((_, kind)), Some(node)) = (better, field.node.get("kind")) {
                    found.naming(node, kind);
                }
            }
        }),
    },
    Rule {
        id: "U04",
        name: "gender-may-be-unsaid",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both("jenis kelamin tanpa pilihan untuk tidak menjawab", "gender without a way not to say"),
        fix: both(
            "tambahkan pilihan \"Tidak ingin menyebutkan\" dan jangan wajibkan",
            "add the option \"Prefer not to say\" and do not require it",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| field.kind == "choice") {
                let mut options = field.node.items_at("options").iter();
                let unsaid = options.any(|option| {
                    super::form::texts(option, "label").any(|(_, text, _)| words::found(text, words::UNSAID).is_some())
                });
                if field.named(words::GENDER).is_some() && (field.required || !unsaid) {
                    found.at(field.node);
                }
            }
        }),
    },
    Rule {
        id: "U05",
        name: "options-are-a-choice",
        severity: Severity::Warning,
        law: both("", "WCAG 3.3.2"),
        says: both("hanya satu pilihan", "there is only one option"),
        fix: both("tambah pilihan, atau pakai kind lain", "add options, or use another kind"),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| field.kind == "choice") {
                if let Some(node) = field.node.get("options").filter(|node| node.items().len() == 1) {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "U07",
        name: "hint-without-link",
        severity: Severity::Warning,
        law: both("", "WCAG 3.2.5"),
        says: both(
            "tautan di dalam hint membawa orang pergi dari isiannya",
            "a link in a hint takes people away from their answers",
        ),
        fix: both("tulis keterangannya di sini, tanpa tautan", "write it here, without a link"),
        look: Look::Always(|form, found| {
            for (_, text, node) in form.fields.iter().flat_map(|field| field.texts("hint")) {
                if text.contains("http://") || text.contains("https://") || text.contains("www.") {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "X01",
        name: "no-absolute-promise",
        severity: Severity::Error,
        law: both("UU PDP Pasal 21; UU 8/1999 Pasal 9", "GDPR Art. 5(1)(a)"),
        says: both("janji yang tidak dapat dipegang siapa pun", "a promise that nobody can keep"),
        fix: both("tulis apa yang sungguh dilakukan", "write what is really done"),
        look: Look::Always(|form, found| in_all(form, found, words::ABSOLUTE)),
    },
    Rule {
        id: "X02",
        name: "status-with-evidence",
        severity: Severity::Warning,
        law: both("UU 8/1999 Pasal 9, 10", "GDPR Art. 5(1)(a)"),
        says: both("pengakuan yang perlu bukti", "a claim that wants evidence"),
        fix: both(
            "hapus, atau sebut nomor dan penerbitnya di grounds dengan rule X02",
            "remove it, or name number and issuer in grounds with rule X02",
        ),
        look: Look::Always(|form, found| {
            if !form.grounded("X02", "") {
                in_all(form, found, words::STATUS);
            }
        }),
    },
    Rule {
        id: "X03",
        name: "nothing-hidden",
        severity: Severity::Error,
        law: both("UU PDP Pasal 22(4)(b)", "GDPR Art. 7(2)"),
        says: both(
            "huruf tersembunyi dapat membuat kalimat terbaca lain",
            "a hidden character can make a sentence read otherwise",
        ),
        fix: both("ketik ulang kalimatnya", "type the sentence anew"),
        look: Look::Grammar,
    },
];

/// A sentence of three words or more that is the same in two languages.
fn untranslated(form: &Form<'_>, found: &mut Found<'_>) {
    let languages = form.languages();
    let Some(first) = languages.first() else { return };
    let purposes = form.purposes.iter().flat_map(|purpose| ["text", "question"].map(|key| (purpose.node, key)));
    let fields = form.fields.iter().flat_map(|field| ["label", "reason", "hint"].map(|key| (field.node, key)));
    for (node, key) in purposes.chain(fields).chain([(form.root, "title")]) {
        let original =
            super::form::texts(node, key).find(|(language, _, _)| language == first).map(|(_, text, _)| text);
        for (language, text, place) in super::form::texts(node, key) {
            let long = text.split_whitespace().count() >= 3;
            if language != *first && long && original == Some(text) {
                found.at(place);
            }
        }
    }
}

fn same_label(form: &Form<'_>, found: &mut Found<'_>) {
    for (index, field) in form.fields.iter().enumerate() {
        for (language, text, node) in field.texts("label") {
            let mut before = form.fields[..index].iter().flat_map(|field| field.texts("label"));
            if before.any(|(other, label, _)| other == language && words::plain(label) == words::plain(text)) {
                found.at(node);
            }
        }
    }
}

/// In every sentence that a customer reads, and none that only the owner does.
fn in_all(form: &Form<'_>, found: &mut Found<'_>, list: &[&'static str]) {
    for (key, node) in form.root.entries().iter().filter(|(key, _)| key != "grounds") {
        node.texts(key, &mut |_, text, node| {
            if let Some(word) = words::found(text, list) {
                found.naming(node, word);
            }
        });
    }
}
