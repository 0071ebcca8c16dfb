//! What a worksheet makes of text. ECMA-376 part 1, §22.9.2.19: `_xHHHH_` stands for a character that XML cannot hold.

/// Appends `text` so that a reader finds every letter again.
pub(super) fn escape(text: &str, out: &mut String) {
    for (at, letter) in text.char_indices() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A reader of XML turns CR into LF, and knows no other control.
            '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("_x{:04X}_", u32::from(letter)));
            }
            '_' if looks_escaped(&text[at..]) => out.push_str("_x005F_"),
            letter => out.push(letter),
        }
    }
}

/// Whether a reader would take this for an escape: `_xHHHH_`.
fn looks_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

/// UTF-16 units, which is how a spreadsheet counts.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text in pieces of at most `most` units.
pub(super) fn pieces(text: &str, most: usize) -> Vec<&str> {
    let (mut pieces, mut start, mut units) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > most {
            pieces.push(&text[start..at]);
            (start, units) = (at, letter.len_utf16());
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The letters of a column, counted from 0.
pub(super) fn column(index: usize) -> String {
    let (rest, last) = (index / 26, index % 26);
    let mut letters = if rest == 0 { String::new() } else { column(rest - 1) };
    letters.push(char::from(b'A' + u8::try_from(last).unwrap_or_default()));
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        let named = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")];
        for (index, name) in named {
            assert_eq!(column(index), name);
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_escaped_and_what_looks_like_that_too() {
        let escaped = |text: &str| {
            let mut out = String::new();
            escape(text, &mut out);
            out
        };
        assert_eq!(escaped("a\u{0}\u{1b}\r\n\tb"), "a_x0000__x001B__x000D_\n\tb");
        assert_eq!(escaped("\u{fffe}\u{ffff}\u{fffd}"), "_xFFFE__xFFFF_\u{fffd}");
        assert_eq!(escaped("_x0041_ _x004_ _y0041_ _"), "_x005F_x0041_ _x004_ _y0041_ _");
        // the second one shares its underscore with the first
        assert_eq!(escaped("_x0041_x0042_"), "_x005F_x0041_x005F_x0042_");
    }
}
