//! Rules about what a customer is told: who asks, what for, on which ground.

use super::form::Form;
use super::rule::{Found, Look, Rule, Severity, both};
use super::words::{self, found};
use crate::contact;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "N01",
        name: "controller-complete",
        severity: Severity::Error,
        law: both("UU PDP Pasal 5; PM 20 Pasal 28 huruf i", "GDPR Art. 13(1)(a)"),
        says: both("pelanggan tidak tahu siapa yang meminta datanya", "the customer cannot tell who asks for the data"),
        fix: both(
            "isi nama, alamat, orang yang bisa dihubungi, dan salah satu dari WhatsApp, telepon, atau e-mail",
            "give name, address, a person to contact, and one of WhatsApp, phone or e-mail",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "N14",
        name: "contact-can-be-reached",
        severity: Severity::Error,
        law: both("UU PDP Pasal 5; PM 20 Pasal 28 huruf i", "GDPR Art. 13(1)(a)"),
        says: both(
            "nomor atau alamat ini tidak ada orangnya: salah ketik, atau keterangan lain",
            "nobody is behind this number or address: mistyped, or something else",
        ),
        fix: both(
            "tulis seperti +62 812 3456 7890, (022) 420 1234, atau nama@toko.example, satu saja",
            "write it like +62 812 3456 7890, (022) 420 1234 or name@shop.example, one only",
        ),
        look: Look::Always(|form, found| {
            let Some(controller) = form.root.get("controller") else { return };
            for (key, good) in [
                ("whatsapp", contact::whatsapp as fn(&str) -> bool),
                ("phone", contact::phone),
                ("email", contact::email),
            ] {
                // What is empty, or no text, the grammar names.
                let given = controller.get(key).filter(|node| node.text().is_some_and(|text| !text.trim().is_empty()));
                if let Some(node) = given.filter(|node| !node.text().is_some_and(good)) {
                    found.naming(node, node.text().unwrap_or_default());
                }
            }
        }),
    },
    Rule {
        id: "N02",
        name: "purpose-and-basis",
        severity: Severity::Error,
        law: both("UU PDP Pasal 20(2), 21(1)(a)(b)", "GDPR Art. 6(1), 13(1)(c)"),
        says: both("tujuan tanpa dasar hukum atau tanpa penjelasan", "a purpose without a ground or without words"),
        fix: both(
            "sebut dasar dari Pasal 20 dan tulis untuk apa data dipakai",
            "name a ground and write what the data is for",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "N05",
        name: "field-reason",
        severity: Severity::Error,
        law: both("UU PDP Pasal 21(1)(c)", "GDPR Art. 5(1)(c)"),
        says: both("isian tanpa alasan", "a field without a reason"),
        fix: both(
            "tulis satu kalimat: untuk apa isian ini diminta",
            "write one sentence: what this field is asked for",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "N12",
        name: "reason-says-something",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 21(1)(c)", "GDPR Art. 5(1)(c)"),
        says: both("alasan ini tidak menjelaskan apa-apa", "this reason explains nothing"),
        fix: both("tulis apa yang Anda kerjakan dengan isian ini", "write what you do with this answer"),
        look: Look::Always(thin_reason),
    },
    Rule {
        id: "N07",
        name: "rights-contact",
        severity: Severity::Error,
        law: both("UU PDP Pasal 5-14, 21(1)(g)", "GDPR Art. 13(2)(b)"),
        says: both(
            "pelanggan tidak tahu ke mana harus menghubungi untuk hak-haknya",
            "the customer cannot tell where to use their rights",
        ),
        fix: both(
            "isi rights.contact dengan nomor, alamat e-mail, atau tempat yang bisa didatangi",
            "put a number, an e-mail address or a place into rights.contact",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "N08",
        name: "processors-named",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 51; PM 20 Pasal 28", "GDPR Art. 13(1)(e), 28"),
        says: both("tidak disebut siapa yang menyimpan data untuk Anda", "nobody is named who stores the data for you"),
        fix: both(
            "sebut penyedia server di processors, atau tulis [] bila server milik Anda sendiri",
            "name the host in processors, or write [] if the server is your own",
        ),
        look: Look::Always(|form, found| {
            if form.root.get("processors").is_none() {
                found.at(form.root);
            }
        }),
    },
    Rule {
        id: "N10",
        name: "profiling-declared",
        severity: Severity::Error,
        law: both("UU PDP Pasal 10", "GDPR Art. 13(2)(f), 22"),
        says: both(
            "tujuan ini pemrofilan, tetapi tidak dinyatakan begitu",
            "this purpose is profiling but is not declared so",
        ),
        fix: both(
            "tulis \"profiling\": true, agar pemberitahuan menyebutnya",
            "write \"profiling\": true, so that the notice says so",
        ),
        look: Look::Always(|form, found| {
            for purpose in form.purposes.iter().filter(|purpose| purpose.learns() && !purpose.profiling) {
                found.at(purpose.node);
            }
        }),
    },
    Rule {
        id: "N13",
        name: "profiling-assessed",
        // Not an error like N10, whose other half it is: the assessment is a paper that no machine sees, and a sentence typed only to be let
        // through would be worth less than none.
        severity: Severity::Warning,
        law: both("UU PDP Pasal 34", "GDPR Art. 35"),
        says: both("pemrofilan menuntut penilaian dampak", "profiling asks for an impact assessment"),
        fix: both(
            "simpan penilaian itu dan sebut di grounds dengan rule N13 dan for tujuan ini",
            "keep the assessment and name it in grounds with rule N13 and for this purpose",
        ),
        look: Look::Always(|form, found| {
            for purpose in form.purposes.iter().filter(|purpose| purpose.profiling && !form.grounded("N13", purpose.id))
            {
                found.at(purpose.node);
            }
        }),
    },
];

/// A reason of one word, or one that only repeats the label.
fn thin_reason(form: &Form<'_>, found: &mut Found<'_>) {
    for field in &form.fields {
        for (language, reason, node) in field.texts("reason") {
            let plain = words::plain(reason);
            let repeats =
                field.texts("label").any(|(other, label, _)| other == language && words::plain(label) == plain);
            let empty = plain.split_whitespace().count() < 2 || found_only(&plain);
            if repeats || empty {
                found.at(node);
            }
        }
    }
}

/// Whether a reason is one of those that fit every field.
fn found_only(plain: &str) -> bool {
    const FITS_ALL: &[&str] = &[
        "untuk data",
        "untuk data kami",
        "untuk keperluan kami",
        "untuk kelengkapan data",
        "data wajib",
        "wajib diisi",
        "for our records",
        "for our data",
        "required field",
        "for completeness",
        "untuk arsip",
    ];
    found(plain, FITS_ALL).is_some() && plain.split_whitespace().count() < 5
}
