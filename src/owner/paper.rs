//! Pages to print: HTML without scripts, which a browser can neither connect nor run anything from.

use crate::args::Lang;
use crate::escape::escape;

/// A page on its way.
pub(crate) struct Paper(String);

impl Paper {
    pub(crate) fn new(lang: Lang, title: &str) -> Self {
        let code = if lang == Lang::Id { "id" } else { "en" };
        let title = safe(title);
        Self(format!(
            "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{STYLE}</style></head><body>\n"
        ))
    }

    /// Something that begins on a sheet of its own.
    pub(crate) fn sheet(&mut self, write: impl FnOnce(&mut Self)) {
        self.0.push_str("<section>\n");
        write(self);
        self.0.push_str("</section>\n");
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.element("h1", text);
    }

    pub(crate) fn part(&mut self, text: &str) {
        self.element("h2", text);
    }

    pub(crate) fn text(&mut self, text: &str) {
        text.split('\n').filter(|line| !line.is_empty()).for_each(|line| self.element("p", line));
    }

    /// Small print: what a machine compares.
    pub(crate) fn small(&mut self, text: &str) {
        self.0.push_str(&format!("<p class=\"small\">{}</p>\n", safe(text)));
    }

    /// Names and what they stand for.
    pub(crate) fn list(&mut self, rows: &[(String, String)]) {
        self.0.push_str("<dl>\n");
        for (name, value) in rows {
            self.0.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", safe(name), safe(value)));
        }
        self.0.push_str("</dl>\n");
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push_str("</body></html>\n");
        self.0
    }

    fn element(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>{}</{name}>\n", safe(text)));
    }
}

/// Text as text: no markup, no character that turns the line around.
fn safe(text: &str) -> String {
    let text = text.split('\n').map(escape).collect::<Vec<_>>().join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}\
section{break-after:page;border-bottom:1px solid #999;padding-bottom:2rem;margin-bottom:2rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}p{margin:.5rem 0;white-space:pre-line}\
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}\
.small{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}\
@media print{body{margin:0;max-width:none}section{border:0}}";

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn nothing_that_a_customer_wrote_is_markup_or_turns_the_line() {
        assert_eq!(safe("<b>\"&\u{202e}x\u{1b}[2J"), "&lt;b&gt;&quot;&amp;\\u{202e}x\\u{1b}[2J");
        assert_eq!(safe("a\nb"), "a\nb");
    }
}
