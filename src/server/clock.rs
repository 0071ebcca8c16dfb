//! The one place where the server asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use segel_core::time::Time;

/// The system's clock, or one whose hands a test turns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// A clock that shows what `hands` says, in seconds since 1970.
    pub(crate) const fn turned_by(hands: Arc<AtomicI64>) -> Self {
        Self(Some(hands))
    }

    /// What the hands say; nothing for the system's clock.
    pub(crate) fn turned(&self) -> Option<i64> {
        self.0.as_ref().map(|hands| hands.load(Ordering::Relaxed))
    }

    /// Now, or nothing if the clock stands outside the years 1970 to 9999, which the format cannot write.
    pub(crate) fn now(&self) -> Option<Time> {
        match self.turned() {
            Some(seconds) => Time::from_unix(seconds),
            None => now(),
        }
    }
}

/// The system's clock.
pub(crate) fn now() -> Option<Time> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Time::from_unix(i64::try_from(seconds).ok()?)
}
