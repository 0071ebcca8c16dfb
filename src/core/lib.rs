//! Segel's library: what a form is, what was agreed, how answers are sealed and how they are opened.
//!
//! It computes and does nothing else: no file, clock, network or random source is named here; time and randomness are
//! arguments. Two features divide it. `seal` is for the customer's page, `open` for the owner; a server has neither.
//!
//! # The trip
//!
//! | | act | value | by |
//! |---|---|---|---|
//! | 1 | the owner writes a form | [`Definition`] | [`Definition::parse`] |
//! | 2 | and signs it | [`Form`], its exact bytes kept | [`Definition::publish`], `OwnerKey::sign` |
//! | 3 | a page loads it and compares the pinned owner | [`Form`] or a refusal | [`Form::parse_pinned`] |
//! | 4 | the notice is shown | [`Notice`] | [`Form::notice`] |
//! | 5 | the customer chooses, purpose by purpose | [`Choices`] | [`Choices::set`] |
//! | 6 | and fills in | [`RawAnswers`] | the page |
//! | 7 | the answers are checked | [`Answers`], or problems by field | [`Answers::check`] |
//! | 8 | the customer agrees | [`Consent`] | [`Notice::consent`], its only maker |
//! | 9 | keys are drawn, ahead of time | `Prepared` | `Prepared::new` |
//! | 10 | everything is sealed | envelope bytes | [`seal`](mod@seal) |
//! | 11 | a server checks what it can see | [`Envelope`] | [`Envelope::check`] |
//! | 12 | and hands it on, chained | [`export`] | [`export::Reader`] |
//! | 13 | the owner opens it | `Opened`, one verdict a part | [`open`](mod@open) |
//! | 14 | and lays it out for one purpose | `Table` | [`table`] |
//!
//! [`FORMAT.md`](mod@format) has every byte of it.
//!
//! ```
//! # #[cfg(all(feature = "seal", feature = "open"))] {
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use segel_core::age::Suite;
//! use segel_core::key::OwnerKey;
//! use segel_core::receipt::Receipt;
//! use segel_core::table::{Table, csv_line, usable};
//! use segel_core::time::Time;
//! use segel_core::{Answers, Choice, Choices, Definition, Envelope, Form, Prepared, RawAnswers, open, seal};
//!
//! # let mut rng = ChaCha20Rng::from_seed([1; 32]); // a program passes the system's source here
//! # let now = Time::parse("2026-11-23T03:12:46Z").unwrap();
//! // the owner
//! let owner = OwnerKey::generate(Suite::Hybrid, &mut rng)?;
//! let definition = Definition::parse(include_bytes!("../../www/forms/daftar.json")).unwrap();
//! let body = definition.publish(&[owner.recipient()], Suite::Hybrid, now, None).unwrap();
//! let published = owner.sign(&body)?;
//!
//! // the customer's page
//! let form = Form::parse_pinned(published.bytes(), &owner.owner_id())?;
//! let mut choices = Choices::new(&form);
//! choices.set("daftar", Choice::Given)?;
//! let mut raw = RawAnswers::new();
//! raw.set_text("nama", "Sari Dewi".into());
//! raw.set_text("wa", "0812-3456-7890".into());
//! let answers = Answers::check(&form, &choices, raw).unwrap();
//! let consent = form.notice("id").unwrap().consent(&choices, now)?;
//! let prepared = Prepared::new(&form, Receipt::generate(&mut rng)?, &mut rng)?;
//! let bytes = seal(&form, prepared, consent, answers, &[], now)?;
//!
//! // the server
//! let envelope = Envelope::parse(&bytes)?;
//! envelope.check(&form)?;
//!
//! // the owner again, offline
//! let opened = open(&form, &envelope, &[owner.identity().clone()], Some(now))?;
//! assert!(usable(&form, opened.consent(), "daftar", now, now).is_ok());
//! let forms = [form];
//! let row = Table::new(&forms, "daftar").row(&forms[0], &opened, now);
//! assert!(csv_line(row.iter().map(Option::as_deref)).contains("Sari Dewi,'+6281234567890"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), no_std)]

extern crate alloc;

// the format's foundations
pub mod id;
pub mod json;
pub mod limits;
pub mod time;

// age v1, the container of every part
pub mod age;

// the form: what is asked, what for, and what the person reads
pub mod definition;
pub mod field;
pub mod form;
pub mod notice;
pub mod part;
mod pattern;
pub mod purpose;
#[cfg(feature = "open")]
pub mod schema;
pub mod shape;
pub mod text;
mod wording;

// the submission: what is answered, sealed, sent, kept and opened
pub mod answers;
#[cfg(feature = "open")]
pub mod document;
pub mod envelope;
pub mod export;
#[cfg(feature = "open")]
pub mod key;
#[cfg(feature = "open")]
pub mod open;
#[cfg(any(feature = "seal", feature = "open"))]
pub mod receipt;
#[cfg(feature = "open")]
pub mod register;
#[cfg(all(feature = "seal", feature = "open"))]
pub mod reseal;
#[cfg(feature = "seal")]
pub mod seal;
pub mod stamp;
pub mod statement;
#[cfg(feature = "open")]
pub mod table;
#[cfg(feature = "open")]
pub mod uses;
pub mod work;

#[cfg(test)]
#[cfg(all(feature = "seal", feature = "open"))]
mod sample;

#[doc = include_str!("FORMAT.md")]
pub mod format {}

pub use answers::{Answers, RawAnswers};
pub use definition::Definition;
pub use envelope::Envelope;
pub use form::Form;
pub use notice::{Choice, Choices, Consent, Guardian, Notice};
#[cfg(feature = "open")]
pub use open::open;
#[cfg(feature = "seal")]
pub use seal::{Prepared, seal};
