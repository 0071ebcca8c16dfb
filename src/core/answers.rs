//! What the customer answered: raw from the page, checked against the form, or a list of problems for a person. FORMAT §7.
//!
//! A field that the customer can mend is a [`Problem`], never an error. The same rules check what an opener reads: values are
//! hostile until they passed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::field::{Field, Kind};
use crate::form::Form;
use crate::id::PartName;
#[cfg(feature = "open")]
use crate::json::Value;
use crate::json::Writer;
use crate::limits;
use crate::notice::{Choice, Choices};
use crate::part;
use crate::pattern::is_media_type;
use crate::text;
use crate::time::Date;

/// What the page says, not looked at.
#[derive(Default)]
pub struct RawAnswers(Vec<(String, Raw)>);

enum Raw {
    Text(String),
    Many(Vec<String>),
    Files(Vec<FileMeta>),
}

/// A file as the page names it.
#[derive(Clone, PartialEq, Eq)]
pub struct FileMeta {
    /// Its name on the customer's device; text to show, never a path.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub length: u64,
}

impl RawAnswers {
    /// Nothing answered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What stands in a text field, or which option was chosen.
    pub fn set_text(&mut self, field: &str, text: String) {
        self.set(field, Raw::Text(text));
    }

    /// Which options were chosen.
    pub fn set_many(&mut self, field: &str, options: Vec<String>) {
        self.set(field, Raw::Many(options));
    }

    /// Which files were chosen.
    pub fn set_files(&mut self, field: &str, files: Vec<FileMeta>) {
        self.set(field, Raw::Files(files));
    }

    fn set(&mut self, field: &str, raw: Raw) {
        self.0.retain(|(id, _)| id != field);
        self.0.push((String::from(field), raw));
    }
}

/// Answers that fit the form and the choices.
pub struct Answers {
    choices: Choices,
    answers: Vec<(String, Answer)>,
}

/// One answer.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Text, a number, a date or an option's id.
    Text(String),
    /// Ids of options, in the form's order.
    Many(Vec<String>),
    /// Files.
    Files(Vec<FileEntry>),
}

/// A file of a submission.
#[derive(Clone, PartialEq, Eq)]
pub struct FileEntry {
    meta: FileMeta,
    part: PartName,
}

impl FileEntry {
    /// Its name; hostile text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.meta.name
    }

    /// Its media type, as the customer's device said.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.meta.media_type
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.meta.length
    }

    /// The part that holds it.
    #[must_use]
    pub const fn part(&self) -> &PartName {
        &self.part
    }
}

/// What a person can mend in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    field: String,
    cause: Cause,
}

impl Problem {
    /// Id of the field.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong.
    #[must_use]
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Needed, and not answered.
    Required,
    /// Too long.
    TooLong {
        /// The limit in UTF-8 bytes.
        max: usize,
        /// How many characters must go from its end.
        over: usize,
    },
    /// A character that cannot stand in such text.
    Control,
    /// Not a phone number.
    NotPhone,
    /// Not an e-mail address.
    NotEmail,
    /// Not a date that exists.
    NotDate,
    /// Not a number.
    NotNumber,
    /// Not a postal code of five digits.
    NotPostcode,
    /// Not the number of an identity card.
    NotNik,
    /// Not one of the options.
    NotOffered,
    /// More files than the field takes.
    TooManyFiles {
        /// The limit.
        max: usize,
    },
    /// A file is larger than the field takes.
    FileTooLarge {
        /// The limit in bytes.
        max: u64,
    },
    /// A file of a type that the field does not take.
    FileType,
    /// A file's name has characters that cannot stand in one, or is too long.
    FileName,
    /// Another kind of answer than the field takes; a mistake of the page, not of the person.
    WrongKind,
}

/// Whether a field is asked under these choices: one of its purposes is required, or was agreed to; and it is one of those that
/// this person is asked. FORMAT §7.
#[must_use]
pub fn is_asked(form: &Form, field: &Field, choices: &Choices) -> bool {
    if !field.of().is_empty() && (field.of() == "guardian") != choices.guardian().is_some() {
        return false;
    }
    field.purposes().any(|id| {
        let required = form.definition().purpose(id).is_some_and(crate::purpose::Purpose::required);
        required || choices.get(id) == Choice::Given
    })
}

