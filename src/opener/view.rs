//! Draws the desk. It decides nothing, and everything from a file becomes text, never markup.
//!
//! Four sections, each drawn anew on its own, so that the keyboard's focus stays where the owner left it.

use segel_dom::{Listener, append, clear, focus, listen, make, make_input, make_text, set, show};
use web_sys::{Element, HtmlInputElement};
use zeroize::Zeroizing;

use crate::ledger::purposes;
use crate::maker::Step;
use crate::shelf::{Item, Verdict};
use crate::table::{Sheet, moment};
use crate::visible::visible;
use crate::{Desk, Handle, Notice, Reading, Source, Stop, workshop};

/// The page's side of the desk.
pub(crate) struct View {
    root: Element,
    header: Section,
    needs: Section,
    workshop: Section,
    drop: DropBox,
    items: Section,
    status: Element,
    bar: Element,
    stop: Section,
    purposes: Section,
    result: Section,
    /// Passphrases being typed outlive a drawing; one place for each file.
    typed: Vec<Option<HtmlInputElement>>,
    sheet: Sheet,
}

/// Where files come in. It is never drawn anew: a file dialog that is open answers to the input that opened it.
struct DropBox {
    body: Element,
    input: HtmlInputElement,
    label: Element,
    hint: Element,
    listener: Option<Listener>,
}

/// A part of the page, and what listens in it.
pub(crate) struct Section {
    pub(crate) body: Element,
    pub(crate) listeners: Vec<Listener>,
}

impl View {
    pub(crate) fn new(root: Element) -> Self {
        clear(&root);
        let status = make("p");
        set(&status, "role", "status");
        let bar = make("progress");
        show(&bar, false);
        let section = || Section { body: make("section"), listeners: Vec::new() };
        let header = Section { body: make("header"), listeners: Vec::new() };
        let (needs, workshop, items, purposes, result) = (section(), section(), section(), section(), section());
        let stop = Section { body: make("div"), listeners: Vec::new() };
        let drop = DropBox::new();
        append(
            &root,
            &[
                &header.body,
                &needs.body,
                &drop.body,
                &workshop.body,
                &items.body,
                &status,
                &bar,
                &stop.body,
                &purposes.body,
                &result.body,
            ],
        );
        Self {
            root,
            header,
            needs,
            workshop,
            drop,
            items,
            status,
            bar,
            stop,
            purposes,
            result,
            typed: Vec::new(),
            sheet: Sheet::default(),
        }
    }

    /// Lets files come in.
    pub(crate) fn receive(&mut self, handle: &Handle) {
        let (own, handle) = (self.drop.input.clone(), handle.clone());
        self.drop.listener = Some(listen(&self.drop.input, "change", move |_| {
            handle.give(own.files());
            // So that the same file can be chosen again.
            own.set_value("");
        }));
    }

    pub(crate) fn draw(&mut self, desk: &Desk, handle: &Handle) {
        let focused = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
        let section = [&self.header, &self.needs, &self.items, &self.purposes, &self.result]
            .into_iter()
            .position(|section| section.body.contains(focused.as_deref()));
        set(&self.root, "lang", desk.language.words().code);
        self.draw_header(desk, handle);
        self.draw_files(desk, handle);
        self.stop.empty();
        let stop = self.stop.button(desk.language.looking().stop, "quiet", handle, Handle::halt);
        append(&self.stop.body, &[&stop]);
        self.workshop.empty();
        workshop::draw(&mut self.workshop, desk, handle);
        // One thing at a time: who makes keys sees nothing else.
        let away = matches!(desk.maker.step, Step::Away | Step::Restored);
        for part in [&self.needs.body, &self.drop.body, &self.items.body, &self.purposes.body, &self.result.body] {
            show(part, away);
        }
        self.draw_notice(desk);
        self.draw_purposes(desk, handle);
        self.draw_result(desk, handle);
        // What was taken out and put back has lost the focus; what is gone leaves it to its section.
        match (focused, section) {
            (Some(element), Some(_)) if element.is_connected() => focus(&element),
            (Some(_), Some(1 | 2)) => self.needs.focus_first("h2"),
            _ => {}
        }
    }

