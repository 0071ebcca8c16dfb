//! Rules about what is asked: no more than the purpose needs, and nothing that does harm if it leaks without a good ground.

use super::form::Form;
use super::rule::{Found, Look, Rule, Severity, both};
use super::words;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "M01",
        name: "field-has-purpose",
        severity: Severity::Error,
        law: both("UU PDP Pasal 27, 28", "GDPR Art. 5(1)(b)"),
        says: both("isian tanpa tujuan", "a field without a purpose"),
        fix: both(
            "sebut tujuan yang membutuhkannya, atau hapus isian ini",
            "name the purpose that needs it, or remove the field",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "M02",
        name: "required-serves-required",
        severity: Severity::Error,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both(
            "isian wajib, padahal hanya untuk tujuan yang boleh ditolak",
            "a required field that serves only purposes one may refuse",
        ),
        fix: both("tulis \"required\": false", "write \"required\": false"),
        look: Look::Grammar,
    },
    Rule {
        id: "M04",
        name: "identity-number",
        severity: Severity::Error,
        law: both("UU PDP Pasal 27; UU 24/2013", "GDPR Art. 5(1)(c), 87"),
        says: both(
            "nomor atau kartu identitas diminta tanpa dasar hukum",
            "an identity number or paper is asked for without a law",
        ),
        fix: both(
            "hapus isian ini, atau sebut dalam alasannya pasal yang mewajibkan dan beri tujuannya dasar legal",
            "remove the field, or name in its reason the law that demands it and give its purpose the basis legal",
        ),
        look: Look::Always(|form, found| {
            for field in &form.fields {
                let place = match field.kind {
                    "nik" => field.node.get("kind").map(|node| (node, "nik")),
                    _ => field.named(words::IDENTITY),
                };
                if let Some((node, word)) = place.filter(|_| !field.cites_a_law() && !form.grounded("M04", field.id)) {
                    found.naming(node, word);
                }
            }
        }),
    },
    Rule {
        id: "M05",
        name: "specific-data",
        severity: Severity::Error,
        law: both("UU PDP Pasal 4(2), 34", "GDPR Art. 9, 35"),
        says: both(
            "data spesifik diminta tanpa persetujuan tersurat atau tanpa penilaian dampak",
            "specific data is asked for without explicit consent or without an impact assessment",
        ),
        fix: both(
            "hapus isian ini, atau beri semua tujuannya dasar consent dan sebut penilaian dampaknya di grounds dengan rule M05",
            "remove the field, or give all its purposes the basis consent and name the assessment in grounds with rule M05",
        ),
        look: Look::Always(|form, found| {
            for field in &form.fields {
                let consented = form.purposes_of(field).all(|purpose| purpose.basis.contains(&"consent"));
                let grounded = consented && form.grounded("M05", field.id);
                if let Some((node, word)) = field.named(words::SPECIFIC).filter(|_| !grounded) {
                    found.naming(node, word);
                }
            }
        }),
    },
    Rule {
        id: "M06",
        name: "whole-birth-date",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both("tanggal lahir lengkap lebih dari yang dibutuhkan", "a whole birth date is more than is needed"),
        fix: both(
            "tanyakan \"apakah 18 tahun atau lebih?\", atau hari dan bulan saja, atau pindahkan ke tujuan pilihan",
            "ask \"18 or older?\", or day and month only, or move it to an optional purpose",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| field.kind == "date" && !field.cites_a_law()) {
                let slight = field.reason_has(words::GREETING) && !field.reason_has(words::AGE);
                if let Some((node, _)) = field.named(words::BIRTH).filter(|_| slight || form.asked_of_all(field)) {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "M07",
        name: "address-too-fine",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27; PP 80/2019 Pasal 59(2)(c)", "GDPR Art. 5(1)(c)"),
        says: both(
            "alamat lengkap diminta, padahal tidak ada yang diantar",
            "a full address is asked for, but nothing is delivered",
        ),
        fix: both(
            "tanyakan provinsi dan kabupaten atau kota saja, atau sebut pengiriman dalam tujuannya",
            "ask province and city only, or name delivery in its purpose",
        ),
        look: Look::Always(|form, found| {
            for field in &form.fields {
                let kind = field.node.get("kind").filter(|_| matches!(field.kind, "address" | "postcode"));
                let free = matches!(field.kind, "text" | "long_text") && field.named(words::EMAIL).is_none();
                let named = field.named(words::STREET).filter(|_| free).map(|(node, _)| node);
                let delivers = form.purposes_of(field).any(|purpose| purpose.says(words::DELIVERY));
                if let Some(node) = kind.or(named).filter(|_| !delivers && !field.cites_a_law()) {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "M08",
        name: "delicate-data",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 9"),
        says: both("data yang sering dipakai untuk membeda-bedakan orang", "data that is often held against people"),
        fix: both(
            "hapus isian ini bila pekerjaan Anda jalan tanpanya",
            "remove the field if your work goes on without it",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| !form.grounded("M08", field.id)) {
                if let Some((node, word)) = field.named(words::DELICATE) {
                    found.naming(node, word);
                }
            }
        }),
    },
    Rule {
        id: "M09",
        name: "free-text-warned",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 4(2)", "GDPR Art. 9"),
        says: both(
            "isian bebas mengundang orang menulis terlalu banyak",
            "a free text invites people to write too much",
        ),
        fix: both(
            "beri hint: \"Jangan tulis data kesehatan, kata sandi, atau nomor kartu.\"",
            "give it a hint: \"Do not write health data, passwords or card numbers.\"",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| field.kind == "long_text") {
                if !field.texts("hint").any(|(_, text, _)| words::found(text, words::WARNED).is_some()) {
                    found.at(field.node);
                }
            }
        }),
    },
    Rule {
        id: "M10",
        name: "many-fields",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both("lebih dari delapan isian untuk semua orang", "more than eight fields for everybody"),
        fix: both(
            "hapus yang tidak dipakai, atau pindahkan ke tujuan pilihan",
            "remove what is not used, or move it to an optional purpose",
        ),
        look: Look::Always(|form, found| {
            if let Some(ninth) = form.fields.iter().filter(|field| form.asked_of_all(field)).nth(8) {
                found.at(ninth.node);
            }
        }),
    },
    Rule {
        id: "M14",
        name: "beyond-usual-fields",
        // A note, not a warning: most forms have one such field for a good reason, and a warning at each would be passed over.
        severity: Severity::Note,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both(
            "semua orang ditanya lebih dari nama, kontak, domisili, tanggal lahir, jenis kelamin, dan pekerjaan",
            "everybody is asked for more than name, contact, domicile, birth date, gender and job",
        ),
        fix: both(
            "hapus, pindahkan ke tujuan pilihan, atau sebut di grounds dengan rule M14 dan for isian ini mengapa perlu",
            "remove it, move it to an optional purpose, or say in grounds with rule M14 and for this field why it is needed",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| form.asked_of_all(field) && !form.grounded("M14", field.id))
            {
                if !is_usual(field) {
                    found.naming(field.node, field.id);
                }
            }
        }),
    },
    Rule {
        id: "M11",
        name: "purpose-has-field",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(b)"),
        says: both("tujuan ini tidak memakai isian apa pun", "this purpose uses no field"),
        fix: both(
            "sebut tujuan ini pada isian yang dipakainya, atau hapus",
            "name it at the fields that it uses, or remove it",
        ),
        look: Look::Always(|form, found| {
            for purpose in form.purposes.iter().filter(|purpose| form.fields_of(purpose).next().is_none()) {
                found.at(purpose.node);
            }
        }),
    },
    Rule {
        id: "M12",
        name: "pictures-cleaned",
        severity: Severity::Note,
        law: both("UU PDP Pasal 27, 35", "GDPR Art. 5(1)(c), 25"),
        says: both(
            "foto dikirim bersama tempat dan waktu pemotretannya",
            "photos travel with the place and time they were taken",
        ),
        fix: both(
            "tulis \"image\": 1600, agar foto dikecilkan dan dibersihkan di perangkat pelanggan",
            "write \"image\": 1600, so that photos are made small and clean on the customer's device",
        ),
        look: Look::Always(photos),
    },
    Rule {
        id: "M13",
        name: "files-bounded",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 27", "GDPR Art. 5(1)(c)"),
        says: both("lampiran dengan jenis apa pun diterima", "an attachment of any type is accepted"),
        fix: both(
            "sebut jenisnya di accept, misalnya image/jpeg dan application/pdf",
            "name the types in accept, like image/jpeg and application/pdf",
        ),
        look: Look::Always(|form, found| {
            for field in form.fields.iter().filter(|field| field.kind == "file" && field.node.get("accept").is_none()) {
                found.at(field.node);
            }
        }),
    },
];

/// Whether a field is among what shops usually ask their customers.
fn is_usual(field: &super::form::Field<'_>) -> bool {
    match field.kind {
        "name" | "phone" | "email" | "province" | "city" | "address" | "postcode" => true,
        "date" => field.named(words::BIRTH).is_some(),
        _ => [words::GENDER, words::JOB, words::AGE_GROUP].into_iter().any(|list| field.named(list).is_some()),
    }
}

fn photos(form: &Form<'_>, found: &mut Found<'_>) {
    for field in form.fields.iter().filter(|field| field.kind == "file") {
        let types = field.node.items_at("accept");
        let only_photos =
            !types.is_empty() && types.iter().all(|kind| kind.text().is_some_and(|text| text.starts_with("image/")));
        if only_photos && field.node.get("image").is_none() {
            found.at(field.node);
        }
    }
}
