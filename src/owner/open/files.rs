//! Attachments, written under numbered names of ours: what a customer called a file is text in a list, never a path.

use std::path::Path;

use segel_core::Envelope;
use segel_core::answers::Answer;
use segel_core::open::open_file;
use segel_core::table::{csv_line, ending};

use super::Run;
use crate::place::{self, For};
use crate::say::{Failure, Say, shown, words};

/// Writes every attachment that serves the purpose, and `index.csv` with the true names.
pub(super) fn write(say: &mut Say, run: &Run<'_>, folder: &Path) -> Result<(), Failure> {
    place::make_folder(folder)?;
    let mut index = csv_line(["file", "number", "field", "name", "type"].map(Some));
    let mut count = 0_u64;
    for row in &run.rows {
        let Ok(envelope) = Envelope::parse(row.record.envelope()) else { continue };
        let form = &run.forms[row.form];
        for field in run.layout.fields() {
            let Some(Answer::Files(files)) = row.opened.answer(field.id()) else { continue };
            for (nth, file) in files.iter().enumerate() {
                let name =
                    format!("{:06}-{}-{}.{}", row.record.sequence(), field.id(), nth + 1, ending(file.media_type()));
                match open_file(form, &envelope, &row.opened, file.part(), run.identities) {
                    Ok(content) => {
                        place::create(&folder.join(&name), &content, For::Owner)?;
                        let number = row.opened.id().number();
                        index.push_str(&csv_line(
                            [&name, number.as_str(), field.id(), file.name(), file.media_type()].map(Some),
                        ));
                        count += 1;
                    }
                    Err(error) => say.note(words!("{name}: {error}", "{name}: {error}")),
                }
            }
        }
    }
    place::replace(&folder.join("index.csv"), index.as_bytes(), For::Owner)?;
    let folder = shown(folder);
    say.note(words!("{count} lampiran di {folder}", "{count} attachment(s) in {folder}"));
    Ok(())
}
