//! Opened submissions as a table: one purpose at a time, columns in the form's order, cells that no spreadsheet evaluates.
//! FORMAT §13.

use alloc::string::String;
use alloc::vec::Vec;

use crate::age::{Identity, Recipient};
use crate::answers::Answer;
use crate::envelope::Head;
use crate::field::Field;
use crate::form::Form;
use crate::notice::{Choice, ConsentRecord};
use crate::open::Opened;
use crate::part;
use crate::statement::{Statement, Wish};
use crate::time::Time;

/// Why a submission is left out for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeftOut {
    /// The customer said no.
    Refused,
    /// The customer said neither yes nor no.
    NotAnswered,
    /// The consent's validity is over.
    ConsentExpired,
    /// The data should have been deleted by now.
    RetentionOver,
    /// The form that was filled does not have this purpose.
    NoSuchPurpose,
    /// The customer withdrew the consent later.
    Withdrawn,
    /// The customer asked for deletion.
    DeletionRequested,
}

impl LeftOut {
    /// A stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NotAnswered => "not_answered",
            Self::ConsentExpired => "consent_expired",
            Self::RetentionOver => "retention_over",
            Self::NoSuchPurpose => "no_such_purpose",
            Self::Withdrawn => "withdrawn",
            Self::DeletionRequested => "deletion_requested",
        }
    }
}

/// Whether a submission may be used for a purpose at `now`.
///
/// # Errors
/// [`LeftOut`] with the reason. Only a recorded yes, in date, is a yes.
pub fn usable(
    form: &Form,
    consent: &ConsentRecord,
    purpose: &str,
    received_at: Time,
    now: Time,
) -> Result<(), LeftOut> {
    let defined = form.definition().purpose(purpose).ok_or(LeftOut::NoSuchPurpose)?;
    let event = consent.purpose(purpose).ok_or(LeftOut::NoSuchPurpose)?;
    match event.choice() {
        Choice::Given => {}
        Choice::Refused => return Err(LeftOut::Refused),
        Choice::NotAnswered => return Err(LeftOut::NotAnswered),
    }
    if now > event.time().plus(event.valid()) {
        return Err(LeftOut::ConsentExpired);
    }
    if now > received_at.plus(defined.retention()) {
        return Err(LeftOut::RetentionOver);
    }
    Ok(())
}

/// What the customer said later against using a submission: `said` are statements that name it, whoever made them, and `head` is its own.
/// Without a purpose only a wish for deletion counts. FORMAT §4.2.
///
/// # Errors
/// [`LeftOut::DeletionRequested`] before [`LeftOut::Withdrawn`]; statements that the receipt's key did not sign change nothing.
pub fn unopposed<'s>(
    said: impl Iterator<Item = &'s Statement>,
    head: &Head,
    purpose: Option<&str>,
) -> Result<(), LeftOut> {
    let mut verdict = Ok(());
    for statement in said {
        let reason = match statement.wish() {
            Wish::Delete => LeftOut::DeletionRequested,
            Wish::Withdraw { purpose: withdrawn } if Some(withdrawn.as_str()) == purpose => LeftOut::Withdrawn,
            Wish::Withdraw { .. } => continue,
        };
        // Not its form: the key belongs to one submission, and the customer's page may have the digest from a server that lies.
        let own = statement.id() == head.id();
        if own && verdict != Err(LeftOut::DeletionRequested) && statement.is_signed_by(&head.receipt()) {
            verdict = Err(reason);
        }
    }
    verdict
}

/// The columns for one purpose: of the newest form first, then what only older versions have.
pub struct Table<'f> {
    purpose: String,
    fields: Vec<&'f Field>,
    given_by: bool,
    language: &'f str,
}

