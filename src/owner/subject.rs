//! `segel subject`: everything that is held about one person, with what they agreed to in the words they saw, for whoever asks what is
//! known about them (UU PDP Art. 7, GDPR Art. 15). No purpose is asked for: answering them is one.

use segel_core::answers::Answer;
use segel_core::export::Record;
use segel_core::field::Field;
use segel_core::open::{OpenError, Opened, open};
use segel_core::time::Time;
use segel_core::{Choice, Envelope, Form};
use serde_json::{Map, Value, json};

use crate::args::{Plain, Subject};
use crate::cause::Cause as _;
use crate::escape::{escape, escape_json};
use crate::open::read_form;
use crate::place::{self, For};
use crate::said::{Input, Said};
use crate::say::{Failure, Say, words};
use crate::{Exit, inbox, keys, pipeline};

pub(crate) fn run(say: &mut Say, args: &Subject) -> Result<Exit, Failure> {
    if let Some(output) = &args.output {
        let inputs = args.keys.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
        place::refuse_same(output, &inputs.collect::<Vec<&std::path::Path>>())?;
    }
    let forms = args.form.iter().map(|path| read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
    let identities = keys::identities(&keys::open_all(say, &args.keys)?);
    let input = Input::of(&args.input)?;
    let said = Said::read(&input)?;
    let progress = say.progress(inbox::bytes(input.path()));
    let produce = |feed: &mut pipeline::Feed<Record>| {
        inbox::each(input.path(), &progress, |_, record| {
            let bytes = record.envelope().len();
            if feed.push(record, bytes) { Ok(()) } else { Err(Failure::BrokenPipe) }
        })
    };
    let wanted = Wanted {
        number: args.number.as_deref().map(str::to_uppercase),
        text: args.find.as_deref().map(str::to_lowercase),
    };
    let (mut found, mut failed) = (Vec::new(), 0_u64);
    let stopped = pipeline::ordered(
        produce,
        |record| look(&forms, &identities, &said, &wanted, &record),
        |result| {
            match result {
                Ok(Some(document)) => found.push(document),
                Ok(None) => {}
                Err(()) => failed += 1,
            }
            Ok(())
        },
    )?;
    progress.finish_and_clear();
    for stop in &stopped {
        say.note(stop.error.at(&stop.file));
    }
    if found.is_empty() {
        say.note(words!("tidak ada kiriman yang cocok", "no submission matches"));
    } else {
        let text = match args.format {
            Plain::Json => format!("{}\n", escape_json(&json!(found).to_string())),
            Plain::Text => found.iter().map(sheet).collect::<Vec<_>>().join("\n"),
        };
        match &args.output {
            Some(path) if !place::is_dash(path) => place::replace(path, text.as_bytes(), For::Owner)?,
            _ => say.result(&text)?,
        }
        let count = found.len();
        say.note(words!("{count} kiriman cocok", "{count} submission(s) match"));
    }
    if failed > 0 {
        say.note(words!(
            "{failed} kiriman tidak terbuka dan tidak dapat dicari",
            "{failed} submission(s) did not open and could not be searched"
        ));
    }
    Ok(match (found.is_empty(), failed > 0 || !stopped.is_empty()) {
        (_, true) => Exit::Partial,
        (true, false) => Exit::Nothing,
        (false, false) => Exit::Done,
    })
}

struct Wanted {
    number: Option<String>,
    text: Option<String>,
}

/// The document about a submission, if it is of the person asked for; `Err` if that cannot be known.
fn look(
    forms: &[Form],
    keys: &[segel_core::age::Identity],
    said: &Said,
    wanted: &Wanted,
    record: &Record,
) -> Result<Option<Value>, ()> {
    let envelope = Envelope::parse(record.envelope()).map_err(drop)?;
    let head = envelope.head();
    if wanted.number.as_ref().is_some_and(|number| *number != head.id().number()) {
        return Ok(None);
    }
    let form = forms.iter().find(|form| form.digest() == head.form()).ok_or(())?;
    let opened = open(form, &envelope, keys, Some(record.received_at())).map_err(drop)?;
    let says =
        |text: &String| opened.answers().iter().any(|(_, answer)| words_of(answer).to_lowercase().contains(text));
    if wanted.text.as_ref().is_some_and(|text| !says(text)) {
        return Ok(None);
    }
    Ok(Some(document(form, &opened, said, &envelope, record)))
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
fn sheet(document: &Value) -> String {
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
    let mut sheet = String::new();
    for key in [
        "number",
        "controller",
        "form",
        "form_version",
        "received_at",
        "sealed_at",
        "delete_by",
        "deletion_requested",
        "given_by",
        "language",
    ] {
        if !document[key].is_null() {
            sheet.push_str(&format!("{key}: {}\n", text(&document[key])));
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
        sheet.push_str(&format!(
            "{}: {} ({})\n",
            text(&event["choice"]),
            text(&event["sentence"]),
            text(&event["time"])
        ));
        if let Some(time) = event["withdrawn"].as_str() {
            sheet.push_str(&format!("  withdrawn: {}\n", escape(time)));
        }
    }
    for (part, verdict) in document["not_readable"].as_object().into_iter().flatten() {
        sheet.push_str(&format!("{part}: {}\n", text(verdict)));
    }
    sheet
}
