//! Attachments, written under numbered names of ours: what a customer called a file is text in a list, never a path.

use std::path::{Path, PathBuf};

use segel_core::answers::Answer;
use segel_core::id::SubmissionId;
use segel_core::open::{OpenError, Opened, open_file};
use segel_core::table::{csv_line, ending};
use segel_core::{Envelope, Form};
use zeroize::Zeroizing;

use super::Job;
use crate::cause::Cause as _;
use crate::place::{self, Draft, For};
use crate::say::{Failure, Say, Words, shown, words};

/// One file that an answer announces.
pub(super) struct Attachment {
    field: String,
    nth: usize,
    part: String,
    name: String,
    media_type: String,
    content: Result<Zeroizing<Vec<u8>>, OpenError>,
}

/// Opens every attachment that serves the purpose.
pub(super) fn open(job: &Job<'_>, form: &Form, envelope: &Envelope<'_>, opened: &Opened) -> Vec<Attachment> {
    let mut found = Vec::new();
    for field in job.layout.fields() {
        let Some(Answer::Files(files)) = job.layout.answer(form, field, opened) else { continue };
        for (index, file) in files.iter().enumerate() {
            found.push(Attachment {
                field: field.id().to_owned(),
                nth: index + 1,
                part: file.part().to_string(),
                name: file.name().to_owned(),
                media_type: file.media_type().to_owned(),
                content: open_file(form, envelope, opened, file.part(), job.identities),
            });
        }
    }
    found
}

/// Where attachments go, and the list of their true names.
pub(super) struct Folder {
    path: PathBuf,
    index: Draft,
    count: u64,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        place::make_folder(path)?;
        let index = path.join(INDEX);
        place::refuse_irregular(&index)?;
        let mut index = Draft::new(&index)?;
        index.write(csv_line(["file", "number", "field", "name", "type"].map(Some)).as_bytes())?;
        Ok(Self { path: path.to_path_buf(), index, count: 0 })
    }

    /// Writes the attachments of one submission; returns part and cause of those that did not open.
    pub(super) fn write(
        &mut self,
        sequence: u64,
        id: SubmissionId,
        attachments: Vec<Attachment>,
    ) -> Result<Vec<(String, Words)>, Failure> {
        let mut failed = Vec::new();
        for Attachment { field, nth, part, name, media_type, content } in attachments {
            let file = format!("{sequence:06}-{field}-{nth}.{}", ending(&media_type));
            match content {
                Ok(content) => {
                    place::create(&self.path.join(&file), &content, For::Owner)?;
                    let number = id.number();
                    let line = csv_line([file.as_str(), &number, &field, &name, &media_type].map(Some));
                    self.index.write(line.as_bytes())?;
                    self.count += 1;
                }
                Err(error) => failed.push((part, error.words())),
            }
        }
        Ok(failed)
    }

    pub(super) fn finish(self, say: &mut Say) -> Result<(), Failure> {
        self.index.replace(&self.path.join(INDEX))?;
        let (count, folder) = (self.count, shown(&self.path));
        say.note(words!("{count} lampiran di {folder}", "{count} attachment(s) in {folder}"));
        Ok(())
    }
}

const INDEX: &str = "index.csv";
