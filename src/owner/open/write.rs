//! The result as text, row by row: a table for a terminal, CSV for a spreadsheet, JSON for a program. FORMAT §13.

use std::path::{Path, PathBuf};

use segel_core::Form;
use segel_core::document::{self, Conflict, Failed, Totals};
use segel_core::export::Record;
use segel_core::open::Opened;
use segel_core::table::{self, csv_line};
use segel_sheet::{Sheet, SheetError};

use super::{Counts, Job};
use crate::args::Format;
use crate::escape::escape;
use crate::place::{self, Draft, For};
use crate::say::{Failure, Say, Words, words};

/// One submission in the wanted format.
pub(super) enum Text {
    Nothing,
    /// A line as it will stand.
    Line(String),
    /// A JSON object without its closing brace: whether it conflicts with another is known to whoever sees both.
    Object(String),
    Cells(Vec<String>),
    /// As they are, for a spreadsheet.
    Row(Vec<Option<String>>),
}

pub(super) fn row(job: &Job<'_>, form: &Form, opened: &Opened, record: &Record) -> Text {
    let cells = || job.layout.row(form, opened, record.received_at());
    match job.format {
        Format::Summary => Text::Nothing,
        Format::Csv => Text::Line(csv_line(cells().iter().map(Option::as_deref))),
        Format::Table => Text::Cells(cells().into_iter().map(|cell| escape(&cell.unwrap_or_default())).collect()),
        Format::Xlsx => Text::Row(cells()),
        Format::Json => {
            let (sequence, received) = (record.sequence(), record.received_at());
            Text::Object(document::record(&job.layout, form, opened, sequence, received))
        }
    }
}

/// Where rows go, in order, without being kept.
pub(super) struct Sink {
    format: Format,
    to: To,
    header: Vec<String>,
    /// Rows of a table whose widths are not settled yet.
    waiting: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    rows: u64,
    start: String,
}

enum To {
    StandardOutput,
    /// A file that has no name yet.
    File(Draft, PathBuf),
    Sheet(Sheet<Draft>, PathBuf),
}

impl Sink {
    pub(super) fn open(job: &Job<'_>, output: Option<&Path>) -> Result<Self, Failure> {
        let output = output.filter(|path| !place::is_dash(path));
        if let Some(path) = output {
            place::refuse_irregular(path)?;
            if job.format == Format::Csv {
                place::refuse_irregular(&about_path(path))?;
            }
        }
        let form = job.forms.first().map(|form| form.name().as_str());
        let start = document::start(form, job.purpose, &job.hidden);
        let header = job.layout.header();
        let to = match output {
            Some(path) => match job.format {
                Format::Xlsx => {
                    let sheet = Sheet::onto(Draft::new(path)?, &header).map_err(|error| no_sheet(path, &error))?;
                    To::Sheet(sheet, path.to_path_buf())
                }
                _ => To::File(Draft::new(path)?, path.to_path_buf()),
            },
            None if job.format == Format::Xlsx => {
                return Err(Failure::Usage(
                    words!("xlsx perlu berkas", "xlsx needs a file"),
                    Some(words!("sebut dengan -o tabel.xlsx", "name one with -o table.xlsx")),
                ));
            }
            None => To::StandardOutput,
        };
        Ok(Self { format: job.format, to, header, waiting: Vec::new(), widths: None, rows: 0, start })
    }

    pub(super) const fn is_standard_output(&self) -> bool {
        matches!(self.to, To::StandardOutput)
    }

