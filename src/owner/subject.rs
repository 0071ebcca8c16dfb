//! `segel subject`: everything that is held about one person, with what they agreed to in the words they saw, for whoever asks what is
//! known about them (UU PDP Art. 7, GDPR Art. 15). No purpose is asked for: answering them is one.

use segel_core::answers::Answer;
use segel_core::export::Record;
use segel_core::field::Field;
use segel_core::id::FormName;
use segel_core::open::{OpenError, Opened};
use segel_core::time::Time;
use segel_core::uses::{Act, Begun};
use segel_core::{Choice, Envelope, Form};
use serde_json::{Map, Value, json};

use crate::Exit;
use crate::args::{Plain, Subject};
use crate::escape::{escape, escape_json};
use crate::people::Reader;
use crate::place::{self, For};
use crate::said::{Input, Said};
use crate::say::{Failure, Say, Words, words};
use crate::uses::{self, Recorded};

pub(crate) fn run(say: &mut Say, args: &Subject) -> Result<Exit, Failure> {
    if let Some(output) = &args.output {
        let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
        place::refuse_same(output, &inputs.collect::<Vec<&std::path::Path>>())?;
    }
    let reader = Reader::new(say, &args.form, &args.keys)?;
    let input = Input::of(&args.input)?;
    input.warn_if_older(say);
    let said = Said::read(&input)?;
    let wanted = Wanted {
        number: args.number.as_deref().map(str::to_uppercase),
        text: args.find.as_deref().map(str::to_lowercase),
    };
    let earlier = uses::recorded(say, &args.input, &args.keys.key);
    let mut using = reader.begin(say, Act::Subject, &args.input, args.output.as_deref())?;
    let mut found = reader.search(say, &input, |record, envelope| look(&reader, &said, &wanted, record, envelope))?;
    found.each(|document, form, number| document["uses"] = of(&earlier, form, number));
    found.note(&mut using);
    let documents = &found.found;
    if documents.is_empty() {
        say.note(words!("tidak ada kiriman yang cocok", "no submission matches"));
    } else {
        let text = match args.format {
            Plain::Json => format!("{}\n", escape_json(&json!(documents).to_string())),
            Plain::Text => documents.iter().map(|document| sheet(say, document)).collect::<Vec<_>>().join("\n"),
        };
        match &args.output {
            Some(path) if !place::is_dash(path) => place::replace(path, text.as_bytes(), For::Owner)?,
            _ => say.result(&text)?,
        }
        let count = documents.len();
        say.note(words!("{count} kiriman cocok", "{count} submission(s) match"));
    }
    using.end(say);
    Ok(found.end(say))
}

/// The uses on record that a submission was among (UU PDP Art. 7: the trail of processing), and those of which nobody can tell.
fn of(earlier: &[Recorded], form: &FormName, number: u64) -> Value {
    let own = earlier.iter().filter_map(|(begun, ended)| {
        let touched = ended.as_ref().and_then(|ended| ended.touched(form, number));
        // What is here was not deleted.
        if touched == Some(false) || touched.is_none() && begun.act == Act::Purge {
            return None;
        }
        let Begun { at, act, purpose, to, .. } = begun;
        Some(json!({"at": at.text(), "act": act.code(), "purpose": purpose, "to": to, "certain": touched.is_some()}))
    });
    own.collect()
}

struct Wanted {
    number: Option<String>,
    text: Option<String>,
}

/// The document about a submission, if it is of the person asked for; `Err` if that cannot be known.
fn look(
    reader: &Reader,
    said: &Said,
    wanted: &Wanted,
    record: &Record,
    envelope: &Envelope<'_>,
) -> Result<Option<Value>, ()> {
    if wanted.number.as_ref().is_some_and(|number| *number != envelope.head().id().number()) {
        return Ok(None);
    }
    let (form, opened) = reader.open(envelope, record)?;
    let says =
        |text: &String| opened.answers().iter().any(|(_, answer)| words_of(answer).to_lowercase().contains(text));
    if wanted.text.as_ref().is_some_and(|text| !says(text)) {
        return Ok(None);
    }
    Ok(Some(document(form, &opened, said, envelope, record)))
}