    pub(crate) fn draw_result(&mut self, desk: &Desk, handle: &Handle) {
        self.result.empty();
        self.sheet = Sheet::draw(&mut self.result, desk, handle);
    }

    /// Draws the rows of the table that are in view.
    pub(crate) fn draw_rows(&mut self, desk: &Desk, anew: bool) {
        self.sheet.rows(desk, anew);
    }

    /// What the page says aloud, and how far it is.
    pub(crate) fn draw_notice(&self, desk: &Desk) {
        let words = desk.language.words();
        let text = match (&desk.notice, desk.reading) {
            (Notice::Forgotten, _) => words.locked.to_owned(),
            (Notice::Idle, _) => words.idle.to_owned(),
            (Notice::Unlocking, _) => words.unlocking.to_owned(),
            (Notice::Collecting, _) => desk.language.looking().archiving.to_owned(),
            (Notice::Collected { saved, failed }, _) => desk.language.looking().archived(*saved, *failed),
            (Notice::Saved, _) => words.saved.to_owned(),
            (Notice::Saving, _) => desk.language.looking().saving.to_owned(),
            (Notice::Noted, _) => desk.language.looking().noted.to_owned(),
            (Notice::NotSaved(cause), _) => format!("{} {cause}", words.not_saved),
            (Notice::None, Reading::Running { .. }) => desk.language.progress(desk.ledger.total()),
            (Notice::None, Reading::Done) => desk.language.ready(desk.ledger.total(), desk.ledger.failures().len()),
            (Notice::None, Reading::Waiting) => String::new(),
        };
        if self.status.text_content().as_deref() != Some(&text) {
            self.status.set_text_content(Some(&text));
        }
        let running = matches!(desk.reading, Reading::Running { .. });
        show(&self.bar, running);
        show(&self.stop.body, running);
        if let Reading::Running { read, size } = desk.reading {
            set(&self.bar, "aria-label", words.reading);
            set(&self.bar, "max", &size.to_string());
            set(&self.bar, "value", &read.to_string());
        }
    }

    /// Where a step of key making begins; when none does, where the files are.
    pub(crate) fn focus_workshop(&mut self) {
        if self.drop.body.has_attribute("hidden") {
            workshop::begin(&self.workshop)
        } else {
            self.needs.focus_first("h2")
        }
    }

    pub(crate) fn focus_language(&mut self) {
        self.header.focus_first("button");
    }

    pub(crate) fn focus_status(&mut self) {
        focus(&self.status);
    }

    pub(crate) fn focus_table(&mut self) {
        self.sheet.focus();
    }

    /// Where a person goes on after a passphrase: to it again, or to what became of it.
    pub(crate) fn focus_item(&mut self, index: usize) {
        match self.typed.get(index) {
            Some(Some(input)) => focus(input),
            _ => self.needs.focus_first("h2"),
        }
    }

    fn draw_header(&mut self, desk: &Desk, handle: &Handle) {
        let words = desk.language.words();
        self.header.empty();
        let row = make("div");
        set(&row, "class", "row");
        let (code, name) = words.other;
        let language = self.header.button(name, "quiet", handle, Handle::switch_language);
        set(&language, "lang", code);
        append(&row, &[&language]);
        if !desk.shelf.items().is_empty() {
            append(&row, &[&self.header.button(words.lock, "quiet", handle, Handle::lock)]);
        }
        append(&self.header.body, &[&make_text("h1", words.title), &row, &classed("p", "promise", words.promise)]);
    }

