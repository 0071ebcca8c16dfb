//! One customer's page: the answers for the chosen purpose, every choice with the very sentence that was shown, the notice, and the times.
//! It is what an owner prints when somebody asks what is held about them.

use segel_core::table::LeftOut;
use segel_core::{Choice, Form};
use segel_dom::{append, make, make_text, set};
use web_sys::Element;

use crate::ledger::{self, Entry};
use crate::looking::Chosen;
use crate::table::{files, moment};
use crate::view::{Section, classed};
use crate::visible::visible;
use crate::{Desk, Handle, record};

/// Draws into the section; returns where the keyboard goes on.
pub(crate) fn draw(
    section: &mut Section,
    desk: &Desk,
    chosen: &Chosen,
    place: usize,
    handle: &Handle,
) -> Option<Element> {
    let (words, entry) = (desk.language.looking(), desk.ledger.entries().get(place)?);
    let form = &desk.shelf.forms()[entry.form];
    let page = classed("article", "person", "");
    let title = make_text("h2", &words.customer(&entry.opened.id().number()));
    let row = classed("div", "row", "");
    let back = section.button(words.back, "main", handle, |handle| handle.open_person(None));
    let print = section.button(words.print, "quiet", handle, |_| {
        let _ = web_sys::window().map(|window| window.print());
    });
    append(&row, &[&back, &print]);
    let purpose = form.definition().purpose(&chosen.aim.purpose).map(|purpose| purpose.text());
    let purpose = purpose.map_or(chosen.aim.purpose.as_str(), |text| text.get(desk.language.words().code));
    let facts = make("dl");
    let consent = entry.opened.consent();
    let pairs = [
        (words.used_for, String::from(purpose)),
        (words.received, moment(entry.received_at)),
        (words.sealed, moment(entry.opened.sealed_at())),
        (words.given_by, String::from(desk.language.given_by(consent.guardian()))),
        (
            words.form,
            format!("{} ({})", form.definition().title().get(desk.language.words().code), form.name().as_str()),
        ),
        (words.notice_version, consent.notice_version().to_string()),
        (words.notice_language, visible(desk.language.language(consent.language()))),
    ];
    for (name, value) in pairs {
        append(&facts, &[&make_text("dt", name), &make_text("dd", &value)]);
    }
    append(&page, &[&title, &row, &facts, &make_text("h3", words.answers), &classed("p", "hint", words.answers_hint)]);
    append(&page, &[&answers(section, desk, chosen, entry, place, handle)]);
    append(&page, &[&make_text("h3", words.choices), &classed("p", "hint", words.choices_hint)]);
    append(&page, &[&choices(desk, form, entry), &notice(desk, form, entry)]);
    append(&page, &[&record::draw(section, desk, form, entry, place, handle)]);
    append(&section.body, &[&page]);
    Some(title)
}

fn answers(
    section: &mut Section,
    desk: &Desk,
    chosen: &Chosen,
    entry: &Entry,
    place: usize,
    handle: &Handle,
) -> Element {
    let (layout, _) = ledger::layout(&desk.shelf, &chosen.aim);
    let list = make("dl");
    let cells =
        layout.row(&desk.shelf.forms()[entry.form], &entry.opened, entry.received_at).into_iter().skip(layout.own());
    for (field, text) in layout.fields().iter().zip(cells) {
        let value = match text {
            None => classed("dd", "none", "–"),
            Some(_) if !entry.files(field).is_empty() => {
                let value = make("dd");
                append(&value, &[&files(section, desk, entry, place, field, handle)]);
                value
            }
            Some(text) => make_text("dd", &visible(&text)),
        };
        append(&list, &[&make_text("dt", field.label().get(desk.language.words().code)), &value]);
    }
    list
}

/// Each purpose in the language that was shown, and in the authoritative one if that was another.
fn choices(desk: &Desk, form: &Form, entry: &Entry) -> Element {
    let (words, consent) = (desk.language.looking(), entry.opened.consent());
    let list = classed("ul", "choices", "");
    for event in consent.purposes() {
        let Some(purpose) = form.definition().purpose(event.purpose()) else { continue };
        let line = make("li");
        let (class, said) = match event.choice() {
            Choice::Given => ("given", words.given),
            Choice::Refused => ("refused", words.refused),
            _ => ("refused", words.unanswered),
        };
        append(&line, &[&classed("strong", class, &format!("{said}, {}", moment(event.time())))]);
        // What was said then is shown as it was; that it no longer holds stands beside it.
        if let Some((LeftOut::Withdrawn, time)) = desk.ledger.opposed(&desk.shelf, entry, Some(event.purpose())) {
            append(&line, &[&classed("strong", "refused", &format!("{}, {}", words.withdrawn, moment(time)))]);
        }
        let mut shown = vec![consent.language()];
        shown.extend(form.languages().first().map(String::as_str).filter(|first| *first != consent.language()));
        for language in shown {
            let sentence = make_text("p", purpose.question().get(language));
            set(&sentence, "lang", language);
            append(&line, &[&sentence]);
        }
        append(&list, &[&line]);
    }
    list
}

/// The notice as it was shown.
fn notice(desk: &Desk, form: &Form, entry: &Entry) -> Element {
    let (words, consent) = (desk.language.looking(), entry.opened.consent());
    let (details, body) = (make("details"), make("div"));
    append(&details, &[&make_text("summary", words.notice), &body]);
    set(&body, "lang", consent.language());
    if let Some(notice) = form.notice(consent.language()) {
        let lines = |text: &str| text.lines().for_each(|line| append(&body, &[&make_text("p", line)]));
        lines(notice.summary());
        for (heading, text) in notice.sections() {
            append(&body, &[&make_text("h4", heading)]);
            lines(text);
        }
        for (language, digest) in consent.notices() {
            append(&body, &[&classed("p", "key", &format!("{language} {digest}"))]);
        }
    }
    details
}
