//! A page as a browser takes it apart, as far as the rules ask: its tags with their attributes, each with its place, and the text of scripts
//! and styles. No tree: what a tag loads does not depend on what stands around it.
//!
//! Threat: the page may be anybody's. Reading is one pass, whose time grows with the page alone, and nothing of it is ever run or fetched.

use std::collections::HashSet;

/// A start tag.
pub(super) struct Tag {
    /// In lower case.
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) end: usize,
    attributes: Vec<Attribute>,
    /// What stands in a script or style, up to its end.
    pub(super) text: String,
    /// Whether it stands in `<noscript>`, where a browser that runs scripts sees text.
    pub(super) unscripted: bool,
}

/// One attribute; the first of a name counts, as in a browser.
pub(super) struct Attribute {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Tag {
    /// Without the white space around it, which no address means.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|attribute| attribute.value.trim())
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// The start tags of a page, in order.
pub(super) fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    // Where the `<noscript>` ends that is being read: nothing in it reaches further, for it is text to a browser that runs scripts. What
    // it has for others counts, too.
    let mut noscript: Option<usize> = None;
    loop {
        let page = &page[..noscript.unwrap_or(page.len())];
        let Some(open) = page[at..].find('<').map(|found| at + found) else {
            let Some(end) = noscript.take() else { return tags };
            at = end;
            continue;
        };
        let rest = &page[open + 1..];
        at = if let Some(comment) = rest.strip_prefix("!--") {
            open + 4 + comment_length(comment)
        } else if rest.starts_with(|character: char| character.is_ascii_alphabetic()) {
            let mut tag = Read { page, at: open + 1 }.tag(open);
            tag.unscripted = noscript.is_some();
            let end = tag.end;
            let behind = end + raw(&tag.name, &page[end..]);
            if tag.name == "noscript" && noscript.is_none() {
                noscript = Some(end + text_length("noscript", &page[end..]));
            }
            page[end..behind].clone_into(&mut tag.text);
            tags.push(tag);
            behind
        } else if rest.starts_with('/') && rest[1..].starts_with(|character: char| character.is_ascii_alphabetic()) {
            // An end tag may have attributes, and in them any character.
            Read { page, at: open + 2 }.tag(open).end
        } else if rest.starts_with(['/', '!', '?']) {
            // A doctype, or what a browser takes for a comment: up to its end.
            rest.find('>').map_or(page.len(), |found| open + 2 + found)
        } else {
            open + 1
        };
    }
}

/// How long a comment is behind `<!--`, its end with it.
fn comment_length(comment: &str) -> usize {
    // `<!-->` and `<!--->` are whole comments.
    if let Some(short) = ["->", ">"].iter().find(|end| comment.starts_with(**end)) {
        return short.len();
    }
    let ends =
        |at: usize| ["-->", "--!>"].iter().find(|end| comment[at..].starts_with(**end)).map(|end| at + end.len());
    comment.match_indices("--").find_map(|(at, _)| ends(at)).unwrap_or(comment.len())
}

/// How many bytes behind a start tag are text whatever they look like.
fn raw(name: &str, rest: &str) -> usize {
    match name {
        "script" | "style" | "textarea" | "title" | "iframe" | "noembed" | "noframes" | "xmp" => {
            text_length(name, rest)
        }
        _ => 0,
    }
}

/// How many bytes there are up to an end tag.
fn text_length(name: &str, rest: &str) -> usize {
    let closes = |at: &usize| {
        let behind = &rest.as_bytes()[at + 2..];
        behind.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && behind.get(name.len()).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
    };
    rest.match_indices("</").map(|(at, _)| at).find(closes).unwrap_or(rest.len())
}

struct Read<'p> {
    page: &'p str,
    at: usize,
}

impl<'p> Read<'p> {
    fn tag(&mut self, open: usize) -> Tag {
        let name = self.word(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')).to_ascii_lowercase();
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut names = HashSet::new();
        loop {
            self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
            match self.peek() {
                None => break,
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(_) => {
                    let attribute = self.attribute();
                    if names.insert(attribute.name.clone()) {
                        attributes.push(attribute);
                    }
                }
            }
        }
        Tag { name, at: open, end: self.at, attributes, text: String::new(), unscripted: false }
    }

    fn attribute(&mut self) -> Attribute {
        let at = self.at;
        // A name may begin with `=`, by which no value begins.
        self.at += 1;
        self.word(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'='));
        let name = self.page.get(at..self.at).unwrap_or_default().to_ascii_lowercase();
        let mut end = self.at;
        let mut value = String::new();
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_whitespace());
            let text = match self.peek() {
                Some(quote @ (b'"' | b'\'')) => {
                    self.at += 1;
                    let text = self.word(|byte| byte == quote);
                    self.at = (self.at + 1).min(self.page.len());
                    text
                }
                _ => self.word(|byte| byte.is_ascii_whitespace() || byte == b'>'),
            };
            value = plain(text);
            end = self.at;
        }
        Attribute { name, value, at, end }
    }

    /// Up to a byte; the bytes are ASCII, so that no character is cut.
    fn word(&mut self, ends: impl Fn(u8) -> bool) -> &'p str {
        let from = self.at.min(self.page.len());
        self.skip(|byte| !ends(byte));
        // Where a first character of many bytes was stepped into.
        self.page.get(from..self.at).unwrap_or_default()
    }

    fn skip(&mut self, while_so: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&while_so) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.page.as_bytes().get(self.at).copied()
    }
}