    fn draw_files(&mut self, desk: &Desk, handle: &Handle) {
        self.draw_needs(desk);
        self.drop.speak(desk);
        self.items.empty();
        let items = make("ul");
        set(&items, "class", "items");
        self.typed.resize(desk.shelf.items().len(), None);
        let mut sources = desk.sources.iter();
        for (index, item) in desk.shelf.items().iter().enumerate() {
            let source = if matches!(item.verdict, Verdict::Export { .. }) { sources.next() } else { None };
            append(&items, &[&self.item(index, item, source, desk, handle)]);
        }
        append(&self.items.body, &[&items]);
    }

    fn draw_needs(&mut self, desk: &Desk) {
        let words = desk.language.words();
        self.needs.empty();
        let there = [!desk.shelf.keys().is_empty(), !desk.shelf.forms().is_empty(), !desk.sources.is_empty()];
        let needs = make("ul");
        set(&needs, "class", "needs");
        for ((name, hint), there) in words.needs.iter().zip(there) {
            let need = classed("li", if there { "there" } else { "missing" }, "");
            let state = classed("span", "state", if there { words.there } else { words.missing });
            append(&need, &[&make_text("strong", name), &classed("span", "hint", hint), &state]);
            append(&needs, &[&need]);
        }
        append(&self.needs.body, &[&make_text("h2", words.files), &needs]);
    }

    fn item(&mut self, index: usize, item: &Item, source: Option<&Source>, desk: &Desk, handle: &Handle) -> Element {
        let language = desk.language;
        let line = make("li");
        append(&line, &[&classed("bdi", "name", &visible(&item.name))]);
        let say = |class: &str, text: &str| append(&line, &[&classed("p", class, text)]);
        match &item.verdict {
            Verdict::Key { owner, keys, lock } => {
                say("", &language.key(*keys, *lock));
                say("hint", &owner.to_string());
            }
            Verdict::Form { index } => {
                let form = &desk.shelf.forms()[*index];
                say("", &language.form(form.definition().title().get(language.words().code), form.version()));
                if desk.shelf.is_foreign(form) {
                    say("wrong", language.foreign());
                }
            }
            Verdict::Export { form } => {
                say("", &language.export(form.as_str()));
                let read = source.and_then(|source| source.span.as_ref().zip(source.last));
                if let Some(((_, start, end), last)) = read {
                    say("hint", &language.span(start.sequence() + 1, end.sequence(), &moment(last)));
                }
            }
            Verdict::Mark { at } => say("", &language.mark(&moment(*at))),
            Verdict::Register { wishes } => say("", &language.register(*wishes)),
            Verdict::Uses => say("", language.uses()),
            Verdict::Again => say("", language.again()),
            Verdict::Refused(refusal) => say("wrong", &language.refusal(refusal)),
            Verdict::Locked { failed, .. } => {
                let wrong = failed.as_ref().map(|error| language.key_error(error));
                append(&line, &[&self.passphrase(index, wrong, desk, handle)]);
                return line;
            }
        }
        self.typed[index] = None;
        match source.and_then(|source| source.stopped.as_ref()) {
            Some(Stop::Unreadable) => say("wrong", &language.stopped(None)),
            Some(Stop::Halted) => say("wrong", desk.language.looking().halted),
            Some(Stop::Export(error)) => say("wrong", &language.stopped(Some(error))),
            None => {}
        }
        if let Some(error) = source.and_then(|source| source.gap.as_ref()) {
            say("wrong", &language.gap(error));
        }
        line
    }

