//! Draws key making and coming back from paper, one step at a time. It decides nothing.

use segel_core::key::OwnerKey;
use segel_dom::{append, focus, listen, make, make_input, make_svg, make_text, set, show};
use segel_paper::{Code, groups, sheet, strength, words};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement, HtmlTextAreaElement};
use zeroize::Zeroizing;

use crate::key_words::Making;
use crate::maker::{Asked, Step};
use crate::view::{Section, classed};
use crate::{Desk, Handle};

/// Draws into an empty section.
pub(crate) fn draw(section: &mut Section, desk: &Desk, handle: &Handle) {
    let words = desk.language.making();
    show(&section.body, desk.shelf.keys().is_empty() || !matches!(desk.maker.step, Step::Away));
    set(&section.body, "class", if matches!(desk.maker.step, Step::Away) { "offer" } else { "workshop" });
    match &desk.maker.step {
        Step::Away => offer(section, words, handle),
        Step::Passphrase(refused) => {
            let problem = refused.map(|refused| words.refused(refused));
            passphrase(section, words, desk.maker.is_restored(), problem, handle);
        }
        Step::Working(nth) => {
            title(section, words.working);
            let line = classed("p", "", &words.progress(*nth, desk.maker.keys.len()));
            set(&line, "role", "status");
            let bar = make("progress");
            set(&bar, "aria-label", words.working);
            append(&section.body, &[&line, &bar]);
            buttons(section, words, &[], handle);
        }
        Step::Saving => saving(section, desk, words, handle),
        Step::Printing => printing(section, desk, words, handle),
        Step::Proving(wrong) => proving(section, desk, words, *wrong, handle),
        Step::Ready => ready(section, desk, words, handle),
        Step::Failed => {
            title(section, words.failed);
            append(&section.body, &[&classed("p", "wrong", words.failed_hint)]);
            buttons(section, words, &[], handle);
        }
        Step::Restoring(problem) => {
            let problem = problem.as_ref().map(|problem| words.unreadable(problem));
            restoring(section, words, problem, handle);
        }
        Step::Restored => {
            title(section, words.restored_title);
            let save =
                section.button(words.restored_save, "main", handle, |handle| handle.go_on(Step::Passphrase(None)));
            let later = section.button(words.later, "quiet", handle, |handle| handle.step(Step::Away));
            let row = classed("div", "row", "");
            append(&row, &[&save, &later]);
            append(&section.body, &[&classed("p", "", words.restored_hint), &row]);
        }
    }
}

fn offer(section: &mut Section, words: &Making, handle: &Handle) {
    let row = classed("div", "row", "");
    let new = section.button(words.offer, "quiet", handle, |handle| handle.step(Step::Passphrase(None)));
    let back = section.button(words.offer_restore, "quiet", handle, |handle| handle.step(Step::Restoring(None)));
    append(&row, &[&new, &back]);
    append(&section.body, &[&classed("p", "hint", words.offer_hint), &row]);
}

fn passphrase(section: &mut Section, words: &'static Making, restored: bool, problem: Option<&str>, handle: &Handle) {
    title(section, if restored { words.restored_file } else { words.passphrase_title });
    let form = make("form");
    let [first, again] = ["new-passphrase", "new-passphrase-again"].map(|id| {
        let input = make_input("password");
        set(&input, "id", id);
        set(&input, "autocomplete", "off");
        input
    });
    let hint = classed("p", "hint", words.strength_hint);
    set(&hint, "id", "strength");
    set(&hint, "role", "status");
    set(&first, "aria-describedby", "strength");
    let drawn = classed("p", "drawn", "");
    set(&drawn, "role", "status");
    let suggest = section.button(words.suggest, "quiet", handle, {
        let (first, drawn, hint) = (first.clone(), drawn.clone(), hint.clone());
        move |_| {
            let Ok(text) = segel_paper::passphrase(&mut getrandom::SysRng) else { return };
            first.set_value(&text);
            drawn.set_text_content(Some(&text));
            hint.set_text_content(Some(words.suggested));
        }
    });
    let label = |text: &str, input: &HtmlInputElement| {
        let label = make_text("label", text);
        set(&label, "for", &input.id());
        label
    };
    append(&form, &[&classed("p", "", words.passphrase_hint)]);
    if let Some(problem) = problem {
        let line = classed("p", "wrong", problem);
        set(&line, "role", "alert");
        append(&form, &[&line]);
    }
    append(&form, &[&label(words.first, &first), &first, &hint, &suggest, &drawn, &label(words.again, &again), &again]);
    let typed = first.clone();
    section.listeners.push(listen(&first, "input", move |_| {
        let text = Zeroizing::new(typed.value());
        hint.set_text_content(Some(if text.is_empty() {
            words.strength_hint
        } else {
            words.strength(strength(&text))
        }));
    }));
    let name = if restored { words.restored_save } else { words.make };
    submit(section, &form, words, name, handle, move |handle| {
        let (one, two) = (Zeroizing::new(first.value()), Zeroizing::new(again.value()));
        handle.make_keys(one, &two);
    });
}

