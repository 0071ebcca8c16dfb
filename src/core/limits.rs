//! Every maximum of the format, each with its reason. FORMAT §2.
//!
//! A limit that is reached is an error, never a cut. No other file may invent one.

/// Bytes of an owner's definition or a published form: a page must load it on a phone.
pub const FORM_BYTES: usize = 256 * 1024;
/// Levels of nesting in any JSON of ours; deeper input would only serve to exhaust a stack.
pub const JSON_DEPTH: usize = 8;
/// Fields of one form.
pub const FIELDS: usize = 200;
/// Purposes of one form: more cannot be chosen with care. And withdrawals that a server keeps of one submission, §4.2.
pub const PURPOSES: usize = 16;
/// Languages of one form.
pub const LANGUAGES: usize = 4;
/// Options of one field: the 514 regencies and cities of Indonesia fit.
pub const OPTIONS: usize = 600;
/// Roles of one form, the owner not counted.
pub const ROLES: usize = 8;
/// Keys of one role.
pub const ROLE_KEYS: usize = 8;
/// Parts of one submission.
pub const PARTS: usize = 16;
/// Readers of one part: sixteen hybrid stanzas are 26 KiB.
pub const READERS: usize = 16;
/// Bytes of a part's age header.
pub const AGE_HEADER_BYTES: usize = 48 * 1024;
/// Stanzas of a part's age header: the readers and the label.
pub const AGE_STANZAS: usize = READERS + 1;
/// Bytes of an envelope's head: sixteen part lines are under 2 KiB.
pub const HEAD_BYTES: usize = 4 * 1024;
/// Bytes of one text in a definition.
pub const TEXT_BYTES: usize = 2 * 1024;
/// UTF-8 bytes of one answer.
pub const ANSWER_BYTES: usize = 8 * 1024;
/// Bytes of a JSON part after padding.
pub const JSON_PART_BYTES: usize = 64 * 1024;
/// Files of one field.
pub const FILES: usize = 4;
/// Bytes of one file.
pub const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// Bytes of a file's name.
pub const FILE_NAME_BYTES: usize = 200;
/// Bytes of the notice in one language.
pub const NOTICE_BYTES: usize = 64 * 1024;
/// Bytes of a key file.
pub const KEY_FILE_BYTES: usize = 64 * 1024;
/// Identities in one key file.
pub const KEY_FILE_IDENTITIES: usize = 64;
/// Bits of work that a server asks for, and a page does, at most: a million trials.
pub const WORK_BITS: u8 = 20;
/// Largest scrypt work factor (power of two) that is ever computed: about a gigabyte and some seconds.
pub const WORK_FACTOR_MAX: u8 = 20;
/// Under this work factor a key file opens with a warning.
pub const WORK_FACTOR_WEAK: u8 = 14;
