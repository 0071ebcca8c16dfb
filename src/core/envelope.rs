//! A submission's bytes on the wire: a textual head, then the parts. FORMAT §11.
//!
//! The one front parser, used by server, command line and opener. No cryptography; linear; limits before anything else;
//! nothing is allocated because a stranger's number says so.

use alloc::string::String;
use alloc::vec::Vec;

use crate::age::{AgeError, Suite, header::Header};
use crate::form::Form;
use crate::id::{Digest, FormDigest, PartName, SubmissionId, VerifyingKey};
use crate::limits;
use crate::part::{self, Content, PartPlan};
use crate::time::push_decimal;

/// The textual head of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    form: FormDigest,
    id: SubmissionId,
    receipt: VerifyingKey,
    parts: Vec<(PartName, u64)>,
}

/// Why bytes are not an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Does not begin like an envelope.
    #[error("not an envelope")]
    NotAnEnvelope,
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    NewerKit,
    /// A line of the head is not as it must be.
    #[error("line {line} of the envelope's head is not as it must be")]
    Head {
        /// Which line, from 1.
        line: usize,
    },
    /// The head does not end within its limit.
    #[error("the envelope's head is larger than 4 KiB")]
    HeadTooLarge,
    /// More parts than a submission may have.
    #[error("more than 16 parts")]
    TooManyParts,
    /// The same part twice.
    #[error("part {part} stands twice")]
    PartTwice {
        /// Its name.
        part: PartName,
    },
    /// The bytes end before the last part does.
    #[error("truncated: {missing} bytes are missing")]
    Truncated {
        /// How many, as far as the head says.
        missing: u64,
    },
    /// Something follows the last part.
    #[error("bytes after the end")]
    TrailingBytes,
}

impl DecodeError {
    /// A stable code for logs and scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnEnvelope => "not_an_envelope",
            Self::NewerKit => "newer_kit",
            Self::Head { .. } => "envelope_head",
            Self::HeadTooLarge => "envelope_head_too_large",
            Self::TooManyParts => "too_many_parts",
            Self::PartTwice { .. } => "part_twice",
            Self::Truncated { .. } => "truncated",
            Self::TrailingBytes => "trailing_bytes",
        }
    }
}

impl Head {
    /// A head for parts of known length.
    #[must_use]
    pub const fn new(form: FormDigest, id: SubmissionId, receipt: VerifyingKey, parts: Vec<(PartName, u64)>) -> Self {
        Self { form, id, receipt, parts }
    }

    /// Parses the head at the front of `bytes`; also returns its length.
    ///
    /// # Errors
    /// [`DecodeError`]; [`DecodeError::Truncated`] if the bytes end inside a head that could still be one.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut lines =
            Lines { bytes: &bytes[..bytes.len().min(limits::HEAD_BYTES)], at: 0, line: 0, whole: bytes.len() };
        match lines.next()? {
            "segel-envelope/1" => {}
            other if is_newer(other.as_bytes(), b"segel-envelope/") => return Err(DecodeError::NewerKit),
            _ => return Err(DecodeError::NotAnEnvelope),
        }
        let form = lines.value("form ", |text| FormDigest::parse(text).ok())?;
        let id = lines.value("id ", |text| SubmissionId::parse(text).ok())?;
        let receipt = lines.value("receipt ", |text| VerifyingKey::parse(text).ok())?;
        let mut parts: Vec<(PartName, u64)> = Vec::new();
        loop {
            let line = lines.next()?;
            if line.is_empty() && !parts.is_empty() {
                return Ok((Self { form, id, receipt, parts }, lines.at));
            }
            let (name, length) = part_line(line).ok_or(DecodeError::Head { line: lines.line })?;
            if parts.len() == limits::PARTS {
                return Err(DecodeError::TooManyParts);
            }
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(DecodeError::PartTwice { part: name });
            }
            parts.push((name, length));
        }
    }

    /// The head's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let hex = crate::id::hex;
        let mut text = String::with_capacity(512);
        for piece in [
            "segel-envelope/1\nform ",
            &hex(self.form.digest().as_bytes()),
            "\nid ",
            &hex(self.id.as_bytes()),
            "\nreceipt ",
            &hex(self.receipt.as_bytes()),
            "\n",
        ] {
            text.push_str(piece);
        }
        for (name, length) in &self.parts {
            for piece in ["part ", name.as_str(), " "] {
                text.push_str(piece);
            }
            push_decimal(&mut text, *length);
            text.push('\n');
        }
        text.push('\n');
        text.into_bytes()
    }

    /// The form it was sealed for.
    #[must_use]
    pub const fn form(&self) -> FormDigest {
        self.form
    }

    /// Which submission it is.
    #[must_use]
    pub const fn id(&self) -> SubmissionId {
        self.id
    }

    /// The public half of the customer's receipt key.
    #[must_use]
    pub const fn receipt(&self) -> VerifyingKey {
        self.receipt
    }

    /// Names and lengths of the parts, in order, at least one.
    #[must_use]
    pub fn parts(&self) -> &[(PartName, u64)] {
        &self.parts
    }

    /// Bytes of all parts together.
    #[must_use]
    pub fn parts_len(&self) -> u64 {
        self.parts.iter().fold(0, |sum, (_, length)| sum.saturating_add(*length))
    }
}

