//! What the owner gave so far, told apart by content, never by name: keys, published forms, exports, and what is none of them.
//!
//! Threat: every file may come from a stranger. What is looked at is bounded first, a locked key's work is bounded by core, and no
//! verdict repeats a line that could be a secret. FORMAT §3.3, §5, §12.

use segel_core::age::{Identity, Recipient};
use segel_core::export::{ExportError, Mark, Reader};
use segel_core::form::FormError;
use segel_core::id::{FormName, OwnerId};
use segel_core::key::{KeyFile, KeyFileError, OwnerKey};
use segel_core::receipt::Receipt;
use segel_core::register::{Asked, Register, RegisterError};
use segel_core::time::Time;
use segel_core::{Form, limits, uses};

/// Keys and forms, and one verdict for each file that was given.
#[derive(Default)]
pub(crate) struct Shelf {
    items: Vec<Item>,
    keys: Vec<Identity>,
    owners: Vec<OwnerId>,
    forms: Vec<Form>,
    register: Register,
    marks: Vec<Mark>,
}

/// One file that was given.
pub(crate) struct Item {
    /// What it is called; somebody else's text.
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
}

/// What a file turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Key {
        owner: OwnerId,
        keys: usize,
        lock: Lock,
    },
    Locked {
        file: Vec<u8>,
        failed: Option<KeyFileError>,
    },
    Form {
        index: usize,
    },
    Export {
        form: FormName,
    },
    Register {
        wishes: usize,
    },
    Mark {
        at: Time,
    },
    /// A record of uses: it lies in every inbox, and is for the command line.
    Uses,
    Again,
    Refused(Refusal),
}

/// How a key file was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    None,
    Weak,
    Good,
    /// Not at all: it was typed from a sheet.
    Paper,
}

/// Why a file is of no use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Empty,
    TooLarge,
    PublicKey,
    Receipt,
    Envelope,
    Definition,
    AgeFile,
    Armored,
    Key(KeyFileError),
    Form(FormError),
    Export(ExportError),
    Register(RegisterError),
    TooManyKeys,
    Unreadable,
    Unknown,
}

impl Shelf {
    /// Puts a file on the shelf: `start` is its first [`LOOK`] bytes, or all of it if `size` is not more.
    pub(crate) fn take(&mut self, name: String, start: &[u8], size: u64) -> &Verdict {
        let verdict = self.tell(start, size > start.len() as u64);
        self.push(name, verdict)
    }

    /// Names a file whose bytes the browser did not hand out.
    pub(crate) fn take_unreadable(&mut self, name: String) {
        self.push(name, Verdict::Refused(Refusal::Unreadable));
    }

    /// Takes a key that was made here or typed from paper.
    pub(crate) fn keep(&mut self, name: String, key: &OwnerKey, lock: Lock) {
        let verdict = self.keep_keys(core::slice::from_ref(key.identity()), key.owner_id(), lock);
        self.push(name, verdict);
    }

    /// Opens the locked key file at `index`. Slow on purpose.
    pub(crate) fn unlock(&mut self, index: usize, passphrase: &str) {
        let Some(Item { verdict: Verdict::Locked { file, .. }, .. }) = self.items.get_mut(index) else { return };
        let file = core::mem::take(file);
        let weak = KeyFile::work_factor(&file).is_some_and(|work| work < limits::WORK_FACTOR_WEAK);
        let verdict = match KeyFile::unlock(&file, passphrase) {
            Ok(keys) => self.keep_file(&keys, if weak { Lock::Weak } else { Lock::Good }),
            Err(error) => Verdict::Locked { file, failed: Some(error) },
        };
        self.items[index].verdict = verdict;
    }

