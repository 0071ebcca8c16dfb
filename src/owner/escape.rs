//! Text from outside, made harmless for a terminal. Everything that a form, a submission or a server says goes through here
//! before it is printed: an escape sequence could clear the screen, set the clipboard or forge a line of ours.

/// `text` with control, direction and invisible characters written as `\u{…}`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = character.is_control()
            || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

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
}
