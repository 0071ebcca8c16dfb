//! How things stand, for whoever keeps the server running: counts, sizes and clocks, never contents.

use std::fmt::Write as _;

use segel_core::time::Time;

use crate::store::{FormStatus, Status};

/// One line a form, of names and values, for people and for programs; one of the disk, and one if what is due is not deleted.
pub(crate) fn text(status: &Status, now: Time) -> String {
    let mut text = String::new();
    for form in &status.forms {
        let FormStatus { name, last, submissions, bytes, deleted, statements, pulled, .. } = form;
        let _ = write!(
            text,
            "form={name} submissions={submissions} bytes={bytes} deleted={deleted} statements={statements} last={last}"
        );
        let _ = write!(text, " pulled={pulled} pulled_at={}", time(form.pulled_at));
        let waited = form.oldest_unpulled.map(|came| now.unix() - came.unix());
        let _ = write!(text, " unpulled={} oldest_unpulled={}", form.unpulled, time(form.oldest_unpulled));
        let _ = write!(text, " unpulled_hours={}", hours(waited));
        let _ = write!(text, " requests={} oldest_request={}", form.requests, time(form.oldest_request));
        let left = form.oldest_request.map(|asked| asked.unix() + CLOCK - now.unix());
        let _ = writeln!(text, " hours_left={}", hours(left));
    }
    if let Some(bytes) = status.disk_free {
        let _ = writeln!(text, "disk_free={bytes}");
    }
    if let Some(brake) = &status.brake {
        let _ = writeln!(text, "purge_stopped=\"{brake}\"");
    }
    text
}

/// Whole ones; what is over counts below zero.
fn hours(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| String::from("-"), |seconds| seconds.div_euclid(3600).to_string())
}

fn time(time: Option<Time>) -> String {
    time.map_or_else(|| String::from("-"), Time::text)
}

/// The law's 72 hours, in which an owner has to act on a statement. Here they run until it was pulled.
const CLOCK: i64 = 72 * 3600;
