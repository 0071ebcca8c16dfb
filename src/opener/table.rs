//! Draws what one purpose may use: totals, the rows of one screen, attachments, and what did not open or looks strange.

use segel_core::field::Field;
use segel_core::table::Table;
use segel_core::time::Time;
use segel_dom::{append, focus, make, make_text, set};
use web_sys::Element;

use crate::ledger::Entry;
use crate::view::{Section, classed};
use crate::visible::visible;
use crate::{Chosen, Desk, Handle, Reading};

/// The drawn table, for the keyboard's focus.
#[derive(Default)]
pub(crate) struct Sheet {
    region: Option<Element>,
}

impl Sheet {
    /// Draws into an empty section.
    pub(crate) fn draw(section: &mut Section, desk: &Desk, handle: &Handle) -> Self {
        let mut sheet = Self::default();
        if desk.reading != Reading::Done {
            return sheet;
        }
        if let Some(chosen) = &desk.chosen {
            append(&section.body, &[&make_text("h2", desk.language.words().result)]);
            totals(section, desk, chosen);
            if chosen.selection.rows.is_empty() {
                append(&section.body, &[&make_text("p", desk.language.words().empty)]);
            } else {
                buttons(section, desk, handle);
                sheet.region = Some(rows(section, desk, chosen, handle));
                pager(section, desk, chosen, handle);
                remarks(section, desk, chosen);
            }
        }
        failures(section, desk);
        sheet
    }

    pub(crate) fn focus(&self) {
        self.region.iter().for_each(focus);
    }
}

fn totals(section: &Section, desk: &Desk, chosen: &Chosen) {
    let (language, ledger) = (desk.language, &desk.ledger);
    let text = language.totals(ledger.total(), &chosen.selection, ledger.failures().len(), ledger.repeated());
    let total = classed("p", "totals", &text);
    let reasons = make("ul");
    for (reason, count) in &chosen.selection.left_out {
        append(&reasons, &[&make_text("li", &language.left_out(*reason, *count))]);
    }
    append(&section.body, &[&total, &reasons]);
    let closed = ledger.for_others(&chosen.selection);
    if closed > 0 {
        append(&section.body, &[&classed("p", "hint", &language.for_others(closed))]);
    }
}

fn buttons(section: &mut Section, desk: &Desk, handle: &Handle) {
    let words = desk.language.words();
    let row = classed("div", "row", "");
    let sheet = section.button(words.save_xlsx, "main", handle, Handle::save_sheet);
    let save = section.button(words.save_csv, "quiet", handle, Handle::save_table);
    append(&row, &[&sheet, &save, &classed("span", "hint", words.csv_hint)]);
    append(&section.body, &[&row]);
}

fn rows(section: &mut Section, desk: &Desk, chosen: &Chosen, handle: &Handle) -> Element {
    let layout = Table::new(desk.shelf.forms(), &chosen.purpose);
    let words = desk.language.words();
    let head = make("tr");
    let own = words.own_columns.iter().take(layout.own()).map(|name| String::from(*name));
    for name in own.chain(layout.header().into_iter().skip(layout.own())) {
        let cell = make_text("th", &name);
        set(&cell, "scope", "col");
        append(&head, &[&cell]);
    }
    let (thead, body, table) = (make("thead"), make("tbody"), make("table"));
    append(&thead, &[&head]);
    for place in chosen.selection.rows.iter().skip(chosen.page * ROWS).take(ROWS) {
        append(&body, &[&row(section, desk, &layout, *place, handle)]);
    }
    append(&table, &[&thead, &body]);
    // A region that scrolls must be reachable by keyboard.
    let region = classed("div", "scroll", "");
    set(&region, "role", "region");
    set(&region, "tabindex", "0");
    set(&region, "aria-label", words.result);
    append(&region, &[&table]);
    append(&section.body, &[&region]);
    region
}

