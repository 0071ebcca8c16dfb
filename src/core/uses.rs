//! The record of uses: what was opened for which purpose, how many submissions it was, and where it went (UU PDP Art. 31, GDPR Art. 30).
//! Never what they say. FORMAT §12.3.
//!
//! Two lines a use, so that a run that is killed is on record too: one before anything is opened, one with the count. Each line has a digest
//! over the one before it, so that a line that is changed or taken out of the middle shows. What is cut off the end does not.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{Digest, FormName, OwnerId, is_id};
use crate::json::{self, Spelling, Value};
use crate::time::Time;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Opened for a purpose, or counted without one.
    Open,
    /// One person's data, for that person.
    Subject,
    /// What somebody agreed to.
    Proof,
    /// Letters about a deletion.
    Letters,
    /// Letters about a breach.
    Breach,
    /// Sealed anew to other keys.
    Rewrap,
    /// Collected from a shop's own server.
    Gather,
    /// Deleted here.
    Purge,
}

/// A use that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What is done.
    pub act: Act,
    /// When, by the clock of whoever does it.
    pub at: Time,
    /// With whose key, where one was needed.
    pub by: Option<OwnerId>,
    /// What for, where a purpose was named.
    pub purpose: Option<String>,
    /// Where it goes: `screen`, `stream`, or files by their names.
    pub to: Vec<String>,
}

/// A use that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Which one: the line of its beginning, counted from 1 at the head.
    pub of: u64,
    /// When.
    pub at: Time,
    /// How many submissions it was.
    pub count: u64,
    /// Which of them, by form, where that can be said briefly.
    pub records: Vec<(FormName, Numbers)>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// The first of a use.
    Begun(Begun),
    /// The second.
    Ended(Ended),
}

/// What is wrong with a line, counted from 1 at the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// No entry: its writer was stopped in the middle, or somebody wrote it by hand.
    Unreadable(usize),
    /// An entry that does not follow from the ones before it: it was changed, or one in front of it was changed or taken out.
    Altered(usize),
}

/// Every line of a record.
#[derive(Debug, Clone)]
pub struct Uses {
    entries: Vec<(u64, Entry)>,
    wrong: Vec<Wrong>,
    chain: Digest,
    /// The last line.
    last: u64,
}

/// Numbers of submissions, as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers(Vec<(u64, u64)>);

impl Act {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Open, "open"),
        (Self::Subject, "subject"),
        (Self::Proof, "proof"),
        (Self::Letters, "letters"),
        (Self::Breach, "breach"),
        (Self::Rewrap, "rewrap"),
        (Self::Gather, "gather"),
        (Self::Purge, "purge"),
    ];

    /// Its word in the record.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(act, _)| *act == self).map_or("", |(_, code)| code)
    }

    /// The act of a word.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == code).map(|(act, _)| *act)
    }
}

