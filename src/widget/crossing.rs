//! What crosses between page and module: choices and answers coming in, problems going out, all as JSON text.

use alloc::string::String;
use alloc::vec::Vec;

use segel_core::answers::{Cause, FileMeta, Problem};
use segel_core::json::{self, Spelling, Value, Writer};
use segel_core::receipt::Receipt;
use segel_core::{Answers, Choice, Choices, Form, Guardian, RawAnswers};

/// `{"PURPOSE":true|false}`; what is left out is not answered. `"@guardian":"parent"|"guardian"` beside them says who fills the
/// form for a child. `None` for another shape or an unknown purpose.
pub(crate) fn choices(form: &Form, text: &str) -> Option<Choices> {
    let mut choices = Choices::new(form);
    for (purpose, given) in json::parse(text.as_bytes(), Spelling::Any).ok()?.as_object()? {
        if purpose == "@guardian" {
            let relation = given.as_text()?;
            let known = [Guardian::Parent, Guardian::Guardian];
            choices.set_guardian(known.into_iter().find(|one| one.as_str() == relation)?);
            continue;
        }
        let choice = if given.as_bool()? { Choice::Given } else { Choice::Refused };
        choices.set(purpose, choice).ok()?;
    }
    Some(choices)
}

/// `{"FIELD":"text"|["option"]|[{"name":…,"type":…,"length":…}]}`; `None` for another shape, or a field
/// that the form does not have.
pub(crate) fn raw(form: &Form, text: &str) -> Option<RawAnswers> {
    let mut raw = RawAnswers::new();
    for (field, value) in json::parse(text.as_bytes(), Spelling::Any).ok()?.as_object()? {
        form.definition().field(field)?;
        match value {
            Value::Text(text) => raw.set_text(field, text.clone()),
            // No option or no file: no answer.
            Value::List(items) if items.is_empty() => {}
            Value::List(items) => {
                let (mut options, mut files) = (Vec::new(), Vec::new());
                for item in items {
                    match item {
                        Value::Text(option) => options.push(option.clone()),
                        item => files.push(file(item)?),
                    }
                }
                if files.is_empty() { raw.set_many(field, options) } else { raw.set_files(field, files) }
            }
            _ => return None,
        }
    }
    Some(raw)
}

fn file(value: &Value) -> Option<FileMeta> {
    let text = |key| value.get(key).and_then(Value::as_text).map(String::from);
    let length = u64::try_from(value.get("length")?.as_int()?).ok()?;
    Some(FileMeta { name: text("name")?, media_type: text("type")?, length })
}

/// `{"id":…,"number":…,"secret":…}`
pub(crate) fn receipt(receipt: &Receipt) -> String {
    let mut out = Writer::default();
    out.open('{');
    out.hex("id", receipt.id().as_bytes());
    out.entry("number", &receipt.id().number());
    out.entry("secret", &receipt.to_text());
    out.close('}');
    out.finish()
}

/// `{"asked":[ID,…],"answers":{…}}` or `{"asked":[ID,…],"problems":[{"cause":…,"field":…,"limit":…}]}`; the limit is 0 where the cause has
/// none.
pub(crate) fn checked<'t>(asked: impl Iterator<Item = &'t str>, checked: &Result<Answers, Vec<Problem>>) -> String {
    let mut out = Writer::default();
    out.open('{');
    out.key("asked");
    out.open('[');
    for id in asked {
        out.text(id);
    }
    out.close(']');
    match checked {
        Ok(answers) => {
            out.key("answers");
            answers.write(&mut out);
        }
        Err(problems) => {
            out.key("problems");
            out.open('[');
            for problem in problems {
                out.open('{');
                let (cause, limit) = cause(problem.cause());
                out.entry("cause", cause);
                out.entry("field", problem.field());
                out.key("limit");
                out.number(limit);
                out.close('}');
            }
            out.close(']');
        }
    }
    out.close('}');
    out.finish()
}

const fn cause(cause: &Cause) -> (&'static str, u64) {
    match cause {
        Cause::Required => ("required", 0),
        Cause::TooLong { over, .. } => ("too_long", *over as u64),
        Cause::Control => ("control", 0),
        Cause::NotPhone => ("phone", 0),
        Cause::NotEmail => ("email", 0),
        Cause::NotDate => ("date", 0),
        Cause::NotNumber => ("number", 0),
        Cause::NotPostcode => ("postcode", 0),
        Cause::NotNik => ("nik", 0),
        Cause::NotOffered => ("option", 0),
        Cause::TooManyFiles { max } => ("files", *max as u64),
        Cause::FileTooLarge { max } => ("file_size", *max),
        Cause::FileType => ("file_type", 0),
        Cause::FileName => ("file_name", 0),
        _ => ("kind", 0),
    }
}
