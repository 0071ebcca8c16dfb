//! Draws what one purpose may use: totals, the rows that are in view, attachments, and what did not open or looks strange.
//!
//! Only rows in view are in the page, so that a hundred thousand cost no more than fifty; a screen reader is told how many there are.

use std::collections::BTreeMap;

use segel_core::field::{self, Field};
use segel_core::table::Table;
use segel_core::time::Time;
use segel_dom::{append, clear, focus, listen, make, make_input, make_text, set, unset};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use crate::ledger::{self, Entry};
use crate::looking::Chosen;
use crate::saving::Kind;
use crate::view::{Section, classed};
use crate::visible::visible;
use crate::{Desk, Handle, Reading, person};

/// The drawn table.
#[derive(Default)]
pub(crate) struct Sheet {
    /// Where the keyboard goes on.
    start: Option<Element>,
    grid: Option<Grid>,
}

struct Grid {
    /// What scrolls.
    region: Element,
    /// As high as all rows together.
    canvas: Element,
    table: Element,
    head: Element,
    body: Element,
    found: Element,
    drawn: BTreeMap<usize, Element>,
}

impl Sheet {
    /// Draws into an empty section.
    pub(crate) fn draw(section: &mut Section, desk: &Desk, handle: &Handle) -> Self {
        let mut sheet = Self::default();
        if desk.reading != Reading::Done {
            return sheet;
        }
        if let Some(chosen) = &desk.chosen {
            if let Some(place) = chosen.person {
                sheet.start = person::draw(section, desk, chosen, place, handle);
                return sheet;
            }
            append(&section.body, &[&make_text("h2", desk.language.words().result)]);
            totals(section, desk, chosen);
            if chosen.selection.rows.is_empty() {
                append(&section.body, &[&make_text("p", desk.language.words().empty)]);
            } else {
                buttons(section, desk, handle);
                let grid = Grid::new(section, desk, chosen, handle);
                sheet.start = Some(grid.region.clone());
                sheet.grid = Some(grid);
                sheet.rows(desk, true);
                remarks(section, desk, chosen);
            }
        }
        failures(section, desk);
        sheet
    }

    /// Draws the rows in view; `anew` if they are others than before.
    pub(crate) fn rows(&mut self, desk: &Desk, anew: bool) {
        if let (Some(grid), Some(chosen)) = (&mut self.grid, &desk.chosen) {
            grid.rows(desk, chosen, anew);
        }
    }

    pub(crate) fn focus(&self) {
        self.start.iter().for_each(focus);
    }
}

impl Grid {
    fn new(section: &mut Section, desk: &Desk, chosen: &Chosen, handle: &Handle) -> Self {
        let words = desk.language.looking();
        let bar = classed("div", "row search", "");
        let (label, input) = (make_text("label", words.search), make_input("search"));
        set(&input, "id", "search");
        set(&label, "for", "search");
        set(&input, "autocomplete", "off");
        input.set_value(&chosen.search);
        let found = classed("span", "hint", "");
        set(&found, "role", "status");
        append(&bar, &[&label, &input, &found]);
        let (own, target) = (input.clone(), handle.clone());
        section.listeners.push(listen(&input, "input", move |_| target.look(Some(own.value()), None)));

        let (head, body, table) = (make("thead"), make("tbody"), make("table"));
        append(&table, &[&head, &body]);
        let canvas = classed("div", "canvas", "");
        append(&canvas, &[&table]);
        // A region that scrolls must be reachable by keyboard.
        let region = classed("div", "scroll", "");
        for (name, value) in [("role", "region"), ("tabindex", "0"), ("aria-label", desk.language.words().result)] {
            set(&region, name, value);
        }
        append(&region, &[&canvas]);
        append(&section.body, &[&bar, &region]);
        let target = handle.clone();
        section.listeners.push(listen(&region, "scroll", move |_| {
            target.with(|desk| target.view(|view| view.draw_rows(desk, false)));
        }));
        let target = handle.clone();
        section.listeners.push(listen(&table, "click", move |event| {
            let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(button) = button.and_then(|target| target.closest("button").ok().flatten()) {
                pressed(&button, &target);
            }
        }));
        let width = headings(section, desk, chosen, &head, handle);
        set_width(&table, width);
        Self { region, canvas, table, head, body, found, drawn: BTreeMap::new() }
    }

