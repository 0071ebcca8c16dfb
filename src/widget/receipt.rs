//! What the customer keeps: proof of what was agreed, and the key to change it. Drawn as text, saved as a file, copied or printed only when
//! the customer asks.

use js_sys::Array;
use segel_core::time::Time;
use segel_core::{Choice, Choices, Form};
use segel_dom::{Listener, append, listen, make, make_text, set};
use wasm_bindgen::JsCast as _;
use web_sys::{Blob, Element, HtmlElement, Url};

use crate::fields::long_date;
use crate::words::words;

/// The facts of a receipt.
pub(crate) struct Shown {
    pub(crate) number: String,
    pub(crate) secret: String,
    pub(crate) received_at: Time,
    pub(crate) choices: Choices,
}

impl Shown {
    /// When the last of what was agreed to is over.
    fn delete_by(&self, form: &Form) -> Time {
        let given = form.purposes().iter().filter(|purpose| self.choices.get(purpose.id()) == Choice::Given);
        given.map(|purpose| self.received_at.plus(purpose.retention())).max().unwrap_or(self.received_at)
    }

    fn named(&self, form: &Form, given: bool, language: &str) -> String {
        let chosen =
            form.purposes().iter().filter(|purpose| (self.choices.get(purpose.id()) == Choice::Given) == given);
        let names: Vec<&str> = chosen.map(|purpose| purpose.text().get(language)).collect();
        if names.is_empty() { String::from(words(language).none) } else { names.join("; ") }
    }

    fn lines(&self, form: &Form, language: &str) -> Vec<(&'static str, String)> {
        let words = words(language);
        vec![
            (words.number, self.number.clone()),
            (words.date, long_date(&self.received_at.text(), language)),
            (words.agreed, self.named(form, true, language)),
            (words.refused, self.named(form, false, language)),
            (words.notice_version, crate::words::decimal(u64::from(form.version()))),
            (words.delete_by, long_date(&self.delete_by(form).text(), language)),
        ]
    }
}

/// Draws the receipt; returns where the focus goes.
pub(crate) fn draw(
    body: &Element,
    form: &Form,
    shown: &Shown,
    language: &str,
    listeners: &mut Vec<Listener>,
) -> Element {
    let words = words(language);
    let controller = form.definition().controller().name();
    let heading = make_text("h3", words.done);
    set(&heading, "role", "status");
    let list = make("dl");
    append(&list, &[&make_text("dt", controller), &make_text("dd", form.definition().title().get(language))]);
    let lines = shown.lines(form, language);
    for (name, value) in &lines {
        append(&list, &[&make_text("dt", name), &make_text("dd", value)]);
    }
    let hint = make_text("p", words.secret_hint);
    let code = make_text("code", &shown.secret);
    let row = make("div");
    set(&row, "class", "row");
    let text = file_text(controller, &lines, words.secret, &shown.secret, words.secret_hint);
    let name = ["bukti-", &shown.number, ".txt"].concat();
    let mut button = |label: &str, act: Box<dyn Fn(&Element)>| {
        let button = make_text("button", label);
        set(&button, "type", "button");
        set(&button, "class", "quiet");
        let own = button.clone();
        listeners.push(listen(&button, "click", move |_| act(&own)));
        append(&row, &[&button]);
    };
    button(words.save, Box::new(move |_| save(&name, &text)));
    let (secret, copied) = (shown.secret.clone(), words.copied);
    button(words.copy, Box::new(move |button| copy(&secret, button, copied)));
    button(words.print, Box::new(|_| print()));
    append(
        body,
        &[&heading, &list, &make_text("h4", words.secret), &code, &hint, &row, &make_text("p", words.no_answers)],
    );
    heading
}

fn file_text(controller: &str, lines: &[(&'static str, String)], secret: &str, key: &str, hint: &str) -> String {
    let mut text = [controller, "\n\n"].concat();
    for (name, value) in lines {
        for piece in [name, ": ", value, "\n"] {
            text.push_str(piece);
        }
    }
    for piece in ["\n", secret, ":\n", key, "\n\n", hint, "\n"] {
        text.push_str(piece);
    }
    text
}

fn save(name: &str, text: &str) {
    let Ok(blob) = Blob::new_with_str_sequence(&Array::of1(&text.into())) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let link = make("a");
    set(&link, "href", &address);
    set(&link, "download", name);
    if let Some(link) = link.dyn_ref::<HtmlElement>() {
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

fn copy(secret: &str, button: &Element, copied: &str) {
    if let Some(window) = web_sys::window() {
        // Fire and forget: a browser that refuses leaves the key on the screen to be copied by hand.
        drop(window.navigator().clipboard().write_text(secret));
        button.set_text_content(Some(copied));
    }
}

fn print() {
    if let Some(window) = web_sys::window() {
        let _ = window.print();
    }
}