impl Uses {
    /// A record that has no line yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), wrong: Vec::new(), chain: Digest::from_bytes([0; 32]), last: 1 }
    }

    /// Reads a record; nothing of what is none. A line that is wrong hides no other.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(HEAD.as_bytes())?;
        let mut uses = Self::new();
        for line in rest.split(|byte| *byte == b'\n') {
            let number = uses.last as usize + 1;
            // Behind the last line feed there is no line.
            uses.last += 1;
            match Entry::read(line) {
                None if line.is_empty() => {}
                None => uses.wrong.push(Wrong::Unreadable(number)),
                Some((entry, chain)) => {
                    if uses.next(&entry) != chain {
                        uses.wrong.push(Wrong::Altered(number));
                    }
                    uses.entries.push((uses.last, entry));
                    // What follows is held against what stands there, so that one change is named once.
                    uses.chain = chain;
                }
            }
        }
        if rest.ends_with(b"\n") || rest.is_empty() {
            uses.last -= 1;
        }
        Some(uses)
    }

    /// The lines that are wrong.
    #[must_use]
    pub fn wrong(&self) -> &[Wrong] {
        &self.wrong
    }

    /// Every use, with its end where it has one.
    #[must_use]
    pub fn uses(&self) -> Vec<(&Begun, Option<&Ended>)> {
        let mut ends: BTreeMap<u64, &Ended> = BTreeMap::new();
        for (_, entry) in &self.entries {
            if let Entry::Ended(ended) = entry {
                ends.entry(ended.of).or_insert(ended);
            }
        }
        let begun = self.entries.iter().filter_map(|(line, entry)| match entry {
            Entry::Begun(begun) => Some((begun, ends.get(line).copied())),
            Entry::Ended(_) => None,
        });
        begun.collect()
    }

    /// Puts one more entry behind the others; returns its number and its line. Numbers that would make the line longer than is read are
    /// left out.
    pub fn push(&mut self, mut entry: Entry) -> (u64, String) {
        let mut chain = self.next(&entry);
        let mut line = entry.value(Some(&chain)).encode();
        if let Entry::Ended(ended) = &mut entry
            && line.len() > LINE_BYTES
        {
            ended.records.clear();
            chain = self.next(&entry);
            line = entry.value(Some(&chain)).encode();
        }
        self.chain = chain;
        self.last += 1;
        self.entries.push((self.last, entry));
        (self.last, format!("{line}\n"))
    }

    fn next(&self, entry: &Entry) -> Digest {
        Digest::labelled("segel/v1/uses", &[self.chain.as_bytes(), entry.value(None).encode().as_bytes()])
    }
}

impl Default for Uses {
    fn default() -> Self {
        Self::new()
    }
}

impl Ended {
    /// Whether a submission was among them; nothing where that cannot be known, because numbers were left out.
    #[must_use]
    pub fn touched(&self, form: &FormName, number: u64) -> Option<bool> {
        let said = self.records.iter().map(|(_, numbers)| numbers.count()).fold(0, u64::saturating_add);
        let touched = self.records.iter().any(|(name, numbers)| name == form && numbers.contains(number));
        (touched || said >= self.count).then_some(touched)
    }
}

impl Entry {
    /// An entry and its digest, if the line is exactly what [`Uses::push`] writes.
    fn read(line: &[u8]) -> Option<(Self, Digest)> {
        if line.len() > LINE_BYTES {
            return None;
        }
        let value = json::parse(line, Spelling::Canonical).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_text);
        let at = Time::parse(text("at")?)?;
        let chain = Digest::parse(text("chain")?).ok()?;
        let number = |key: &str| value.get(key).and_then(Value::as_int).and_then(|number| u64::try_from(number).ok());
        let entry = match (text("act"), number("of")) {
            (Some(act), None) => {
                let by = text("by").map(OwnerId::parse).transpose().ok()?;
                let purpose = text("purpose").map(ToOwned::to_owned).filter(|purpose| is_id(purpose));
                let to = value.get("to")?.as_list()?.iter().map(|to| to.as_text().map(ToOwned::to_owned));
                Self::Begun(Begun { act: Act::of(act)?, at, by, purpose, to: to.collect::<Option<Vec<String>>>()? })
            }
            (None, Some(of)) => {
                let records = value.get("records")?.as_object()?.iter();
                let records = records
                    .map(|(form, numbers)| Some((FormName::parse(form).ok()?, Numbers::parse(numbers.as_text()?)?)));
                Self::Ended(Ended { of, at, count: number("count")?, records: records.collect::<Option<Vec<_>>>()? })
            }
            _ => return None,
        };
        // Keys that are not known, or in another spelling, are lost on the way back.
        (entry.value(Some(&chain)).encode().as_bytes() == line).then_some((entry, chain))
    }

    fn value(&self, chain: Option<&Digest>) -> Value {
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut add = |key: &str, value: Value| entries.push((key.to_owned(), value));
        let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        if let Some(chain) = chain {
            add("chain", Value::text(&crate::id::hex(chain.as_bytes())));
        }
        match self {
            Self::Begun(begun) => {
                add("act", Value::text(begun.act.code()));
                add("at", Value::text(&begun.at.text()));
                if let Some(by) = &begun.by {
                    add("by", Value::Text(format!("{by}")));
                }
                if let Some(purpose) = &begun.purpose {
                    add("purpose", Value::text(purpose));
                }
                add("to", Value::List(begun.to.iter().map(|to| Value::text(to)).collect()));
            }
            Self::Ended(ended) => {
                add("at", Value::text(&ended.at.text()));
                add("count", number(ended.count));
                add("of", number(ended.of));
                let records = ended.records.iter();
                let records = records.map(|(form, numbers)| (form.as_str().to_owned(), Value::Text(numbers.text())));
                add("records", Value::object(records.collect()));
            }
        }
        Value::object(entries)
    }
}

