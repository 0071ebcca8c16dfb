//! Submissions one by one, opened on all cores, for commands that look for people and not for a purpose.

use segel_core::export::Record;
use segel_core::open::{OpenError, Opened, open};
use segel_core::{Envelope, Form};

use crate::cause::Cause as _;
use crate::said::Input;
use crate::say::{Failure, Say, words};
use crate::{inbox, keys, pipeline};

/// What was looked for, and what stood in the way.
pub(crate) struct Found<T> {
    pub(crate) found: Vec<T>,
    /// Submissions that could not be looked at.
    pub(crate) failed: u64,
    /// Whether an export is damaged; it was named.
    pub(crate) damaged: bool,
}

/// Keys and forms at hand.
pub(crate) struct Reader {
    pub(crate) forms: Vec<Form>,
    pub(crate) identities: Vec<segel_core::age::Identity>,
}

impl Reader {
    pub(crate) fn new(say: &mut Say, forms: &[std::path::PathBuf], keys: &crate::args::Keys) -> Result<Self, Failure> {
        let forms = forms.iter().map(|path| crate::open::read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
        Ok(Self { forms, identities: keys::identities(&keys::open_all(say, keys)?) })
    }

    /// Form and content of a submission; `Err` if it cannot be known.
    pub(crate) fn open(&self, envelope: &Envelope<'_>, record: &Record) -> Result<(&Form, Opened), ()> {
        let form = self.forms.iter().find(|form| form.digest() == envelope.head().form()).ok_or(())?;
        open(form, envelope, &self.identities, Some(record.received_at()))
            .map_err(|_: OpenError| ())
            .map(|opened| (form, opened))
    }

    /// Looks at every submission and keeps what is wanted, in order.
    pub(crate) fn search<T: Send>(
        &self,
        say: &mut Say,
        input: &Input,
        look: impl Fn(&Record, &Envelope<'_>) -> Result<Option<T>, ()> + Sync,
    ) -> Result<Found<T>, Failure> {
        let progress = say.progress(inbox::bytes(input.path()));
        let produce = |feed: &mut pipeline::Feed<Record>| {
            inbox::each(input.path(), &progress, |_, record| {
                let bytes = record.envelope().len();
                if feed.push(record, bytes) { Ok(()) } else { Err(Failure::BrokenPipe) }
            })
        };
        let work = |record: Record| {
            let envelope = Envelope::parse(record.envelope()).map_err(drop)?;
            look(&record, &envelope)
        };
        let (mut found, mut failed) = (Vec::new(), 0);
        let stopped = pipeline::ordered(produce, work, |result| {
            match result {
                Ok(wanted) => found.extend(wanted),
                Err(()) => failed += 1,
            }
            Ok(())
        })?;
        progress.finish_and_clear();
        for stop in &stopped {
            say.note(stop.error.at(&stop.file));
        }
        Ok(Found { found, failed, damaged: !stopped.is_empty() })
    }
}

impl<T> Found<T> {
    /// Says how many could not be looked at, and how the command ends.
    pub(crate) fn end(&self, say: &mut Say) -> crate::Exit {
        let failed = self.failed;
        if failed > 0 {
            say.note(words!(
                "{failed} kiriman tidak terbuka dan tidak dapat dicari",
                "{failed} submission(s) did not open and could not be searched"
            ));
        }
        match (self.found.is_empty(), failed > 0 || self.damaged) {
            (_, true) => crate::Exit::Partial,
            (true, false) => crate::Exit::Nothing,
            (false, false) => crate::Exit::Done,
        }
    }
}