    /// A key that was typed from a sheet has a file again.
    pub(crate) fn has_file(&mut self, key: OwnerId) {
        for item in &mut self.items {
            if let Verdict::Key { owner, lock: lock @ Lock::Paper, .. } = &mut item.verdict
                && *owner == key
            {
                *lock = Lock::Good;
            }
        }
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(crate) fn keys(&self) -> &[Identity] {
        &self.keys
    }

    pub(crate) fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// What was written down of wishes that came otherwise than by a receipt.
    pub(crate) const fn register(&self) -> &Register {
        &self.register
    }

    /// Up to when all that a server had of a form is here, if what is here goes to `end`. FORMAT §12.2.
    pub(crate) fn pulled(&self, form: &FormName, end: u64) -> Option<Time> {
        let marks = self.marks.iter().filter(|mark| mark.form == *form && mark.end <= end);
        marks.map(|mark| mark.at).max()
    }

    /// Writes one more down.
    pub(crate) fn note(&mut self, asked: Asked) {
        self.register.push(asked);
    }

    /// Whether such a file was given and cannot be read: who is in it is not known, so nothing may be used.
    pub(crate) fn lacks_requests(&self) -> bool {
        self.items.iter().any(|item| matches!(item.verdict, Verdict::Refused(Refusal::Register(_))))
    }

    /// Whether a form was signed with none of the keys here: right for staff, strange for an owner.
    pub(crate) fn is_foreign(&self, form: &Form) -> bool {
        !self.owners.is_empty() && !self.owners.contains(&form.owner())
    }

    fn push(&mut self, name: String, verdict: Verdict) -> &Verdict {
        self.items.push(Item { name, verdict });
        &self.items[self.items.len() - 1].verdict
    }

    fn tell(&mut self, start: &[u8], cut: bool) -> Verdict {
        if start.is_empty() {
            return Verdict::Refused(Refusal::Empty);
        }
        if start.starts_with(b"segel-export/") {
            return export(start);
        }
        if start.starts_with(b"segel-envelope/") {
            return Verdict::Refused(Refusal::Envelope);
        }
        if Register::begins(start) && !cut {
            return self.wishes(start);
        }
        if Mark::begins(start)
            && let Some(mark) = Mark::parse(start).filter(|_| !cut)
        {
            let at = mark.at;
            self.marks.push(mark);
            return Verdict::Mark { at };
        }
        if start.starts_with(uses::HEAD.as_bytes()) {
            return Verdict::Uses;
        }
        if cut {
            return Verdict::Refused(Refusal::TooLarge);
        }
        if start.starts_with(b"segel-form/") {
            return self.form(start);
        }
        if start.starts_with(b"age-encryption.org/") {
            return match KeyFile::work_factor(start) {
                _ if start.len() > limits::KEY_FILE_BYTES => Verdict::Refused(Refusal::AgeFile),
                Some(_) => Verdict::Locked { file: start.to_vec(), failed: None },
                None => Verdict::Refused(Refusal::AgeFile),
            };
        }
        match KeyFile::parse(start) {
            Ok(keys) => self.keep_file(&keys, Lock::None),
            Err(error) => Verdict::Refused(not_a_key(start, error)),
        }
    }

    fn wishes(&mut self, bytes: &[u8]) -> Verdict {
        match Register::parse(bytes) {
            Ok(register) => {
                self.register.merge(&register);
                Verdict::Register { wishes: register.wishes().count() }
            }
            Err(error) => Verdict::Refused(Refusal::Register(error)),
        }
    }

    fn form(&mut self, bytes: &[u8]) -> Verdict {
        match Form::parse(bytes) {
            Ok(form) if self.forms.iter().any(|other| other.digest() == form.digest()) => Verdict::Again,
            Ok(form) => {
                self.forms.push(form);
                Verdict::Form { index: self.forms.len() - 1 }
            }
            Err(error) => Verdict::Refused(Refusal::Form(error)),
        }
    }

    fn keep_file(&mut self, file: &KeyFile, lock: Lock) -> Verdict {
        self.keep_keys(file.identities(), file.owner().owner_id(), lock)
    }

    fn keep_keys(&mut self, keys: &[Identity], owner: OwnerId, lock: Lock) -> Verdict {
        let known = |keys: &[Identity], key: &Identity| keys.iter().any(|other| other.recipient() == key.recipient());
        let new: Vec<Identity> = keys.iter().filter(|key| !known(&self.keys, key)).cloned().collect();
        if new.is_empty() {
            return Verdict::Again;
        }
        if self.keys.len() + new.len() > limits::KEY_FILE_IDENTITIES {
            return Verdict::Refused(Refusal::TooManyKeys);
        }
        self.keys.extend(new);
        self.owners.push(owner);
        Verdict::Key { owner, keys: keys.len(), lock }
    }
}

/// How much of a file is looked at, in bytes: the largest form or key fits, and an export is told by its head.
pub(crate) const LOOK: u64 = limits::FORM_BYTES as u64;

fn export(start: &[u8]) -> Verdict {
    let mut reader = Reader::default();
    reader.feed(start);
    let first = reader.next_record();
    match (reader.form(), first) {
        // What is wrong behind the head is named when the submissions are read.
        (Some(form), _) => Verdict::Export { form: form.clone() },
        (None, Err(error)) => Verdict::Refused(Refusal::Export(error)),
        (None, Ok(_)) => Verdict::Refused(Refusal::Export(ExportError::Cut { after: 0 })),
    }
}

/// The best name for text that holds no secret key.
fn not_a_key(bytes: &[u8], error: KeyFileError) -> Refusal {
    let Ok(text) = core::str::from_utf8(bytes) else { return Refusal::Unknown };
    let text = text.trim_start_matches('\u{feff}').trim();
    let looks = |line: &str| line.trim().to_ascii_uppercase().starts_with("AGE-SECRET-KEY-");
    if text.lines().any(looks) {
        Refusal::Key(error)
    } else if text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") {
        Refusal::Armored
    } else if Receipt::parse(text).is_ok() || text.contains("SEGEL-RECEIPT-") {
        Refusal::Receipt
    } else if text.lines().any(|line| Recipient::parse(line.trim()).is_ok()) {
        Refusal::PublicKey
    } else if text.starts_with('{') {
        Refusal::Definition
    } else {
        Refusal::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Shop, rng, time};
    use segel_core::key::write_public;

