//! One submission, from its bytes to its line: what each core does, knowing nothing of the others.

use segel_core::export::Record;
use segel_core::id::SubmissionId;
use segel_core::open::{Flag, OpenError, Opened, open as open_envelope, open_resealed, replaced};
use segel_core::table::{LeftOut, usable};
use segel_core::{Choice, Envelope, Form};

use super::files::{self, Attachment};
use super::{Job, tell, write};
use crate::cause::Cause as _;
use crate::say::Words;

/// What became of a submission.
pub(super) struct Outcome {
    pub(super) sequence: u64,
    pub(super) id: Option<SubmissionId>,
    /// Eight bytes of the digest of what the server had.
    pub(super) origin: [u8; 8],
    /// Of what was said about this id, what its receipt signed.
    pub(super) own: Vec<bool>,
    /// Else the verdict and its cause.
    pub(super) opened: Result<Box<Good>, (&'static str, Words)>,
}

/// One that opened.
pub(super) struct Good {
    pub(super) flags: Vec<Flag>,
    /// Purposes and whether they were given, refused, not answered or withdrawn, where a summary is wanted.
    pub(super) choices: Vec<(String, usize)>,
    pub(super) usable: Result<Shown, LeftOut>,
}

/// One that may be shown for the purpose.
pub(super) struct Shown {
    pub(super) text: write::Text,
    pub(super) failed_parts: Vec<(String, Words)>,
    pub(super) attachments: Vec<Attachment>,
}

pub(super) fn open(job: &Job<'_>, record: &Record) -> Outcome {
    let mut origin = [0; 8];
    origin.copy_from_slice(&record.origin().as_bytes()[..8]);
    let sequence = record.sequence();
    let envelope = match Envelope::parse(record.envelope()) {
        Ok(envelope) => envelope,
        Err(error) => {
            let opened = Err(("decode", error.words()));
            return Outcome { sequence, id: None, origin, own: Vec::new(), opened };
        }
    };
    let (id, own) = (Some(envelope.head().id()), job.said.own(envelope.head()));
    let digest = envelope.head().form();
    let Some(form) = job.forms.iter().find(|form| form.digest() == digest) else {
        let cause = tell::unknown_form(digest);
        return Outcome { sequence, id, origin, own, opened: Err(("other form", cause)) };
    };
    let opened = unseal(job, form, &envelope, record);
    let opened = opened.map_err(|error| (error.verdict(), error.words()));
    let opened = opened.map(|opened| Box::new(good(job, form, &envelope, record, &opened)));
    Outcome { sequence, id, origin, own, opened }
}

/// A re-sealed submission is held against the readers of the version it was re-sealed for, where that is at hand.
fn unseal(job: &Job<'_>, form: &Form, envelope: &Envelope<'_>, record: &Record) -> Result<Opened, OpenError> {
    let received = Some(record.received_at());
    let later = record.resealed().and_then(|line| job.forms.iter().find(|form| form.digest() == line.readers));
    match later {
        Some(later) => open_resealed(form, later, envelope, job.identities, received),
        None => open_envelope(form, envelope, job.identities, received),
    }
}

fn good(job: &Job<'_>, form: &Form, envelope: &Envelope<'_>, record: &Record, opened: &Opened) -> Good {
    let received = record.received_at();
    let allowed = job.said.unopposed(envelope.head(), job.purpose).and_then(|()| match job.purpose {
        Some(purpose) => usable(form, opened.consent(), purpose, received, job.now),
        None => Ok(()),
    });
    let choices = match job.purpose {
        Some(_) => Vec::new(),
        None => opened
            .consent()
            .purposes()
            .iter()
            .map(|event| {
                let withdrawn = job.said.unopposed(envelope.head(), Some(event.purpose())) == Err(LeftOut::Withdrawn);
                (event.purpose().to_owned(), if withdrawn { WITHDRAWN } else { place(event.choice()) })
            })
            .collect(),
    };
    let usable = allowed.map(|()| Shown {
        text: write::row(job, form, opened, record),
        failed_parts: failed_parts(opened),
        attachments: if job.with_files { files::open(job, form, envelope, opened) } else { Vec::new() },
    });
    let flags = opened.flags().iter().cloned().chain(replaced(form, job.forms, received));
    Good { flags: flags.collect(), choices, usable }
}

fn place(choice: Choice) -> usize {
    match choice {
        Choice::Given => 0,
        Choice::Refused => 1,
        _ => 2,
    }
}

/// Given once, and withdrawn since.
pub(super) const WITHDRAWN: usize = 3;

/// Parts that did not open for another reason than being another role's.
fn failed_parts(opened: &Opened) -> Vec<(String, Words)> {
    let parts = opened.parts().iter().filter_map(|(name, verdict)| match verdict {
        Err(error) if *error != OpenError::NoKey => Some((name.to_string(), error.words())),
        _ => None,
    });
    parts.collect()
}
