//! The table of one purpose as a file, in short strokes: with a hundred thousand rows the page still answers between them.

use segel_core::table::{CSV_MARK, csv_line};
use segel_sheet::{Sheet, SheetError};
use wasm_bindgen_futures::spawn_local;

use crate::ledger::{self, Aim, Ledger, Selection};
use crate::reading::pause;
use crate::save::{self, Pieces, Saved};
use crate::{Desk, Handle, Notice};

/// For whom a table is saved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// People who work with spreadsheets.
    Xlsx,
    /// Programs that read lines.
    Csv,
    /// Programs, with an account of what is not in it.
    Json,
    /// What the table is for and what was left out, where the table itself cannot say it.
    About,
}

impl Handle {
    /// Saves what the chosen purpose may use.
    pub(crate) fn save_as(&self, kind: Kind) {
        let Some(Some((turn, aim, selection))) = self.with(|desk| {
            let chosen = desk.chosen.as_ref()?;
            let wanted = (desk.turn, chosen.aim.clone(), chosen.selection.clone());
            desk.notice = Notice::Saving;
            Some(wanted)
        }) else {
            return;
        };
        self.draw_notice();
        let handle = self.clone();
        spawn_local(async move {
            let job = Job { kind, aim, selection, pieces: Pieces::default(), sheet: None };
            let Some(outcome) = job.run(&handle, turn).await else { return };
            handle.with(|desk| {
                if desk.turn == turn {
                    desk.has_saved(outcome.ok().flatten());
                }
            });
            handle.draw_notice();
        });
    }
}

struct Job {
    kind: Kind,
    aim: Aim,
    selection: Selection,
    pieces: Pieces,
    sheet: Option<Sheet<Vec<u8>>>,
}

impl Job {
    /// `None` if everything was forgotten or read anew meanwhile; an error if no such file can be made.
    async fn run(mut self, handle: &Handle, turn: u32) -> Option<Result<Option<Saved>, SheetError>> {
        let current = |act: &mut dyn FnMut(&Desk) -> Result<(), SheetError>| {
            handle.with(|desk| (desk.turn == turn).then(|| act(desk))).flatten()
        };
        if let Err(error) = current(&mut |desk| self.begin(desk))? {
            return Some(Err(error));
        }
        let rows = std::mem::take(&mut self.selection.rows);
        for (nth, rows) in rows.chunks(STROKE).enumerate() {
            if let Err(error) = current(&mut |desk| self.rows(desk, rows, nth == 0))? {
                return Some(Err(error));
            }
            pause(0).await;
        }
        self.selection.rows = rows;
        handle.with(|desk| (desk.turn == turn).then(|| self.end(desk))).flatten()
    }

    fn begin(&mut self, desk: &Desk) -> Result<(), SheetError> {
        let (layout, _) = ledger::layout(&desk.shelf, &self.aim);
        match self.kind {
            Kind::Xlsx => self.sheet = Some(Sheet::new(&layout.header())?),
            Kind::Csv => {
                self.put(&(CSV_MARK.to_owned() + &csv_line(layout.header().iter().map(|cell| Some(cell.as_str())))))?
            }
            Kind::Json => self.put(&Ledger::json_start(&desk.shelf, &self.aim))?,
            Kind::About => {}
        }
        Ok(())
    }

    fn rows(&mut self, desk: &Desk, rows: &[usize], first: bool) -> Result<(), SheetError> {
        let Desk { ledger, shelf, .. } = desk;
        match (&mut self.sheet, self.kind) {
            (Some(sheet), _) => ledger.sheet(shelf, &self.aim, rows, sheet),
            (None, Kind::Csv) => self.put(&ledger.csv(shelf, &self.aim, rows)),
            (None, Kind::Json) => self.put(&ledger.json(shelf, &self.aim, rows, first)),
            (None, _) => Ok(()),
        }
    }

    fn end(mut self, desk: &Desk) -> Result<Option<Saved>, SheetError> {
        let about = desk.language.about(&self.aim, &self.selection, &desk.ledger);
        let ending = match self.kind {
            Kind::Xlsx => "xlsx",
            Kind::Csv => "csv",
            Kind::Json => "json",
            Kind::About => "about.csv",
        };
        let name = format!("{}-{}.{ending}", self.aim.form, self.aim.purpose);
        if let Some(sheet) = self.sheet.take() {
            return Ok(save::save(&name, &sheet.finish(&about)?));
        }
        match self.kind {
            Kind::Json => self.put(&desk.ledger.json_end(&desk.shelf, &self.aim, &self.selection))?,
            Kind::About => {
                let lines = about.iter().map(|(name, value)| csv_line([Some(name.as_str()), Some(value.as_str())]));
                self.put(&(CSV_MARK.to_owned() + &lines.collect::<String>()))?;
            }
            _ => {}
        }
        Ok(self.pieces.save(&name))
    }

    fn put(&self, text: &str) -> Result<(), SheetError> {
        self.pieces.push(text.as_bytes()).ok_or(SheetError::Write(std::io::ErrorKind::OutOfMemory.into()))
    }
}

/// Rows in one stroke: some milliseconds even where each has forty cells.
const STROKE: usize = 500;
