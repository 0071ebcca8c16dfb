//! One submission that an operator names: deleted at once, also while a server is at work, as after a customer's call to whoever keeps the server.
//!
//! Threat: a wish that came by phone is signed by nobody, so it must not stand in the chain as a customer's statement: a server that could write
//! those could have owners delete what they please. It leaves what every deletion leaves, a tombstone, and the owner is told in words of their own.

use segel_core::id::SubmissionId;
use segel_core::time::Time;

use super::backend::{Backend, Fault, StoreError};
use super::line::Line;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::tombstones::Tombstones;
use super::{Deleting, OpenError, Place};
use crate::clock::Clock;
use crate::limits::Limits;

/// How somebody names a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// By its id, as an export and `segel` show it.
    Id(SubmissionId),
    /// By the number of its receipt, as customers quote it.
    Number(String),
}

impl Named {
    /// Reads either.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Ok(id) = SubmissionId::parse(text) {
            return Ok(Self::Id(id));
        }
        let number = text.to_ascii_uppercase();
        let shape = number.len() == 9
            && number
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_alphanumeric() });
        if shape {
            Ok(Self::Number(number))
        } else {
            Err("neither a receipt's number, XXXX-XXXX, nor an id of 32 hexadecimal digits")
        }
    }

    fn is(&self, id: &SubmissionId) -> bool {
        match self {
            Self::Id(own) => own == id,
            Self::Number(number) => *number == id.number(),
        }
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Number(number) => f.write_str(number),
        }
    }
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone {
    pub(crate) id: SubmissionId,
    pub(crate) at: Time,
    /// It was deleted before this was said, perhaps by a program that could not say so.
    pub(crate) before: bool,
    /// Whether its bytes left the files too; a reader may have stood in the way.
    pub(crate) settled: bool,
}

/// Why nothing was deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamedError {
    /// There is no such submission.
    #[error("no submission {0} is stored here; it may be deleted already, which is known by its id alone")]
    Unknown(String),
    /// It was to be deleted, and nobody heard whether it was.
    #[error("{cause}; whether {id} is deleted is not known: say this again with that id")]
    Unheard {
        /// Its id. By its number it is not found any more, if it is deleted.
        id: String,
        /// What stood in the way.
        cause: String,
    },
    /// Several have that number.
    #[error("several submissions have the number {number}: {ids}")]
    Several {
        /// What was asked for.
        number: String,
        /// Their ids.
        ids: String,
    },
    /// The store cannot be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// Something stood in the way.
    #[error("{0}; what is not deleted yet is deleted when this is said again")]
    Failed(String),
}

impl From<Fault> for NamedError {
    fn from(Fault { error, cause }: Fault) -> Self {
        Self::Failed(if error == StoreError::Busy { format!("busy: {cause}") } else { cause })
    }
}

/// Deletes the submission that is named, with all its pieces.
///
/// # Errors
/// [`NamedError`].
pub(crate) fn delete(
    place: &Place,
    deleting: &Deleting,
    named: &Named,
    limits: &Limits,
    clock: &Clock,
) -> Result<Gone, NamedError> {
    let mut backend: Box<dyn Backend> = match place {
        Place::Sqlite(path) => Box::new(Sqlite::beside_a_server(path, limits.store_wait, clock)?),
        Place::Postgres(url) => Box::new(Postgres::beside_a_server(&Line::open(url)?, limits.store_wait, clock)?),
    };
    let backend = &mut *backend;
    let at = backend.now()?;
    let id = match (find(backend, named), named) {
        (Err(NamedError::Unknown(_)), Named::Id(id)) if backend.is_buried(id)? => {
            return Ok(Gone { id: *id, at, before: true, settled: settle(backend) });
        }
        (found, _) => found?,
    };
    let list = deleting.list.clone().or_else(|| place.default_tombstones());
    if let Some(list) = list {
        // On the list first, as with every deletion: a backup must not bring back what is gone.
        Tombstones::open(&list, backend)?.0.add(&[id])?;
    }
    backend.bury(&[id]).map_err(|fault| NamedError::Unheard { id: id.to_string(), cause: fault.cause })?;
    // From here on nothing may fail: it is gone, and its owner must hear of it.
    Ok(Gone { id, at, before: false, settled: settle(backend) })
}

/// Takes what was deleted out of the files; says whether that went well. What is left is taken at a server's next steps.
fn settle(backend: &mut dyn Backend) -> bool {
    // Its pieces are marked to be swept, and what is marked has no time.
    let marked = Time::from_unix(1);
    let swept = loop {
        match marked.map_or(Ok(false), |marked| backend.sweep(marked)) {
            Ok(true) => {}
            end => break end.is_ok(),
        }
    };
    let let_go = (0..ATTEMPTS).any(|_| backend.let_go().unwrap_or(false));
    swept && let_go
}

/// The one that is meant.
fn find(backend: &mut dyn Backend, named: &Named) -> Result<SubmissionId, NamedError> {
    let (mut last, mut found) = (None, Vec::new());
    loop {
        let ids = backend.ids(last, PAGE)?;
        last = ids.last().copied();
        found.extend(ids.iter().copied().filter(|id| named.is(id)));
        if ids.len() < PAGE {
            break;
        }
    }
    match found[..] {
        [id] => Ok(id),
        [] => Err(NamedError::Unknown(named.to_string())),
        _ => {
            let ids = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            Err(NamedError::Several { number: named.to_string(), ids })
        }
    }
}

/// Ids that are looked at together.
const PAGE: usize = 1000;
/// Each waits as long as a lock is waited for.
const ATTEMPTS: usize = 5;