impl Answers {
    /// Checks what the page says. Fields that are not asked under these choices are dropped; a blank answer is none.
    ///
    /// # Errors
    /// Every [`Problem`], in the form's order.
    pub fn check(form: &Form, choices: &Choices, raw: RawAnswers) -> Result<Self, Vec<Problem>> {
        let mut raw = raw.0;
        let mut answers = Vec::new();
        let mut problems = Vec::new();
        for field in form.fields().iter().filter(|field| is_asked(form, field, choices)) {
            let place = raw.iter().position(|(id, _)| id == field.id());
            let answer = match place.map(|place| raw.swap_remove(place).1) {
                Some(raw) => accept(field, raw),
                None => Ok(None),
            };
            let cause = match answer {
                Ok(Some(answer)) => {
                    // In the order of an object's keys.
                    let place = answers.iter().position(|(id, _): &(String, Answer)| id.as_str() > field.id());
                    answers.insert(place.unwrap_or(answers.len()), (String::from(field.id()), answer));
                    continue;
                }
                Ok(None) if field.required() => Cause::Required,
                Ok(None) => continue,
                Err(cause) => cause,
            };
            problems.push(Problem { field: String::from(field.id()), cause });
        }
        if problems.is_empty() { Ok(Self { choices: choices.clone(), answers }) } else { Err(problems) }
    }

    /// The choices they were checked under.
    #[must_use]
    pub const fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Writes all of them: an object by field.
    pub fn write(&self, out: &mut Writer) {
        self.write_some(out, |_| true);
    }

    /// The answer to one field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Answer> {
        self.answers.iter().find(|(id, _)| id == field).map(|(_, answer)| answer)
    }

    /// The `answers` object of the JSON part for one set of roles. FORMAT §8.
    #[cfg(feature = "seal")]
    pub(crate) fn write_for(&self, out: &mut Writer, form: &Form, roles: &[String]) {
        self.write_some(out, |id| form.definition().field(id).is_some_and(|field| part::readers(field) == roles));
    }

    fn write_some(&self, out: &mut Writer, is_wanted: impl Fn(&str) -> bool) {
        out.open('{');
        for (id, answer) in &self.answers {
            if is_wanted(id) {
                out.key(id);
                answer.write(out);
            }
        }
        out.close('}');
    }
}

impl Answer {
    /// As it stands in a JSON part.
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Text(text) => out.text(text),
            Self::Many(options) => {
                out.open('[');
                for option in options {
                    out.text(option);
                }
                out.close(']');
            }
            Self::Files(files) => {
                out.open('[');
                for file in files {
                    file.write(out);
                }
                out.close(']');
            }
        }
    }

    #[cfg(feature = "open")]
    /// Reads it back and holds it against its field; `None` if the field could not have produced it.
    pub(crate) fn read(field: &Field, value: &Value) -> Option<Self> {
        let texts =
            |items: &[Value]| items.iter().map(|item| item.as_text().map(String::from)).collect::<Option<Vec<_>>>();
        let raw = match (field.kind(), value) {
            (Kind::File, Value::List(files)) => Raw::Files(files.iter().map(read_meta).collect::<Option<Vec<_>>>()?),
            (Kind::Choices, Value::List(options)) => Raw::Many(texts(options)?),
            (Kind::File | Kind::Choices, _) => return None,
            (_, value) => Raw::Text(String::from(value.as_text()?)),
        };
        // One spelling: what the form would have made of it is what must stand there.
        accept(field, raw).ok().flatten().filter(|answer| {
            let mut own = Writer::default();
            answer.write(&mut own);
            own.finish() == value.encode()
        })
    }
}

impl FileEntry {
    fn write(&self, out: &mut Writer) {
        out.open('{');
        out.key("length");
        out.number(self.meta.length);
        out.entry("name", &self.meta.name);
        out.entry("part", self.part.as_str());
        out.entry("type", &self.meta.media_type);
        out.close('}');
    }
}