impl Numbers {
    /// Adds a number, in whatever order they come.
    pub fn push(&mut self, number: u64) {
        let at = self.0.partition_point(|(_, last)| *last < number);
        if self.0.get(at).is_some_and(|(first, _)| *first <= number) {
            return;
        }
        let joins_before = at > 0 && self.0[at - 1].1 + 1 == number;
        let joins_behind = self.0.get(at).is_some_and(|(first, _)| *first == number + 1);
        match (joins_before, joins_behind) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
    }

    /// Whether a number is among them.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| (last - first).saturating_add(1)).fold(0, u64::saturating_add)
    }

    /// Whether they are few enough, or close enough together, to be written down.
    #[must_use]
    pub fn is_brief(&self) -> bool {
        self.0.len() <= RANGES
    }

    /// `1-5,7`
    #[must_use]
    pub fn text(&self) -> String {
        let ranges = self.0.iter().map(|(first, last)| match first == last {
            true => format!("{first}"),
            false => format!("{first}-{last}"),
        });
        ranges.collect::<Vec<_>>().join(",")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut numbers = Self::default();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            let before = numbers.0.last().map_or(0, |(_, last): &(u64, u64)| last.saturating_add(1));
            if first > last || first <= before && !numbers.0.is_empty() {
                return None;
            }
            numbers.0.push((first, last));
        }
        (numbers.text() == text && numbers.is_brief()).then_some(numbers)
    }
}

/// Whether a writer was stopped before the first line was whole. Whoever writes next begins anew.
#[must_use]
pub fn is_torn_head(bytes: &[u8]) -> bool {
    bytes.len() < HEAD.len() && HEAD.as_bytes().starts_with(bytes)
}