    fn passphrase(&mut self, index: usize, wrong: Option<String>, desk: &Desk, handle: &Handle) -> Element {
        let words = desk.language.words();
        let id = format!("passphrase-{index}");
        let input = self.typed[index].get_or_insert_with(|| {
            let input = make_input("password");
            set(&input, "autocomplete", "off");
            input
        });
        set(input, "id", &id);
        let form = make("form");
        let label = make_text("label", words.passphrase);
        set(&label, "for", &id);
        append(&form, &[&label]);
        if let Some(wrong) = wrong {
            let line = classed("p", "wrong", &wrong);
            set(&line, "role", "alert");
            set(&line, "id", &format!("{id}-wrong"));
            set(input, "aria-invalid", "true");
            set(input, "aria-describedby", &format!("{id}-wrong"));
            append(&form, &[&line]);
        }
        let row = classed("div", "row", "");
        let button = classed("button", "main", words.unlock);
        append(&row, &[input, &button]);
        append(&form, &[&row]);
        let (own, handle) = (input.clone(), handle.clone());
        self.items.listeners.push(listen(&form, "submit", move |event| {
            event.prevent_default();
            let passphrase = Zeroizing::new(own.value());
            own.set_value("");
            handle.unlock(index, passphrase);
        }));
        form
    }

    fn draw_purposes(&mut self, desk: &Desk, handle: &Handle) {
        self.purposes.empty();
        if desk.reading != Reading::Done || desk.ledger.entries().is_empty() {
            return;
        }
        let (language, words) = (desk.language, desk.language.words());
        let group = make("fieldset");
        let legend = make("legend");
        append(&legend, &[&make_text("h2", words.purpose), &classed("span", "hint", words.purpose_hint)]);
        append(&group, &[&legend]);
        let forms = desk.shelf.forms();
        let several = forms.iter().any(|form| form.name() != forms[0].name());
        for (aim, purpose) in purposes(forms) {
            let input = make_input("radio");
            set(&input, "name", "purpose");
            input.set_checked(desk.chosen.as_ref().is_some_and(|chosen| chosen.aim == aim));
            let count = desk.counts.iter().find(|(known, _)| *known == aim).map_or(0, |(_, count)| *count);
            let text = make("span");
            let question = make_text("span", purpose.question().get(words.code));
            append(&text, &[&question, &classed("span", "hint", &language.usable(count))]);
            if several {
                append(&text, &[&classed("span", "hint", &language.of_form(&aim.form))]);
            }
            let handle = handle.clone();
            self.purposes.listeners.push(listen(&input, "change", move |_| handle.choose(aim.clone())));
            let option = classed("label", "option", "");
            append(&option, &[&*input, &text]);
            append(&group, &[&option]);
        }
        append(&self.purposes.body, &[&group]);
    }
}

impl DropBox {
    fn new() -> Self {
        let (body, label, hint, input) = (classed("div", "drop", ""), make("label"), make("span"), make_input("file"));
        for (name, value) in [("multiple", ""), ("id", "files"), ("class", "hidden")] {
            set(&input, name, value);
        }
        set(&label, "class", "button");
        set(&label, "for", "files");
        append(&body, &[&input, &label, &hint]);
        Self { body, input, label, hint, listener: None }
    }

    fn speak(&self, desk: &Desk) {
        let words = desk.language.words();
        self.label.set_text_content(Some(words.choose));
        self.hint.set_text_content(Some(words.drop));
    }
}

impl Section {
    /// A button that tells the page what to do.
    pub(crate) fn button(
        &mut self,
        text: &str,
        class: &str,
        handle: &Handle,
        act: impl Fn(&Handle) + 'static,
    ) -> Element {
        let button = classed("button", class, text);
        set(&button, "type", "button");
        let handle = handle.clone();
        self.listeners.push(listen(&button, "click", move |_| act(&handle)));
        button
    }

    pub(crate) fn empty(&mut self) {
        self.listeners.clear();
        clear(&self.body);
    }

    fn focus_first(&self, selector: &str) {
        if let Ok(Some(element)) = self.body.query_selector(selector) {
            focus(&element);
        }
    }
}

/// An element of a class, with text.
pub(crate) fn classed(tag: &str, class: &str, text: &str) -> Element {
    let element = make_text(tag, text);
    if !class.is_empty() {
        set(&element, "class", class);
    }
    element
}