/// A value without the references that an address may be written with.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = reference(rest).unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character that a text's first reference stands for, and how long that is.
fn reference(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 17] = [
        ("&amp;", '&'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&colon;", ':'),
        ("&sol;", '/'),
        ("&period;", '.'),
        ("&num;", '#'),
        ("&Tab;", '\t'),
        ("&NewLine;", '\n'),
        ("&bsol;", '\\'),
        ("&lpar;", '('),
        ("&rpar;", ')'),
        ("&commat;", '@'),
        ("&comma;", ','),
        ("&semi;", ';'),
    ];
    if let Some((name, character)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((*character, name.len()));
    }
    let digits = text.strip_prefix("&#")?;
    let (radix, digits, start) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits, 3),
        None => (10, digits, 2),
    };
    let length = digits.bytes().take(8).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let character = u32::from_str_radix(digits.get(..length)?, radix).ok().and_then(char::from_u32)?;
    let closed = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((character, start + length + closed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: &str) -> Vec<String> {
        let one = |tag: &Tag| {
            let attributes =
                tag.attributes.iter().map(|one| format!(" {}={}", one.name, one.value)).collect::<String>();
            format!("{}{attributes}|{}", tag.name, tag.text)
        };
        tags(page).iter().map(one).collect()
    }

    #[test]
    fn tags_are_found_where_a_browser_finds_them() {
        let cases: [(&str, &[&str]); 17] = [
            ("<!doctype html><P class=a CLASS=b>x < y</p>", &["p class=a|"]),
            ("<img src = \"a b\"alt='>'/>", &["img src=a b alt=>|"]),
            ("<!-- <script src=x> --><br>", &["br|"]),
            ("<!--><i><!---><b>", &["i|", "b|"]),
            ("<script>if (a<b) '<img src=x>'</SCRIPT><hr>", &["script|if (a<b) '<img src=x>'", "hr|"]),
            ("<a href=//x.example/?a&amp;b&#x3a;&#58;&no>", &["a href=//x.example/?a&b::&no|"]),
            ("<input disabled value=é name>", &["input disabled= value=é name=|"]),
            ("<style>a{}", &["style|a{}"]),
            ("<a =é ü", &["a =é= ü=|"]),
            ("<!-- --!><i><!-- --x> --><b>", &["i|", "b|"]),
            ("<!----><i><!----!><b>", &["i|", "b|"]),
            (
                "<noscript><!--</noscript><i><noscript><img src='</noscript><b>",
                &["noscript|", "i|", "noscript|", "img src=|", "b|"],
            ),
            ("<noscript><noscript><i></noscript><b>", &["noscript|", "noscript|", "i|", "b|"]),
            ("<iframe><!--</iframe><i>", &["iframe|<!--", "i|"]),
            ("<script></scriptx><i></script/><b>", &["script|</scriptx><i>", "b|"]),
            ("</p a='>' <!-- ><i></><b></ -- ><u>", &["i|", "b|", "u|"]),
            ("<a b=&Tab;&NewLine;&bsol;&lpar;&rpar;&commat;&comma;&semi;>", &["a b=\t\n\\()@,;|"]),
        ];
        for (page, expected) in cases {
            assert_eq!(shown(page), expected, "{page}");
        }
    }

    #[test]
    fn only_what_stands_in_noscript_is_unscripted() {
        let found: Vec<bool> = tags("<i><noscript><i></noscript><i>").iter().map(|tag| tag.unscripted).collect();
        assert_eq!(found, [false, false, true, false]);
    }

    #[test]
    fn a_page_that_is_cut_anywhere_is_read_to_its_end() {
        let page = "<!doctype html><!-- é --><a hréf='é\u{1f600}' b=\"&#x1f600;\"><script é>é</script><noscript><!--é</noscript></é b='>'><textarea></x";
        for cut in (0..=page.len()).filter(|cut| page.is_char_boundary(*cut)) {
            for tag in tags(&page[..cut]) {
                assert!(tag.at < tag.end && tag.end <= cut);
            }
        }
    }
}
