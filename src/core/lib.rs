//! Segel's library: what a form is, what was agreed, how answers are sealed and how they are opened.
//!
//! It computes and does nothing else: no file, clock, network or random source is named here; time and randomness are
//! arguments. Two features divide it. `seal` is for the customer's page, `open` for the owner; a server has neither.

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
pub mod purpose;
pub mod shape;
pub mod text;
mod wording;

// the submission: what is answered, sealed, sent, kept and opened
pub mod answers;
pub mod envelope;
pub mod export;
#[cfg(feature = "open")]
pub mod key;
#[cfg(feature = "open")]
pub mod open;
#[cfg(any(feature = "seal", feature = "open"))]
pub mod receipt;
#[cfg(feature = "seal")]
pub mod seal;
#[cfg(feature = "open")]
pub mod table;

pub use answers::{Answers, RawAnswers};
pub use definition::Definition;
pub use envelope::Envelope;
pub use form::Form;
pub use notice::{Choice, Choices, Consent, Notice};
#[cfg(feature = "open")]
pub use open::open;
#[cfg(feature = "seal")]
pub use seal::{Prepared, seal};