    pub(super) fn begin(&mut self, say: &mut Say) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {
                let mark = if self.is_standard_output() { "" } else { table::CSV_MARK };
                let line = csv_line(self.header.iter().map(|cell| Some(cell.as_str())));
                self.put(say, &[mark, &line].concat())
            }
            Format::Json => self.put(say, &self.start.clone()),
            Format::Table | Format::Summary | Format::Xlsx => Ok(()),
        }
    }

    pub(super) fn row(&mut self, say: &mut Say, text: Text, conflict: bool) -> Result<(), Failure> {
        self.rows += 1;
        match text {
            Text::Nothing => Ok(()),
            Text::Line(line) => self.put(say, &line),
            Text::Row(cells) => match &mut self.to {
                To::Sheet(sheet, path) => sheet.row(&cells).map_err(|error| no_sheet(path, &error)),
                _ => Ok(()),
            },
            Text::Object(start) => {
                let text = document::joined(&start, self.rows == 1, conflict);
                self.put(say, &text)
            }
            Text::Cells(cells) => match &self.widths {
                Some(widths) => {
                    let line = padded(&cells, widths);
                    self.put(say, &line)
                }
                None => {
                    self.waiting.push(cells);
                    if self.waiting.len() == SETTLED { self.settle(say) } else { Ok(()) }
                }
            },
        }
    }

    /// Writes what was held back. Columns are as wide as their widest cell so far; a longer one that comes later is shown whole.
    fn settle(&mut self, say: &mut Say) -> Result<(), Failure> {
        let mut rows = vec![std::mem::take(&mut self.header)];
        rows.append(&mut self.waiting);
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for row in rows {
            self.put(say, &padded(&row, &widths))?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    /// Writes what stands behind the rows, and gives a file its name.
    pub(super) fn end(mut self, say: &mut Say, job: &Job<'_>, counts: &Counts) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {}
            Format::Table if self.widths.is_some() => {}
            Format::Table => self.settle(say)?,
            Format::Summary => self.put(say, &summary(counts))?,
            Format::Json => self.put(say, &foot(job, counts))?,
            Format::Xlsx => {}
        }
        match self.to {
            To::StandardOutput => say.result(""),
            To::File(draft, path) if self.format == Format::Csv => {
                let about = about(say, job, counts);
                let lines = about.iter().map(|(name, value)| csv_line([name.as_str(), value].map(Some)));
                let text: String = core::iter::once(table::CSV_MARK.to_owned()).chain(lines).collect();
                draft.replace(&path)?;
                place::replace(&about_path(&path), text.as_bytes(), For::Owner)
            }
            To::File(draft, path) => draft.replace(&path),
            To::Sheet(sheet, path) => {
                let draft = sheet.end(&about(say, job, counts)).map_err(|error| no_sheet(&path, &error))?;
                draft.replace(&path)
            }
        }
    }

    fn put(&mut self, say: &mut Say, text: &str) -> Result<(), Failure> {
        match &mut self.to {
            To::File(draft, _) => draft.write(text.as_bytes()),
            // A person looks at it, and no spreadsheet does.
            To::StandardOutput if self.format == Format::Csv && say.is_read_on_a_terminal() => {
                let line = text.strip_suffix("\r\n").unwrap_or(text);
                say.part_of_result(&format!("{}\r\n", escape(line)))
            }
            To::StandardOutput => say.part_of_result(text),
            To::Sheet(..) => Ok(()),
        }
    }
}

fn padded(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    let mut line = cells.collect::<Vec<_>>().join("  ").trim_end().to_owned();
    line.push('\n');
    line
}

/// What a JSON document says behind its records.
fn foot(job: &Job<'_>, counts: &Counts) -> String {
    let failed = counts.failed.iter().map(|failed| Failed {
        sequence: failed.sequence,
        number: failed.number(),
        verdict: failed.verdict,
        cause: failed.cause.en.clone(),
    });
    let left = counts.left_out.iter().map(|(reason, count)| (*reason, *count));
    let conflicts = counts.conflicts.iter().map(|(number, one, two)| Conflict { number, sequences: [*one, *two] });
    let Counts { repeated, gone: deleted, total, .. } = *counts;
    let totals = Totals { repeated, deleted, unsigned: counts.unsigned(), total };
    document::end(&job.layout, failed, left, conflicts, &totals)
}

/// The file beside a CSV file that says what this has no place for.
pub(super) fn about_path(output: &Path) -> PathBuf {
    output.with_extension("about.csv")
}

/// What the second sheet of a workbook says, or the file beside a CSV file: what the table is for, and what was left out and why.
fn about(say: &Say, job: &Job<'_>, counts: &Counts) -> Vec<(String, String)> {
    let form = job.forms.first().map_or("", |form| form.name().as_str());
    let line = |words: Words, value: String| (say.pick(words), value);
    let mut lines = vec![
        line(words!("Formulir", "Form"), form.to_owned()),
        line(words!("Hanya untuk tujuan", "For this purpose only"), job.purpose.unwrap_or_default().to_owned()),
        line(words!("Dibuat", "Made"), job.now.text()),
        line(words!("Kiriman", "Submissions"), counts.total.to_string()),
        line(words!("Ada di tabel ini", "In this table"), counts.shown.to_string()),
        line(words!("Gagal dibuka", "Did not open"), counts.failed.len().to_string()),
        line(words!("Berulang", "Repeated"), counts.repeated.to_string()),
        line(words!("Sudah dihapus", "Deleted before"), counts.gone.to_string()),
    ];
    for (reason, count) in &counts.left_out {
        lines.push(line(super::tell::reason(*reason), count.to_string()));
    }
    lines
}

fn no_sheet(path: &Path, error: &SheetError) -> Failure {
    match error {
        SheetError::Write(error) => Failure::file(path, error),
        error => Failure::new(words!("tabel tidak dapat dibuat: {error}", "the table cannot be made: {error}")),
    }
}

/// Counts only: no answer, no name.
fn summary(counts: &Counts) -> String {
    let Counts { total, shown, repeated, .. } = counts;
    let failed = counts.failed.len();
    let mut text = format!("submissions: {total}\nopened: {shown}\nfailed: {failed}\nrepeated: {repeated}\n");
    for (purpose, [given, refused, unanswered, withdrawn]) in &counts.choices {
        text.push_str(&format!(
            "purpose {purpose}: {given} given, {refused} refused, {unanswered} not answered, {withdrawn} withdrawn\n"
        ));
    }
    text
}

/// Rows of a table that are held back to settle its widths.
const SETTLED: usize = 1000;
