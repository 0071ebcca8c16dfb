//! `segel new`: asks in plain words and writes a definition that passes `segel check`. Answers come from standard input, a line each; an
//! empty line takes what stands in brackets.

mod ask;
mod fields;
mod purposes;
mod shop;
mod write;

use serde_json::{Value, json};

use crate::args::{New, Profile, Template};
use crate::lint::{self, Severity};
use crate::place::{self, For};
use crate::say::{Failure, Say, shown, words};
use crate::{Exit, check};
use ask::Ask;

pub(crate) fn run(say: &mut Say, args: &New) -> Result<Exit, Failure> {
    let name = shown(&args.definition);
    if std::fs::symlink_metadata(&args.definition).is_ok() {
        return Err(Failure::hinted(
            words!("{name}: sudah ada, tidak ditimpa", "{name}: exists already and is not overwritten"),
            words!(
                "pilih nama lain, atau ubah berkas itu dengan editor",
                "choose another name, or change that file in an editor"
            ),
        ));
    }
    say.note(words!("baris kosong berarti yang di dalam [ ]", "an empty line means what is in [ ]"));
    let mut ask = Ask::new(say);
    let template = match args.template {
        Some(template) => template,
        None => choose(&mut ask)?,
    };
    let mut form: Value = serde_json::from_str(source(template))
        .map_err(|error| Failure::new(words!("contoh rusak: {error}", "broken template: {error}")))?;
    shop::ask(&mut ask, &mut form)?;
    purposes::ask(&mut ask, &mut form)?;
    fields::ask(&mut ask, &mut form)?;
    let text = write::text(&form);
    let report = lint::check(text.as_bytes(), Profile::Id);
    place::create(&args.definition, text.as_bytes(), For::All)?;
    let form_name = form["name"].as_str().unwrap_or_default();
    finish(say, &report, &name, form_name)
}

fn finish(say: &mut Say, report: &lint::Report, name: &str, form: &str) -> Result<Exit, Failure> {
    let findings = check::told(say, report, name, Profile::Id);
    if !findings.is_empty() {
        let findings = findings.trim_end();
        say.note(words!("{findings}", "{findings}"));
    }
    say.note(words!("ditulis: {name}", "written: {name}"));
    check::summary(say, report, name);
    if report.count(Severity::Error) > 0 {
        say.hint(words!(
            "betulkan di berkas itu, lalu: segel check {name}",
            "mend it in that file, then: segel check {name}"
        ));
        return Ok(Exit::Nothing);
    }
    say.hint(words!(
        "baca dan ubah dengan editor, lalu: segel publish {name} -k owner.key -o forms/{form}.segel",
        "read and change it in an editor, then: segel publish {name} -k owner.key -o forms/{form}.segel"
    ));
    Ok(Exit::Done)
}

fn choose(ask: &mut Ask<'_>) -> Result<Template, Failure> {
    const ALL: [Template; 4] = [Template::Member, Template::Delivery, Template::Event, Template::Job];
    let question = || {
        words!(
            "Formulir apa? 1 daftar anggota, 2 alamat pengantaran, 3 daftar acara, 4 lamaran kerja",
            "Which form? 1 member registration, 2 delivery address, 3 event sign-up, 4 job application"
        )
    };
    ask.until(question, "1", |answer| {
        let index = answer.parse::<usize>().ok()?.checked_sub(1)?;
        ALL.get(index).copied()
    })
}

/// Each is a definition but for who asks, where it is kept, and what the owner changes.
const fn source(template: Template) -> &'static str {
    match template {
        Template::Member => include_str!("new/member.json"),
        Template::Delivery => include_str!("new/delivery.json"),
        Template::Event => include_str!("new/event.json"),
        Template::Job => include_str!("new/job.json"),
    }
}

/// A sentence in both languages.
fn both(id: &str, en: &str) -> Value {
    json!({"id": id, "en": en})
}

/// The list at a key, made where there is none.
fn items<'v>(form: &'v mut Value, key: &str) -> Result<&'v mut Vec<Value>, Failure> {
    let list = &mut form[key];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().ok_or_else(|| Failure::new(words!("contoh rusak: {key}", "broken template: {key}")))
}

/// The ids of the purposes that cannot be refused.
fn required(form: &Value) -> Vec<String> {
    let purposes = form["purposes"].as_array().into_iter().flatten();
    purposes
        .filter(|purpose| purpose["required"] == true)
        .filter_map(|purpose| purpose["id"].as_str().map(str::to_owned))
        .collect()
}
