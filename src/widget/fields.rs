//! Inputs, one way of drawing for each kind of field. An input is made once and lives as long as the form, so that nothing typed is
//! lost when texts around it are drawn again. What is typed is only ever read from the inputs' values.

use segel_core::answers::{Answer, Cause, FileMeta, RawAnswers};
use segel_core::field::{Field, Kind};
use segel_dom::{append, clear, make, make_input, make_text, set, show, unset};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, File, HtmlInputElement, HtmlTextAreaElement};

use crate::words::{Words, problem, words};

/// One field on the page.
pub(crate) struct FieldView {
    pub(crate) wrapper: Element,
    id: String,
    inputs: Inputs,
}

enum Inputs {
    Line(HtmlInputElement),
    Area(HtmlTextAreaElement),
    Date([HtmlInputElement; 3]),
    Options { inputs: Vec<(String, HtmlInputElement)>, several: bool },
    Files(HtmlInputElement),
}

impl FieldView {
    pub(crate) fn new(field: &Field) -> Self {
        let inputs = match field.kind() {
            Kind::LongText => Inputs::Area(make("textarea").unchecked_into()),
            Kind::Date => Inputs::Date([0, 1, 2].map(date_input)),
            Kind::Choice | Kind::Choices => options(field),
            Kind::File => Inputs::Files(file_input(field)),
            kind => Inputs::Line(line_input(kind)),
        };
        Self { wrapper: make("div"), id: String::from(field.id()), inputs }
    }

    /// Draws label, hint, inputs and what is to be mended.
    pub(crate) fn draw(&self, field: &Field, language: &str, cause: Option<&Cause>) {
        let words = words(language);
        clear(&self.wrapper);
        set(&self.wrapper, "class", if cause.is_some() { "field wrong" } else { "field" });
        let described = ["hint-", &self.id, " error-", &self.id].concat();
        let group = matches!(self.inputs, Inputs::Date(_) | Inputs::Options { .. });
        let holder = if group { make("fieldset") } else { make("div") };
        let label = make(if group { "legend" } else { "label" });
        let optional = if field.required() { "" } else { words.optional };
        label.set_text_content(Some(&[field.label().get(language), optional].concat()));
        let hint = make("p");
        set(&hint, "class", "hint");
        set(&hint, "id", &["hint-", &self.id].concat());
        let own = field.hint().map_or("", |hint| hint.get(language));
        let gap = if own.is_empty() { "" } else { " " };
        hint.set_text_content(Some(&[own, gap, &sentence(field.reason().get(language))].concat()));
        let error = make_text("p", &cause.map(|cause| problem(language, cause)).unwrap_or_default());
        set(&error, "class", "error");
        set(&error, "id", &["error-", &self.id].concat());
        show(&error, cause.is_some());
        append(&holder, &[&label, &hint, &error]);
        self.place(&holder, field, language, words);
        for input in self.each() {
            set(input, "aria-describedby", &described);
            if cause.is_some() { set(input, "aria-invalid", "true") } else { unset(input, "aria-invalid") }
        }
        if let Some(input) = self.each().first().filter(|_| !group) {
            set(&label, "for", &["in-", &self.id].concat());
            set(input, "id", &["in-", &self.id].concat());
        }
        append(&self.wrapper, &[&holder]);
    }

    fn place(&self, holder: &Element, field: &Field, language: &str, words: &Words) {
        match &self.inputs {
            Inputs::Line(input) | Inputs::Files(input) => append(holder, &[input.as_ref()]),
            Inputs::Area(area) => append(holder, &[area.as_ref()]),
            Inputs::Date(inputs) => {
                let row = make("div");
                set(&row, "class", "date");
                for (input, name) in inputs.iter().zip([words.day, words.month, words.year]) {
                    let label = make("label");
                    append(&label, &[&make_text("span", name), input]);
                    append(&row, &[&label]);
                }
                append(holder, &[&row]);
            }
            Inputs::Options { inputs, .. } => {
                for ((_, input), option) in inputs.iter().zip(field.options()) {
                    let label = make("label");
                    set(&label, "class", "option");
                    append(&label, &[input.as_ref(), &make_text("span", option.label().get(language))]);
                    append(holder, &[&label]);
                }
            }
        }
    }

