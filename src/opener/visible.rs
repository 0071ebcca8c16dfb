//! Text from outside, made honest for the eye. It is never markup, but a direction or invisible character could still make a name or
//! a file's ending look like another one.

/// `text` with direction, invisible and control characters written as `\u{…}`; line breaks and tabs stay.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let hidden = letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(letter, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn an_ending_cannot_be_turned_around() {
        assert_eq!(visible("foto\u{202e}gpj.exe"), "foto\\u{202e}gpj.exe");
        assert_eq!(visible("a\u{200b}b\u{feff}\u{1b}"), "a\\u{200b}b\\u{feff}\\u{1b}");
    }

    #[test]
    fn what_people_write_stays() {
        let text = "Sári 😀👩\u{200d}👩\u{200d}👧 אבא\n\tbaris dua";
        assert_eq!(visible(text), text);
    }
}
