//! The submissions that were read: what opened, what did not and why, what one purpose may use, and the table for it.
//!
//! Totals add up: every submission of an export is shown, left out, failed or repeated, and is counted once. FORMAT §10, §13.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use segel_core::answers::{Answer, FileEntry};
use segel_core::document::{self, Conflict, Failed, Totals};
use segel_core::envelope::Head;
use segel_core::export::{Damaged, Entry as Line, Record};
use segel_core::field::Field;
use segel_core::id::{Digest, FormDigest, PartName, SubmissionId, VerifyingKey};
use segel_core::open::{Flag, OpenError, Opened, Told, open, open_resealed, recall, replaced};
use segel_core::stamp::Taken;
use segel_core::statement::Statement;
use segel_core::table::{LeftOut, Table, csv_line, ending, unopposed, usable};
use segel_core::time::Time;
use segel_core::{Envelope, Form};
use segel_sheet::{Sheet, SheetError};

use crate::shelf::Shelf;

/// Everything read from the exports so far.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    failures: Vec<Failure>,
    // Ordered, not hashed: whoever sends submissions chooses their ids.
    seen: BTreeMap<SubmissionId, Seen>,
    /// What customers said later, about whatever submission.
    said: BTreeMap<SubmissionId, Vec<Statement>>,
    /// Ids and receipts of submissions that did not open, or were there already: what their customers said is theirs all the same.
    closed: BTreeMap<SubmissionId, BTreeSet<VerifyingKey>>,
    /// [`Ledger::unsigned`], until more is read.
    unsigned: OnceCell<Vec<String>>,
    /// Numbers that two submissions of other content have.
    conflicts: Vec<(String, [u64; 2])>,
    repeated: u64,
    /// Places of submissions that were deleted at the server or here.
    deleted: u64,
    /// What servers call damaged; and the places of which some export has what was there, or its deletion.
    damaged: BTreeMap<Place, Damaged>,
    whole: BTreeSet<Place>,
    gone: BTreeSet<Place>,
    total: u64,
}

/// Number and chain.
type Place = (u64, [u8; 32]);

/// A submission that opened.
pub(crate) struct Entry {
    pub(crate) form: usize,
    /// Which export it came from, and where in it.
    pub(crate) source: usize,
    pub(crate) sequence: u64,
    pub(crate) received_at: Time,
    pub(crate) head: Head,
    pub(crate) opened: Opened,
    /// Another submission has the same number and other content.
    pub(crate) conflict: bool,
}

/// A submission that did not.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) sequence: u64,
    pub(crate) number: String,
    pub(crate) cause: Cause,
}

/// Why it did not.
#[derive(Debug, PartialEq)]
pub(crate) enum Cause {
    NotAnEnvelope,
    UnknownForm(FormDigest),
    Open(OpenError),
}

/// What one purpose may use, and what it may not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Places in [`Ledger::entries`], in order of arrival.
    pub(crate) rows: Vec<usize>,
    pub(crate) left_out: BTreeMap<LeftOut, u64>,
}

/// What is chosen: a purpose of one form, in all its versions. Another form may call another purpose by the same id, and nobody who filled the
/// one agreed to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Aim {
    /// The form's name.
    pub(crate) form: String,
    /// The purpose's id.
    pub(crate) purpose: String,
}

/// Something about a shown submission that its reader should know.
pub(crate) enum Remark<'l> {
    Conflict,
    Part(&'l PartName, &'l OpenError),
    Flag(Cow<'l, Flag>),
}

struct Seen {
    digest: Digest,
    entry: usize,
}

impl Ledger {
    /// Reads one submission of the export `source`, by what a helper told of it if it told anything.
    pub(crate) fn take(&mut self, shelf: &Shelf, source: usize, record: &Record, told: Option<&Told>) {
        self.total += 1;
        self.unsigned.take();
        let sequence = record.sequence();
        let Ok(envelope) = Envelope::parse(record.envelope()) else {
            return self.failures.push(Failure { sequence, number: String::new(), cause: Cause::NotAnEnvelope });
        };
        let (id, receipt, digest) = (envelope.head().id(), envelope.head().receipt(), record.origin());
        let earlier = self.seen.get(&id).map(|seen| (seen.entry, seen.digest == digest));
        if matches!(earlier, Some((_, true))) {
            self.repeated += 1;
            self.close(id, receipt);
            return;
        }
        match open_one(shelf, &envelope, record, told) {
            Ok((form, opened)) => {
                if let Some((first, _)) = earlier {
                    self.entries[first].conflict = true;
                    self.conflicts.push((id.number(), [self.entries[first].sequence, sequence]));
                }
                self.seen.entry(id).or_insert(Seen { digest, entry: self.entries.len() });
                let (received_at, conflict) = (record.received_at(), earlier.is_some());
                let head = envelope.head().clone();
                self.entries.push(Entry { form, source, sequence, received_at, head, opened, conflict });
            }
            Err(cause) => {
                self.close(id, receipt);
                self.failures.push(Failure { sequence, number: id.number(), cause });
            }
        }
    }