/// What a record begins with.
pub const HEAD: &str = "segel-uses/1\n";
/// Bytes of a line at most.
const LINE_BYTES: usize = 256 * 1024;
/// Ranges of one form at most: beyond, a line would be longer than anybody reads.
const RANGES: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> Time {
        Time::parse("2026-11-25T10:00:00Z").unwrap()
    }

    fn record() -> String {
        let mut uses = Uses::new();
        let begun = |purpose: Option<&str>| {
            let to = Vec::from([String::from("screen"), String::from("file da\"ftar\u{202e}.csv")]);
            Entry::Begun(Begun { act: Act::Open, at: time(), by: None, purpose: purpose.map(String::from), to })
        };
        let mut numbers = Numbers::default();
        [3, 1, 2, 9].into_iter().for_each(|number| numbers.push(number));
        let records = Vec::from([(FormName::parse("daftar").unwrap(), numbers)]);
        let mut text = String::from(HEAD);
        text.push_str(&uses.push(begun(Some("minat"))).1);
        text.push_str(&uses.push(Entry::Ended(Ended { of: 2, at: time(), count: 4, records })).1);
        text.push_str(&uses.push(begun(None)).1);
        text
    }

    #[test]
    fn what_is_written_is_read_back_and_a_use_without_end_is_seen() {
        let uses = Uses::parse(record().as_bytes()).unwrap();
        assert_eq!(uses.wrong(), []);
        let all: Vec<_> = uses
            .uses()
            .into_iter()
            .map(|(begun, ended)| (begun.purpose.as_deref(), ended.map(|one| one.count)))
            .collect();
        assert_eq!(all, [(Some("minat"), Some(4)), (None, None)]);
        let records = &uses.uses()[0].1.unwrap().records[0].1;
        assert_eq!((records.text().as_str(), records.contains(2), records.contains(4)), ("1-3,9", true, false));
        assert!(Uses::parse(b"segel-requests/1\n").is_none());
    }

    #[test]
    fn a_line_that_is_changed_or_taken_out_shows_and_hides_no_other() {
        let text = record();
        let wrong = |text: &str| Uses::parse(text.as_bytes()).unwrap().wrong().to_vec();
        assert_eq!(wrong(&text.replace("\"count\":4", "\"count\":3")), [Wrong::Altered(3)]);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert_eq!(wrong(&[lines[0], lines[1], lines[3]].concat()), [Wrong::Altered(3)]);
        assert_eq!(
            wrong(&[lines[0], lines[2], lines[1], lines[3]].concat()),
            [Wrong::Altered(2), Wrong::Altered(3), Wrong::Altered(4)]
        );
        assert_eq!(
            wrong(&text.replace("\"act\"", "\"acts\"")),
            [Wrong::Unreadable(2), Wrong::Altered(3), Wrong::Unreadable(4)]
        );
        // A writer that was stopped in the middle; the next one began a line of its own.
        let (whole, cut) = (lines[..3].concat(), &lines[3][..20]);
        let torn = format!("{whole}{cut}\n{}", lines[3]);
        assert_eq!(
            (wrong(&torn), Uses::parse(torn.as_bytes()).unwrap().uses().len()),
            (Vec::from([Wrong::Unreadable(4)]), 2)
        );
        for cut in HEAD.len()..text.len() {
            assert!(Uses::parse(&text.as_bytes()[..cut]).unwrap().wrong().len() <= 1);
        }
    }

    #[test]
    fn a_line_that_nobody_would_read_leaves_its_numbers_out() {
        let mut numbers = Numbers::default();
        (0..RANGES as u64).for_each(|number| numbers.push(i64::MAX as u64 - number * 2));
        let forms = (0..9).map(|nth| (FormName::parse(&format!("form-{nth}")).unwrap(), numbers.clone()));
        let ended = Ended { of: 2, at: time(), count: 18_000, records: forms.collect() };
        let (_, line) = Uses::new().push(Entry::Ended(ended.clone()));
        let uses = Uses::parse(format!("{HEAD}{line}").as_bytes()).unwrap();
        assert_eq!((uses.wrong(), line.contains("\"records\":{}")), (&[][..], true));
        let (one, other) = (FormName::parse("form-1").unwrap(), FormName::parse("form-10").unwrap());
        assert_eq!((ended.touched(&one, i64::MAX as u64), ended.touched(&other, 1)), (Some(true), Some(false)));
        let unsaid = Ended { records: Vec::new(), ..ended };
        assert_eq!(unsaid.touched(&one, i64::MAX as u64), None);
    }

    #[test]
    fn a_head_that_was_broken_off_is_known() {
        for cut in 0..HEAD.len() {
            assert!(is_torn_head(&HEAD.as_bytes()[..cut]));
        }
        for other in [HEAD, "x", "segel-uses/2", "\u{feff}segel-uses/1\n", "segel-uses/1\r\n"] {
            assert!(!is_torn_head(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn ranges_that_nobody_writes_are_refused() {
        for text in ["1-5,5", "1-5,6", "5-1", "01", "1,", "1-1", "x", "3,1", "+1"] {
            assert_eq!(Numbers::parse(text), None, "{text}");
        }
        let mut far = Numbers::default();
        (0..=RANGES as u64).for_each(|number| far.push(number * 2));
        assert!(!far.is_brief() && Numbers::parse(&far.text()).is_none());
        far.push(1);
        assert!(far.is_brief());
    }
}
