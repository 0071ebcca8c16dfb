//! Rules about the choices: one a purpose, free, in plain words, nothing else mixed in.

use super::form::Form;
use super::rule::{Found, Look, Rule, Severity, both};
use super::words::{self, found};
use crate::args::Profile;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "C01",
        name: "one-choice-per-purpose",
        severity: Severity::Error,
        law: both("UU PDP Pasal 20(2)(a), 22(4)(a)", "GDPR rec. 32, 43"),
        says: both("dua tujuan memakai pertanyaan yang sama", "two purposes ask the same question"),
        fix: both("beri tiap tujuan pertanyaan sendiri", "give each purpose a question of its own"),
        look: Look::Always(same_question),
    },
    Rule {
        id: "C03",
        name: "optional-is-free",
        severity: Severity::Error,
        law: both("UU PDP Pasal 20(2)(a); PP 80/2019 Pasal 59(2)(a)", "GDPR Art. 4(11), 7(4)"),
        says: both(
            "pilihan yang boleh ditolak tidak dapat ditolak dengan bebas",
            "a choice that may be refused cannot be refused freely",
        ),
        fix: both(
            "beri tujuan pilihan dasar consent dan jangan sebut wajib",
            "give an optional purpose the basis consent and do not call it compulsory",
        ),
        look: Look::Always(|form, found| in_optional(form, found, words::COMPULSORY)),
    },
    Rule {
        id: "C04",
        name: "consent-apart-from-terms",
        severity: Severity::Error,
        law: both("UU PDP Pasal 22(4)(a), 23", "GDPR Art. 7(2)"),
        says: both("persetujuan tercampur dengan syarat dan ketentuan", "consent is mixed with terms and conditions"),
        fix: both("keluarkan syarat dan ketentuan dari kalimat ini", "take the terms out of this sentence"),
        look: Look::Always(|form, found| in_questions(form, found, words::TERMS)),
    },
    Rule {
        id: "C05",
        name: "question-short",
        severity: Severity::Error,
        law: both("UU PDP Pasal 22(4)(c)", "GDPR Art. 7(2)"),
        says: both("kalimat persetujuan lebih dari 160 huruf", "a consent sentence has more than 160 characters"),
        fix: both("pendekkan, atau bagi menjadi dua tujuan", "shorten it, or split it into two purposes"),
        look: Look::Always(|form, found| {
            for (_, text, node) in form.purposes.iter().flat_map(super::form::Purpose::question) {
                let count = text.chars().count();
                if count > 160 {
                    found.naming(node, &count.to_string());
                }
            }
        }),
    },
    Rule {
        id: "C12",
        name: "no-hedges",
        severity: Severity::Error,
        law: both("UU PDP Pasal 21(1), 22(4)(c)", "GDPR Art. 7(2), 12(1)"),
        says: both("kata yang membuat tujuan kabur", "words that leave the purpose open"),
        fix: both("sebut satu per satu apa yang dimaksud", "name one by one what is meant"),
        look: Look::Always(hedges),
    },
    Rule {
        id: "C06",
        name: "profiling-apart-from-offers",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 22(4)(a)", "GDPR rec. 32"),
        says: both(
            "mempelajari minat dan mengirim penawaran tercampur",
            "learning interests and sending offers are mixed",
        ),
        fix: both("pisahkan menjadi dua tujuan", "make two purposes of it"),
        look: Look::Always(|form, found| {
            for purpose in
                form.purposes.iter().filter(|purpose| (purpose.profiling || purpose.learns()) && purpose.offers())
            {
                found.at(purpose.node);
            }
        }),
    },
    Rule {
        id: "C07",
        name: "question-names-data-and-channel",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 21(1)(c)", "GDPR Art. 4(11)"),
        says: both(
            "pertanyaan tidak menyebut data atau salurannya",
            "the question does not name the data or the channel",
        ),
        fix: both(
            "sebut data yang dipelajari, atau lewat apa penawaran dikirim",
            "name the data that is studied, or by what the offers are sent",
        ),
        look: Look::Always(unnamed),
    },
    Rule {
        id: "C09",
        name: "interest-balanced",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 20(2)(f)", "GDPR Art. 6(1)(f)"),
        says: both(
            "kepentingan yang sah dipakai untuk pemrofilan atau penawaran tanpa catatan keseimbangan",
            "legitimate interest is used for profiling or offers without a balancing note",
        ),
        fix: both(
            "pakai dasar consent, atau catat penimbangannya di grounds dengan rule C09",
            "use the basis consent, or note the balance in grounds with rule C09",
        ),
        look: Look::Always(|form, found| {
            for purpose in &form.purposes {
                let used = purpose.basis.contains(&"legitimate")
                    && (purpose.profiling || purpose.learns() || purpose.offers());
                if used && !form.grounded("C09", purpose.id) {
                    found.at(purpose.node.get("basis").unwrap_or(purpose.node));
                }
            }
        }),
    },
    Rule {
        id: "C11",
        name: "breach-can-be-told",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 46; PM 20 Pasal 28(c)(2)", "GDPR Art. 34"),
        says: both(
            "pelanggan yang tidak mengisi nomor atau e-mail tidak bisa dikabari bila data bocor",
            "a customer who leaves number and e-mail empty cannot be told of a breach",
        ),
        fix: both("wajibkan salah satu: nomor WhatsApp atau e-mail", "require one of them: WhatsApp number or e-mail"),
        look: Look::Always(|form, found| {
            let mut contacts = form.fields.iter().filter(|field| matches!(field.kind, "phone" | "email")).peekable();
            if let Some(first) = contacts.peek().map(|field| field.node)
                && !contacts.any(|field| field.required)
            {
                found.at(first);
            }
        }),
    },
    Rule {
        id: "C13",
        name: "no-steering",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 20(2)(a)", "EDPB 03/2022"),
        says: both("kata yang menekan agar orang setuju", "words that press people to agree"),
        fix: both("tanyakan dengan netral", "ask it plainly"),
        look: Look::Always(|form, found| {
            in_questions(form, found, words::STEERING);
            for (_, text, node) in form.fields.iter().flat_map(|field| field.texts("hint")) {
                if let Some(word) = words::found(text, words::STEERING) {
                    found.naming(node, word);
                }
            }
        }),
    },
    Rule {
        id: "C14",
        name: "consent-and-a-ground",
        severity: Severity::Warning,
        law: both("PP 71 Pasal 14(3)(4); PM 20 Pasal 9", ""),
        says: both("tujuan utama tidak bersandar pada persetujuan", "the main purpose does not rest on consent"),
        fix: both(
            "tulis \"basis\": [\"consent\", \"contract\"]; PP 71 meminta persetujuan dan satu dasar lain",
            "write \"basis\": [\"consent\", \"contract\"]; PP 71 asks for consent and one more ground",
        ),
        look: Look::In(Profile::Id, |form, found| {
            for purpose in
                form.purposes.iter().filter(|purpose| purpose.required && !purpose.basis.contains(&"consent"))
            {
                found.at(purpose.node.get("basis").unwrap_or(purpose.node));
            }
        }),
    },
    Rule {
        id: "C15",
        name: "no-consent-that-cannot-be-refused",
        severity: Severity::Error,
        law: both("", "GDPR Art. 7(4)"),
        says: both("persetujuan yang tidak dapat ditolak bukan persetujuan", "consent that cannot be refused is none"),
        fix: both(
            "beri tujuan wajib dasar contract atau legal, tanpa consent",
            "give a required purpose the basis contract or legal, without consent",
        ),
        look: Look::In(Profile::Eu, |form, found| {
            for purpose in form.purposes.iter().filter(|purpose| purpose.required && purpose.basis.contains(&"consent"))
            {
                found.at(purpose.node.get("basis").unwrap_or(purpose.node));
            }
        }),
    },
    Rule {
        id: "C16",
        name: "few-choices",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 22(4)(c)", "EDPB 03/2022"),
        says: both("lebih dari empat pilihan: orang berhenti membaca", "more than four choices: people stop reading"),
        fix: both("tanyakan yang sungguh dipakai saja", "ask only what is really used"),
        look: Look::Always(|form, found| {
            if let Some(fifth) = form.purposes.iter().filter(|purpose| !purpose.required).nth(4) {
                found.at(fifth.node);
            }
        }),
    },
    Rule {
        id: "C17",
        name: "profiling-may-be-refused",
        severity: Severity::Error,
        law: both("UU PDP Pasal 10, 20(2)(a), 22(4)(a); PP 80/2019 Pasal 59(2)(a)", "GDPR Art. 7(4), 22"),
        says: both(
            "pemrofilan dijadikan syarat: pelanggan tidak dapat menolaknya",
            "profiling is made a condition: the customer cannot refuse it",
        ),
        fix: both(
            "jadikan tujuan pilihan dengan pertanyaannya sendiri, kecuali undang-undang memintanya (dasar legal)",
            "make it an optional purpose with a question of its own, unless a law asks for it (basis legal)",
        ),
        look: Look::Always(|form, found| {
            let learn = form.purposes.iter().filter(|purpose| purpose.profiling || purpose.learns());
            for purpose in learn.filter(|purpose| purpose.required && !purpose.basis.contains(&"legal")) {
                found.at(purpose.node.get("required").unwrap_or(purpose.node));
            }
        }),
    },
];