    /// Notes a receipt, once however often its submission was there.
    fn close(&mut self, id: SubmissionId, receipt: VerifyingKey) {
        self.closed.entry(id).or_default().insert(receipt);
    }

    /// Notes what a customer said; it is verified when it is held against a submission.
    pub(crate) fn hear(&mut self, statement: &Statement) {
        self.unsigned.take();
        self.said.entry(statement.id()).or_default().push(statement.clone());
    }

    /// Notes whether the line's place is whole, deleted or damaged.
    pub(crate) fn pass(&mut self, line: &Line) {
        let position = line.position();
        let place = (position.sequence(), *position.chain().as_bytes());
        match line {
            Line::Damaged(damaged) => drop(self.damaged.insert(place, damaged.clone())),
            Line::Gone(_) => {
                self.deleted += 1;
                self.gone.insert(place);
            }
            _ => drop(self.whole.insert(place)),
        }
    }

    /// What is damaged at its server and stands in no other export. FORMAT §12.
    pub(crate) fn damaged(&self) -> impl Iterator<Item = &Damaged> {
        let stands = |place, what| self.whole.contains(place) || (what == Taken::Envelope && self.gone.contains(place));
        self.damaged.iter().filter(move |(place, damaged)| !stands(*place, damaged.what())).map(|(_, damaged)| damaged)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    pub(crate) const fn repeated(&self) -> u64 {
        self.repeated
    }

    pub(crate) const fn deleted(&self) -> u64 {
        self.deleted
    }

    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// What `purpose` may use at `now`.
    #[cfg(test)]
    pub(crate) fn select(&self, shelf: &Shelf, aim: &Aim, now: Time) -> Selection {
        let mut selection = Selection::default();
        self.select_some(shelf, aim, now, 0..self.entries.len(), &mut selection);
        self.arrange(&mut selection);
        selection
    }

    /// The same for some of the submissions, so that the page can answer in between.
    pub(crate) fn select_some(
        &self,
        shelf: &Shelf,
        aim: &Aim,
        now: Time,
        places: Range<usize>,
        selection: &mut Selection,
    ) {
        for place in places {
            let Some(entry) = self.entries.get(place) else { return };
            let (form, purpose) = (&shelf.forms()[entry.form], aim.purpose.as_str());
            let of_form = if aim.is_of(form) { Ok(()) } else { Err(LeftOut::NoSuchPurpose) };
            let said = self.said.get(&entry.head.id()).into_iter().flatten();
            let unopposed = unopposed(said, &entry.head, Some(purpose));
            let told = || shelf.register().unopposed(&entry.head, Some(purpose));
            let usable = || usable(form, entry.opened.consent(), purpose, entry.received_at, now);
            match of_form.and(unopposed).and_then(|()| told()).and_then(|()| usable()) {
                Ok(()) => selection.rows.push(place),
                Err(reason) => *selection.left_out.entry(reason).or_default() += 1,
            }
        }
    }

    /// When the customer asked for deletion, or withdrew their consent to a purpose, by their clock or as it was written down.
    pub(crate) fn opposed(&self, shelf: &Shelf, entry: &Entry, purpose: Option<&str>) -> Option<(LeftOut, Time)> {
        let id = entry.head.id();
        let said = || self.said.get(&id).into_iter().flatten();
        let first = |reason: LeftOut| {
            let says = |one: &&Statement| unopposed(core::iter::once(*one), &entry.head, purpose) == Err(reason);
            said().filter(says).map(Statement::time).min()
        };
        let told = shelf.register();
        let deletion = first(LeftOut::DeletionRequested).or_else(|| told.deletion(&id));
        let withdrawal = || first(LeftOut::Withdrawn).or_else(|| told.withdrawal(&id, purpose?));
        let deletion = deletion.map(|time| (LeftOut::DeletionRequested, time));
        deletion.or_else(|| withdrawal().map(|time| (LeftOut::Withdrawn, time)))
    }

    /// Whose data must go, or may no longer be used for the purpose, by their numbers: so that copies elsewhere can be found.
    pub(crate) fn opponents(&self, shelf: &Shelf, aim: &Aim) -> Vec<(String, LeftOut, Time)> {
        let told = shelf.register().wishes().map(|(asked, _)| asked.id);
        let ids: BTreeSet<SubmissionId> = self.said.keys().copied().chain(told).collect();
        let entries = ids.iter().filter_map(|id| Some(&self.entries[self.seen.get(id)?.entry]));
        let opposed = entries.filter_map(|entry| {
            let purpose = aim.is_of(&shelf.forms()[entry.form]).then_some(aim.purpose.as_str());
            let (reason, time) = self.opposed(shelf, entry, purpose)?;
            Some((entry.opened.id().number(), reason, time))
        });
        opposed.collect()
    }

    /// Numbers of the submissions that a stranger spoke for: what was said about them was signed with the receipt of none that has the id. A
    /// statement about one that is not here may be anybody's, and counts as nothing.
    pub(crate) fn unsigned(&self) -> &[String] {
        self.unsigned.get_or_init(|| self.find_unsigned())
    }

    /// A signature is slow to verify, and totals are drawn often: see [`Ledger::unsigned`].
    fn find_unsigned(&self) -> Vec<String> {
        let mut receipts: BTreeMap<SubmissionId, BTreeSet<VerifyingKey>> = BTreeMap::new();
        let closed = self.closed.iter().flat_map(|(id, closed)| closed.iter().map(move |receipt| (*id, *receipt)));
        let entries = self.entries.iter().map(|entry| (entry.head.id(), entry.head.receipt()));
        for (id, receipt) in entries.chain(closed).filter(|(id, _)| self.said.contains_key(id)) {
            receipts.entry(id).or_default().insert(receipt);
        }
        let mut numbers = Vec::new();
        for (id, receipts) in &receipts {
            let own = |one: &Statement| receipts.iter().any(|receipt| one.is_signed_by(receipt));
            let others = self.said.get(id).into_iter().flatten().filter(|one| !own(one));
            numbers.extend(others.map(|_| id.number()));
        }
        numbers
    }

    /// Puts a selection in order of arrival.
    pub(crate) fn arrange(&self, selection: &mut Selection) {
        selection.rows.sort_by_key(|place| (self.entries[*place].received_at, self.entries[*place].sequence));
    }

    /// What is strange about the rows of a selection. Parts for another key are not: see [`Ledger::for_others`].
    pub(crate) fn remarks<'l>(
        &'l self,
        shelf: &'l Shelf,
        selection: &'l Selection,
    ) -> impl Iterator<Item = (&'l Entry, Remark<'l>)> {
        selection.rows.iter().map(|place| &self.entries[*place]).flat_map(|entry| {
            let form = &shelf.forms()[entry.form];
            let conflict = entry.conflict.then_some(Remark::Conflict);
            let parts = entry.opened.parts().iter().filter_map(|(name, verdict)| match verdict {
                Err(error) if *error != OpenError::NoKey => Some(Remark::Part(name, error)),
                _ => None,
            });
            let flags = entry.opened.flags().iter().map(Cow::Borrowed);
            let flags = flags.chain(replaced(form, shelf.forms(), entry.received_at).map(Cow::Owned));
            let remarks = conflict.into_iter().chain(parts).chain(flags.map(Remark::Flag));
            remarks.map(move |remark| (entry, remark))
        })
    }