fn saving(section: &mut Section, desk: &Desk, words: &Making, handle: &Handle) {
    let restored = desk.maker.is_restored();
    title(section, if restored { words.restored_file } else { words.saving_title });
    let list = classed("ul", "items", "");
    for (index, file) in desk.maker.files.iter().enumerate() {
        let line = make("li");
        let (name, hint) = (classed("strong", "name", file.name), words.file(file.name));
        let save = section.button(words.save, "main", handle, move |handle| handle.save_made(index));
        set(&save, "aria-label", &format!("{} {}", words.save, file.name));
        let state = if file.saved && file.returned {
            words.seen
        } else if file.saved {
            words.saved
        } else {
            words.unsaved
        };
        let state = classed("span", if file.saved && file.returned { "state done" } else { "state" }, state);
        let row = classed("div", "row", "");
        append(&row, &[&save, &state]);
        append(&line, &[&name, &classed("span", "hint", hint), &row]);
        append(&list, &[&line]);
    }
    let hint = if restored { words.restored_saving } else { words.saving_hint };
    append(&section.body, &[&classed("p", "", hint), &list, &make_text("h3", words.back_title)]);
    let input = make_input("file");
    for (name, value) in [("multiple", ""), ("id", "given-back")] {
        set(&input, name, value);
    }
    let label = classed("label", "", if restored { words.restored_back } else { words.back_hint });
    set(&label, "for", "given-back");
    append(&section.body, &[&label, &input]);
    if desk.maker.stranger {
        let line = classed("p", "wrong", words.stranger);
        set(&line, "role", "alert");
        append(&section.body, &[&line]);
    }
    let (own, target) = (input.clone(), handle.clone());
    section.listeners.push(listen(&input, "change", move |_| {
        let files = own.files();
        let files = files.iter().flat_map(|files| (0..files.length()).filter_map(|index| files.get(index)));
        target.give_back(files.collect());
    }));
    let next = section.button(words.next, "main", handle, move |handle| match restored {
        true => handle.use_restored(),
        false => handle.go_on(Step::Printing),
    });
    if !desk.maker.is_kept() {
        set(&next, "disabled", "");
    }
    buttons(section, words, &[&next], handle);
}

fn printing(section: &mut Section, desk: &Desk, words: &Making, handle: &Handle) {
    title(section, words.paper_title);
    append(&section.body, &[&classed("p", "", words.paper_hint)]);
    let print = section.button(words.print, "main", handle, |_| {
        let _ = web_sys::window().map(|window| window.print());
    });
    let next = section.button(words.printed, "quiet", handle, |handle| handle.ask(false));
    buttons(section, words, &[&print, &next], handle);
    let ([owner, spare], Some(made)) = (&desk.maker.keys[..], desk.maker.made) else { return };
    let paper = classed("div", "paper", "");
    append(&paper, &[&both("h2", sheet::TITLE), &both("p", sheet::WARNING)]);
    append(&paper, &[&classed("p", "key", &owner.owner_id().to_string()), &make_text("p", &made.date().text())]);
    append(&paper, &[&key(sheet::OWNER, owner), &key(sheet::SPARE, spare), &both("p", sheet::RECOVERY)]);
    append(&section.body, &[&paper]);
}

/// One key of the sheet, as the command line prints it.
fn key(name: sheet::Both, key: &OwnerKey) -> Element {
    let card = classed("section", "card", "");
    let list = make("ol");
    for word in words(key.identity()).unwrap_or_default() {
        append(&list, &[&make_text("li", word)]);
    }
    append(&card, &[&both("h3", name)]);
    if let Some(code) = Code::new(key.identity()) {
        let (image, path) = (make_svg("svg"), make_svg("path"));
        set(&image, "viewBox", &format!("0 0 {0} {0}", code.size));
        set(&image, "role", "img");
        set(&image, "aria-label", "QR");
        set(&path, "d", &code.path);
        append(&image, &[&path]);
        append(&card, &[&image]);
    }
    append(&card, &[&list, &classed("p", "key", &groups(key.identity()))]);
    card
}

