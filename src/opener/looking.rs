//! Choosing a purpose, searching and sorting, in short strokes: with a hundred thousand submissions the page still answers between them.
//!
//! A new wish ends the one before it; the count of wishes tells.

use wasm_bindgen_futures::spawn_local;

use crate::ledger::{self, Aim, Selection};
use crate::reading::pause;
use crate::view::View;
use crate::{Desk, Handle, Notice, now};

/// One purpose, and what of it is on the screen.
#[derive(Default)]
pub(crate) struct Chosen {
    pub(crate) aim: Aim,
    pub(crate) selection: Selection,
    /// Places in the ledger, as searched and sorted.
    pub(crate) rows: Vec<usize>,
    pub(crate) search: String,
    pub(crate) sort: Sort,
    /// The customer whose page is open, by its place in the ledger.
    pub(crate) person: Option<usize>,
}

/// By which column the rows stand, and in which direction; without one, in order of arrival.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: Option<usize>,
    pub(crate) down: bool,
}

impl Handle {
    /// Takes a purpose: who may be used for it is judged now, by the clock of now.
    pub(crate) fn choose(&self, aim: Aim) {
        self.choose_again(aim, Notice::None);
    }

    /// The same because something was written down.
    pub(crate) fn choose_again(&self, aim: Aim, notice: Notice) {
        let handle = self.clone();
        self.with(|desk| desk.notice = notice);
        self.draw_notice();
        spawn_local(async move {
            let Some(wish) = handle.wish() else { return };
            let Some(selection) = handle.judge(&aim, wish).await else { return };
            handle.with(|desk| {
                let rows = selection.rows.clone();
                desk.chosen = Some(Chosen { aim, selection, rows, ..Chosen::default() });
            });
            handle.draw_result();
        });
    }

    /// Counts for each purpose what may be used for it; `false` if everything was forgotten meanwhile.
    pub(crate) async fn count(&self) -> bool {
        let Some(wish) = self.wish() else { return false };
        let aims =
            self.with(|desk| ledger::purposes(desk.shelf.forms()).into_iter().map(|(aim, _)| aim).collect::<Vec<_>>());
        let mut counts = Vec::new();
        for aim in aims.unwrap_or_default() {
            let Some(selection) = self.judge(&aim, wish).await else { return false };
            counts.push((aim, selection.rows.len()));
        }
        self.with(|desk| desk.counts = counts).is_some()
    }

    /// Shows only what contains the words, in the order that was chosen.
    pub(crate) fn look(&self, search: Option<String>, sort: Option<usize>) {
        self.with(|desk| {
            let Some(chosen) = &mut desk.chosen else { return };
            if let Some(search) = search {
                chosen.search = search;
            }
            if let Some(column) = sort {
                let same = chosen.sort.column == Some(column);
                chosen.sort = Sort { column: Some(column), down: same && !chosen.sort.down };
            }
        });
        let handle = self.clone();
        spawn_local(async move {
            if let Some(wish) = handle.wish()
                && handle.refine(wish).await == Some(())
            {
                handle.with(|desk| handle.view(|view| view.draw_rows(desk, true)));
            }
        });
    }

    pub(crate) fn open_person(&self, person: Option<usize>) {
        self.with(|desk| desk.chosen.as_mut().map(|chosen| chosen.person = person));
        self.draw_result();
        self.view(View::focus_table);
    }

    /// A number for what is wanted now; `None` when the page is gone.
    fn wish(&self) -> Option<u32> {
        self.with(|desk| {
            desk.wishes += 1;
            desk.wishes
        })
    }

    /// What `purpose` may use; `None` if something else is wanted meanwhile.
    async fn judge(&self, aim: &Aim, wish: u32) -> Option<Selection> {
        let (mut selection, now) = (Selection::default(), now()?);
        let mut from = 0;
        loop {
            let more = self.while_wanted(wish, |desk| {
                let Desk { ledger, shelf, .. } = desk;
                let to = ledger.entries().len().min(from + STROKE);
                ledger.select_some(shelf, aim, now, from..to, &mut selection);
                from = to;
                to < ledger.entries().len()
            })?;
            if !more {
                break;
            }
            pause(0).await;
        }
        self.while_wanted(wish, |desk| desk.ledger.arrange(&mut selection))?;
        Some(selection)
    }

    async fn refine(&self, wish: u32) -> Option<()> {
        let mut keyed: Vec<(String, usize)> = Vec::new();
        let mut from = 0;
        loop {
            let more = self.while_wanted(wish, |desk| {
                let Some(chosen) = &desk.chosen else { return false };
                let to = chosen.selection.rows.len().min(from + STROKE);
                gather(desk, &chosen.selection.rows[from..to], &mut keyed);
                from = to;
                to < chosen.selection.rows.len()
            })?;
            if !more {
                break;
            }
            pause(0).await;
        }
        self.while_wanted(wish, |desk| {
            let Some(chosen) = &mut desk.chosen else { return };
            if chosen.sort.column.is_some() {
                // Stable, so that equal cells stay in order of arrival.
                if chosen.sort.down {
                    keyed.sort_by(|one, two| two.0.cmp(&one.0))
                } else {
                    keyed.sort_by(|one, two| one.0.cmp(&two.0))
                }
            }
            chosen.rows = keyed.iter().map(|(_, place)| *place).collect();
        })
    }

    fn while_wanted<T>(&self, wish: u32, act: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        self.with(|desk| (desk.wishes == wish).then(|| act(desk))).flatten()
    }
}

/// The rows that contain every searched word, each with the text it is sorted by.
fn gather(desk: &Desk, rows: &[usize], out: &mut Vec<(String, usize)>) {
    let Some(chosen) = &desk.chosen else { return };
    let (layout, _) = ledger::layout(&desk.shelf, &chosen.aim);
    let search = chosen.search.to_lowercase();
    let words: Vec<&str> = search.split_whitespace().collect();
    for place in rows {
        let entry = &desk.ledger.entries()[*place];
        if words.is_empty() && chosen.sort.column.is_none() {
            out.push((String::new(), *place));
            continue;
        }
        let cells = layout.row(&desk.shelf.forms()[entry.form], &entry.opened, entry.received_at);
        let has = |word: &&str| cells.iter().flatten().any(|cell| cell.to_lowercase().contains(*word));
        if words.iter().all(has) {
            let key = chosen.sort.column.and_then(|column| cells.get(column)?.as_ref());
            out.push((key.map(|key| key.to_lowercase()).unwrap_or_default(), *place));
        }
    }
}

/// How many submissions are looked at in one stroke; some milliseconds even on a slow computer.
const STROKE: usize = 2000;
