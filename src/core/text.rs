//! Text in every language of a form. FORMAT §5.1.

use alloc::string::String;

use crate::json::Value;

/// The same sentence in each language of a form, as it stands in the definition.
#[derive(Debug, Clone, Copy)]
pub struct Text<'v>(pub(crate) &'v Value);

impl<'v> Text<'v> {
    /// The sentence in `language`; if the form does not have it, in the first one by code.
    #[must_use]
    pub fn get(self, language: &str) -> &'v str {
        let entries = self.0.as_object().unwrap_or_default();
        let text = self.0.get(language).or_else(|| entries.first().map(|(_, text)| text));
        text.and_then(Value::as_text).unwrap_or_default()
    }
}

/// The pieces in one string. The library's `concat` and `join` are 2 KB in a customer's download.
pub(crate) fn join(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece);
    }
    text
}