impl<'f> Table<'f> {
    /// Columns for the fields that serve `purpose`; headings in the newest form's authoritative language. The forms are versions of one: what
    /// another form calls by the same id is another purpose.
    #[must_use]
    pub fn new(forms: impl IntoIterator<Item = &'f Form>, purpose: &str) -> Self {
        let mut newest: Vec<&Form> = forms.into_iter().collect();
        newest.sort_by_key(|form| core::cmp::Reverse(form.version()));
        let mut fields: Vec<&Field> = Vec::new();
        for field in newest.iter().flat_map(|form| form.fields()) {
            let serves = field.serves(purpose);
            if serves && !fields.iter().any(|other| other.id() == field.id()) {
                fields.push(field);
            }
        }
        let language = newest.first().and_then(|form| form.languages().first()).map_or("", String::as_str);
        let given_by = newest.iter().any(|form| form.definition().guardian_fills());
        Self { purpose: String::from(purpose), fields, given_by, language }
    }

    /// Without the columns that none of the keys may read; returns the ids of their fields.
    pub fn keep_readable(&mut self, forms: &[Form], keys: &[Identity]) -> Vec<String> {
        let held: Vec<Recipient> = keys.iter().map(Identity::recipient).collect();
        let mut hidden = Vec::new();
        self.fields.retain(|field| {
            let readable = forms.iter().any(|form| may_read(form, field.id(), &held));
            if !readable {
                hidden.push(String::from(field.id()));
            }
            readable
        });
        hidden
    }

    /// The fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[&'f Field] {
        &self.fields
    }

    /// How many columns stand before those of the fields.
    #[must_use]
    pub fn own(&self) -> usize {
        3 + usize::from(self.given_by)
    }

    /// The headings: three of ours, or four where a guardian may fill the form, then the fields' labels.
    #[must_use]
    pub fn header(&self) -> Vec<String> {
        let labels = self.fields.iter().map(|field| String::from(field.label().get(self.language)));
        let given_by = self.given_by.then_some("given_by");
        ["received_at", "number", "sealed_at"].into_iter().chain(given_by).map(String::from).chain(labels).collect()
    }

    /// What the filler of `form` answered in a column, if it serves the purpose there: another version may use it for more than this person
    /// agreed to.
    #[must_use]
    pub fn answer<'o>(&self, form: &Form, column: &Field, opened: &'o Opened) -> Option<&'o Answer> {
        self.asked(form, column)?;
        opened.answer(column.id())
    }

    /// A column's field as it stood in the form that was filled.
    fn asked<'v>(&self, form: &'v Form, column: &Field) -> Option<&'v Field> {
        form.definition().field(column.id()).filter(|field| field.serves(&self.purpose))
    }

    /// The cells of one submission of `form`; `None` where nothing was answered, or not for this purpose.
    #[must_use]
    pub fn row(&self, form: &Form, opened: &Opened, received_at: Time) -> Vec<Option<String>> {
        let own = [received_at.text(), opened.id().number(), opened.sealed_at().text()];
        let language = form.languages().first().map_or(self.language, String::as_str);
        let answers = self.fields.iter().map(|column| {
            let field = self.asked(form, column)?;
            opened.answer(field.id()).map(|answer| cell(field, answer, language))
        });
        let guardian = opened.consent().guardian().map(|guardian| String::from(guardian.as_str()));
        own.into_iter().map(Some).chain(self.given_by.then_some(guardian)).chain(answers).collect()
    }
}

fn cell(field: &Field, answer: &Answer, language: &str) -> String {
    let label = |id: &String| {
        let option = field.options().find(|option| option.id() == id);
        option.map_or_else(|| id.clone(), |option| String::from(option.label().get(language)))
    };
    match answer {
        Answer::Text(text) => label(text),
        Answer::Many(options) => options.iter().map(label).collect::<Vec<_>>().join("; "),
        Answer::Files(files) => files.iter().map(|file| file.name()).collect::<Vec<_>>().join("; "),
    }
}

