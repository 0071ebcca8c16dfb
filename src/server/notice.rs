//! The privacy notice of a form by itself: a plain page to read, print or link to, and the same as JSON for machines. Both carry the digest
//! that every consent record of the form repeats, so that anybody can tell which notice was shown.

use segel_core::json::Writer;
use segel_core::{Form, Notice};

use crate::page::escape;

/// Every language of the notice as one page, the authoritative one first.
pub(crate) fn html(form: &Form) -> String {
    let first = form.languages().first().map_or("id", String::as_str);
    let title = escape(form.definition().title().get(first));
    let controller = escape(form.definition().controller().name());
    let notices: String = notices(form).map(|notice| section(form, notice)).collect();
    let (name, version) = (form.name(), form.version());
    let language = escape(first);
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {controller}</title>
<link rel="icon" href="/segel/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/segel/page.css">
</head>
<body>
<main class="segel-page">
<h1>{controller}</h1>
{notices}<p><a href="/f/{name}">{title}</a> · {version}</p>
</main>
</body>
</html>
"#
    )
}

fn section(form: &Form, notice: Notice<'_>) -> String {
    let language = escape(notice.language());
    let heading = escape(form.definition().title().get(notice.language()));
    let mut text = format!("<article lang=\"{language}\">\n<h2>{heading}</h2>\n{}", paragraphs(notice.summary()));
    for (heading, lines) in notice.sections() {
        text.push_str(&format!("<h3>{}</h3>\n{}", escape(heading), paragraphs(lines)));
    }
    // What a parent or guardian states, as the form shows it: the digest covers it too.
    if let Some(guardian) = notice.guardian() {
        text.push_str(&format!("<blockquote>\n{}</blockquote>\n", paragraphs(guardian)));
    }
    text.push_str(&format!("<p class=\"digest\">SHA-256 {}</p>\n</article>\n", notice.digest()));
    text
}

fn paragraphs(text: &str) -> String {
    text.split('\n').map(|line| format!("<p>{}</p>\n", escape(line))).collect()
}

/// The same in canonical JSON.
pub(crate) fn json(form: &Form) -> String {
    let mut out = Writer::default();
    out.open('{');
    out.entry("authoritative", form.languages().first().map_or("", String::as_str));
    out.entry("form", form.name().as_str());
    out.entry("form_sha256", &form.digest().to_string());
    out.key("notices");
    out.open('{');
    let mut sorted: Vec<Notice<'_>> = notices(form).collect();
    sorted.sort_by_key(Notice::language);
    for notice in sorted {
        out.key(notice.language());
        out.open('{');
        if let Some(guardian) = notice.guardian() {
            out.entry("guardian", guardian);
        }
        out.key("sections");
        out.open('[');
        for (heading, text) in notice.sections() {
            out.open('{');
            out.entry("heading", heading);
            out.entry("text", text);
            out.close('}');
        }
        out.close(']');
        out.entry("sha256", &notice.digest().to_string());
        out.entry("summary", notice.summary());
        out.close('}');
    }
    out.close('}');
    out.key("version");
    out.number(u64::from(form.version()));
    out.close('}');
    out.finish()
}

fn notices(form: &Form) -> impl Iterator<Item = Notice<'_>> {
    form.languages().iter().filter_map(|language| form.notice(language))
}
