//! Text from outside, made harmless for a terminal. Everything that a form, a submission or a server says goes through here
//! before it is printed: an escape sequence could clear the screen, set the clipboard or forge a line of ours.

/// The same for JSON, where `\u` and four digits say the same character, so that nothing is lost.
pub(crate) use segel_core::document::escape as escape_json;
use segel_core::document::is_hidden;

/// `text` with control, direction and invisible characters written as `\u{…}`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, escape_json};

    #[test]
    fn a_terminal_is_left_alone() {
        for text in ["\u{1b}[2J", "\u{1b}]52;c;eA==\u{7}", "\u{9b}31m", "a\rb", "a\nb", "a\u{202e}b"] {
            assert!(
                !escape(text).chars().any(|character| character.is_control() || character == '\u{202e}'),
                "{text:?}"
            );
        }
        assert_eq!(escape("Sári 😀 +62"), "Sári 😀 +62");
    }

    #[test]
    fn json_says_the_same_without_a_hidden_character() {
        let text = "a\u{9b}31m\u{202e}b\u{feff} \u{1b}]52;c;eA==\u{7} 😀\u{7f}";
        let escaped = escape_json(&serde_json::json!(text).to_string());
        assert!(escaped.chars().all(|character| !character.is_control() && character != '\u{202e}'), "{escaped}");
        let back: Result<String, _> = serde_json::from_str(&escaped);
        assert_eq!(back.ok().as_deref(), Some(text));
    }
}
