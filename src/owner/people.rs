//! Submissions one by one, opened on all cores, for commands that look for people and not for a purpose.

use std::path::Path;

use segel_core::export::Record;
use segel_core::id::{FormName, OwnerId};
use segel_core::open::{OpenError, Opened, open};
use segel_core::uses::{Act, Begun};
use segel_core::{Envelope, Form};

use crate::cause::Cause as _;
use crate::keygen::now;
use crate::said::Input;
use crate::say::{Failure, Say, words};
use crate::uses::{self, Use};
use crate::{inbox, keys, pipeline};

/// What was looked for, and what stood in the way.
pub(crate) struct Found<T> {
    pub(crate) found: Vec<T>,
    /// Which submissions they are of.
    touched: Vec<(FormName, u64)>,
    /// Submissions that could not be looked at.
    pub(crate) failed: u64,
    /// Whether an export is damaged; it was named.
    pub(crate) damaged: bool,
}

/// Keys and forms at hand.
pub(crate) struct Reader {
    pub(crate) forms: Vec<Form>,
    pub(crate) identities: Vec<segel_core::age::Identity>,
    by: Option<OwnerId>,
    keys: Vec<std::path::PathBuf>,
}

impl Reader {
    pub(crate) fn new(say: &mut Say, forms: &[std::path::PathBuf], keys: &crate::args::Keys) -> Result<Self, Failure> {
        let forms = forms.iter().map(|path| crate::open::read_form(path)).collect::<Result<Vec<Form>, Failure>>()?;
        let files = keys::open_all(say, keys)?;
        let by = files.first().map(|file| file.owner().owner_id());
        Ok(Self { forms, identities: keys::identities(&files), by, keys: keys.key.clone() })
    }

    /// Puts on record that the input is looked at, before it is.
    pub(crate) fn begin(&self, say: &mut Say, act: Act, input: &Path, output: Option<&Path>) -> Result<Use, Failure> {
        let to = match act {
            Act::Subject | Act::Proof => uses::to_unnamed(say, output),
            _ => uses::to(say, &[output]),
        };
        let (at, by) = (now()?, self.by);
        Ok(Use::begin(say, input, &self.keys, Begun { act, at, by, purpose: None, to }))
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
        let produce = |feed: &mut pipeline::Feed<(FormName, Record)>| {
            inbox::each(input.path(), &progress, |form, record| {
                let bytes = record.envelope().len();
                if feed.push((form.clone(), record), bytes) { Ok(()) } else { Err(Failure::BrokenPipe) }
            })
        };
        let work = |(form, record): (FormName, Record)| {
            let envelope = Envelope::parse(record.envelope()).map_err(drop)?;
            look(&record, &envelope).map(|wanted| wanted.map(|wanted| (wanted, (form, record.sequence()))))
        };
        let (mut found, mut touched, mut failed) = (Vec::new(), Vec::new(), 0);
        let stopped = pipeline::ordered(produce, work, |result| {
            match result {
                Ok(wanted) => wanted.into_iter().for_each(|(wanted, place)| {
                    found.push(wanted);
                    touched.push(place);
                }),
                Err(()) => failed += 1,
            }
            Ok(())
        })?;
        progress.finish_and_clear();
        for stop in &stopped {
            say.note(stop.error.at(&stop.file));
        }
        Ok(Found { found, touched, failed, damaged: !stopped.is_empty() })
    }
}

impl<T> Found<T> {
    /// Adds to what was found, by the submission that it is of.
    pub(crate) fn each(&mut self, mut add: impl FnMut(&mut T, &FormName, u64)) {
        for (found, (form, number)) in self.found.iter_mut().zip(&self.touched) {
            add(found, form, *number);
        }
    }

    /// Counts what was found, before anybody is shown it.
    pub(crate) fn note(&self, using: &mut Use) {
        self.touched.iter().for_each(|(form, number)| using.touch(form, *number));
    }

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