#[cfg(feature = "open")]
fn read_meta(value: &Value) -> Option<FileMeta> {
    let text = |key| value.get(key).and_then(Value::as_text).map(String::from);
    let length = u64::try_from(value.get("length")?.as_int()?).ok()?;
    Some(FileMeta { name: text("name")?, media_type: text("type")?, length })
}

fn accept(field: &Field, raw: Raw) -> Result<Option<Answer>, Cause> {
    match (field.kind(), raw) {
        (Kind::File, Raw::Files(files)) => accept_files(field, files),
        (Kind::Choices, Raw::Many(options)) => accept_options(field, &options),
        (Kind::File | Kind::Choices, _) | (_, Raw::Many(_) | Raw::Files(_)) => Err(Cause::WrongKind),
        (_, Raw::Text(text)) if text.trim().is_empty() => Ok(None),
        (kind, Raw::Text(text)) => accept_text(field, kind, text).map(|text| Some(Answer::Text(text))),
    }
}

fn accept_text(field: &Field, kind: Kind, text: String) -> Result<String, Cause> {
    match kind {
        Kind::Phone => phone(&text).ok_or(Cause::NotPhone),
        Kind::Email => email(text.trim()).then(|| String::from(text.trim())).ok_or(Cause::NotEmail),
        Kind::Date => date(&text).then_some(text).ok_or(Cause::NotDate),
        Kind::Number => number(text.trim()).then(|| String::from(text.trim())).ok_or(Cause::NotNumber),
        Kind::Postcode => strip(&text).filter(|digits| digits.len() == 5).ok_or(Cause::NotPostcode),
        Kind::Nik => strip(&text).filter(|digits| nik(digits)).ok_or(Cause::NotNik),
        Kind::Choice if field.options().any(|option| option.id() == text) => Ok(text),
        Kind::Choice => Err(Cause::NotOffered),
        _ => {
            let lines = matches!(kind, Kind::LongText | Kind::Address);
            let allowed = |character: char| lines && matches!(character, '\n' | '\t');
            if text.chars().any(|character| character.is_control() && !allowed(character)) {
                return Err(Cause::Control);
            }
            let max = field.max_bytes();
            let ends_beyond = |(at, character): &(usize, char)| at + character.len_utf8() > max;
            let over = text.char_indices().rev().take_while(ends_beyond).count();
            if over > 0 { Err(Cause::TooLong { max, over }) } else { Ok(text) }
        }
    }
}

fn accept_options(field: &Field, options: &[String]) -> Result<Option<Answer>, Cause> {
    if options.iter().any(|option| !field.options().any(|offered| offered.id() == option)) {
        return Err(Cause::NotOffered);
    }
    let mut chosen = Vec::new();
    for offered in field.options() {
        if options.iter().any(|option| option == offered.id()) {
            chosen.push(String::from(offered.id()));
        }
    }
    Ok((!chosen.is_empty()).then_some(Answer::Many(chosen)))
}

fn accept_files(field: &Field, files: Vec<FileMeta>) -> Result<Option<Answer>, Cause> {
    if files.len() > field.files() {
        return Err(Cause::TooManyFiles { max: field.files() });
    }
    let mut entries = Vec::new();
    for (index, meta) in files.into_iter().enumerate() {
        if meta.length > field.file_max() {
            return Err(Cause::FileTooLarge { max: field.file_max() });
        }
        let accepted = field.accept().next().is_none() || field.accept().any(|kind| kind == meta.media_type);
        if !accepted || !is_media_type(&meta.media_type) {
            return Err(Cause::FileType);
        }
        let hidden = |character: char| character.is_control() || matches!(character, '/' | '\\');
        if meta.name.is_empty() || meta.name.len() > limits::FILE_NAME_BYTES || meta.name.chars().any(hidden) {
            return Err(Cause::FileName);
        }
        let part = part::file_part(field.id(), index + 1).map_err(|_| Cause::WrongKind)?;
        entries.push(FileEntry { meta, part });
    }
    Ok((!entries.is_empty()).then_some(Answer::Files(entries)))
}