    /// How many of the rows have a part that only somebody else's key opens.
    pub(crate) fn for_others(&self, selection: &Selection) -> usize {
        let closed = |entry: &Entry| entry.opened.parts().iter().any(|(_, part)| *part == Err(OpenError::NoKey));
        selection.rows.iter().filter(|place| closed(&self.entries[**place])).count()
    }

    /// Whether any of the rows has an attachment for the purpose.
    pub(crate) fn has_files(&self, shelf: &Shelf, selection: &Selection, aim: &Aim) -> bool {
        let (layout, _) = layout(shelf, aim);
        let fields: Vec<&Field> = layout.fields().iter().copied().filter(|field| field.files() > 0).collect();
        let mut rows = selection.rows.iter().map(|place| &self.entries[*place]);
        rows.any(|entry| {
            let form = &shelf.forms()[entry.form];
            let answer = |field: &&Field| layout.answer(form, field, &entry.opened);
            fields.iter().filter_map(answer).any(|answer| matches!(answer, Answer::Files(files) if !files.is_empty()))
        })
    }

    /// Puts rows into a spreadsheet in which every cell is text.
    pub(crate) fn sheet(
        &self,
        shelf: &Shelf,
        aim: &Aim,
        rows: &[usize],
        sheet: &mut Sheet<Vec<u8>>,
    ) -> Result<(), SheetError> {
        let (table, _) = layout(shelf, aim);
        rows.iter().try_for_each(|place| sheet.row(&self.cells(shelf, &table, *place)))
    }