fn proving(section: &mut Section, desk: &Desk, words: &Making, wrong: bool, handle: &Handle) {
    title(section, words.proving_title);
    let form = make("form");
    append(&form, &[&classed("p", "", words.proving_hint)]);
    if wrong {
        let line = classed("p", "wrong", words.proving_wrong);
        set(&line, "role", "alert");
        append(&form, &[&line]);
    }
    let mut inputs = Vec::new();
    for Asked { spare, place, .. } in &desk.maker.asked {
        let input = make_input("text");
        let id = format!("word-{}-{place}", u8::from(*spare));
        for (name, value) in
            [("id", id.as_str()), ("autocomplete", "off"), ("autocapitalize", "none"), ("spellcheck", "false")]
        {
            set(&input, name, value);
        }
        let label = make_text("label", &words.word(*spare, *place));
        set(&label, "for", &id);
        append(&form, &[&label, &input]);
        inputs.push(input);
    }
    submit(section, &form, words, words.check, handle, move |handle| {
        handle.prove(&inputs.iter().map(HtmlInputElement::value).collect::<Vec<_>>());
    });
    let back = section.button(words.see_paper, "quiet", handle, |handle| {
        handle.go_on(Step::Printing);
    });
    append(&section.body, &[&back]);
}

fn ready(section: &mut Section, desk: &Desk, words: &Making, handle: &Handle) {
    title(section, words.ready_title);
    let id = desk.maker.keys.first().map(|owner| owner.owner_id().to_string()).unwrap_or_default();
    let list = make("ul");
    for line in words.ready {
        append(&list, &[&make_text("li", line)]);
    }
    append(&section.body, &[&classed("p", "", words.ready_hint), &classed("p", "key", &id), &list]);
    let row = classed("div", "row", "");
    append(&row, &[&section.button(words.go_on, "main", handle, Handle::use_made)]);
    append(&section.body, &[&row]);
}

fn restoring(section: &mut Section, words: &Making, problem: Option<String>, handle: &Handle) {
    title(section, words.restore_title);
    let form = make("form");
    let typed: HtmlTextAreaElement = make("textarea").unchecked_into();
    for (name, value) in [
        ("id", "from-paper"),
        ("rows", "6"),
        ("autocomplete", "off"),
        ("autocapitalize", "none"),
        ("spellcheck", "false"),
    ] {
        set(&typed, name, value);
    }
    let label = make_text("label", words.restore_hint);
    set(&label, "for", "from-paper");
    append(&form, &[&label]);
    if let Some(problem) = problem {
        let line = classed("p", "wrong", &problem);
        set(&line, "role", "alert");
        append(&form, &[&line]);
    }
    append(&form, &[&typed]);
    submit(section, &form, words, words.restore, handle, move |handle| {
        let text = Zeroizing::new(typed.value());
        handle.restore(&text);
    });
}

/// The form with its button, and the way out.
fn submit(
    section: &mut Section,
    form: &Element,
    words: &Making,
    name: &str,
    handle: &Handle,
    act: impl Fn(&Handle) + 'static,
) {
    let (row, button) = (classed("div", "row", ""), classed("button", "main", name));
    let away = section.button(words.cancel, "quiet", handle, |handle| handle.step(Step::Away));
    append(&row, &[&button, &away]);
    append(form, &[&row]);
    append(&section.body, &[form]);
    let handle = handle.clone();
    section.listeners.push(listen(form, "submit", move |event| {
        event.prevent_default();
        act(&handle);
    }));
}

fn buttons(section: &mut Section, words: &Making, first: &[&Element], handle: &Handle) {
    let row = classed("div", "row", "");
    append(&row, first);
    append(&row, &[&section.button(words.cancel, "quiet", handle, |handle| handle.step(Step::Away))]);
    append(&section.body, &[&row]);
}

fn title(section: &Section, text: &str) {
    append(&section.body, &[&make_text("h2", text)]);
}

fn both(tag: &str, (id, en): sheet::Both) -> Element {
    let (element, other) = (make_text(tag, id), classed("span", "english", en));
    set(&element, "lang", "id");
    set(&other, "lang", "en");
    append(&element, &[&other]);
    element
}

/// Moves the keyboard to where the step begins.
pub(crate) fn begin(section: &Section) {
    let found = ["[role=alert]", "input:not([type=file])", "textarea", "h2"];
    let first = found.iter().find_map(|selector| section.body.query_selector(selector).ok().flatten());
    first.iter().for_each(focus);
}