fn same_question(form: &Form<'_>, found: &mut Found<'_>) {
    for (index, purpose) in form.purposes.iter().enumerate() {
        for (language, text, node) in purpose.question() {
            let mut before = form.purposes[..index].iter().flat_map(super::form::Purpose::question);
            if before.any(|(other, earlier, _)| other == language && words::plain(earlier) == words::plain(text)) {
                found.at(node);
            }
        }
    }
}

fn in_questions(form: &Form<'_>, found: &mut Found<'_>, list: &[&'static str]) {
    for (_, text, node) in form.purposes.iter().flat_map(super::form::Purpose::question) {
        if let Some(word) = words::found(text, list) {
            found.naming(node, word);
        }
    }
}

fn in_optional(form: &Form<'_>, found: &mut Found<'_>, list: &[&'static str]) {
    let optional = form.purposes.iter().filter(|purpose| !purpose.required);
    for (_, text, node) in optional.flat_map(super::form::Purpose::sentences) {
        if let Some(word) = words::found(text, list) {
            found.naming(node, word);
        }
    }
}

/// In what people agree to and why it is asked. English "may" opens a question rightly; elsewhere it hedges.
fn hedges(form: &Form<'_>, found: &mut Found<'_>) {
    let sentences = form.purposes.iter().flat_map(super::form::Purpose::sentences);
    let reasons = form.fields.iter().flat_map(|field| field.texts("reason"));
    let listed = !form.root.items_at("recipients").is_empty();
    for (language, text, node) in sentences.chain(reasons) {
        let may = language == "en" && words::plain(text).get(1..).is_some_and(|rest| rest.contains(" may "));
        let word = words::found(text, words::HEDGES)
            .or_else(|| words::found(text, words::PARTNERS).filter(|_| !listed))
            .or(may.then_some("may"));
        if let Some(word) = word {
            found.naming(node, word);
        }
    }
}

fn unnamed(form: &Form<'_>, found: &mut Found<'_>) {
    let first = form.languages().first().copied().unwrap_or("id");
    for purpose in form.purposes.iter().filter(|purpose| !purpose.required) {
        let Some((_, text, node)) = purpose.question().find(|(language, _, _)| *language == first) else { continue };
        let plain = words::plain(text);
        let names_data = form.fields_of(purpose).any(|field| {
            field
                .texts("label")
                .any(|(language, label, _)| language == first && plain.contains(words::plain(label).as_str()))
        });
        let without_data = purpose.profiling && !names_data;
        let without_channel = purpose.offers() && self::found(text, words::CHANNELS).is_none();
        if without_data || without_channel {
            found.at(node);
        }
    }
}