    /// Rows as CSV that no spreadsheet evaluates.
    pub(crate) fn csv(&self, shelf: &Shelf, aim: &Aim, rows: &[usize]) -> String {
        let (table, _) = layout(shelf, aim);
        let line = |place: &usize| csv_line(self.cells(shelf, &table, *place).iter().map(Option::as_deref));
        rows.iter().map(line).collect()
    }

    fn cells(&self, shelf: &Shelf, table: &Table<'_>, place: usize) -> Vec<Option<String>> {
        let entry = &self.entries[place];
        table.row(&shelf.forms()[entry.form], &entry.opened, entry.received_at)
    }

    /// Rows as the command line writes them for programs; `first` if none was written before.
    pub(crate) fn json(&self, shelf: &Shelf, aim: &Aim, rows: &[usize], first: bool) -> String {
        let (table, _) = layout(shelf, aim);
        let object = |(index, place): (usize, &usize)| {
            let entry = &self.entries[*place];
            let form = &shelf.forms()[entry.form];
            let record = document::record(&table, form, &entry.opened, entry.sequence, entry.received_at);
            document::joined(&record, first && index == 0, entry.conflict)
        };
        rows.iter().enumerate().map(object).collect()
    }

    /// What stands in front of them.
    pub(crate) fn json_start(shelf: &Shelf, aim: &Aim) -> String {
        document::start(Some(&aim.form), Some(&aim.purpose), &layout(shelf, aim).1)
    }

    /// What stands behind them: an account of all others.
    pub(crate) fn json_end(&self, shelf: &Shelf, aim: &Aim, selection: &Selection) -> String {
        let failed = self.failures.iter().map(|failure| Failed {
            sequence: failure.sequence,
            number: failure.number.clone(),
            verdict: failure.cause.verdict(),
            cause: failure.cause.english(),
        });
        let left = selection.left_out.iter().map(|(reason, count)| (*reason, *count));
        let conflicts = self.conflicts.iter().map(|(number, sequences)| Conflict { number, sequences: *sequences });
        let unsigned = self.unsigned().len() as u64;
        let totals = Totals { repeated: self.repeated, deleted: self.deleted, unsigned, total: self.total };
        document::end(&layout(shelf, aim).0, failed, left, conflicts, &totals)
    }
}

impl Cause {
    const fn verdict(&self) -> &'static str {
        match self {
            Self::NotAnEnvelope => "decode",
            Self::UnknownForm(_) => "other form",
            Self::Open(error) => error.verdict(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotAnEnvelope => String::from("not a submission, or damaged"),
            Self::UnknownForm(digest) => format!("filled in the form or version {digest}, which was not given"),
            Self::Open(error) => error.to_string(),
        }
    }
}

impl Entry {
    /// The files that were answered in a field.
    pub(crate) fn files(&self, field: &Field) -> &[FileEntry] {
        match self.opened.answer(field.id()) {
            Some(Answer::Files(files)) => files,
            _ => &[],
        }
    }

    /// The name under which the nth file of a field is saved. What the customer called it is text to read, never a path.
    pub(crate) fn file_name(&self, field: &str, nth: usize) -> Option<String> {
        let Some(Answer::Files(files)) = self.opened.answer(field) else { return None };
        let ending = ending(files.get(nth)?.media_type());
        Some(format!("{:06}-{field}-{}.{ending}", self.sequence, nth + 1))
    }
}