/// Whether the form names one of the keys for a role that reads this field.
fn may_read(form: &Form, field: &str, held: &[Recipient]) -> bool {
    let Some(field) = form.definition().field(field) else { return false };
    let readers = part::readers(field);
    let mut roles = form.definition().roles().iter().filter(|role| readers.iter().any(|reader| reader == role.id()));
    roles.any(|role| role.keys().iter().any(|key| held.contains(key)))
}

/// A cell in which no spreadsheet finds a formula, wherever it takes a new cell to begin; [`unguard`] is its inverse. FORMAT §13.
#[must_use]
pub fn guard(cell: &str) -> String {
    let mut guarded = String::with_capacity(cell.len() + 1);
    for piece in cell.split_inclusive(SPLITS) {
        // A spreadsheet may skip these before it looks; after a break they are breaks themselves.
        let skipped = guarded.is_empty() && piece.starts_with(['\t', '\r', '\n']);
        if skipped || piece.starts_with('\'') || piece.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@'])
        {
            guarded.push('\'');
        }
        guarded.push_str(piece);
    }
    guarded
}

/// What [`guard`] was given.
#[must_use]
pub fn unguard(cell: &str) -> String {
    cell.split_inclusive(SPLITS).map(|piece| piece.strip_prefix('\'').unwrap_or(piece)).collect()
}

/// Where a spreadsheet begins a new cell if it reads lines of commas as lines of semicolons (Excel does in Indonesia) or tabs: there a quote in
/// the middle of a cell keeps nothing together.
const SPLITS: [char; 4] = [';', '\t', '\r', '\n'];

/// What stands in front of a CSV file: without it a spreadsheet takes UTF-8 for something else.
pub const CSV_MARK: &str = "\u{feff}";

/// One guarded line of RFC 4180, with CR LF.
#[must_use]
pub fn csv_line<'c>(cells: impl IntoIterator<Item = Option<&'c str>>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        let cell = cell.map(guard).unwrap_or_default();
        if cell.contains([',', '"', '\r', '\n']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&cell);
        }
    }
    line.push_str("\r\n");
    line
}

/// The ending under which an attachment may be saved: that of a type that is safe to double-click, or `bin`. The name and type that a
/// customer's device gave never become a path.
#[must_use]
pub fn ending(media_type: &str) -> &'static str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarding_is_lossless_and_leaves_no_formula() {
        // Every text of up to five of these.
        const LETTERS: [char; 10] = ['=', '-', '\'', '"', ' ', ';', '\t', '\r', '\n', 'x'];
        let mut cells = vec![String::new()];
        let mut longest = 0..1;
        for _ in 0..5 {
            let next: Vec<String> = cells[longest.clone()]
                .iter()
                .flat_map(|cell| LETTERS.map(|letter| format!("{cell}{letter}")))
                .collect();
            longest = cells.len()..cells.len() + next.len();
            cells.extend(next);
        }
        assert_eq!(cells.len(), 111_111);
        for cell in cells {
            let guarded = guard(&cell);
            assert_eq!(unguard(&guarded), cell);
            assert!(!guarded.starts_with(['=', '-', '\t', '\r', '\n']), "{cell:?}");
            for piece in guarded.split([';', '\t', '\r', '\n']) {
                assert!(!piece.trim_start_matches(['"', ' ']).starts_with(['=', '-']), "{cell:?}");
            }
        }
    }

    #[test]
    fn a_line_read_by_semicolons_or_tabs_has_no_formula_either() {
        let guarded = [
            ("x;=1+1", "x;'=1+1"),
            ("x;\"=1+1", "x;'\"=1+1"),
            ("x\t +1", "x\t' +1"),
            ("- roti\r\n- susu", "'- roti\r\n'- susu"),
            ("x;'y'", "x;''y'"),
            ("Kopi; Teh", "Kopi; Teh"),
            ("satu\n\n\tdua", "satu\n\n\tdua"),
        ];
        for (cell, expected) in guarded {
            assert_eq!(guard(cell), expected);
        }
    }

    #[test]
    fn a_line_quotes_what_must_be_quoted() {
        let line = csv_line([Some("Sari"), None, Some("a,\"b\"\nc"), Some("+6281"), Some("\u{2028};")]);
        assert_eq!(line, "Sari,,\"a,\"\"b\"\"\nc\",'+6281,\u{2028};\r\n");
    }
}

