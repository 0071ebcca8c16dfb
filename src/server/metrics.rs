//! Counts for whoever keeps the server running, in Prometheus' text format. OPERATING.md lists them.
//!
//! Numbers, names of published forms and codes from our own lists; nothing of a customer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use segel_core::id::FormName;

/// All that is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    submissions: Mutex<BTreeMap<(FormName, &'static str), u64>>,
    /// How long submissions took: one count for each bound, and one for what is beyond.
    took: [AtomicU64; BOUNDS.len() + 1],
    took_micros: AtomicU64,
}

/// What is not counted but looked at when asked.
#[derive(Debug)]
pub(crate) struct Gauge {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// `gauge` or `counter`.
    pub(crate) kind: &'static str,
    pub(crate) value: u64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn request(&self, route: &'static str, code: &'static str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route, code)).or_default() += 1;
    }

    /// Counts a submission to a published form, and how long its sender waited from the last byte of the header.
    pub(crate) fn submission(&self, form: &FormName, code: &'static str, took: Duration) {
        let mut submissions = self.submissions.lock().unwrap_or_else(PoisonError::into_inner);
        *submissions.entry((form.clone(), code)).or_default() += 1;
        drop(submissions);
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| millis < *bound).unwrap_or(BOUNDS.len());
        self.took[place].fetch_add(1, Ordering::Relaxed);
        self.took_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }

    /// Everything, as a scraper reads it.
    pub(crate) fn text(&self, gauges: &[Gauge]) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut text, "segel_requests_total", "counter", "Answers, by route and code.");
        for ((route, code), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(text, "segel_requests_total{{route=\"{route}\",code=\"{code}\"}} {count}");
        }
        head(&mut text, "segel_submissions_total", "counter", "Submissions to published forms, by form and code.");
        for ((form, code), count) in &*self.submissions.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(text, "segel_submissions_total{{form=\"{form}\",code=\"{code}\"}} {count}");
        }
        head(&mut text, "segel_submission_seconds", "histogram", "From a submission's header to its answer.");
        let mut sum = 0;
        for (place, count) in self.took.iter().enumerate() {
            sum += count.load(Ordering::Relaxed);
            let bound = BOUNDS.get(place).map_or_else(|| String::from("+Inf"), |millis| seconds(*millis, 1000));
            let _ = writeln!(text, "segel_submission_seconds_bucket{{le=\"{bound}\"}} {sum}");
        }
        let micros = self.took_micros.load(Ordering::Relaxed);
        let _ = writeln!(text, "segel_submission_seconds_sum {}", seconds(micros, 1_000_000));
        let _ = writeln!(text, "segel_submission_seconds_count {sum}");
        for Gauge { name, help, kind, value } in gauges {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

fn seconds(count: u64, per_second: u64) -> String {
    let digits = per_second.ilog10() as usize;
    format!("{}.{:0digits$}", count / per_second, count % per_second)
}

/// In milliseconds.
const BOUNDS: [u64; 11] = [5, 10, 25, 50, 75, 100, 250, 500, 1000, 2500, 10_000];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_cumulative_and_named() {
        let metrics = Metrics::default();
        metrics.request("form", "ok");
        let form = FormName::parse("kecil").unwrap();
        for millis in [1, 30, 20_000] {
            metrics.submission(&form, "ok", Duration::from_millis(millis));
        }
        let text = metrics.text(&[Gauge { name: "segel_up", help: "Up.", kind: "gauge", value: 1 }]);
        for line in [
            "segel_requests_total{route=\"form\",code=\"ok\"} 1",
            "segel_submissions_total{form=\"kecil\",code=\"ok\"} 3",
            "segel_submission_seconds_bucket{le=\"0.005\"} 1",
            "segel_submission_seconds_bucket{le=\"0.050\"} 2",
            "segel_submission_seconds_bucket{le=\"+Inf\"} 3",
            "segel_submission_seconds_sum 20.031000",
            "segel_submission_seconds_count 3",
            "# TYPE segel_up gauge",
            "segel_up 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