    fn rows(&mut self, desk: &Desk, chosen: &Chosen, anew: bool) {
        let all = chosen.rows.len();
        if anew {
            clear(&self.body);
            self.drawn.clear();
            self.region.set_scroll_top(0);
            set(&self.table, "aria-rowcount", &(all + 1).to_string());
            let text = if chosen.search.trim().is_empty() {
                String::new()
            } else {
                desk.language.looking().found(all, chosen.selection.rows.len())
            };
            self.found.set_text_content(Some(&text));
            self.mark_sort(chosen);
        }
        let height = self
            .drawn
            .values()
            .next()
            .and_then(|row| row.dyn_ref::<HtmlElement>())
            .map_or(0, HtmlElement::offset_height);
        let height = if height > 0 { height } else { ROW };
        let top = usize::try_from(self.region.scroll_top() / height).unwrap_or(0);
        let view = usize::try_from(self.region.client_height() / height).unwrap_or(0).max(AROUND);
        let from = top.saturating_sub(AROUND).min(all);
        let to = all.min(top + view + AROUND);
        let size = i64::from(height);
        style(&self.canvas, "min-height", size.saturating_mul(all as i64 + 1));
        style(&self.table, "top", size.saturating_mul(from as i64));
        self.drawn.retain(|index, row| {
            let stays = (from..to).contains(index);
            if !stays {
                row.remove();
            }
            stays
        });
        let (layout, _) = ledger::layout(&desk.shelf, &chosen.aim);
        let mut next: Option<Element> = None;
        for index in (from..to).rev() {
            let line = self.drawn.entry(index).or_insert_with(|| {
                let line = row(desk, &layout, chosen.rows[index]);
                set(&line, "aria-rowindex", &(index + 2).to_string());
                let _ = self.body.insert_before(&line, next.as_deref());
                line
            });
            next = Some(line.clone());
        }
    }

    fn mark_sort(&self, chosen: &Chosen) {
        let cells = self.head.query_selector_all("th").ok();
        let cells = cells.iter().flat_map(|cells| (0..cells.length()).filter_map(|index| cells.get(index)));
        for cell in cells.filter_map(|cell| cell.dyn_into::<Element>().ok()) {
            let column = cell.get_attribute("data-column").and_then(|column| column.parse().ok());
            if column.is_some() && chosen.sort.column == column {
                set(&cell, "aria-sort", if chosen.sort.down { "descending" } else { "ascending" });
            } else {
                unset(&cell, "aria-sort");
            }
        }
    }
}

/// The columns as they stand on the screen, by their places in the table that is saved: the number, which leads to the customer, then the
/// answers, and last who agreed and the times.
fn order(layout: &Table<'_>) -> Vec<usize> {
    let (own, all) = (layout.own(), layout.own() + layout.fields().len());
    [NUMBER].into_iter().chain(own..all).chain(NUMBER + 2..own).chain([RECEIVED, SEALED]).collect()
}

/// Draws the headings; returns the width of all columns together, in rem. Each has the width of its kind, so that none moves while rows come
/// and go, and a mail address is seen whole.
fn headings(section: &mut Section, desk: &Desk, chosen: &Chosen, head: &Element, handle: &Handle) -> u32 {
    let (layout, _) = ledger::layout(&desk.shelf, &chosen.aim);
    let words = desk.language.words();
    let (line, mut all) = (make("tr"), 0);
    for index in order(&layout) {
        let field = index.checked_sub(layout.own()).map(|nth| layout.fields()[nth]);
        let name = field.map_or_else(|| words.own_columns[index], |field| field.label().get(words.code));
        let width = field.map_or(OWN, |field| wide(field.kind()));
        let cell = make("th");
        set(&cell, "scope", "col");
        set(&cell, "data-column", &index.to_string());
        set_width(&cell, width);
        append(&cell, &[&section.button(name, "sort", handle, move |handle| handle.look(None, Some(index)))]);
        append(&line, &[&cell]);
        all += width;
    }
    append(head, &[&line]);
    all
}

/// How wide a column is, in rem.
const fn wide(kind: field::Kind) -> u32 {
    match kind {
        field::Kind::Email | field::Kind::LongText | field::Kind::Address => 19,
        field::Kind::Date | field::Kind::Number | field::Kind::Postcode => OWN,
        _ => 13,
    }
}

fn set_width(element: &Element, rem: u32) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.style().set_property("width", &format!("{rem}rem"));
    }
}

