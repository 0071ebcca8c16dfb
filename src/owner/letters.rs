//! Letters to customers, a sheet each, in the language that they chose: who they are for, and what of theirs is meant. The wording is for
//! the law's minimum (UU PDP Art. 45, 46); the owner sends them, by whatever way the customer gave.

use segel_core::Form;
use segel_core::answers::Answer;
use segel_core::field::Kind;
use segel_core::open::Opened;

use crate::args::Lang;
use crate::paper::Paper;

/// Whom a letter is for.
pub(crate) struct To {
    pub(crate) number: String,
    /// Of the letter.
    pub(crate) lang: Lang,
    name: Option<String>,
    ways: Vec<String>,
    /// Labels of the answers that are held, in the letter's language.
    pub(crate) data: Vec<String>,
}

impl To {
    pub(crate) fn new(form: &Form, opened: &Opened) -> Self {
        // Who chose a language that letters are not written in gets the one that the law asks for.
        let lang = if opened.consent().language() == "en" { Lang::En } else { Lang::Id };
        let code = if lang == Lang::En { "en" } else { "id" };
        let of = |kind: Kind| {
            let fields = form.fields().iter().filter(move |field| field.kind() == kind);
            fields.filter_map(|field| match opened.answer(field.id()) {
                Some(Answer::Text(text)) => Some(text.clone()),
                _ => None,
            })
        };
        let held = form.fields().iter().filter(|field| opened.answer(field.id()).is_some());
        Self {
            number: opened.id().number(),
            lang,
            name: of(Kind::Name).next(),
            ways: of(Kind::Phone).chain(of(Kind::Email)).collect(),
            data: held.map(|field| field.label().get(code).to_owned()).collect(),
        }
    }

    /// The name, or else the number on the receipt.
    pub(crate) fn called(&self) -> String {
        match (&self.name, self.lang) {
            (Some(name), _) => name.clone(),
            (None, Lang::Id) => format!("pemegang bukti {}", self.number),
            (None, Lang::En) => format!("the holder of receipt {}", self.number),
        }
    }

    /// Where it goes, above the letter.
    pub(crate) fn head(&self, paper: &mut Paper) {
        let ways = if self.ways.is_empty() { String::from("-") } else { self.ways.join(", ") };
        paper.small(&format!("{}  {ways}", self.number));
    }

    /// What is held, as a sentence goes on.
    pub(crate) fn data(&self) -> String {
        self.data.join(", ")
    }
}

/// How the business can be reached, by the form that a customer filled.
pub(crate) fn contact(form: &Form) -> String {
    let controller = form.definition().controller();
    let ways = [controller.whatsapp(), controller.phone(), controller.email()].into_iter().flatten();
    let ways = ways.map(str::to_owned).collect::<Vec<_>>().join(", ");
    format!("{}, {ways}", controller.contact())
}
