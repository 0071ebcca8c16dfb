//! Which pages elsewhere may post a form from a browser, and learn the answer.
//!
//! Threat: none that this stops; whoever has no browser has no origin. It keeps other people's pages from using a shop's form
//! in their visitors' browsers, so that what arrives came from where the shop put it.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use segel_core::id::FormName;

/// For each form that has a list: the origins on it. A form without one may be embedded anywhere.
#[derive(Debug, Clone, Default)]
pub struct Origins(BTreeMap<FormName, Vec<String>>);

impl Origins {
    /// Puts one more form's list in place.
    ///
    /// # Errors
    /// The text that is not `https://HOST` or `http://HOST`, with or without a port.
    pub fn list(&mut self, form: FormName, origins: Vec<String>) -> Result<(), String> {
        if let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) {
            return Err(wrong.clone());
        }
        self.0.insert(form, origins);
        Ok(())
    }

    /// Which forms have a list.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &FormName> {
        self.0.keys()
    }

    /// Whether every form may be embedded anywhere.
    pub(crate) fn are_open(&self) -> bool {
        self.0.is_empty()
    }

    /// Says in the answer who may read it.
    pub(crate) fn grant(&self, form: Option<&FormName>, asked: Option<&HeaderValue>, headers: &mut HeaderMap) {
        // A page elsewhere is to come back when we say, too.
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        let Some(list) = form.and_then(|form| self.0.get(form)) else {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return;
        };
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = asked.filter(|asked| list.iter().any(|origin| origin.as_bytes() == asked.as_bytes())) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
    }
}

/// As a browser spells it: small letters, no path, no final slash.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_can_be_listed() {
        let form = FormName::parse("kecil").unwrap();
        let list = |origin: &str| Origins::default().list(form.clone(), vec![origin.to_owned()]);
        for good in ["https://toko.example", "http://localhost:8080", "https://[::1]"] {
            assert_eq!(list(good), Ok(()));
        }
        for wrong in ["null", "*", "toko.example", "https://toko.example/", "https://Toko.example", "https://"] {
            assert_eq!(list(wrong), Err(wrong.to_owned()));
        }
    }
}