    fn take<'s>(shelf: &'s mut Shelf, bytes: &[u8]) -> &'s Verdict {
        shelf.take(String::from("berkas"), bytes, bytes.len() as u64)
    }

    #[test]
    fn files_are_told_apart_by_content_in_any_order() {
        let shop = Shop::new();
        let mut shelf = Shelf::default();
        assert_eq!(*take(&mut shelf, &shop.export(1)), Verdict::Export { form: shop.form.name().clone() });
        assert_eq!(*take(&mut shelf, shop.form.bytes()), Verdict::Form { index: 0 });
        let key = KeyFile::write(&shop.owner, &[], time());
        let owner = shop.owner.owner_id();
        assert_eq!(*take(&mut shelf, key.as_bytes()), Verdict::Key { owner, keys: 1, lock: Lock::None });
        assert_eq!((shelf.keys().len(), shelf.forms().len(), shelf.items().len()), (1, 1, 3));
        assert_eq!(*take(&mut shelf, key.as_bytes()), Verdict::Again);
        assert_eq!(*take(&mut shelf, shop.form.bytes()), Verdict::Again);
        assert!(!shelf.is_foreign(&shop.form));
    }

    #[test]
    fn a_locked_key_says_what_is_wrong_and_opens_when_it_is_right() {
        let shop = Shop::new();
        let text = KeyFile::write(&shop.owner, &[], time());
        let locked = KeyFile::lock(&text, "kopi susu", 10, &mut rng(4)).unwrap();
        let mut shelf = Shelf::default();
        assert_eq!(*take(&mut shelf, &locked), Verdict::Locked { file: locked.clone(), failed: None });
        shelf.unlock(0, "kopi tubruk");
        let failed = Some(KeyFileError::WrongPassphrase);
        assert_eq!(shelf.items()[0].verdict, Verdict::Locked { file: locked, failed });
        shelf.unlock(0, "kopi susu");
        let owner = shop.owner.owner_id();
        assert_eq!(shelf.items()[0].verdict, Verdict::Key { owner, keys: 1, lock: Lock::Weak });
    }

    #[test]
    fn a_key_that_asks_for_too_much_work_is_refused_before_it_is_done() {
        let shop = Shop::new();
        let text = KeyFile::write(&shop.owner, &[], time());
        let locked = KeyFile::lock(&text, "kopi", 10, &mut rng(4)).unwrap();
        let line = locked.iter().position(|byte| *byte == b'\n').unwrap();
        let end = line + locked[line + 1..].iter().position(|byte| *byte == b'\n').unwrap();
        let huge = [&locked[..end - 1], b"62", &locked[end + 1..]].concat();
        let mut shelf = Shelf::default();
        take(&mut shelf, &huge);
        shelf.unlock(0, "kopi");
        let Verdict::Locked { failed: Some(KeyFileError::Age(error)), .. } = &shelf.items()[0].verdict else {
            panic!("{:?}", shelf.items()[0].verdict)
        };
        assert_eq!(*error, segel_core::age::AgeError::WorkFactor { found: 62, max: limits::WORK_FACTOR_MAX });
    }

    #[test]
    fn what_is_of_no_use_is_called_by_its_name() {
        let shop = Shop::new();
        let envelope = shop.submission(1, "Sari");
        let public = write_public(&shop.owner, &[], time());
        let receipt = Receipt::generate(&mut rng(9)).unwrap().to_text();
        let cases: [(&[u8], Refusal); 10] = [
            (b"", Refusal::Empty),
            (&envelope, Refusal::Envelope),
            (public.as_bytes(), Refusal::PublicKey),
            (receipt.as_bytes(), Refusal::Receipt),
            (b"{\"segel\": \"definition/1\"}", Refusal::Definition),
            (b"age-encryption.org/v1\n-> X25519 abc\n", Refusal::AgeFile),
            (b"-----BEGIN AGE ENCRYPTED FILE-----\n", Refusal::Armored),
            (b"PK\x03\x04\xff", Refusal::Unknown),
            (b"segel-export/2\n", Refusal::Export(ExportError::NewerKit)),
            (b"segel-form/2\n", Refusal::Form(FormError::NewerKit)),
        ];
        for (bytes, refusal) in cases {
            assert_eq!(*take(&mut Shelf::default(), bytes), Verdict::Refused(refusal));
        }
        let record = *b"segel-uses/1\n";
        assert_eq!(*Shelf::default().take(String::new(), &record, LOOK + 1), Verdict::Uses, "however long it grew");
        let mut shelf = Shelf::default();
        let large = *b"segel-form/1\n";
        assert_eq!(*shelf.take(String::new(), &large, LOOK + 1), Verdict::Refused(Refusal::TooLarge));
    }

    #[test]
    fn a_damaged_key_is_called_a_key_and_its_line_is_not_repeated() {
        let Verdict::Refused(Refusal::Key(error)) = Shelf::default().tell(b"# x\nAGE-SECRET-KEY-1RAHASIA\n", false)
        else {
            panic!("not told apart")
        };
        assert!(matches!(error, KeyFileError::Line { line: 2, .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("RAHASIA"));
    }
}