#[cfg(test)]
#[cfg(all(feature = "seal", feature = "open"))]
mod selection_tests {
    use super::*;
    use crate::age::Suite;
    use crate::envelope::Envelope;
    use crate::id::FormDigest;
    use crate::open::open;
    use crate::receipt::Receipt;
    use crate::sample::{Shop, rng, sealed_at, time};

    fn verdict(shop: &Shop, choice: Choice, purpose: &str, received: &str, now: &str) -> Result<(), LeftOut> {
        let consent = shop.consent(&shop.choices(choice));
        usable(&shop.form, consent.record(), purpose, time(received), time(now))
    }

    #[test]
    fn only_a_recorded_yes_in_date_selects_a_submission() {
        let shop = Shop::new(Suite::X25519);
        let soon = "2026-12-01T00:00:00Z";
        let received = "2026-11-23T03:12:50Z";
        let case = |choice, purpose| verdict(&shop, choice, purpose, received, soon);
        assert_eq!(case(Choice::Given, "minat"), Ok(()));
        assert_eq!(case(Choice::Refused, "minat"), Err(LeftOut::Refused));
        assert_eq!(case(Choice::NotAnswered, "minat"), Err(LeftOut::NotAnswered));
        assert_eq!(case(Choice::Refused, "daftar"), Ok(()));
        assert_eq!(case(Choice::Given, "iklan"), Err(LeftOut::NoSuchPurpose));
    }

    #[test]
    fn consent_ends_by_the_customers_clock_and_retention_by_the_servers() {
        let shop = Shop::new(Suite::X25519);
        let case = |received, now| verdict(&shop, Choice::Given, "minat", received, now);
        // Sealed at 03:12:46; both spans are a year.
        assert_eq!(case("2026-11-23T03:12:50Z", "2027-11-23T03:12:46Z"), Ok(()));
        assert_eq!(case("2026-11-23T03:12:50Z", "2027-11-23T03:12:47Z"), Err(LeftOut::ConsentExpired));
        assert_eq!(case("2026-11-23T03:12:40Z", "2027-11-23T03:12:41Z"), Err(LeftOut::RetentionOver));
    }

