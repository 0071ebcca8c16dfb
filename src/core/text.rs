//! Text in every language of a form. FORMAT §5.1.

use crate::json::Value;
use crate::limits;
use crate::shape::{MisfitCause, Shape};

/// The same sentence in each language of a form, the authoritative one first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<(String, String)>);

impl Text {
    /// The sentence in `language`, or in the authoritative one if the form does not have it.
    #[must_use]
    pub fn get(&self, language: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == language).or_else(|| self.0.first());
        found.map_or("", |(_, text)| text)
    }

    pub(crate) fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Self {
        let Some(entries) = value.as_object() else {
            shape.refuse(MisfitCause::WrongType { wanted: "an object with a text for each language" });
            return Self::default();
        };
        for (language, _) in entries {
            if !languages.contains(language) {
                shape.at(language, |shape| shape.refuse(MisfitCause::UnknownLanguage));
            }
        }
        let texts = languages.iter().map(|language| {
            let text = shape.need(value, language, |shape, value| shape.shown(value, limits::TEXT_BYTES));
            (language.clone(), text)
        });
        Self(texts.collect())
    }
}