    /// Puts what stands in the inputs into `raw`.
    pub(crate) fn read(&self, raw: &mut RawAnswers) {
        match &self.inputs {
            Inputs::Line(input) => raw.set_text(&self.id, input.value()),
            Inputs::Area(area) => {
                raw.set_text(&self.id, area.value().chars().filter(|character| *character != '\r').collect())
            }
            Inputs::Date(inputs) => raw.set_text(&self.id, date_text(inputs)),
            Inputs::Options { inputs, several } => {
                let mut chosen = inputs.iter().filter(|(_, input)| input.checked()).map(|(id, _)| id.clone());
                if *several {
                    raw.set_many(&self.id, chosen.collect());
                } else if let Some(one) = chosen.next_back() {
                    raw.set_text(&self.id, one);
                }
            }
            Inputs::Files(_) => {
                let files = self.files().into_iter().map(|file| FileMeta {
                    name: file.name(),
                    media_type: file.type_(),
                    length: file.size() as u64,
                });
                raw.set_files(&self.id, files.collect());
            }
        }
    }

    /// The files chosen in a file field.
    pub(crate) fn files(&self) -> Vec<File> {
        let Inputs::Files(input) = &self.inputs else { return Vec::new() };
        let list = input.files();
        let count = list.as_ref().map_or(0, web_sys::FileList::length);
        (0..count).filter_map(|index| list.as_ref().and_then(|list| list.get(index))).collect()
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Forgets what was typed.
    pub(crate) fn forget(&self) {
        match &self.inputs {
            Inputs::Line(input) | Inputs::Files(input) => input.set_value(""),
            Inputs::Area(area) => area.set_value(""),
            Inputs::Date(inputs) => inputs.iter().for_each(|input| input.set_value("")),
            Inputs::Options { inputs, .. } => inputs.iter().for_each(|(_, input)| input.set_checked(false)),
        }
    }

    fn each(&self) -> Vec<&Element> {
        match &self.inputs {
            Inputs::Line(input) | Inputs::Files(input) => vec![input.as_ref()],
            Inputs::Area(area) => vec![area.as_ref()],
            Inputs::Date(inputs) => inputs.iter().map(AsRef::as_ref).collect(),
            Inputs::Options { inputs, .. } => inputs.iter().map(|(_, input)| input.as_ref()).collect(),
        }
    }
}

/// An answer as the review shows it: what will be sealed, with options by their labels.
pub(crate) fn answer_text(field: &Field, answer: &Answer, language: &str) -> String {
    let label = |id: &String| {
        let option = field.options().iter().find(|option| option.id() == id);
        String::from(option.map_or(id.as_str(), |option| option.label().get(language)))
    };
    match answer {
        Answer::Text(text) if field.kind() == Kind::Date => long_date(text, language),
        Answer::Text(text) => label(text),
        Answer::Many(options) => options.iter().map(label).collect::<Vec<_>>().join(", "),
        Answer::Files(files) => files.iter().map(|file| file.name()).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

/// `2026-11-23…` as "23 November 2026".
pub(crate) fn long_date(text: &str, language: &str) -> String {
    let mut parts = text.get(..10).unwrap_or_default().split('-');
    let (year, month, day) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let month: usize = month.bytes().fold(0, |value, byte| value * 10 + usize::from(byte.wrapping_sub(b'0')));
    let name = words(language).months.get(month.wrapping_sub(1)).copied().unwrap_or_default();
    [day.trim_start_matches('0'), " ", name, " ", year].concat()
}

/// First letter large, full stop behind: a reason becomes a sentence.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    let mut sentence: String = first.into_iter().collect();
    sentence.push_str(rest.as_str());
    sentence.push('.');
    sentence
}

fn line_input(kind: Kind) -> HtmlInputElement {
    let (input_type, mode, fill) = match kind {
        Kind::Phone => ("tel", "tel", "tel"),
        Kind::Email => ("email", "email", "email"),
        Kind::Number => ("text", "decimal", "off"),
        Kind::Name => ("text", "", "name"),
        Kind::Province => ("text", "", "address-level1"),
        Kind::City => ("text", "", "address-level2"),
        _ => ("text", "", "off"),
    };
    let input = make_input(input_type);
    set(&input, "autocomplete", fill);
    if !mode.is_empty() {
        set(&input, "inputmode", mode);
    }
    if matches!(kind, Kind::Name | Kind::Email) {
        set(&input, "spellcheck", "false");
        set(&input, "autocapitalize", if kind == Kind::Name { "words" } else { "none" });
    }
    input
}

fn date_input(part: usize) -> HtmlInputElement {
    let input = make_input("text");
    let (fill, mode, size) =
        [("bday-day", "numeric", "2"), ("bday-month", "text", "9"), ("bday-year", "numeric", "4")][part];
    set(&input, "autocomplete", fill);
    set(&input, "inputmode", mode);
    set(&input, "size", size);
    input
}

fn options(field: &Field) -> Inputs {
    let several = field.kind() == Kind::Choices;
    let inputs = field.options().iter().map(|option| {
        let input = make_input(if several { "checkbox" } else { "radio" });
        if !several {
            group(&input, field.id());
        }
        (String::from(option.id()), input)
    });
    Inputs::Options { inputs: inputs.collect(), several }
}

/// Radios exclude each other and follow the arrow keys only if they share a name. There is no form that could submit it, and it
/// holds no answer.
pub(crate) fn group(input: &HtmlInputElement, of: &str) {
    input.set_name(&["group-", of].concat());
}

fn file_input(field: &Field) -> HtmlInputElement {
    let input = make_input("file");
    input.set_multiple(field.files() > 1);
    if !field.accept().is_empty() {
        input.set_accept(&field.accept().join(","));
    }
    input
}

/// Day, month (a number, or its name in either language) and year as `YYYY-MM-DD`; nothing if nothing was typed.
fn date_text(inputs: &[HtmlInputElement; 3]) -> String {
    let [day, month, year] = inputs.each_ref().map(|input| String::from(input.value().trim()));
    compose_date(&day, &month, &year)
}

fn compose_date(day: &str, month: &str, year: &str) -> String {
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return String::new();
    }
    let typed = month.to_ascii_lowercase();
    let named = |language| {
        let months = words(language).months.iter();
        let mut found =
            months.enumerate().filter(|(_, name)| typed.len() >= 3 && name.to_ascii_lowercase().starts_with(&typed));
        found.next().map(|(index, _)| crate::words::decimal(index as u64 + 1))
    };
    let month = named("id").or_else(|| named("en")).unwrap_or(typed.clone());
    let two = |text: &str| if text.len() == 1 { ["0", text].concat() } else { String::from(text) };
    [year, "-", &two(&month), "-", &two(day)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_composed_from_numbers_and_from_names_in_both_languages() {
        for (day, month, year) in [
            ("29", "2", "2000"),
            ("29", "02", "2000"),
            ("29", "Februari", "2000"),
            ("29", "feb", "2000"),
            ("29", "FEBRUARY", "2000"),
        ] {
            assert_eq!(compose_date(day, month, year), "2000-02-29");
        }
        assert_eq!(compose_date("5", "agu", "1999"), "1999-08-05");
        assert_eq!(compose_date("5", "august", "1999"), "1999-08-05");
        assert_eq!(compose_date("", "", ""), "");
        assert_eq!(compose_date("5", "xx", "1999"), "1999-xx-05");
    }

    #[test]
    fn dates_are_shown_as_people_write_them() {
        assert_eq!(long_date("2026-11-03T03:12:46Z", "id"), "3 November 2026");
        assert_eq!(long_date("2000-08-29", "id"), "29 Agustus 2000");
        assert_eq!(long_date("2000-08-29", "en"), "29 August 2000");
    }
}
