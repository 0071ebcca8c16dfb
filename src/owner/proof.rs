//! `segel proof`: what one customer agreed to, with the notice as it stood and the digests that tie one to the other (UU PDP Art. 24, 47;
//! GDPR Art. 7(1)). Answers are left out: a proof of consent may be shown to somebody who has no business with them.

use segel_core::export::Record;
use segel_core::open::Opened;
use segel_core::time::Time;
use segel_core::uses::Act;
use segel_core::{Choice, Envelope, Form};
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{Lang, PageFormat, Proof};
use crate::escape::escape_json;
use crate::paper::Paper;
use crate::people::Reader;
use crate::place::{self, For};
use crate::said::{Input, Said};
use crate::say::{Failure, Say, words};

pub(crate) fn run(say: &mut Say, args: &Proof) -> Result<Exit, Failure> {
    let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
    place::refuse_same(&args.output, &inputs.collect::<Vec<&std::path::Path>>())?;
    let reader = Reader::new(say, &args.form, &args.keys)?;
    let input = Input::of(&args.input)?;
    input.warn_if_older(say);
    let said = Said::read(&input)?;
    let number = args.number.to_uppercase();
    let mut using = reader.begin(say, Act::Proof, &args.input, Some(&args.output))?;
    let found = reader.search(say, &input, |record, envelope| {
        if envelope.head().id().number() != number {
            return Ok(None);
        }
        let (form, opened) = reader.open(envelope, record)?;
        Ok(Some(document(form, &opened, &said, envelope, record)))
    })?;
    found.note(&mut using);
    let count = found.found.len();
    if count == 0 {
        say.note(words!("tidak ada kiriman yang cocok", "no submission matches"));
    } else {
        let text = match args.format {
            PageFormat::Json => format!("{}\n", escape_json(&json!(found.found).to_string())),
            PageFormat::Html => pages(say.lang(), &found.found),
        };
        match place::is_dash(&args.output) {
            true => say.result(&text)?,
            false => place::replace(&args.output, text.as_bytes(), For::Owner)?,
        }
        say.note(words!("{count} kiriman cocok", "{count} submission(s) match"));
    }
    using.end(say);
    Ok(found.end(say))
}

fn document(form: &Form, opened: &Opened, said: &Said, envelope: &Envelope<'_>, record: &Record) -> Value {
    let (consent, controller) = (opened.consent(), form.definition().controller());
    let language = consent.language();
    let notice = form.notice(language);
    let purposes = consent.purposes().iter().map(|event| {
        let question = form.definition().purpose(event.purpose()).map(|purpose| purpose.question());
        let choice = match event.choice() {
            Choice::Given => "given",
            Choice::Refused => "refused",
            _ => "not answered",
        };
        json!({
            "purpose": event.purpose(), "sentence": question.map(|text| text.get(language)), "choice": choice, "time": event.time().text(),
            "sentence_sha256": event.label().to_string(), "valid_until": event.time().plus(event.valid()).text(),
            "withdrawn": said.withdrawal(envelope, event.purpose()).map(Time::text),
        })
    });
    let recorded = consent.notices().iter().find(|(code, _)| code == language).map(|(_, digest)| *digest);
    let shown = notice.as_ref().map(|notice| notice.digest());
    let sections = notice.as_ref().map(|notice| {
        notice.sections().map(|(heading, text)| json!({"heading": heading, "text": text})).collect::<Vec<_>>()
    });
    json!({
        "number": opened.id().number(), "id": opened.id().to_string(), "controller": controller.name(), "address": controller.address(),
        "form": form.name().as_str(), "form_version": form.version(), "form_sha256": form.digest().to_string(), "owner": form.owner().to_string(),
        "sequence": record.sequence(), "received_at": record.received_at().text(), "sealed_at": opened.sealed_at().text(),
        "submission_sha256": record.origin().to_string(), "language": language,
        "given_by": consent.guardian().map_or("person", segel_core::Guardian::as_str), "consent": purposes.collect::<Value>(),
        "notice_version": consent.notice_version(), "notice": notice.map(|notice| notice.summary()), "sections": sections,
        "notice_sha256": recorded.map(|digest| digest.to_string()), "notice_matches": recorded.is_some() && recorded == shown,
        "deletion_requested": said.deletion(envelope).map(Time::text),
    })
}