/// E.164 from the ways in which Indonesians write a number; other countries with `+`. `None` for anything else. FORMAT §7.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(16);
    for character in text.trim().chars() {
        match character {
            '0'..='9' => digits.push(character),
            '+' if digits.is_empty() => digits.push('+'),
            ' ' | '.' | '-' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let local = digits.strip_prefix('0').filter(|rest| rest.starts_with('8'));
    let whole = match local.or(Some(digits.as_str()).filter(|rest| rest.starts_with('8'))) {
        Some(rest) => text::join(&["+62", rest]),
        None if digits.starts_with("62") => text::join(&["+", &digits]),
        None => digits,
    };
    let number = whole.strip_prefix('+')?;
    // An Indonesian number keeps no 0 behind the country code: +62 (0)812 is 62812.
    let number = number.strip_prefix("620").map_or(String::from(number), |rest| text::join(&["62", rest]));
    let fits = (7..=15).contains(&number.len()) && !number.starts_with('0');
    fits.then(|| text::join(&["+", &number]))
}

/// Whether an e-mail address has the form of one. FORMAT §7.
#[must_use]
pub fn email(text: &str) -> bool {
    let plain = text.len() <= 254 && !text.chars().any(|character| character.is_whitespace() || character.is_control());
    let parts = text.split_once('@').filter(|(_, domain)| !domain.contains('@'));
    plain
        && parts.is_some_and(|(name, domain)| {
            let labels = domain.split('.');
            !name.is_empty() && labels.clone().count() > 1 && labels.clone().all(|label| !label.is_empty())
        })
}

/// The digits of a number that people write in groups; `None` if anything else stands in it.
fn strip(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(16);
    for character in text.trim().chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '.' | '-' | '\u{a0}' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// Sixteen digits: area, then day (40 more for women), month and year of birth, then a serial number. FORMAT §7.
fn nik(digits: &str) -> bool {
    let pair = |at: usize| digits.get(at..at + 2).and_then(|two| two.parse::<u8>().ok()).unwrap_or(0);
    let (day, month) = (pair(6), pair(8));
    digits.len() == 16 && !digits.starts_with('0') && matches!(day, 1..=31 | 41..=71) && matches!(month, 1..=12)
}

fn date(text: &str) -> bool {
    Date::parse(text).is_some_and(|date| (1900..=2999).contains(&date.parts().0))
}

fn number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let canonical = whole == "0" || !whole.starts_with('0');
    let zero = rest.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    text.len() <= 32 && digits(whole) && canonical && fraction.is_none_or(digits) && !(negative && zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_taken_in_every_spelling_and_kept_in_one() {
        for text in [
            "081234567890",
            "81234567890",
            "6281234567890",
            "+62 812-3456-7890",
            "+62 (0)812 3456 7890",
            " 0812.3456.7890 ",
        ] {
            assert_eq!(phone(text).as_deref(), Some("+6281234567890"), "{text}");
        }
        assert_eq!(phone("+65 6123 4567").as_deref(), Some("+6561234567"));
        for wrong in [
            "",
            "0812",
            "٠٨١٢٣٤٥٦٧٨٩٠",
            "08123456789a",
            "+0812345678",
            "0812+345678",
            "021 555 1234x",
            "+1234567890123456",
        ] {
            assert_eq!(phone(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_numbers_and_addresses_exist_or_are_refused() {
        assert!(date("2000-02-29"));
        for wrong in ["1900-02-29", "29-02-2000", "2000-2-29", "1899-12-31", "٢٠٠٠-02-29"] {
            assert!(!date(wrong), "{wrong}");
        }
        for right in ["0", "-1", "3.50", "-0.5", "12345678901234567890123456789012"] {
            assert!(number(right), "{right}");
        }
        for wrong in ["", "-", "-0", "-0.0", "01", "1.", ".5", "1e4", "1,5", "١"] {
            assert!(!number(wrong), "{wrong}");
        }
        for right in ["3273014502900001", "3273 0105 0290 0001", "327301.050290.0001"] {
            assert!(nik(&strip(right).unwrap()), "{right}");
        }
        for wrong in ["327301050290001", "0273010502900001", "3273013202900001", "3273017202900001", "3273010513900001"]
        {
            assert!(!nik(&strip(wrong).unwrap()), "{wrong}");
        }
        assert_eq!(strip("4011 5").as_deref(), Some("40115"));
        assert_eq!(strip("4011x"), None);
        assert!(email("sari@toko.example"));
        for wrong in
            ["", "sari", "@toko.example", "sari@toko", "sa ri@toko.example", "a@b@c.d", "sari@.example", "sari@toko."]
        {
            assert!(!email(wrong), "{wrong}");
        }
    }
}

#[cfg(test)]
#[cfg(all(feature = "seal", feature = "open"))]
mod check_tests {
    use super::*;
    use crate::age::Suite;
    use crate::sample::{Shop, meta};

    fn check(shop: &Shop, others: Choice, edit: impl FnOnce(&mut RawAnswers)) -> Result<Answers, Vec<Problem>> {
        let mut raw = shop.raw();
        edit(&mut raw);
        Answers::check(&shop.form, &shop.choices(others), raw)
    }

    /// The one problem there is.
    fn problem(shop: &Shop, edit: impl FnOnce(&mut RawAnswers)) -> (String, Cause) {
        let problems = check(shop, Choice::Given, edit).err().unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        (problems[0].field().into(), problems[0].cause().clone())
    }

    fn answer(shop: &Shop, field: &str, edit: impl FnOnce(&mut RawAnswers)) -> Option<Value> {
        check(shop, Choice::Given, edit).ok().unwrap().get(field).map(value_of)
    }

    fn value_of(answer: &Answer) -> Value {
        let mut out = Writer::default();
        answer.write(&mut out);
        crate::json::parse(out.finish().as_bytes(), crate::json::Spelling::Canonical).unwrap()
    }

    #[test]
    fn every_problem_is_told_at_once_in_the_order_of_the_form() {
        let shop = Shop::new(Suite::X25519);
        let raw = |raw: &mut RawAnswers| {
            raw.set_text("lahir", "2001-02-29".into());
            raw.set_text("wa", "\u{660}812".into());
            raw.set_text("nama", "  ".into());
        };
        let problems = check(&shop, Choice::Given, raw).err().unwrap();
        let told: Vec<_> = problems.iter().map(|problem| (problem.field(), problem.cause())).collect();
        assert_eq!(told, [("nama", &Cause::Required), ("wa", &Cause::NotPhone), ("lahir", &Cause::NotDate)]);
    }

    #[test]
    fn length_is_counted_in_bytes_and_the_person_is_told_how_many_characters_to_cut() {
        let shop = Shop::new(Suite::X25519);
        assert!(answer(&shop, "catatan", |raw| raw.set_text("catatan", "\u{1f600}".repeat(100))).is_some());
        let over = |raw: &mut RawAnswers| raw.set_text("catatan", ["\u{1f600}".repeat(100).as_str(), "x"].concat());
        assert_eq!(problem(&shop, over), ("catatan".into(), Cause::TooLong { max: 400, over: 1 }));
        let over = |raw: &mut RawAnswers| raw.set_text("catatan", ["x", &"\u{1f600}".repeat(101)].concat());
        assert_eq!(problem(&shop, over), ("catatan".into(), Cause::TooLong { max: 400, over: 2 }));
    }

    #[test]
    fn control_characters_are_refused_and_lines_are_for_long_text_only() {
        let shop = Shop::new(Suite::X25519);
        for text in ["a\0", "a\u{1b}[2J", "a\u{85}b", "a\nb", "a\tb"] {
            assert_eq!(
                problem(&shop, |raw| raw.set_text("nama", text.into())),
                ("nama".into(), Cause::Control),
                "{text:?}"
            );
        }
        let lines = answer(&shop, "catatan", |raw| raw.set_text("catatan", "a\n\tb".into()));
        assert_eq!(lines, Some(Value::text("a\n\tb")));
        assert_eq!(problem(&shop, |raw| raw.set_text("catatan", "a\rb".into())).1, Cause::Control);
    }

    #[test]
    fn options_are_those_offered_once_each_in_the_order_of_the_form() {
        let shop = Shop::new(Suite::X25519);
        let many = |options: &[&str]| {
            let options: Vec<String> = options.iter().copied().map(String::from).collect();
            move |raw: &mut RawAnswers| raw.set_many("suka", options)
        };
        let expected = Value::List(vec![Value::text("kopi"), Value::text("roti")]);
        assert_eq!(answer(&shop, "suka", many(&["roti", "kopi", "roti"])), Some(expected));
        assert_eq!(answer(&shop, "suka", many(&[])), None);
        assert_eq!(problem(&shop, many(&["kopi", "susu"])), ("suka".into(), Cause::NotOffered));
        assert_eq!(problem(&shop, |raw| raw.set_text("suka", "kopi".into())), ("suka".into(), Cause::WrongKind));
        assert_eq!(problem(&shop, |raw| raw.set_many("nama", Vec::new())), ("nama".into(), Cause::WrongKind));
    }

    #[test]
    fn files_keep_to_number_size_type_and_a_name_that_is_no_path() {
        let shop = Shop::new(Suite::X25519);
        let cause = |files: Vec<FileMeta>| problem(&shop, |raw| raw.set_files("foto", files)).1;
        let typed = |media_type: &str| FileMeta { media_type: media_type.into(), ..meta("a", 1) };
        assert_eq!(cause(vec![meta("a", 1), meta("b", 1), meta("c", 1)]), Cause::TooManyFiles { max: 2 });
        assert_eq!(cause(vec![meta("a", 200_001)]), Cause::FileTooLarge { max: 200_000 });
        assert_eq!(cause(vec![typed("text/html")]), Cause::FileType);
        assert_eq!(cause(vec![typed("")]), Cause::FileType);
        for name in ["", "../a.jpg", "a\\b", "a\nb", &"a".repeat(201)] {
            assert_eq!(cause(vec![meta(name, 1)]), Cause::FileName, "{name:?}");
        }
        let two = answer(&shop, "foto", |raw| raw.set_files("foto", vec![meta("a", 200_000), meta("a", 0)])).unwrap();
        let parts: Vec<_> = two.as_list().unwrap().iter().filter_map(|file| file.get("part")?.as_text()).collect();
        assert_eq!(parts, ["file-foto-1", "file-foto-2"]);
    }

    #[test]
    fn what_only_a_refused_purpose_asks_for_is_dropped_even_if_it_is_wrong() {
        let shop = Shop::new(Suite::X25519);
        for others in [Choice::Refused, Choice::NotAnswered] {
            let answers = check(&shop, others, |raw| raw.set_text("lahir", "kemarin".into())).ok().unwrap();
            assert!(answers.get("lahir").is_none() && answers.get("nama").is_some());
        }
        assert_eq!(problem(&shop, |raw| raw.set_text("lahir", "kemarin".into())).1, Cause::NotDate);
    }

    #[test]
    fn an_answer_is_read_back_in_the_one_spelling_that_the_form_makes() {
        let shop = Shop::new(Suite::X25519);
        let read = |field: &str, value: Value| Answer::read(shop.form.definition().field(field).unwrap(), &value);
        assert!(read("wa", Value::text("+6281234567890")).is_some());
        for text in ["081234567890", "+62 81234567890", "+62081234567890", ""] {
            assert!(read("wa", Value::text(text)).is_none(), "{text}");
        }
        let list = |ids: &[&str]| Value::List(ids.iter().map(|id| Value::text(id)).collect());
        assert!(read("suka", list(&["kopi", "roti"])).is_some());
        for ids in [&["roti", "kopi"][..], &["kopi", "kopi"], &[], &["susu"]] {
            assert!(read("suka", list(ids)).is_none(), "{ids:?}");
        }
        let file = |part: &str, more: bool| {
            let mut entries = vec![
                ("length".into(), Value::Int(1)),
                ("name".into(), Value::text("a.jpg")),
                ("part".into(), Value::text(part)),
                ("type".into(), Value::text("image/jpeg")),
            ];
            entries.extend(more.then(|| ("url".into(), Value::text("https://x.example"))));
            Value::List(vec![Value::object(entries)])
        };
        assert!(read("foto", file("file-foto-1", false)).is_some());
        assert!(read("foto", file("file-foto-2", false)).is_none());
        assert!(read("foto", file("file-foto-1", true)).is_none());
        assert!(read("nama", Value::Int(1)).is_none());
        assert!(read("lahir", Value::List(Vec::new())).is_none());
    }
}