/// A whole submission as it was sealed; it borrows the bytes and never changes them.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    bytes: &'a [u8],
    head: Head,
    front: usize,
}

impl<'a> Envelope<'a> {
    /// Reads head and part boundaries.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (head, front) = Head::parse(bytes)?;
        let body = (bytes.len() - front) as u64;
        let claimed = head.parts_len();
        if body < claimed {
            return Err(DecodeError::Truncated { missing: claimed - body });
        }
        if body > claimed {
            return Err(DecodeError::TrailingBytes);
        }
        Ok(Self { bytes, head, front })
    }

    /// Its head.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// All its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// SHA-256 of all its bytes: what the server's receipt repeats.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.bytes)
    }

    /// Name and bytes of each part, in order. Each is a complete age file.
    pub fn parts(&self) -> impl Iterator<Item = (&PartName, &'a [u8])> {
        let mut rest = &self.bytes[self.front..];
        self.head.parts.iter().map(move |(name, length)| {
            let (part, later) = rest.split_at(usize::try_from(*length).unwrap_or(rest.len()).min(rest.len()));
            rest = later;
            (name, part)
        })
    }

    /// The part of that name.
    #[must_use]
    pub fn part(&self, name: &PartName) -> Option<&'a [u8]> {
        self.parts().find(|(other, _)| *other == name).map(|(_, bytes)| bytes)
    }

    /// What can be checked without a key: that this is a submission of this form. FORMAT §11.
    ///
    /// # Errors
    /// [`CheckError`] naming the part.
    pub fn check(&self, form: &Form) -> Result<(), CheckError> {
        self.check_for(form, |plan| Some((form.readers(plan), form.suite())))
    }

    /// The same of a submission that was re-sealed to the keys of `later`; without it readers and lengths are not looked at. FORMAT §12.1.
    ///
    /// # Errors
    /// [`CheckError`] naming the part.
    pub fn check_resealed(&self, form: &Form, later: Option<&Form>) -> Result<(), CheckError> {
        self.check_for(form, |plan| later.map(|later| (later.role_keys(plan), later.suite())))
    }

    fn check_for(&self, form: &Form, readers: impl Fn(&PartPlan) -> Option<(usize, Suite)>) -> Result<(), CheckError> {
        if self.head.form != form.digest() {
            return Err(CheckError::OtherForm);
        }
        let names = form.parts().iter().map(PartPlan::name);
        if !names.eq(self.head.parts.iter().map(|(name, _)| name)) {
            return Err(CheckError::Parts);
        }
        for (index, (plan, (_, bytes))) in form.parts().iter().zip(self.parts()).enumerate() {
            let readers = readers(plan);
            let fault = check_length(form, plan, index, readers, bytes.len() as u64)
                .and_then(|()| check_header(form, plan, &self.head, index, readers, bytes));
            fault.map_err(|fault| CheckError::Part { part: plan.name().clone(), fault })?;
        }
        Ok(())
    }
}