fn pages(lang: Lang, documents: &[Value]) -> String {
    let say = |id: &'static str, en: &'static str| if lang == Lang::Id { id } else { en };
    let mut paper = Paper::new(lang, say("Bukti persetujuan", "Proof of consent"));
    for document in documents {
        paper.sheet(|paper| page(paper, &say, document));
    }
    paper.end()
}

fn page(paper: &mut Paper, say: &dyn Fn(&'static str, &'static str) -> &'static str, document: &Value) {
    let text = |key: &str| match &document[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    paper.heading(&format!("{} {}", say("Bukti persetujuan", "Proof of consent"), text("number")));
    let rows = [
        (say("Usaha", "Business"), format!("{}, {}", text("controller"), text("address"))),
        (say("Formulir", "Form"), format!("{}, {} {}", text("form"), say("versi", "version"), text("form_version"))),
        (say("Disegel pelanggan", "Sealed by the customer"), text("sealed_at")),
        (say("Diterima server", "Received by the server"), text("received_at")),
        (say("Bahasa yang tampil", "Language shown"), text("language")),
        (say("Diberikan oleh", "Given by"), given_by(say, &text("given_by"))),
        (say("Minta dihapus", "Deletion asked for"), text("deletion_requested")),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    paper.list(&rows.map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>());
    paper.part(say("Yang ditanyakan dan dijawab", "What was asked and answered"));
    for event in document["consent"].as_array().into_iter().flatten() {
        let of = |key: &str| event[key].as_str().unwrap_or_default();
        let choice = match of("choice") {
            "given" => say("YA", "YES"),
            "refused" => say("TIDAK", "NO"),
            _ => say("tidak dijawab", "not answered"),
        };
        paper.text(&format!("{choice}: {}", of("sentence")));
        let withdrawn = match of("withdrawn") {
            "" => String::new(),
            time => format!(", {} {time}", say("ditarik", "withdrawn")),
        };
        let until = say("berlaku sampai", "valid until");
        paper.small(&format!(
            "{}, {until} {}{withdrawn}; SHA-256 {}",
            of("time"),
            of("valid_until"),
            of("sentence_sha256")
        ));
    }
    paper.part(&format!(
        "{} {}",
        say("Pemberitahuan privasi, versi", "Privacy notice, version"),
        text("notice_version")
    ));
    paper.text(&text("notice"));
    for section in document["sections"].as_array().into_iter().flatten() {
        paper.part(section["heading"].as_str().unwrap_or_default());
        paper.text(section["text"].as_str().unwrap_or_default());
    }
    paper.part(say("Pemeriksaan", "Checks"));
    paper.text(match document["notice_matches"] == true {
        true => say(
            "Sidik pemberitahuan yang tersegel bersama persetujuan sama dengan sidik teks di atas, yang dihitung ulang sekarang.",
            "The digest of the notice that was sealed with the consent is that of the text above, computed anew now.",
        ),
        false => say(
            "PERHATIAN: sidik pemberitahuan yang tersegel lain dari sidik teks di atas.",
            "ATTENTION: the digest of the notice that was sealed differs from that of the text above.",
        ),
    });
    for (name, key) in [
        (say("pemberitahuan", "notice"), "notice_sha256"),
        (say("formulir terbit", "published form"), "form_sha256"),
        (say("kiriman", "submission"), "submission_sha256"),
        (say("pemilik", "owner"), "owner"),
    ] {
        paper.small(&format!("{name}: {}", text(key)));
    }
    paper.text(say(
        "Catatan ini menunjukkan apa yang tampil dan dipilih. Siapa yang memegang perangkatnya tidak dapat dibuktikan dengan ini.",
        "This record shows what was on the page and what was chosen. Who held the device cannot be proved with it.",
    ));
}

fn given_by(say: &dyn Fn(&'static str, &'static str) -> &'static str, who: &str) -> String {
    match who {
        "person" => say("pelanggan sendiri", "the customer"),
        "parent" => say("orang tua", "a parent"),
        _ => say("wali", "a guardian"),
    }
    .to_owned()
}
