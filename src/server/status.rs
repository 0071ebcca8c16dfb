//! How things stand, for whoever keeps the server running: counts, sizes and clocks, never contents.

use std::fmt::Write as _;

use segel_core::time::Time;

use crate::store::{Brake, FormStatus};

/// One line a form, of names and values, for people and for programs; and one if what is due is not deleted.
pub(crate) fn text(forms: &[FormStatus], brake: Option<Brake>, now: Time) -> String {
    let mut text = String::new();
    for form in forms {
        let FormStatus { name, last, submissions, bytes, deleted, statements, pulled, .. } = form;
        let _ = write!(
            text,
            "form={name} submissions={submissions} bytes={bytes} deleted={deleted} statements={statements} last={last}"
        );
        let _ = write!(text, " pulled={pulled} pulled_at={}", time(form.pulled_at));
        let _ = write!(text, " unpulled={} oldest_unpulled={}", form.unpulled, time(form.oldest_unpulled));
        let _ = write!(text, " requests={} oldest_request={}", form.requests, time(form.oldest_request));
        let left = form.oldest_request.map(|asked| (asked.unix() + CLOCK - now.unix()).div_euclid(3600));
        let _ = writeln!(text, " hours_left={}", left.map_or_else(|| String::from("-"), |hours| hours.to_string()));
    }
    if let Some(brake) = brake {
        let _ = writeln!(text, "purge_stopped=\"{brake}\"");
    }
    text
}

fn time(time: Option<Time>) -> String {
    time.map_or_else(|| String::from("-"), Time::text)
}

/// The law's 72 hours, in which an owner has to act on a statement. Here they run until it was pulled.
const CLOCK: i64 = 72 * 3600;