fn row(section: &mut Section, desk: &Desk, layout: &Table<'_>, place: usize, handle: &Handle) -> Element {
    let entry = &desk.ledger.entries()[place];
    let line = make("tr");
    let number = entry.opened.id().number();
    let number = if entry.conflict { format!("⚠ {number}") } else { number };
    let given_by = desk.language.given_by(entry.opened.consent().guardian());
    let own = [moment(entry.received_at), number, moment(entry.opened.sealed_at()), String::from(given_by)];
    for text in own.iter().take(layout.own()) {
        append(&line, &[&classed("td", "own", text)]);
    }
    let cells = layout.row(&entry.opened, entry.received_at).into_iter().skip(layout.own());
    for (field, text) in layout.fields().iter().zip(cells) {
        let cell = match text {
            None => classed("td", "none", "–"),
            Some(_) if !entry.files(field).is_empty() => files(section, desk, entry, place, field, handle),
            Some(text) => make_text("td", &visible(&text)),
        };
        append(&line, &[&cell]);
    }
    line
}

/// One line for each file: what the customer called it, and a button.
fn files(section: &mut Section, desk: &Desk, entry: &Entry, place: usize, field: &Field, handle: &Handle) -> Element {
    let cell = make("td");
    for (nth, file) in entry.files(field).iter().enumerate() {
        let line = classed("div", "file", "");
        let id = format!("file-{place}-{}-{nth}", field.id());
        let name = classed("bdi", "", &visible(file.name()));
        set(&name, "id", &id);
        let field = field.id().to_owned();
        let act = move |handle: &Handle| handle.save_file(place, field.clone(), nth);
        let button = section.button(desk.language.words().save, "quiet", handle, act);
        set(&button, "aria-describedby", &id);
        append(&line, &[&name, &button]);
        append(&cell, &[&line]);
    }
    cell
}

fn pager(section: &mut Section, desk: &Desk, chosen: &Chosen, handle: &Handle) {
    let (words, all) = (desk.language.words(), chosen.selection.rows.len());
    if all <= ROWS {
        return;
    }
    let (page, first) = (chosen.page, chosen.page * ROWS);
    let last = all.min(first + ROWS);
    let row = classed("nav", "row", "");
    let previous =
        section.button(words.previous, "quiet", handle, move |handle| handle.turn_page(page.saturating_sub(1)));
    let next = section.button(words.next, "quiet", handle, move |handle| handle.turn_page(page + 1));
    for (button, end) in [(&previous, page == 0), (&next, last == all)] {
        if end {
            set(button, "disabled", "");
        }
    }
    append(&row, &[&previous, &make_text("span", &desk.language.page(first + 1, last, all)), &next]);
    append(&section.body, &[&row]);
}

fn remarks(section: &Section, desk: &Desk, chosen: &Chosen) {
    let lines = desk.ledger.remarks(&chosen.selection).map(|(entry, remark)| {
        let about = desk.language.remark(&remark);
        desk.language.submission(entry.sequence, &entry.opened.id().number(), &about)
    });
    list(section, desk, desk.language.words().remarks, lines);
}

fn failures(section: &Section, desk: &Desk) {
    let lines = desk.ledger.failures().iter().map(|failure| {
        desk.language.submission(failure.sequence, &failure.number, &desk.language.cause(&failure.cause))
    });
    list(section, desk, desk.language.words().failures, lines);
}

/// A heading and lines, as many as a person reads.
fn list(section: &Section, desk: &Desk, title: &str, lines: impl Iterator<Item = String>) {
    let (shown, mut count) = (make("ul"), 0);
    for line in lines {
        count += 1;
        if count <= LINES {
            append(&shown, &[&make_text("li", &line)]);
        }
    }
    if count > LINES {
        append(&shown, &[&make_text("li", &desk.language.more(count - LINES))]);
    }
    if count > 0 {
        append(&section.body, &[&make_text("h3", title), &shown]);
    }
}

/// `2026-11-23 03:12`, as a person reads it.
fn moment(time: Time) -> String {
    time.text().get(..16).unwrap_or_default().replace('T', " ")
}

/// Rows on one screen.
const ROWS: usize = 50;
/// Lines of a list; the rest is counted.
const LINES: usize = 200;