/// What a button in a row asks for: a customer's page, or a file.
fn pressed(button: &Element, handle: &Handle) {
    let number = |name: &str| button.get_attribute(name).and_then(|value| value.parse::<usize>().ok());
    match (number("data-place"), button.get_attribute("data-field"), number("data-nth")) {
        (Some(place), Some(field), Some(nth)) => handle.save_file(place, field, nth),
        (Some(place), None, None) => handle.open_person(Some(place)),
        _ => {}
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
    append(&section.body, &[&total]);
    if !chosen.selection.left_out.is_empty() {
        append(&section.body, &[&reasons]);
    }
    if ledger.deleted() > 0 {
        append(&section.body, &[&classed("p", "hint", &language.deleted(ledger.deleted()))]);
    }
    if ledger.damaged().next().is_some() {
        append(&section.body, &[&classed("p", "wrong", &language.damaged(ledger.damaged()))]);
    }
    let unsigned = ledger.unsigned();
    if !unsigned.is_empty() {
        append(&section.body, &[&classed("p", "wrong", &language.unsigned(unsigned.to_vec()))]);
    }
    if let Some(known) = desk.stale() {
        append(&section.body, &[&classed("p", "wrong", &language.stale(&moment(known)))]);
    }
    let opponents = ledger.opponents(&desk.shelf, &chosen.aim);
    let line = |(number, reason, time): (String, _, _)| {
        let (reason, time) = (language.reason(reason), moment(time));
        format!("{number}: {reason}, {time}")
    };
    list(section, desk, desk.language.looking().opponents, opponents.into_iter().map(line));
    let closed = ledger.for_others(&chosen.selection);
    if closed > 0 {
        append(&section.body, &[&classed("p", "hint", &language.for_others(closed))]);
    }
}

fn buttons(section: &mut Section, desk: &Desk, handle: &Handle) {
    let (words, more) = (desk.language.words(), desk.language.looking());
    let row = classed("div", "row", "");
    let sheet = section.button(words.save_xlsx, "main", handle, |handle| handle.save_as(Kind::Xlsx));
    let save = section.button(words.save_csv, "quiet", handle, |handle| handle.save_as(Kind::Csv));
    let json = section.button(more.save_json, "quiet", handle, |handle| handle.save_as(Kind::Json));
    let about = section.button(more.save_about, "quiet", handle, |handle| handle.save_as(Kind::About));
    append(&row, &[&sheet, &save, &json, &about]);
    if desk.chosen.as_ref().is_some_and(|chosen| desk.ledger.has_files(&desk.shelf, &chosen.selection, &chosen.aim)) {
        append(&row, &[&section.button(more.save_files, "quiet", handle, Handle::save_files)]);
    }
    append(&section.body, &[&row, &classed("p", "hint", words.csv_hint)]);
}

fn row(desk: &Desk, layout: &Table<'_>, place: usize) -> Element {
    let entry = &desk.ledger.entries()[place];
    let line = make("tr");
    let number = entry.opened.id().number();
    let number = if entry.conflict { format!("⚠ {number}") } else { number };
    let given_by = desk.language.given_by(entry.opened.consent().guardian());
    let own = [moment(entry.received_at), number, moment(entry.opened.sealed_at()), String::from(given_by)];
    let mut drawn = Vec::new();
    for (index, text) in own.iter().take(layout.own()).enumerate() {
        let cell = classed("td", "own", "");
        if index == NUMBER {
            let button = classed("button", "link", text);
            set(&button, "type", "button");
            set(&button, "data-place", &place.to_string());
            append(&cell, &[&button]);
        } else {
            cell.set_text_content(Some(text));
        }
        drawn.push(cell);
    }
    let cells =
        layout.row(&desk.shelf.forms()[entry.form], &entry.opened, entry.received_at).into_iter().skip(layout.own());
    for (field, text) in layout.fields().iter().zip(cells) {
        let cell = match text {
            None => classed("td", "none", "–"),
            Some(_) if !entry.files(field).is_empty() => {
                let cell = make("td");
                append(&cell, &[&file_buttons(desk, entry, place, field)]);
                cell
            }
            Some(text) => make_text("td", &visible(&text)),
        };
        drawn.push(cell);
    }
    for index in order(layout) {
        append(&line, &[&drawn[index]]);
    }
    line
}

/// The files of one field on a customer's page, each with a button.
pub(crate) fn files(
    section: &mut Section,
    desk: &Desk,
    entry: &Entry,
    place: usize,
    field: &Field,
    handle: &Handle,
) -> Element {
    let list = file_buttons(desk, entry, place, field);
    let target = handle.clone();
    section.listeners.push(listen(&list, "click", move |event| {
        let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(button) = button.and_then(|target| target.closest("button").ok().flatten()) {
            pressed(&button, &target);
        }
    }));
    list
}

/// One line for each file: what the customer called it, and a button.
fn file_buttons(desk: &Desk, entry: &Entry, place: usize, field: &Field) -> Element {
    let list = classed("div", "files", "");
    for (nth, file) in entry.files(field).iter().enumerate() {
        let line = classed("div", "file", "");
        let id = format!("file-{place}-{}-{nth}", field.id());
        let name = classed("bdi", "", &visible(file.name()));
        set(&name, "id", &id);
        let button = make_text("button", desk.language.words().save);
        let nth = nth.to_string();
        for (name, value) in [
            ("type", "button"),
            ("data-place", &place.to_string()),
            ("data-field", field.id()),
            ("data-nth", &nth),
            ("aria-describedby", &id),
        ] {
            set(&button, name, value);
        }
        append(&line, &[&name, &button]);
        append(&list, &[&line]);
    }
    list
}

fn remarks(section: &Section, desk: &Desk, chosen: &Chosen) {
    let lines = desk.ledger.remarks(&desk.shelf, &chosen.selection).map(|(entry, remark)| {
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
pub(crate) fn moment(time: Time) -> String {
    time.text().get(..16).unwrap_or_default().replace('T', " ")
}

/// A length in pixels. Set as a property: the page's policy allows no style in markup.
fn style(element: &Element, name: &str, pixels: i64) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.style().set_property(name, &format!("{pixels}px"));
    }
}

/// Places of our own columns. FORMAT §13.
const RECEIVED: usize = 0;
const NUMBER: usize = 1;
const SEALED: usize = 2;
/// The width of our own columns, in rem.
const OWN: u32 = 11;
/// The height of a row before one was measured, in pixels.
const ROW: i32 = 44;
/// Rows drawn above and below those in view.
const AROUND: usize = 12;
/// Lines of a list; the rest is counted.
const LINES: usize = 200;
