//! What customers said later, and what is read twice to find it. FORMAT §4.2.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use segel_core::Envelope;
use segel_core::envelope::Head;
use segel_core::export::Entry;
use segel_core::id::{FormName, SubmissionId};
use segel_core::register::Register;
use segel_core::statement::Statement;
use segel_core::table::{LeftOut, unopposed};
use segel_core::time::Time;

use crate::inbox::{Fault, Numbers, Stream, exports, later_beside};
use crate::place;
use crate::register;
use crate::say::{Failure, Say, shown, words};

/// What is opened: a path, or standard input, which is read twice and therefore kept in a file of its own meanwhile. It is ciphertext.
pub(crate) struct Input {
    path: PathBuf,
    /// What was written down of other wishes; standard input has none.
    register: Option<PathBuf>,
    _kept: Option<tempfile::NamedTempFile>,
}

impl Input {
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        if !place::is_dash(path) {
            let register = Some(register::path(path));
            return Ok(Self { path: path.to_path_buf(), register, _kept: None });
        }
        let here = |error: io::Error| Failure::file(path, &error);
        let mut kept = tempfile::Builder::new().prefix("stdin-").tempfile().map_err(here)?;
        io::copy(&mut io::stdin().lock(), &mut kept).map_err(here)?;
        Ok(Self { path: kept.path().to_path_buf(), register: None, _kept: Some(kept) })
    }

    /// Warns where one export is read and a later one lies beside it: a withdrawal in that is not seen.
    pub(crate) fn warn_if_older(&self, say: &mut Say) {
        if self.register.is_none() || self.path.is_dir() {
            return;
        }
        if let Some((other, time, later)) = later_beside(&self.path) {
            let (file, other) = (shown(&self.path), shown(&other));
            say.warn(words!(
                "{file} mulai {time}; {other} mulai {later}, dan bisa berisi penarikan atau permintaan hapus",
                "{file} begins {time}; {other} begins {later}, and may hold withdrawals and wishes for deletion"
            ));
            say.hint(words!("beri foldernya, supaya semua ditaati", "give the folder, so that all of them are obeyed"));
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What to call it in a message.
    pub(crate) fn name(&self) -> String {
        if self.register.is_none() { "-".to_owned() } else { shown(&self.path) }
    }

    /// What was written down of wishes that came otherwise than by a receipt.
    pub(crate) fn register(&self) -> Result<Register, Failure> {
        self.register.as_deref().map_or_else(|| Ok(Register::default()), register::read)
    }
}

/// Every statement of an inbox, by submission, and what was written down beside it. A statement stands behind what it is about, so all exports are read
/// for it before any is shown.
#[derive(Default)]
pub(crate) struct Said {
    signed: HashMap<SubmissionId, Vec<Statement>>,
    told: Register,
    known: BTreeMap<FormName, Known>,
    last: Option<Time>,
}

/// How far the exports of a form go.
pub(crate) struct Known {
    /// The server's, if any export has its numbers.
    pub(crate) numbers: Numbers,
    /// The last sequence under the server's numbers; nothing where an export is damaged.
    pub(crate) end: Option<u64>,
}

impl Said {
    /// Every statement behind a path, not verified. A damaged export tells what stands in front of the damage.
    pub(crate) fn read(input: &Input) -> Result<Self, Failure> {
        let mut all = Self { told: input.register()?, ..Self::default() };
        for file in exports(input.path())? {
            let mut stream = Stream::open(&file)?;
            loop {
                match stream.next() {
                    Ok(Some(Entry::Said(said))) => {
                        all.last = all.last.max(Some(said.received_at()));
                        let statement = said.statement().clone();
                        all.signed.entry(statement.id()).or_default().push(statement);
                    }
                    Ok(Some(Entry::Record(record))) => all.last = all.last.max(Some(record.received_at())),
                    Ok(Some(_)) => {}
                    Ok(None) | Err(Fault::Export(_)) => break,
                    Err(Fault::File(failure)) => return Err(failure),
                }
            }
            all.note(Numbers::of(&file), stream);
        }
        Ok(all)
    }

    /// Notes how far an export goes that was read as far as it can be.
    fn note(&mut self, numbers: Numbers, stream: Stream) {
        let Some(form) = stream.form().cloned() else { return };
        let known = self.known.entry(form).or_insert(Known { numbers, end: Some(0) });
        if numbers == Numbers::Server {
            known.numbers = numbers;
            let end = stream.finish().ok().map(|(_, end)| end.sequence());
            known.end = known.end.zip(end).map(|(one, other)| one.max(other));
        }
    }

    /// The forms of the exports, and how far those go.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&FormName, &Known)> {
        self.known.iter()
    }

    /// Whether there are exports of several forms.
    pub(crate) fn has_several_forms(&self) -> bool {
        self.known.len() > 1
    }

    /// When the last submission or statement arrived.
    pub(crate) const fn last(&self) -> Option<Time> {
        self.last
    }

    /// When the customer of a submission asked for its deletion, by their clock.
    pub(crate) fn deletion(&self, envelope: &Envelope<'_>) -> Option<Time> {
        let head = envelope.head();
        let asks = |statement: &&Statement| {
            unopposed(core::iter::once(*statement), head, None) == Err(LeftOut::DeletionRequested)
        };
        self.about(&head.id()).find(asks).map(Statement::time).or_else(|| self.told.deletion(&head.id()))
    }

    /// When the customer of a submission withdrew their consent to a purpose, by their clock.
    pub(crate) fn withdrawal(&self, envelope: &Envelope<'_>, purpose: &str) -> Option<Time> {
        let head = envelope.head();
        let withdraws = |statement: &&Statement| {
            unopposed(core::iter::once(*statement), head, Some(purpose)) == Err(LeftOut::Withdrawn)
        };
        let signed = self.about(&head.id()).find(withdraws).map(Statement::time);
        signed.or_else(|| self.told.withdrawal(&head.id(), purpose))
    }

    /// What the customer said against using a submission for a purpose, or at all.
    pub(crate) fn unopposed(&self, head: &Head, purpose: Option<&str>) -> Result<(), LeftOut> {
        unopposed(self.about(&head.id()), head, purpose)?;
        self.told.unopposed(head, purpose)
    }

    /// For each statement about a submission, whether its receipt signed it; nothing where there are none.
    pub(crate) fn own(&self, head: &Head) -> Vec<bool> {
        self.about(&head.id()).map(|statement| statement.is_signed_by(&head.receipt())).collect()
    }

    fn about(&self, id: &SubmissionId) -> impl Iterator<Item = &Statement> {
        self.signed.get(id).into_iter().flatten()
    }
}

/// Raises the alarm over statements that none of the submissions they name signed: they are not obeyed, and somebody wrote them where only a
/// customer's receipt should.
pub(crate) fn tell_unsigned(say: &mut Say, input: &str, count: u64) {
    if count == 0 {
        return;
    }
    say.warn(words!(
        "{count} penarikan atau permintaan hapus tidak ditandatangani bukti pelanggan itu; tidak ditaati",
        "{count} withdrawal(s) or wish(es) for deletion not signed with that customer's receipt; not obeyed"
    ));
    say.hint(words!(
        "ada yang menulis di server atau di berkas ini; lihat yang mana: segel requests {input} --all",
        "somebody wrote at the server or into this file; see which: segel requests {input} --all"
    ));
}