/// Why an envelope is not a submission of a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Sealed for another form, or another version of it.
    #[error("sealed for another form")]
    OtherForm,
    /// Other parts than the form's, or in another order.
    #[error("the parts are not those of the form, in its order")]
    Parts,
    /// Something is wrong with one part.
    #[error("part {part}: {fault}")]
    Part {
        /// Its name.
        part: PartName,
        /// What is wrong.
        fault: PartFault,
    },
}

impl CheckError {
    /// A stable code for logs and scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherForm => "other_form",
            Self::Parts => "parts",
            Self::Part { fault: PartFault::Length, .. } => "part_length",
            Self::Part { fault: PartFault::Header(_), .. } => "part_header",
            Self::Part { fault: PartFault::Label, .. } => "part_label",
            Self::Part { fault: PartFault::Readers { .. }, .. } => "part_readers",
        }
    }
}

/// What is wrong with a part, seen without a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartFault {
    /// Not of a length that the form announces.
    #[error("its length is not one that the form announces")]
    Length,
    /// Its header is not one.
    #[error("{0}")]
    Header(AgeError),
    /// Its label names another place.
    #[error("its label does not match the head")]
    Label,
    /// Not the number or type of readers that the form names.
    #[error("its readers are not the form's: {expected} expected, {found} found")]
    Readers {
        /// What the form says.
        expected: usize,
        /// What the header has, other types counted as well.
        found: usize,
    },
}

/// The label stanza, which comes first, and the reader stanzas behind it.
pub(crate) fn label_matches(header: &Header<'_>, label: &[String; 6]) -> bool {
    header.stanzas().first().is_some_and(|stanza| {
        stanza.kind() == part::LABEL && stanza.body().is_empty() && stanza.args().iter().copied().eq(label)
    })
}

fn check_length(
    form: &Form,
    plan: &PartPlan,
    index: usize,
    readers: Option<(usize, Suite)>,
    length: u64,
) -> Result<(), PartFault> {
    let Some((readers, suite)) = readers else { return Ok(()) };
    let sealed = |content| part::sealed_len(suite, readers, plan.name(), index, form.parts().len(), content);
    let fits = match plan.content() {
        Content::Json { size } => length == sealed(*size as u64),
        Content::File { max, .. } => (sealed(0)..=sealed(*max)).contains(&length),
    };
    if fits { Ok(()) } else { Err(PartFault::Length) }
}

fn check_header(
    form: &Form,
    plan: &PartPlan,
    head: &Head,
    index: usize,
    readers: Option<(usize, Suite)>,
    bytes: &[u8],
) -> Result<(), PartFault> {
    let header = Header::parse(bytes).map_err(PartFault::Header)?;
    let label = part::label(&head.form, &head.id, plan.name(), index, form.parts().len());
    if !label_matches(&header, &label) {
        return Err(PartFault::Label);
    }
    let Some((expected, suite)) = readers else { return Ok(()) };
    let share = match suite {
        Suite::X25519 => 43,
        _ => 1494,
    };
    let readers = &header.stanzas()[1..];
    let right = readers.iter().filter(|stanza| {
        let shape = stanza.args().len() == 1 && stanza.args()[0].len() == share && stanza.body().len() == 32;
        shape && stanza.kind() == suite.as_str()
    });
    if right.count() == expected && readers.len() == expected {
        Ok(())
    } else {
        Err(PartFault::Readers { expected, found: readers.len() })
    }
}

fn part_line(line: &str) -> Option<(PartName, u64)> {
    let (name, length) = line.strip_prefix("part ")?.split_once(' ')?;
    Some((PartName::parse(name).ok()?, parse_decimal(length)?))
}

/// Whether a first line is that of another version: the prefix and a decimal number.
pub(crate) fn is_newer(line: &[u8], prefix: &[u8]) -> bool {
    line.strip_prefix(prefix).is_some_and(|version| !version.is_empty() && version.iter().all(u8::is_ascii_digit))
}

