//! A wish that came by phone, chat, letter or at the counter, written down on a customer's page: for owners who have no terminal. The file
//! is theirs to keep beside the exports; this page keeps nothing. FORMAT §4.4.

use segel_core::register::{Asked, Channel, What};
use segel_core::{Choice, Form};
use segel_dom::{append, focus, make, make_text, set};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlSelectElement};

use crate::ledger::Entry;
use crate::view::{Section, classed};
use crate::{Desk, Handle, Notice, now, save};

/// Draws the choice of a wish and of its way, and the button that writes it down.
pub(crate) fn draw(
    section: &mut Section,
    desk: &Desk,
    form: &Form,
    entry: &Entry,
    place: usize,
    handle: &Handle,
) -> Element {
    let (words, code) = (desk.language.looking(), desk.language.words().code);
    let mut wishes: Vec<(What, String)> = Vec::new();
    for event in entry.opened.consent().purposes().iter().filter(|event| event.choice() == Choice::Given) {
        let Some(purpose) = form.definition().purpose(event.purpose()) else { continue };
        let text = format!("{} {}", words.withdraw, purpose.text().get(code));
        wishes.push((What::Withdraw(String::from(purpose.id())), text));
    }
    let others = [What::Delete, What::Copy, What::Correct].into_iter().zip(words.wishes);
    wishes.extend(others.map(|(what, text)| (what, String::from(text))));
    let (wish, wish_line) = choice("wish", words.wish, words.none, wishes.iter().map(|(_, text)| text.as_str()));
    let (channel, channel_line) = choice("channel", words.channel, words.none, words.channels.into_iter());
    let fold = make("details");
    let (what, way) = (wish.clone(), channel.clone());
    let (what_first, way_first) = (wish.map(Element::from), channel.map(Element::from));
    let button = section.button(words.note, "main", handle, move |handle| {
        let chosen = |select: &Option<HtmlSelectElement>| {
            select.as_ref().and_then(|select| usize::try_from(select.selected_index() - 1).ok())
        };
        let what = chosen(&what).and_then(|index| wishes.get(index)).map(|(what, _)| what.clone());
        let by = chosen(&way).and_then(|index| Channel::ALL.get(index)).map(|(by, _)| *by);
        match (what, by) {
            (Some(what), Some(by)) => handle.note(place, what, by),
            (None, _) => what_first.iter().for_each(focus),
            (_, None) => way_first.iter().for_each(focus),
        }
    });
    append(&fold, &[&make_text("summary", words.record), &classed("p", "hint", words.record_hint)]);
    append(&fold, &[&wish_line, &channel_line, &button]);
    fold
}

fn choice<'t>(
    id: &str,
    label: &str,
    none: &'t str,
    options: impl Iterator<Item = &'t str>,
) -> (Option<HtmlSelectElement>, Element) {
    let (line, select, label) = (classed("div", "request", ""), make("select"), make_text("label", label));
    set(&select, "id", id);
    set(&label, "for", id);
    // Nothing is chosen for anybody: the first line is none.
    core::iter::once(none).chain(options).for_each(|text| append(&select, &[&make_text("option", text)]));
    append(&line, &[&label, &select]);
    (select.dyn_into().ok(), line)
}

impl Handle {
    /// Writes a wish down, saves the register and judges anew who may be used.
    fn note(&self, place: usize, what: What, by: Channel) {
        let aim = self.with(|desk| {
            let (id, at) = (desk.ledger.entries().get(place)?.opened.id(), now()?);
            desk.shelf.note(Asked { at, id, what, by, done: false });
            let saved = save::save("requests.txt", desk.shelf.register().text().as_bytes());
            let notice = if saved.is_some() { Notice::Noted } else { Notice::NotSaved(desk.language.words().no_room) };
            desk.saved = saved.into_iter().collect();
            Some((desk.chosen.as_ref()?.aim.clone(), notice))
        });
        let (Some(Some((aim, notice))), handle) = (aim, self.clone()) else { return };
        spawn_local(async move {
            if handle.count().await {
                handle.draw();
                handle.choose_again(aim, notice);
            }
        });
    }
}
