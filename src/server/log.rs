//! One line a request and one line an event, from an allow-list of fields.
//!
//! Threat: a log outlives what it speaks about and is read by many. So nothing a stranger sent is ever written: no
//! address, path, query, body, id or header. A form's name is written only if that form is published here.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use segel_core::id::FormName;

use crate::clock;

/// Where lines go.
pub(crate) struct Log(Mutex<Box<dyn Write + Send>>);

/// What one line says of a request: these fields and no others.
#[derive(Debug)]
pub(crate) struct RequestLine<'a> {
    /// A method that we know, else `other`.
    pub(crate) method: &'static str,
    /// Name of the route, never the path.
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    /// From the whole header to the answer's first byte.
    pub(crate) took: Duration,
    /// Only of a form that is published here.
    pub(crate) form: Option<&'a FormName>,
    /// `ok` or the code of the refusal.
    pub(crate) code: &'static str,
}

impl Log {
    /// Writes lines to `out`.
    pub(crate) fn new(out: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(out))
    }

    /// Notes a request.
    pub(crate) fn request(&self, line: &RequestLine<'_>) {
        let form = line.form.map_or("-", FormName::as_str);
        let RequestLine { method, route, status, code, .. } = line;
        let ms = line.took.as_millis();
        self.write(&format!("method={method} route={route} status={status} ms={ms} form={form} code={code}"));
    }

    /// Notes something that an operator should know. `cause` is ours or the operating system's, never a stranger's.
    pub(crate) fn event(&self, event: &'static str, subject: &str, cause: &dyn std::fmt::Display) {
        self.write(&format!("event={event} subject={subject:?} cause={:?}", cause.to_string()));
    }

    /// One call, so that lines of several threads do not mix. A log that cannot be written does not stop the server.
    fn write(&self, fields: &str) {
        let time = clock::now().map_or_else(|| String::from("-"), |now| now.text());
        let line = format!("time={time} {fields}\n");
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(line.as_bytes());
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Arc;

    /// A log that can be read back.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Memory {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_request_is_one_line_of_known_fields() {
        let memory = Memory::default();
        let form = FormName::parse("daftar").unwrap();
        let took = Duration::from_millis(7);
        let line = RequestLine { method: "POST", route: "submit", status: 201, took, form: Some(&form), code: "ok" };
        Log::new(Box::new(memory.clone())).request(&line);
        let text = memory.text();
        let (time, rest) = text.split_once(' ').unwrap();
        assert!(segel_core::time::Time::parse(time.strip_prefix("time=").unwrap()).is_some());
        assert_eq!(rest, "method=POST route=submit status=201 ms=7 form=daftar code=ok\n");
    }

    #[test]
    fn an_event_stays_on_its_line() {
        let memory = Memory::default();
        Log::new(Box::new(memory.clone())).event("form_broken", "a\nb.segel", &"cause \u{1b}[31m\"x\"");
        let text = memory.text();
        assert!(
            text.ends_with("event=form_broken subject=\"a\\nb.segel\" cause=\"cause \\u{1b}[31m\\\"x\\\"\"\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }
}
