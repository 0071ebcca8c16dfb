//! Vectors of a form that a parent or guardian may fill for a child. FORMAT §5.1, §6.2.

use segel_core::age::Suite;
use segel_core::{Answers, Choice, Choices, Guardian};

use super::support::{RECEIVED_AT, Shop};
use super::write::{Case, OPENED, Pieces, parts, sign, vector};

/// The small shop, and a form for children.
pub(crate) fn shop() -> Shop {
    Shop::with(Suite::X25519, |text| {
        let field = |id: &str, kind: &str, label: &str| {
            format!(
                r#"{{"id":"{id}","kind":"{kind}","of":"guardian","required":true,"purposes":["daftar"],
                "label":{{"id":"{label}","en":"{label}"}},"reason":{{"id":"untuk meminta izin","en":"to ask for leave"}}}},"#
            )
        };
        let fields = [field("wali", "name", "Nama wali"), field("wa_wali", "phone", "WhatsApp wali")].concat();
        let text =
            text.replace("\"kecil\"", "\"anak\"").replace("\"children\": \"block\"", "\"children\": \"guardian\"");
        let text = text.replace("\"id\": \"wa\",", "\"id\": \"wa\", \"of\": \"adult\",");
        text.replace("\"fields\": [", &format!("\"fields\": [{fields}"))
    })
}

/// Filled by a parent, or by the person.
fn filled(shop: &Shop, seed: u8, guardian: Option<Guardian>) -> Vec<u8> {
    let mut choices = Choices::new(&shop.form);
    choices.set("daftar", Choice::Given).unwrap();
    let mut raw = shop.required();
    match guardian {
        Some(guardian) => {
            choices.set_guardian(guardian);
            raw.set_text("wali", "Sri Lestari".into());
            raw.set_text("wa_wali", "0812 0000 0001".into());
        }
        None => choices.set("minat", Choice::Given).unwrap(),
    }
    let answers = Answers::check(&shop.form, &choices, raw).expect("fits");
    shop.sealed(seed, &choices, answers, &[])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = published();
    cases.extend(envelopes());
    cases
}

fn published() -> Vec<Case> {
    let shop = shop();
    let text = String::from_utf8(shop.form.bytes().to_vec()).unwrap();
    let body = text.split_once("\n\n").unwrap().1.to_owned();
    let misfit = |name: &str, comment: &str, (from, to): (&str, &str)| {
        assert!(body.contains(from), "{from}");
        vector(name, "form", "form_misfit", "5", comment, sign(&shop, &body.replacen(from, to, 1)))
    };
    let small = Shop::new(Suite::X25519);
    let blocked = String::from_utf8(small.form.bytes().to_vec()).unwrap();
    let blocked = blocked.split_once("\n\n").unwrap().1.replacen(
        "\"id\":\"Nama lengkap\"},",
        "\"id\":\"Nama lengkap\"},\"of\":\"guardian\",",
        1,
    );
    let sentence =
        body.find("\"guardian\":\"Saya").map(|at| &body[at..at + body[at..].find("\",").unwrap() + 2]).unwrap();
    vec![
        vector("guardian", "form", "form", "5.1", "a guardian may fill it", shop.form.bytes().to_vec()),
        misfit(
            "guardian_unreachable",
            "signed, a guardian who cannot be reached",
            ("\"id\":\"WhatsApp wali\"},\"of\":\"guardian\"", "\"id\":\"WhatsApp wali\"}"),
        ),
        misfit(
            "guardian_for_adults",
            "signed, a required purpose for adults where a guardian may fill",
            ("{\"basis\":[\"consent\",\"contract\"]", "{\"adults\":true,\"basis\":[\"consent\",\"contract\"]"),
        ),
        misfit("guardian_sentence_missing", "signed, no sentence for the guardian in one language", (sentence, "")),
        vector(
            "guardian_in_blocked",
            "form",
            "form_misfit",
            "5.3",
            "signed, a guardian's field where children are blocked",
            sign(&small, &blocked),
        ),
    ]
}

fn envelopes() -> Vec<Case> {
    let by = |guardian| filled(&shop(), 30, guardian);
    let case = |name: &str, expect: &str, comment: &str, body: Vec<u8>| {
        vector(name, "envelope", expect, "6.2", comment, body)
            .with("form", "anak.segel")
            .with("identity", &shop().owner.identity().to_text())
            .with("received", RECEIVED_AT)
    };
    let edited = |from: &str, to: &str| {
        let pieces = Pieces::of(shop(), &by(Some(Guardian::Parent)));
        pieces.main(|text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    let record = "\"guardian\":{\"event_time\":\"2026-11-23T03:12:46Z\",\"event_type\":\"ExplicitlyExpressedConsent\",\
                  \"indication_method\":\"button\",\"relation\":\"ParentOfDataSubject\"},";
    let mut without = OPENED;
    without[1].1 = "decode";
    vec![
        parts(case("guardian", "opened", "a parent filled the form", by(Some(Guardian::Parent))), &OPENED),
        parts(case("guardian_other", "opened", "a guardian filled the form", by(Some(Guardian::Guardian))), &OPENED),
        parts(
            case("guardian_none", "opened", "an adult filled it, and was not asked for a guardian", by(None)),
            &OPENED,
        ),
        case(
            "guardian_profiling",
            "decode",
            "a parent agreed to a purpose for adults",
            edited(
                "\"ConsentRequestDeferred\",\"event_time\":\"2026-11-23T03:12:46Z\",\"event_type\":\"ExplicitlyExpressedConsent\",\"indication_method\":\"none\"",
                "\"ConsentGiven\",\"event_time\":\"2026-11-23T03:12:46Z\",\"event_type\":\"ExplicitlyExpressedConsent\",\"indication_method\":\"radio\"",
            ),
        ),
        case(
            "guardian_relation_unknown",
            "decode",
            "an uncle is no relation of the format",
            edited("ParentOfDataSubject", "UncleOfDataSubject"),
        ),
        parts(
            case(
                "guardian_removed",
                "opened",
                "the record names no guardian, and the answers have one",
                edited(record, ""),
            ),
            &without,
        ),
    ]
}