/// Digits without sign or leading zero, at most 15 of them.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits).then(|| text.bytes().fold(0, |value, byte| value * 10 + u64::from(byte - b'0')))
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    whole: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, DecodeError> {
        self.line += 1;
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            return Err(match self.line {
                1 if !FIRST_LINE.starts_with(rest) => DecodeError::NotAnEnvelope,
                _ if self.whole > self.bytes.len() => DecodeError::HeadTooLarge,
                _ => DecodeError::Truncated { missing: 1 },
            });
        };
        self.at += end + 1;
        core::str::from_utf8(&rest[..end]).map_err(|_| match self.line {
            1 => DecodeError::NotAnEnvelope,
            line => DecodeError::Head { line },
        })
    }

    fn value<T>(&mut self, prefix: &str, parse: impl FnOnce(&'a str) -> Option<T>) -> Result<T, DecodeError> {
        let line = self.next()?;
        line.strip_prefix(prefix).and_then(parse).ok_or(DecodeError::Head { line: self.line })
    }
}

const FIRST_LINE: &[u8] = b"segel-envelope/1";

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let parts = vec![(PartName::main(), 3), (PartName::parse("file-foto-1").unwrap(), 2)];
        let form = FormDigest::of(b"form");
        Head::new(form, SubmissionId::from_bytes([1; 16]), VerifyingKey::from_bytes([2; 32]), parts)
    }

    fn envelope() -> Vec<u8> {
        [&head().encode()[..], b"abcde"].concat()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let bytes = envelope();
        let envelope = Envelope::parse(&bytes).unwrap();
        assert_eq!(*envelope.head(), head());
        let parts: Vec<_> = envelope.parts().map(|(name, bytes)| (name.as_str(), bytes)).collect();
        assert_eq!(parts, [("main", &b"abc"[..]), ("file-foto-1", b"de")]);
    }

    #[test]
    fn every_cut_is_truncated() {
        let bytes = envelope();
        for end in 0..bytes.len() {
            let error = Envelope::parse(&bytes[..end]).unwrap_err();
            assert!(matches!(error, DecodeError::Truncated { .. }), "{end}: {error:?}");
        }
    }

    #[test]
    fn refuses_bytes_after_the_end_and_a_second_envelope() {
        let bytes = envelope();
        assert_eq!(Envelope::parse(&[&bytes[..], b"\0"].concat()).unwrap_err(), DecodeError::TrailingBytes);
        assert_eq!(Envelope::parse(&[&bytes[..], &bytes].concat()).unwrap_err(), DecodeError::TrailingBytes);
    }

    #[test]
    fn refuses_each_departure_from_the_grammar_by_name() {
        let text = String::from_utf8(head().encode()).unwrap();
        let cases = [
            (text.replace("envelope/1", "envelope/2"), DecodeError::NewerKit),
            (text.replace("segel", "Segel"), DecodeError::NotAnEnvelope),
            (text.replace("form ", "form  "), DecodeError::Head { line: 2 }),
            (text.replace("id 01", "id 0A"), DecodeError::Head { line: 3 }),
            (text.replace("main 3", "main 03"), DecodeError::Head { line: 5 }),
            (text.replace("main 3", "main +3"), DecodeError::Head { line: 5 }),
            (text.replace("main 3", "main 3\r"), DecodeError::Head { line: 5 }),
            (text.replace("main", "Main"), DecodeError::Head { line: 5 }),
            (text.replace("file-foto-1", "main"), DecodeError::PartTwice { part: PartName::main() }),
            (text.replace("part main 3\npart file-foto-1 2\n", ""), DecodeError::Head { line: 5 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Head::parse(text.as_bytes()).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn a_claimed_length_costs_nothing() {
        let text = String::from_utf8(head().encode()).unwrap().replace("main 3", "main 999999999999999");
        let bytes = [text.as_bytes(), b"abcde"].concat();
        assert_eq!(Envelope::parse(&bytes).unwrap_err(), DecodeError::Truncated { missing: 999_999_999_999_996 });
    }

    #[test]
    fn refuses_too_many_parts_and_a_head_without_end() {
        let many: String = (0..17).map(|index| format!("part p{index} 0\n")).collect();
        let start = String::from_utf8(head().encode()).unwrap();
        let start = start.split("part ").next().unwrap().to_owned();
        assert_eq!(Head::parse(format!("{start}{many}\n").as_bytes()).unwrap_err(), DecodeError::TooManyParts);
        assert_eq!(
            Head::parse(format!("{start}{}", "x".repeat(5000)).as_bytes()).unwrap_err(),
            DecodeError::HeadTooLarge
        );
    }

    #[test]
    fn a_file_of_another_kind_is_not_an_envelope() {
        for bytes in [&b"\x89PNG\r\n\x1a\n"[..], b"age-encryption.org/v1\n", b"hello"] {
            assert_eq!(Head::parse(bytes).unwrap_err(), DecodeError::NotAnEnvelope);
        }
    }
}

/// What a server sees of submissions that no honest page makes.
#[cfg(test)]
#[cfg(all(feature = "seal", feature = "open"))]
mod check_tests {
    use super::*;
    use crate::age::{Recipient, base64, file, header};
    use crate::sample::{Shop, rebuild, rng};
    use crate::seal::readers;

    fn fault(shop: &Shop, bytes: &[u8]) -> CheckError {
        Envelope::parse(bytes).unwrap().check(&shop.form).unwrap_err()
    }

    fn main(fault: PartFault) -> CheckError {
        CheckError::Part { part: PartName::main(), fault }
    }

    /// The submission with its main part's header replaced, its length kept.
    fn with_header(bytes: &[u8], header: Vec<u8>) -> Vec<u8> {
        rebuild(bytes, |parts| {
            let length = parts[0].1.len();
            parts[0].1 = header;
            parts[0].1.resize(length, 0);
        })
    }

    #[test]
    fn an_honest_submission_passes_in_both_suites() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let shop = Shop::new(suite);
            assert_eq!(Envelope::parse(&shop.submission(5)).unwrap().check(&shop.form), Ok(()));
        }
    }

    #[test]
    fn a_submission_of_another_form_is_refused_before_its_parts_are_looked_at() {
        let shop = Shop::new(Suite::X25519);
        let other = Shop::with(Suite::X25519, |text| text.replace("\"kecil\"", "\"lain\""));
        assert_eq!(fault(&shop, &other.submission(5)), CheckError::OtherForm);
        assert_eq!(fault(&shop, &other.submission(5)).code(), "other_form");
    }

    #[test]
    fn parts_missing_reordered_or_added_are_refused() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        assert_eq!(fault(&shop, &rebuild(&bytes, |parts| parts.swap(2, 3))), CheckError::Parts);
        assert_eq!(fault(&shop, &rebuild(&bytes, |parts| drop(parts.pop()))), CheckError::Parts);
        let more = rebuild(&bytes, |parts| parts.push((PartName::parse("file-x-1").unwrap(), Vec::new())));
        assert_eq!(fault(&shop, &more), CheckError::Parts);
    }

    #[test]
    fn a_part_of_another_submission_or_place_does_not_match_the_head() {
        let shop = Shop::new(Suite::X25519);
        let (one, two) = (shop.submission(5), shop.submission(6));
        let stray = Envelope::parse(&two).unwrap().part(&PartName::main()).unwrap().to_vec();
        assert_eq!(fault(&shop, &rebuild(&one, |parts| parts[0].1 = stray)), main(PartFault::Label));
        let exchanged = rebuild(&one, |parts| parts[3].1 = parts[2].1.clone());
        let part = PartName::parse("file-foto-2").unwrap();
        assert_eq!(fault(&shop, &exchanged), CheckError::Part { part, fault: PartFault::Label });
    }

    #[test]
    fn a_length_that_the_form_does_not_announce_is_refused() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let id = Envelope::parse(&bytes).unwrap().head().id();
        let owner = [shop.owner.recipient()];
        let file = |length| rebuild(&bytes, |parts| parts[2].1 = shop.part(&id, 2, &owner, &vec![0; length]));
        assert_eq!(Envelope::parse(&file(200_000)).unwrap().check(&shop.form), Ok(()));
        let part = PartName::parse("file-foto-1").unwrap();
        assert_eq!(fault(&shop, &file(200_001)), CheckError::Part { part, fault: PartFault::Length });
        for change in [1, -1] {
            let other = rebuild(&bytes, |parts| {
                let length = parts[0].1.len().saturating_add_signed(change);
                parts[0].1.resize(length, 0);
            });
            assert_eq!(fault(&shop, &other), main(PartFault::Length));
        }
    }

    #[test]
    fn readers_other_than_the_forms_are_refused_whatever_they_are() {
        let shop = Shop::new(Suite::Hybrid);
        let bytes = shop.submission(5);
        let head = Envelope::parse(&bytes).unwrap().head().clone();
        let label = part::label(&head.form(), &head.id(), &PartName::main(), 0, shop.form.parts().len());
        let made = |readers: &[Recipient]| {
            let prepared = file::Prepared::new(Some((part::LABEL, &label)), readers, &mut rng(9)).unwrap();
            fault(&shop, &with_header(&bytes, prepared.start().0))
        };
        let own: Vec<Recipient> = readers(&shop.form, &shop.form.parts()[0]);
        let classic = Shop::new(Suite::X25519).owner.recipient();
        let expected = 2;
        assert_eq!(made(&[]), main(PartFault::Readers { expected, found: 0 }));
        assert_eq!(made(&own[..1]), main(PartFault::Readers { expected, found: 1 }));
        assert_eq!(made(&[own[0].clone(), classic.clone()]), main(PartFault::Readers { expected, found: 2 }));
        assert_eq!(made(&[own[0].clone(), own[1].clone(), classic]), main(PartFault::Readers { expected, found: 3 }));
        let stanza = |kind: &str, args: &[&str], body: &[u8]| {
            let mut front = header::start();
            header::push_stanza(&mut front, part::LABEL, label.iter().map(String::as_str), &[]);
            header::push_stanza(&mut front, kind, args.iter().copied(), body);
            header::push_stanza(&mut front, kind, args.iter().copied(), body);
            front.extend_from_slice(["--- ", &base64::encode(&[0; 32]), "\n"].concat().as_bytes());
            fault(&shop, &with_header(&bytes, front))
        };
        let share = "A".repeat(1494);
        let refused = main(PartFault::Readers { expected, found: 2 });
        assert_eq!(stanza("scrypt", &["AAAAAAAAAAAAAAAAAAAAAA", "30"], &[0; 32]), refused);
        assert_eq!(stanza("grease", &[], &[]), refused);
        assert_eq!(stanza("mlkem768x25519", &[&share, "x"], &[0; 32]), refused);
        assert_eq!(stanza("mlkem768x25519", &[&share[1..]], &[0; 32]), refused);
        assert_eq!(stanza("mlkem768x25519", &[&share], &[0; 33]), refused);
        assert_eq!(refused.code(), "part_readers");
    }

    #[test]
    fn a_header_over_its_limits_is_refused_by_name() {
        let shop = Shop::new(Suite::X25519);
        let submission = shop.submission(5);
        let mut large = header::start();
        header::push_stanza(&mut large, "grease", [], &[0; 65_537]);
        let mut crowd = header::start();
        for _ in 0..1000 {
            header::push_stanza(&mut crowd, "X25519", ["A".repeat(43).as_str()], &[0; 32]);
        }
        for (front, expected) in [(large, AgeError::HeaderTooLarge), (crowd, AgeError::TooManyReaders)] {
            // A file part: the form takes any length of it up to its maximum.
            let bytes = rebuild(&submission, |parts| parts[2].1 = front);
            let part = PartName::parse("file-foto-1").unwrap();
            assert_eq!(fault(&shop, &bytes), CheckError::Part { part, fault: PartFault::Header(expected) });
        }
    }
}
