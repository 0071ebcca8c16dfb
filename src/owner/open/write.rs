//! The result as text: a table for a terminal, CSV for a spreadsheet, JSON for a program. FORMAT §13.

use segel_core::answers::Answer;
use segel_core::table::csv_line;
use serde_json::{Map, Value, json};

use super::Run;
use crate::escape::escape;

/// Columns padded to their width; long cells are shown whole.
pub(super) fn table(run: &Run<'_>) -> String {
    let layout = &run.layout;
    let mut lines = vec![layout.header()];
    for row in &run.rows {
        let cells = layout.row(&row.opened, row.record.received_at());
        lines.push(cells.into_iter().map(|cell| escape(&cell.unwrap_or_default())).collect());
    }
    let columns = lines[0].len();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn csv(run: &Run<'_>) -> String {
    let layout = &run.layout;
    let mut text = csv_line(layout.header().iter().map(|cell| Some(cell.as_str())));
    for row in &run.rows {
        let cells = layout.row(&row.opened, row.record.received_at());
        text.push_str(&csv_line(cells.iter().map(Option::as_deref)));
    }
    text
}

/// Stable and English; field ids and option ids, as they were sealed.
pub(super) fn json(run: &Run<'_>) -> String {
    let layout = &run.layout;
    let records: Vec<Value> = run.rows.iter().map(|row| {
        let mut answers = Map::new();
        for field in layout.fields() {
            if let Some(answer) = row.opened.answer(field.id()) {
                answers.insert(field.id().to_owned(), value(answer));
            }
        }
        let form = &run.forms[row.form];
        let parts: Map<String, Value> = row.opened.parts().iter().map(|(name, verdict)| {
            let verdict = verdict.as_ref().map_or_else(segel_core::open::OpenError::verdict, |()| "opened");
            (name.to_string(), json!(verdict))
        }).collect();
        json!({
            "sequence": row.record.sequence(), "received_at": row.record.received_at().text(), "sealed_at": row.opened.sealed_at().text(),
            "id": row.opened.id().to_string(), "number": row.opened.id().number(), "form_version": form.version(),
            "language": row.opened.consent().language(), "given_by": row.opened.consent().guardian().map_or("person", segel_core::Guardian::as_str), "conflict": row.conflict, "answers": answers, "parts": parts,
        })
    }).collect();
    let failed: Vec<Value> = run.failed.iter().map(|failed| {
        json!({"sequence": failed.sequence, "number": failed.number, "verdict": failed.verdict, "cause": failed.cause})
    }).collect();
    let left: Map<String, Value> =
        run.left_out.iter().map(|(reason, count)| (reason.code().to_owned(), json!(count))).collect();
    let form = run.forms.first().map(|form| form.name().as_str());
    let document = json!({
        "form": form, "purpose": run.purpose, "total": run.total, "repeated": run.repeated,
        "hidden_fields": run.hidden, "records": records, "left_out": left, "failed": failed,
    });
    format!("{document:#}\n")
}

fn value(answer: &Answer) -> Value {
    match answer {
        Answer::Text(text) => json!(text),
        Answer::Many(options) => json!(options),
        Answer::Files(files) => files.iter().map(|file| {
            json!({"name": file.name(), "type": file.media_type(), "length": file.length(), "part": file.part().as_str()})
        }).collect(),
        _ => Value::Null,
    }
}