/// The columns for a purpose, without those that none of the keys may read; and the ids of these.
pub(crate) fn layout<'s>(shelf: &'s Shelf, aim: &Aim) -> (Table<'s>, Vec<String>) {
    let mut table = Table::new(shelf.forms().iter().filter(|form| aim.is_of(form)), &aim.purpose);
    let hidden = table.keep_readable(shelf.forms(), shelf.keys());
    (table, hidden)
}

/// The purposes of all forms, each once; the newest form's words first.
pub(crate) fn purposes(forms: &[Form]) -> Vec<(Aim, &segel_core::purpose::Purpose)> {
    let mut newest: Vec<&Form> = forms.iter().collect();
    newest.sort_by_key(|form| core::cmp::Reverse(form.version()));
    let mut found: Vec<(Aim, &segel_core::purpose::Purpose)> = Vec::new();
    for form in newest {
        for purpose in form.purposes() {
            let aim = Aim { form: form.name().as_str().to_owned(), purpose: purpose.id().to_owned() };
            if !found.iter().any(|(other, _)| *other == aim) {
                found.push((aim, purpose));
            }
        }
    }
    found
}

impl Aim {
    /// Whether a version is one of the chosen form.
    pub(crate) fn is_of(&self, form: &Form) -> bool {
        form.name().as_str() == self.form
    }
}

