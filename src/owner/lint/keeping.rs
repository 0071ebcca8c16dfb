//! Rules about how long, where and with whom data stays, and how a person gets it back out.

use segel_core::time::{Span, Unit};

use super::form::Form;
use super::rule::{Found, Look, Rule, Severity, both};
use super::source::Node;
use super::words;
use crate::args::Profile;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "R01",
        name: "retention-bounded",
        severity: Severity::Error,
        law: both("UU PDP Pasal 21(1)(d), 42", "GDPR Art. 5(1)(e), 13(2)(a)"),
        says: both("masa simpan tidak ditentukan", "no end of storage is set"),
        fix: both("tulis retention.max seperti P2Y, P18M, atau P90D", "write retention.max like P2Y, P18M or P90D"),
        look: Look::Grammar,
    },
    Rule {
        id: "N06",
        name: "period-has-start-and-end",
        severity: Severity::Error,
        law: both("UU PDP Pasal 21(1)(d)(f)", "GDPR Art. 13(2)(a)"),
        says: both(
            "retention.until hanya lamanya: pelanggan tidak tahu sejak kapan dihitung, dan kapan pemrosesan berakhir",
            "retention.until is only a length: the customer cannot tell from when it runs, and so when processing ends",
        ),
        fix: both(
            "sebut peristiwanya, misalnya \"2 tahun sejak pesanan terakhir Anda\"; batas lamanya ada di retention.max",
            "name the event, for example \"2 years after your last order\"; the length at most is in retention.max",
        ),
        look: Look::Always(|form, found| {
            for retention in form.purposes.iter().filter_map(|purpose| purpose.node.get("retention")) {
                for (_, _, node) in
                    super::form::texts(retention, "until").filter(|(_, text, _)| words::only_a_length(text))
                {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "R02",
        name: "retention-not-endless",
        severity: Severity::Error,
        law: both("UU PDP Pasal 42, 43", "GDPR Art. 5(1)(e)"),
        says: both("masa simpan tanpa ujung", "storage without an end"),
        fix: both(
            "sebut peristiwa yang mengakhiri, dan paling lama berapa tahun",
            "name the event that ends it, and years at most",
        ),
        look: Look::Always(endless),
    },
    Rule {
        id: "R03",
        name: "retention-five-years",
        severity: Severity::Note,
        law: both("PM 20 Pasal 15(3)(b); UU PDP Pasal 42-44", ""),
        says: both(
            "masa simpan di bawah 5 tahun: PM 20 menyebut 5 tahun bila tidak ada aturan lain, UU PDP meminta dihapus setelah selesai",
            "storage under 5 years: PM 20 says 5 where no other rule is, UU PDP says to delete when done",
        ),
        fix: both("tanyakan pada ahli hukum mana yang berlaku bagi Anda", "ask a lawyer which of them binds you"),
        look: Look::In(Profile::Id, |form, found| {
            let short = |node: &&Node| days(node).is_some_and(|days| days < 5 * 365);
            if let Some(node) = form.purposes.iter().filter_map(|purpose| retention(purpose.node)).find(short) {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "R07",
        name: "retention-long",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 42-44", "GDPR Art. 5(1)(e)"),
        says: both(
            "masa simpan lebih dari 5 tahun tanpa aturan yang memintanya",
            "storage over 5 years without a rule that asks for it",
        ),
        fix: both(
            "pendekkan, atau sebut aturannya di grounds dengan rule R07",
            "shorten it, or name the rule in grounds with rule R07",
        ),
        look: Look::Always(|form, found| {
            for purpose in form.purposes.iter().filter(|purpose| !form.grounded("R07", purpose.id)) {
                let long = retention(purpose.node).filter(|node| days(node).is_some_and(|days| days > 5 * 366));
                if let Some(node) = long {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "R08",
        name: "consent-outlives-data",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 42, 43", "EDPB 05/2020"),
        says: both(
            "persetujuan berlaku lebih lama daripada datanya disimpan",
            "consent is valid longer than the data is kept",
        ),
        fix: both("tulis consent_valid paling lama retention.max", "write consent_valid of retention.max at most"),
        look: Look::Always(|form, found| {
            for purpose in &form.purposes {
                let kept = retention(purpose.node).and_then(days);
                let valid = purpose.node.get("consent_valid");
                if let (Some(kept), Some(node)) = (kept, valid)
                    && days(node).is_some_and(|valid| valid > kept)
                {
                    found.at(node);
                }
            }
        }),
    },
    Rule {
        id: "R04",
        name: "orders-apart",
        severity: Severity::Warning,
        law: both("PP 80/2019 Pasal 25", "GDPR Art. 5(1)(e)"),
        says: both(
            "pesanan atau pembayaran ikut dalam formulir pendaftaran",
            "orders or payments are in a form of registration",
        ),
        fix: both(
            "simpan pesanan terpisah: PP 80 meminta data transaksi keuangan disimpan 10 tahun, yang lain 5",
            "keep orders apart: PP 80 wants financial transaction data kept 10 years, the rest 5",
        ),
        look: Look::Always(|form, found| {
            for field in &form.fields {
                if let Some((node, word)) = field.named(words::ORDERS) {
                    found.naming(node, word);
                }
            }
        }),
    },
    Rule {
        id: "R05",
        name: "deletion-can-be-told",
        severity: Severity::Error,
        law: both("UU PDP Pasal 45, 46", "GDPR Art. 19, 34"),
        says: both(
            "tidak ada isian nomor atau e-mail: pelanggan tidak bisa dikabari saat datanya dihapus atau bocor",
            "no field for a number or e-mail: customers cannot be told when their data is deleted or leaks",
        ),
        fix: both("tambahkan isian phone atau email", "add a field of kind phone or email"),
        look: Look::Always(|form, found| {
            let asked =
                |field: &super::form::Field<'_>| matches!(field.kind, "phone" | "email") && form.asked_of_all(field);
            if !form.fields.iter().any(asked) {
                found.at(form.root.get("fields").unwrap_or(form.root));
            }
        }),
    },
    Rule {
        id: "R06",
        name: "backups-short",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 43, 44", "GDPR Art. 17"),
        says: both(
            "cadangan tinggal lebih dari 90 hari setelah data dihapus",
            "backups stay more than 90 days after deletion",
        ),
        fix: both(
            "pakai cadangan 30 hari dan tulis backup_days: 30",
            "keep backups for 30 days and write backup_days: 30",
        ),
        look: Look::Always(|form, found| {
            let storage = form.root.get("storage");
            let days = storage.and_then(|storage| storage.get("backup_days").zip(storage.int_at("backup_days")));
            if let Some((node, _)) = days.filter(|(_, days)| *days > 90) {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "K01",
        name: "children",
        severity: Severity::Error,
        law: both("UU PDP Pasal 25; PM 20 Pasal 37", "GDPR Art. 8"),
        says: both(
            "tidak jelas bagaimana anak di bawah 18 tahun ditangani",
            "it is not clear how children under 18 are treated",
        ),
        fix: both(
            "tulis \"children\": \"block\", atau \"guardian\" beserta nama dan kontak wali (\"of\": \"guardian\")",
            "write \"children\": \"block\", or \"guardian\" with the guardian's name and contact (\"of\": \"guardian\")",
        ),
        look: Look::Grammar,
    },
    Rule {
        id: "K03",
        name: "no-offers-to-children",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 25", "GDPR Art. 8, rec. 38"),
        says: both(
            "penawaran atau pemrofilan dapat mengenai anak yang didaftarkan walinya",
            "offers or profiling may reach a child whom a guardian registers",
        ),
        fix: both(
            "tulis \"adults\": true: tujuan ini tidak ditanyakan bila wali yang mengisi",
            "write \"adults\": true: the purpose is not asked where a guardian fills the form",
        ),
        look: Look::Always(|form, found| {
            let reached = form.purposes.iter().filter(|purpose| form.reaches_children() && !purpose.adults);
            for purpose in reached.filter(|purpose| purpose.offers() || purpose.learns()) {
                found.at(purpose.node);
            }
        }),
    },
    Rule {
        id: "K04",
        name: "children-assessed",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 4(2), 34(2)(b)", "GDPR Art. 35"),
        says: both(
            "data anak adalah data spesifik dan menuntut penilaian dampak",
            "a child's data is specific data and asks for an impact assessment",
        ),
        fix: both(
            "simpan penilaian itu dan sebut di grounds dengan rule K04 dan for \"\"",
            "keep the assessment and name it in grounds with rule K04 and for \"\"",
        ),
        look: Look::Always(|form, found| {
            if let Some(node) =
                form.root.get("children").filter(|_| form.reaches_children() && !form.grounded("K04", ""))
            {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "K02",
        name: "another-way",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 26", "GDPR Art. 12(2)"),
        says: both(
            "orang yang tidak bisa memakai formulir tidak punya jalan lain",
            "people who cannot use the form have no other way",
        ),
        fix: both("beri nomor telepon atau WhatsApp", "give a phone or WhatsApp number"),
        look: Look::Always(|form, found| {
            if let Some(node) = form.root.get("controller")
                && ["phone", "whatsapp"].iter().all(|key| node.text_at(key).is_empty())
            {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "S04",
        name: "stored-abroad",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 56; PP 80/2019 Pasal 59(2)(h)", "GDPR Art. 44-49"),
        says: both("data ke luar negeri tanpa dasar pengiriman", "data goes abroad without a ground for the transfer"),
        fix: both(
            "pakai penyimpanan di dalam negeri, atau sebut dasarnya di grounds dengan rule S04",
            "store at home, or name the ground in grounds with rule S04",
        ),
        look: Look::Always(abroad),
    },
    Rule {
        id: "S05",
        name: "processor-instructed",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 51", "GDPR Art. 28(3)"),
        says: both("pihak ini bekerja atas perintah tertulis Anda", "this party works on your written instruction"),
        fix: both(
            "simpan perjanjiannya dan sebut di grounds dengan rule S05 dan for nama ini",
            "keep the agreement and name it in grounds with rule S05 and for this name",
        ),
        look: Look::Always(|form, found| {
            for processor in form.root.items_at("processors") {
                let name = processor.text_at("name");
                if !form.grounded("S05", name) {
                    found.naming(processor, name);
                }
            }
        }),
    },
    Rule {
        id: "S06",
        name: "addresses-not-kept",
        severity: Severity::Warning,
        law: both("UU PDP Pasal 1(1), 4(3)(f), 21(1)", "GDPR Art. 4(1), 13"),
        says: both(
            "alamat IP adalah data pribadi, dan pemberitahuan tidak menyebut berapa lama disimpan",
            "an IP address is personal data, and the notice does not say how long it is kept",
        ),
        fix: both(
            "matikan catatan alamat di server itu dan sebut di grounds dengan rule S06 dan for \"\", atau tulis lamanya dalam task penyedianya",
            "turn the log of addresses off at that server and say so in grounds with rule S06 and for \"\", or write the time into its processor's task",
        ),
        look: Look::Always(addresses),
    },
    Rule {
        id: "S07",
        name: "device-storage-asked-for",
        severity: Severity::Warning,
        law: both("", "ePrivacy Art. 5(3)"),
        says: both(
            "\"draft\": true menyimpan jawaban yang belum selesai di perangkat pelanggan tanpa ia minta",
            "\"draft\": true keeps unfinished answers on the customer's device unasked",
        ),
        fix: both(
            "hapus draft, atau sebut di grounds dengan rule S07 dan for \"\" mengapa formulir ini memerlukannya",
            "remove draft, or say in grounds with rule S07 and for \"\" why this form needs it",
        ),
        look: Look::Always(|form, found| {
            if let Some(node) =
                form.root.get("draft").filter(|_| form.root.is_set("draft") && !form.grounded("S07", ""))
            {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "S08",
        name: "endpoint-reachable",
        severity: Severity::Warning,
        law: both("", ""),
        says: both("kiriman menuju komputer ini sendiri", "submissions go to this very machine"),
        fix: both(
            "hapus endpoint, atau beri alamat https tokonya",
            "remove endpoint, or give the shop's https address",
        ),
        look: Look::Always(|form, found| {
            if let Some(node) = form.root.get("endpoint")
                && node.text().is_some_and(|text| text.starts_with("http://"))
            {
                found.at(node);
            }
        }),
    },
    Rule {
        id: "W01",
        name: "withdrawal-without-the-web",
        severity: Severity::Error,
        law: both("UU PDP Pasal 9, 40", "GDPR Art. 7(3)"),
        says: both(
            "persetujuan hanya bisa ditarik lewat sebuah tautan",
            "consent can be withdrawn through a link only",
        ),
        fix: both(
            "beri juga nomor, alamat e-mail, atau tempat di rights.contact; tautannya di rights.url",
            "give a number, an e-mail address or a place in rights.contact too; the link goes into rights.url",
        ),
        look: Look::Always(|form, found| {
            if let Some(node) = form.root.get("rights").and_then(|rights| rights.get("contact"))
                && let Some(text) = node.text()
                && text.split_whitespace().all(|word| word.starts_with("http") || word.starts_with("www."))
            {
                found.at(node);
            }
        }),
    },
];

fn retention(purpose: &Node) -> Option<&Node> {
    purpose.get("retention")?.get("max")
}

fn days(node: &Node) -> Option<u64> {
    let span = Span::parse(node.text()?)?;
    let count = u64::from(span.count());
    Some(match span.unit() {
        Unit::Days => count,
        Unit::Weeks => count * 7,
        Unit::Months => count * 365 / 12,
        _ => count * 365,
    })
}

fn endless(form: &Form<'_>, found: &mut Found<'_>) {
    for purpose in &form.purposes {
        let Some(retention) = purpose.node.get("retention") else { continue };
        for (_, text, node) in super::form::texts(retention, "until") {
            if let Some(word) = words::found(text, words::ENDLESS) {
                found.naming(node, word);
            }
        }
        // Nobody who agrees today can object after a lifetime.
        if let Some(node) = retention.get("max").filter(|node| days(node).is_some_and(|days| days > 100 * 366)) {
            found.at(node);
        }
    }
}

/// `segel-server` keeps no address. Of a program of the shop's own, behind `endpoint`, only the owner knows; and what the notice says of addresses
/// must have an end.
fn addresses(form: &Form<'_>, found: &mut Found<'_>) {
    let mut listed = false;
    for party in form.root.items_at("processors").iter().chain(form.root.items_at("recipients")) {
        let tasks = ["task", "reason"].into_iter().flat_map(|key| super::form::texts(party, key));
        for (_, text, node) in tasks.filter(|(_, text, _)| words::found(text, words::NETWORK_ADDRESS).is_some()) {
            listed = true;
            if words::found(text, words::UNITS).is_none() {
                found.at(node);
            }
        }
    }
    if let Some(node) = form.root.get("endpoint").filter(|_| !listed && !form.grounded("S06", "")) {
        found.at(node);
    }
}

fn abroad(form: &Form<'_>, found: &mut Found<'_>) {
    let home = |country: &str| match form.profile {
        Profile::Id => country == "ID",
        Profile::Eu => words::EEA.contains(&country),
    };
    let storage = form.root.get("storage").map(|node| ("", node));
    let processors = form.root.items_at("processors").iter().map(|node| (node.text_at("name"), node));
    for (name, node) in storage.into_iter().chain(processors) {
        let country = node.text_at("country");
        if let Some(place) =
            node.get("country").filter(|_| !country.is_empty() && !home(country) && !form.grounded("S04", name))
        {
            found.naming(place, country);
        }
    }
}
