//! All attachments of a purpose as one archive, under numbered names of ours, with a list of what customers called them. The exports are read
//! again: nothing of an attachment was kept.

use segel_core::answers::Answer;
use segel_core::export::{Entry as Line, Record};
use segel_core::open::open_file;
use segel_core::table::csv_line;
use segel_core::{Envelope, Form};
use segel_sheet::Files;

use crate::ledger::{self, Entry};
use crate::reading::{Cursor, pause};
use crate::save::Pieces;
use crate::{Desk, Handle};

/// What was collected.
pub(crate) struct Collected {
    pub(crate) pieces: Pieces,
    pub(crate) saved: usize,
    pub(crate) failed: usize,
}

/// Walks through the exports; `None` if the page was locked or begun again meanwhile, or an archive cannot hold it.
pub(crate) async fn collect(handle: &Handle) -> Option<Collected> {
    let (turn, files, mut wanted) = handle.with(|desk| {
        let chosen = desk.chosen.as_ref()?;
        let places = chosen.selection.rows.iter();
        let mut wanted: Vec<(usize, u64, usize)> = places
            .map(|place| (&desk.ledger.entries()[*place], *place))
            .map(|(entry, place)| (entry.source, entry.sequence, place))
            .collect();
        wanted.sort_unstable();
        Some((desk.turn, desk.sources.iter().map(|source| source.file.clone()).collect::<Vec<_>>(), wanted))
    })??;
    wanted.reverse();
    let mut job = Job {
        archive: Files::default(),
        index: csv_line(HEAD.map(Some)),
        pieces: Pieces::default(),
        saved: 0,
        failed: 0,
    };
    for (source, file) in files.into_iter().enumerate() {
        let mut cursor = Cursor::new(file);
        let mut rested = js_sys::Date::now();
        while wanted.last().is_some_and(|next| next.0 == source) {
            let Ok(Some(line)) = cursor.next().await else { break };
            if let Line::Record(record) = line {
                while let Some(next) =
                    wanted.last().copied().filter(|next| next.0 == source && next.1 <= record.sequence())
                {
                    wanted.pop();
                    let found = (next.1 == record.sequence()).then_some(&record);
                    handle.with(|desk| (desk.turn == turn).then(|| job.take(desk, next.2, found)).flatten())??;
                }
            }
            if js_sys::Date::now() - rested > BUSY {
                pause(0).await;
                rested = js_sys::Date::now();
            }
        }
        // An export that was moved or changed since it was read: what stood in it is named as failed, not passed over.
        while let Some(next) = wanted.last().copied().filter(|next| next.0 == source) {
            wanted.pop();
            handle.with(|desk| (desk.turn == turn).then(|| job.take(desk, next.2, None)).flatten())??;
        }
    }
    handle.with(|desk| (desk.turn == turn).then(|| job.finish(desk)).flatten())?
}

struct Job {
    archive: Files,
    index: String,
    pieces: Pieces,
    saved: usize,
    failed: usize,
}

impl Job {
    /// Without a record its attachments are lost.
    fn take(&mut self, desk: &Desk, place: usize, record: Option<&Record>) -> Option<()> {
        let chosen = desk.chosen.as_ref()?;
        let entry = desk.ledger.entries().get(place)?;
        let form = &desk.shelf.forms()[entry.form];
        let (layout, _) = ledger::layout(&desk.shelf, &chosen.aim);
        for field in layout.fields() {
            let Some(Answer::Files(files)) = layout.answer(form, field, &entry.opened) else { continue };
            for (nth, file) in files.iter().enumerate() {
                let name = name(desk, form, entry, field.id(), nth)?;
                let envelope = record.and_then(|record| Envelope::parse(record.envelope()).ok());
                let content = envelope.and_then(|envelope| {
                    open_file(form, &envelope, &entry.opened, file.part(), desk.shelf.keys()).ok()
                });
                let number = entry.opened.id().number();
                let state = if content.is_some() { "saved" } else { "failed" };
                let line = [name.as_str(), &number, field.id(), file.name(), file.media_type(), state];
                self.index.push_str(&csv_line(line.map(Some)));
                match content {
                    Some(content) => {
                        self.pieces.push(&self.archive.add(&name, &content).ok()?)?;
                        self.saved += 1;
                    }
                    None => self.failed += 1,
                }
            }
        }
        Some(())
    }

    fn finish(mut self, desk: &Desk) -> Option<Collected> {
        let chosen = desk.chosen.as_ref()?;
        let about: String = desk
            .language
            .about(&chosen.aim, &chosen.selection, &desk.ledger)
            .iter()
            .map(|(name, value)| csv_line([Some(name.as_str()), Some(value.as_str())]))
            .collect();
        for (name, text) in [("index.csv", &self.index), ("about.csv", &about)] {
            self.pieces.push(&self.archive.add(name, text.as_bytes()).ok()?)?;
        }
        self.pieces.push(&self.archive.finish().ok()?)?;
        Some(Collected { pieces: self.pieces, saved: self.saved, failed: self.failed })
    }
}

/// A name of ours; in a folder of its form where there are several forms, for each counts its submissions by itself.
fn name(desk: &Desk, form: &Form, entry: &Entry, field: &str, nth: usize) -> Option<String> {
    let name = entry.file_name(field, nth)?;
    let several = desk.shelf.forms().iter().any(|other| other.name() != form.name());
    Some(if several { format!("{}/{name}", form.name().as_str()) } else { name })
}

const HEAD: [&str; 6] = ["file", "number", "field", "name", "type", "state"];
/// How long the page may be busy at a time, in milliseconds.
const BUSY: f64 = 40.0;
