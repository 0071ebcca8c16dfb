//! The one place where the server asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use segel_core::time::Time;

/// Now, or nothing if the clock stands outside the years 1970 to 9999, which the format cannot write.
pub(crate) fn now() -> Option<Time> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Time::from_unix(i64::try_from(seconds).ok()?)
}