fn document(form: &Form, opened: &Opened, said: &Said, envelope: &Envelope<'_>, record: &Record) -> Value {
    let consent = opened.consent();
    let language = consent.language();
    let answers = form.fields().iter().filter_map(|field| {
        let value = shown(field, opened.answer(field.id())?, language);
        Some(json!({"field": field.id(), "label": field.label().get(language), "reason": field.reason().get(language), "answer": value}))
    });
    let purposes = consent.purposes().iter().map(|event| {
        let question = form.definition().purpose(event.purpose()).map(|purpose| purpose.question());
        let choice = match event.choice() {
            Choice::Given => "given",
            Choice::Refused => "refused",
            _ => "not answered",
        };
        json!({
            "purpose": event.purpose(), "sentence": question.map(|text| text.get(language)), "choice": choice,
            "time": event.time().text(), "valid_until": event.time().plus(event.valid()).text(),
            "withdrawn": said.withdrawal(envelope, event.purpose()).map(Time::text),
        })
    });
    let unread = opened.parts().iter().filter_map(|(name, verdict)| match verdict {
        Err(error) => Some((name.to_string(), json!(OpenError::verdict(error)))),
        Ok(()) => None,
    });
    let due = form.purposes().iter().map(|purpose| record.received_at().plus(purpose.retention())).max();
    json!({
        "number": opened.id().number(), "id": opened.id().to_string(), "sequence": record.sequence(),
        "received_at": record.received_at().text(), "sealed_at": opened.sealed_at().text(),
        "delete_by": due.map(Time::text), "deletion_requested": said.deletion(envelope).map(Time::text),
        "form": form.name().as_str(), "form_version": form.version(), "controller": form.definition().controller().name(),
        "language": language,
        "given_by": consent.guardian().map_or("person", segel_core::Guardian::as_str), "answers": answers.collect::<Value>(), "consent": purposes.collect::<Value>(),
        "not_readable": Value::Object(Map::from_iter(unread)),
    })
}

/// An answer in the words that were on the page.
fn shown(field: &Field, answer: &Answer, language: &str) -> Value {
    let label = |id: &String| {
        let option = field.options().find(|option| option.id() == id);
        option.map_or_else(|| id.clone(), |option| option.label().get(language).to_owned())
    };
    match answer {
        Answer::Text(text) => json!(label(text)),
        Answer::Many(options) => options.iter().map(label).collect(),
        Answer::Files(files) => files
            .iter()
            .map(|file| json!({"name": file.name(), "type": file.media_type(), "length": file.length()}))
            .collect(),
        _ => Value::Null,
    }
}

fn words_of(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Many(options) => options.join(" "),
        Answer::Files(files) => files.iter().map(|file| file.name()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// The document for a person, on both sides of the counter.
fn sheet(say: &Say, document: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => escape(text),
        Value::Array(items) => items
            .iter()
            .map(|item| escape(item.as_str().or(item["name"].as_str()).unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Null => String::new(),
        other => escape(&other.to_string()),
    };
    let day = |value: &Value| value.as_str().and_then(|text| text.get(..10)).unwrap_or_default().to_owned();
    let mut sheet = String::new();
    for (key, name) in heads() {
        if !document[key].is_null() {
            let (name, value) = (say.pick(name), &document[key]);
            let value = code(value.as_str()).map_or_else(|| text(value), |words| say.pick(words));
            sheet.push_str(&format!("{name}: {value}\n"));
        }
    }
    for answer in document["answers"].as_array().into_iter().flatten() {
        sheet.push_str(&format!(
            "{}: {} ({})\n",
            text(&answer["label"]),
            text(&answer["answer"]),
            text(&answer["reason"])
        ));
    }
    for event in document["consent"].as_array().into_iter().flatten() {
        let choice = code(event["choice"].as_str()).map_or_else(String::new, |words| say.pick(words));
        sheet.push_str(&format!("{choice}: {} ({})\n", text(&event["sentence"]), text(&event["time"])));
        if let Some(time) = event["withdrawn"].as_str() {
            let (withdrawn, time) = (say.pick(words!("ditarik", "withdrawn")), escape(time));
            sheet.push_str(&format!("  {withdrawn}: {time}\n"));
        }
    }
    for used in document["uses"].as_array().into_iter().flatten() {
        let act =
            Act::of(used["act"].as_str().unwrap_or_default()).map_or_else(String::new, |act| say.pick(uses::deed(act)));
        let used_at = match used["certain"] == true {
            true => say.pick(words!("dipakai", "used")),
            false => say.pick(words!("mungkin dipakai", "perhaps used")),
        };
        let purpose = used["purpose"].as_str().unwrap_or("-");
        sheet.push_str(&format!("{used_at}: {}, {act}, {}\n", day(&used["at"]), escape(purpose)));
    }
    for (part, verdict) in document["not_readable"].as_object().into_iter().flatten() {
        sheet.push_str(&format!("{part}: {}\n", text(verdict)));
    }
    sheet
}

/// What stands above the answers.
fn heads() -> [(&'static str, Words); 10] {
    [
        ("number", words!("nomor", "number")),
        ("controller", words!("usaha", "controller")),
        ("form", words!("formulir", "form")),
        ("form_version", words!("versi formulir", "form version")),
        ("received_at", words!("diterima", "received")),
        ("sealed_at", words!("disegel", "sealed")),
        ("delete_by", words!("dihapus paling lambat", "delete by")),
        ("deletion_requested", words!("minta dihapus", "deletion requested")),
        ("given_by", words!("diisi oleh", "given by")),
        ("language", words!("bahasa", "language")),
    ]
}

/// Our own words among the values.
fn code(value: Option<&str>) -> Option<Words> {
    Some(match value? {
        "given" => words!("setuju", "given"),
        "refused" => words!("menolak", "refused"),
        "not answered" => words!("tidak dijawab", "not answered"),
        "person" => words!("yang bersangkutan", "person"),
        "parent" => words!("orang tua", "parent"),
        "guardian" => words!("wali", "guardian"),
        _ => return None,
    })
}