/// A re-sealed submission is held against the readers of the version it was re-sealed for, where that is on the shelf.
fn open_one(
    shelf: &Shelf,
    envelope: &Envelope<'_>,
    record: &Record,
    told: Option<&Told>,
) -> Result<(usize, Opened), Cause> {
    let digest = envelope.head().form();
    let place = shelf.forms().iter().position(|form| form.digest() == digest).ok_or(Cause::UnknownForm(digest))?;
    let (form, received) = (&shelf.forms()[place], Some(record.received_at()));
    if let Some(Ok(opened)) = told.map(|told| recall(form, envelope, told, received)) {
        return Ok((place, opened));
    }
    let later = record.resealed().and_then(|line| shelf.forms().iter().find(|form| form.digest() == line.readers));
    let opened = match later {
        Some(later) => open_resealed(form, later, envelope, shelf.keys(), received),
        None => open(form, envelope, shelf.keys(), received),
    };
    Ok((place, opened.map_err(Cause::Open)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Shop, records, rng, time};
    use crate::shelf::Verdict;
    use segel_core::receipt::Receipt;
    use segel_core::statement::Wish;

    fn read(shop: &Shop, envelopes: &[Vec<u8>]) -> (Shelf, Ledger) {
        let mut shelf = shop.shelf();
        let mut ledger = Ledger::default();
        for record in records(&shop.export_of(envelopes)) {
            ledger.take(&shelf, 0, &record, None);
        }
        shelf.take(String::new(), b"", 0);
        (shelf, ledger)
    }

    fn aim(purpose: &str) -> Aim {
        Aim { form: "kecil".into(), purpose: purpose.into() }
    }

    #[test]
    fn every_submission_is_counted_once() {
        let shop = Shop::new();
        let good = shop.submission(1, "Sari");
        let mut altered = shop.submission(2, "Budi");
        let (head, start) = Head::parse(&altered).unwrap();
        altered[start + head.parts()[0].1 as usize - 1] ^= 1;
        let stranger = Shop::other().submission(3, "Citra");
        let (shelf, ledger) = read(
            &shop,
            &[good.clone(), altered, stranger, b"not an envelope".to_vec(), good, shop.submission(4, "Dewi")],
        );
        let selection = ledger.select(&shelf, &aim("daftar"), time());
        let left: u64 = selection.left_out.values().sum();
        let (shown, failed) = (selection.rows.len() as u64, ledger.failures().len() as u64);
        assert_eq!((ledger.total(), shown, left, failed, ledger.repeated()), (6, 2, 0, 3, 1));
        let causes: Vec<&Cause> = ledger.failures().iter().map(|failure| &failure.cause).collect();
        assert!(matches!(causes[0], Cause::Open(error) if error.verdict() == "altered"), "{causes:?}");
        assert_eq!(*causes[1], Cause::UnknownForm(Shop::other().form.digest()));
        assert_eq!(*causes[2], Cause::NotAnEnvelope);
    }

    #[test]
    fn a_part_that_fails_is_named_and_hides_nothing_else() {
        let shop = Shop::new();
        let mut altered = shop.submission(1, "Sari");
        let last = altered.len() - 1;
        altered[last] ^= 1;
        let (shelf, ledger) = read(&shop, &[altered]);
        let selection = ledger.select(&shelf, &aim("daftar"), time());
        let remarks: Vec<_> = ledger.remarks(&shelf, &selection).collect();
        let [(_, Remark::Part(name, error))] = &remarks[..] else { panic!("{} remarks", remarks.len()) };
        assert_eq!((name.as_str(), error.verdict()), ("file-foto-2", "altered"));
        assert!(ledger.csv(&shelf, &aim("daftar"), &selection.rows).contains("Sari"));
    }

    #[test]
    fn a_purpose_sees_only_what_was_agreed_and_is_in_date() {
        let shop = Shop::new();
        let (shelf, ledger) = read(&shop, &[shop.submission(1, "Sari"), shop.with_interest(2, "Budi")]);
        let now = ledger.select(&shelf, &aim("minat"), time());
        assert_eq!((now.rows, now.left_out), (vec![1], BTreeMap::from([(LeftOut::Refused, 1)])));
        let late = ledger.select(&shelf, &aim("minat"), Time::parse("2031-01-01T00:00:00Z").unwrap());
        assert_eq!(late.left_out, BTreeMap::from([(LeftOut::Refused, 1), (LeftOut::ConsentExpired, 1)]));
        let ids = purposes(shelf.forms()).into_iter().map(|(_, purpose)| purpose.id()).collect::<Vec<_>>();
        assert_eq!(ids, ["daftar", "minat"]);
    }

    #[test]
    fn what_customers_said_later_or_at_the_counter_is_obeyed_and_named() {
        let shop = Shop::new();
        let envelopes: Vec<Vec<u8>> = (1..=4).map(|seed| shop.with_interest(seed, "Sari")).collect();
        let (mut shelf, mut ledger) = read(&shop, &envelopes);
        let say = |seed: u8, wish: &Wish| {
            let receipt = Receipt::generate(&mut rng(seed)).unwrap();
            Statement::parse(&Statement::sign(&receipt, shop.form.digest(), time(), wish)).unwrap()
        };
        let withdraw = Wish::Withdraw { purpose: "minat".into() };
        ledger.hear(&say(1, &withdraw));
        ledger.hear(&say(2, &Wish::Delete));
        // Somebody else's, about nobody here.
        ledger.hear(&say(9, &Wish::Delete));
        let id = ledger.entries()[2].head.id();
        let by_phone = format!("segel-requests/1\n{} {id} withdraw:minat phone\n", time().text());
        let size = by_phone.len() as u64;
        assert_eq!(*shelf.take("requests.txt".into(), by_phone.as_bytes(), size), Verdict::Register { wishes: 1 });
        let used = |purpose: &str| ledger.select(&shelf, &aim(purpose), time());
        assert_eq!((used("daftar").rows, used("minat").rows), (vec![0, 2, 3], vec![3]));
        let left = BTreeMap::from([(LeftOut::Withdrawn, 2), (LeftOut::DeletionRequested, 1)]);
        assert_eq!(used("minat").left_out, left);
        let number = |nth: usize| ledger.entries()[nth].opened.id().number();
        let mut named = ledger.opponents(&shelf, &aim("minat"));
        named.sort_by_key(|(_, reason, _)| *reason);
        let mut withdrawn = [named[0].0.clone(), named[1].0.clone()];
        withdrawn.sort();
        let mut expected = [number(0), number(2)];
        expected.sort();
        assert_eq!((withdrawn, named[2].0.clone(), named.len()), (expected, number(1), 3));
        let opposed = |nth: usize, purpose| ledger.opposed(&shelf, &ledger.entries()[nth], Some(purpose));
        assert_eq!(opposed(0, "minat"), Some((LeftOut::Withdrawn, time())));
        assert_eq!((opposed(0, "daftar"), opposed(3, "minat")), (None, None));
        // One who speaks for the fourth customer with a receipt of their own.
        assert!(ledger.unsigned().is_empty());
        let forged = String::from_utf8(Statement::sign(
            &Receipt::generate(&mut rng(9)).unwrap(),
            shop.form.digest(),
            time(),
            &Wish::Delete,
        ))
        .unwrap();
        let stranger = Receipt::generate(&mut rng(9)).unwrap().id().to_string();
        let forged = forged.replace(&stranger, &ledger.entries()[3].head.id().to_string());
        ledger.hear(&Statement::parse(forged.as_bytes()).unwrap());
        assert_eq!(ledger.unsigned(), [ledger.entries()[3].opened.id().number()]);
        // Copies add no receipt.
        for record in records(&shop.export_of(&envelopes)).iter().chain(&records(&shop.export_of(&envelopes))) {
            ledger.take(&shelf, 1, record, None);
        }
        assert_eq!((ledger.repeated(), ledger.closed.values().map(BTreeSet::len).sum::<usize>()), (8, 4));
        assert_eq!(ledger.unsigned(), [ledger.entries()[3].opened.id().number()]);
        assert_eq!(ledger.select(&shelf, &aim("minat"), time()).rows, vec![3]);
        // A register that is none: nobody knows who is in it.
        assert!(!shelf.lacks_requests());
        shelf.take("requests.txt".into(), b"segel-requests/1\nx\n", 19);
        assert!(shelf.lacks_requests());
    }

    #[test]
    fn another_form_with_a_purpose_of_the_same_name_is_another_purpose() {
        let (shop, other) = (Shop::new(), Shop::named("lain"));
        let (mut shelf, mut ledger) = (shop.shelf(), Ledger::default());
        shelf.take(String::new(), other.form.bytes(), other.form.bytes().len() as u64);
        for export in [shop.export_of(&[shop.submission(1, "Sari")]), other.export_of(&[other.submission(2, "Budi")])] {
            records(&export).iter().for_each(|record| ledger.take(&shelf, 0, record, None));
        }
        let aims: Vec<Aim> = purposes(shelf.forms()).into_iter().map(|(aim, _)| aim).collect();
        assert_eq!(aims.len(), 4);
        let lain = Aim { form: "lain".into(), purpose: "daftar".into() };
        for (aim, row) in [(aim("daftar"), 0), (lain, 1)] {
            let selection = ledger.select(&shelf, &aim, time());
            assert_eq!(
                (selection.rows, selection.left_out),
                (vec![row], BTreeMap::from([(LeftOut::NoSuchPurpose, 1)]))
            );
        }
    }

    #[test]
    fn one_number_with_two_contents_is_a_conflict_on_both() {
        let shop = Shop::new();
        let (_, ledger) = read(&shop, &[shop.submission(1, "Sari"), shop.submission(1, "Sari Palsu")]);
        assert_eq!(ledger.entries().iter().map(|entry| entry.conflict).collect::<Vec<_>>(), [true, true]);
        assert_eq!(ledger.repeated(), 0);
    }

    #[test]
    fn another_key_opens_nothing_and_says_so() {
        let shop = Shop::new();
        let mut shelf = Shelf::default();
        shelf.take(String::new(), shop.form.bytes(), shop.form.bytes().len() as u64);
        let other = segel_core::key::KeyFile::write(&Shop::other().owner, &[], time());
        shelf.take(String::new(), other.as_bytes(), other.len() as u64);
        let mut ledger = Ledger::default();
        records(&shop.export(1)).iter().for_each(|record| ledger.take(&shelf, 0, record, None));
        assert_eq!(ledger.failures()[0].cause, Cause::Open(OpenError::NoKey));
        assert!(shelf.is_foreign(&shop.form));
    }

    #[test]
    fn the_csv_holds_no_formula_and_a_saved_file_no_name_of_the_customer() {
        let shop = Shop::new();
        let (shelf, ledger) = read(&shop, &[shop.submission(1, "=HYPERLINK(1)")]);
        let selection = ledger.select(&shelf, &aim("daftar"), time());
        let csv = ledger.csv(&shelf, &aim("daftar"), &selection.rows);
        assert!(csv.contains(",'=HYPERLINK(1),'+6281234567890,"), "{csv}");
        let entry = &ledger.entries()[0];
        assert_eq!(entry.file_name("foto", 0).as_deref(), Some("000001-foto-1.jpg"));
        assert_eq!(entry.file_name("foto", 1), None);
        assert_eq!(ending("text/html"), "bin");
    }
}