    #[test]
    fn what_the_customer_said_later_counts_and_nobody_elses_word_does() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let head = Envelope::parse(&bytes).unwrap().head().clone();
        let own = Receipt::generate(&mut rng(5)).unwrap();
        assert_eq!(own.verifying_key(), head.receipt());
        let say = |receipt: &Receipt, form, wish: &Wish| {
            Statement::parse(&Statement::sign(receipt, form, sealed_at(), wish)).unwrap()
        };
        let withdraw = Wish::Withdraw { purpose: "minat".into() };
        let (form, other) = (shop.form.digest(), Receipt::generate(&mut rng(6)).unwrap());
        let judge = |said: &[Statement], purpose| unopposed(said.iter(), &head, purpose);
        let said = [say(&own, form, &withdraw)];
        assert_eq!(judge(&said, Some("minat")), Err(LeftOut::Withdrawn));
        assert_eq!((judge(&said, Some("daftar")), judge(&said, None)), (Ok(()), Ok(())));
        let said = [say(&own, form, &withdraw), say(&own, form, &Wish::Delete)];
        assert_eq!(judge(&said, Some("minat")), Err(LeftOut::DeletionRequested));
        assert_eq!(judge(&said, None), Err(LeftOut::DeletionRequested));
        let elsewhere = FormDigest::of(b"another form");
        assert_eq!(judge(&[say(&other, form, &Wish::Delete)], None), Ok(()));
        // What a server says the form is cannot void the customer's own word.
        assert_eq!(judge(&[say(&own, elsewhere, &Wish::Delete)], None), Err(LeftOut::DeletionRequested));
        assert_eq!(judge(&[say(&own, elsewhere, &withdraw)], Some("minat")), Err(LeftOut::Withdrawn));
        // The submission's id under another's signature.
        let forged = Statement::sign(&other, form, sealed_at(), &Wish::Delete);
        let forged = String::from_utf8(forged).unwrap().replace(&other.id().to_string(), &own.id().to_string());
        assert_eq!(judge(&[Statement::parse(forged.as_bytes()).unwrap()], None), Ok(()));
    }

    #[test]
    fn a_table_has_the_columns_that_serve_its_purpose_and_no_others() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let envelope = Envelope::parse(&bytes).unwrap();
        let opened = open(&shop.form, &envelope, &shop.keys(), None).unwrap();
        let forms = [shop.form];
        let table = Table::new(&forms, "daftar");
        let header = ["received_at", "number", "sealed_at", "Nama lengkap", "Nomor WhatsApp", "Catatan", "Foto"];
        assert_eq!(table.header(), header);
        let row = table.row(&forms[0], &opened, sealed_at());
        let cells: Vec<_> = row.iter().map(Option::as_deref).collect();
        assert_eq!(cells[3..], [Some("Sari Dewi"), Some("+6281234567890"), None, Some("saya.jpg")]);
        assert_eq!(cells[1], Some(envelope.head().id().number().as_str()));
        assert_eq!(Table::new(&forms, "minat").header()[3..], ["Tanggal lahir", "Yang Anda suka"]);
    }

    #[test]
    fn a_version_that_uses_a_field_for_more_takes_nothing_from_who_filled_another() {
        let (first, second) = (Shop::new(Suite::X25519), Shop::with(Suite::X25519, |text| wider(&text)));
        let opened = |shop: &Shop, seed| {
            let bytes = shop.submission(seed);
            open(&shop.form, &Envelope::parse(&bytes).unwrap(), &shop.keys(), None).unwrap()
        };
        let (early, late) = (opened(&first, 5), opened(&second, 6));
        let forms = [first.form, second.form];
        let table = Table::new(&forms, "minat");
        assert_eq!(table.header()[3..], ["Nama lengkap", "Yang Anda suka", "Tanggal lahir"]);
        let cells = |form: &Form, opened: &Opened| table.row(form, opened, sealed_at())[3..].to_vec();
        // The second version wants the name for it, and the date of birth no longer.
        assert_eq!(cells(&forms[0], &early), [None, None, Some("2000-02-29".into())]);
        assert_eq!(cells(&forms[1], &late), [Some("Sari Dewi".into()), None, None]);
        let json = |form: &Form, opened: &Opened| {
            let text = crate::document::record(&table, form, opened, 1, sealed_at());
            (text.contains("Sari Dewi"), text.contains("2000-02-29"))
        };
        assert_eq!((json(&forms[0], &early), json(&forms[1], &late)), ((false, true), (true, false)));
    }

    /// The form's second version: the name is for what people like too, the date of birth no longer.
    fn wider(text: &str) -> String {
        let text = text.replace("\"version\": 1", "\"version\": 2");
        let (before, name) = text.split_once("\"id\": \"nama\"").unwrap();
        let name = name.replacen("[\"daftar\"]", "[\"daftar\", \"minat\"]", 1);
        let (between, birth) = name.split_once("\"id\": \"lahir\"").unwrap();
        let birth = birth.replacen("[\"minat\"]", "[\"daftar\"]", 1);
        [before, "\"id\": \"nama\"", between, "\"id\": \"lahir\"", &birth].concat()
    }
}
