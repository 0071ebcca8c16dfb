//! Findings as text for people, JSON for programs, SARIF for code hosts and editors, workflow commands for GitHub.

use std::path::Path;

use serde_json::{Value, json};

use crate::args::{Check, CheckFormat, Lang, Profile};
use crate::escape::escape;
use crate::lint::{self, Finding, Look, Report, Rule, Severity};

/// `FILE:LINE:COLUMN: error RULE: what is wrong`, then what to do and the article.
pub(super) fn text(report: &Report, name: &str, profile: Profile, lang: Lang) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let (rule, (line, column)) = (finding.rule, finding.place);
        let severity = weight(rule.severity, lang);
        text.push_str(&format!("{name}:{line}:{column}: {severity} {}: {}\n", rule.id, message(finding, lang)));
        let article = match rule.article(profile) {
            "" => String::new(),
            article => format!(" [{article}]"),
        };
        text.push_str(&format!("  -> {}{article}\n", rule.fix.pick(lang)));
    }
    text
}

/// Stable, in English; sentences in both languages.
pub(super) fn json(report: &Report, path: &Path, profile: Profile) -> String {
    let findings: Vec<Value> = report.findings.iter().map(|finding| {
        let rule = finding.rule;
        json!({
            "rule": rule.id, "name": rule.name, "severity": weight(rule.severity, Lang::En),
            "line": finding.place.0, "column": finding.place.1, "end_line": finding.end.0, "end_column": finding.end.1,
            "path": finding.path, "article": rule.article(profile),
            "message": {"id": message(finding, Lang::Id), "en": message(finding, Lang::En)},
            "fix": {"id": rule.fix.id, "en": rule.fix.en},
        })
    }).collect();
    let document = json!({
        "file": path, "profile": profile.as_str(), "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning), "notes": report.count(Severity::Note), "findings": findings,
    });
    format!("{document}\n")
}

/// SARIF 2.1.0.
pub(super) fn sarif(report: &Report, path: &Path, profile: Profile, lang: Lang) -> String {
    let rules: Vec<Value> = lint::rules().map(|rule| {
        json!({
            "id": rule.id, "name": rule.name, "shortDescription": {"text": rule.says.pick(lang)},
            "help": {"text": rule.fix.pick(lang)}, "defaultConfiguration": {"level": weight(rule.severity, Lang::En)},
            "properties": {"article": rule.article(profile)},
        })
    }).collect();
    let results: Vec<Value> = report.findings.iter().map(|finding| {
        let rule = finding.rule;
        let (line, column, end_line, end_column) = (finding.place.0, finding.place.1, finding.end.0, finding.end.1);
        json!({
            "ruleId": rule.id, "ruleIndex": lint::rules().position(|other| other.id == rule.id),
            "level": weight(rule.severity, Lang::En),
            "message": {"text": format!("{}. {}", message(finding, lang), rule.fix.pick(lang))},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(path)},
                    "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.path}],
            }],
        })
    }).collect();
    let driver = json!({"name": "segel check", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules});
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    });
    format!("{document:#}\n")
}

/// One workflow command a finding; a runner shows it beside the line.
pub(super) fn github(report: &Report, path: &Path, lang: Lang) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let (rule, (line, column), (end_line, end_column)) = (finding.rule, finding.place, finding.end);
        let command = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let file = property(&path.to_string_lossy());
        // A runner takes an end column only where the end is on the same line.
        let end = if line == end_line { format!(",endColumn={end_column}") } else { String::new() };
        text.push_str(&format!(
            "::{command} file={file},line={line},endLine={end_line},col={column}{end},title={} {}::{}\n",
            rule.id,
            rule.name,
            data(&format!("{}\n{}", message(finding, lang), rule.fix.pick(lang)))
        ));
    }
    text
}

/// Every rule, for a person or as JSON.
pub(super) fn rules(args: &Check, lang: Lang) -> String {
    if args.format != CheckFormat::Text {
        let all: Vec<Value> = lint::rules().map(|rule| {
            json!({
                "rule": rule.id, "name": rule.name, "severity": weight(rule.severity, Lang::En), "held": rule.look.code(), "profiles": profiles(rule),
                "articles": {"id": rule.law.id, "eu": rule.law.en}, "message": {"id": rule.says.id, "en": rule.says.en},
                "fix": {"id": rule.fix.id, "en": rule.fix.en},
            })
        }).collect();
        return format!("{:#}\n", Value::from(all));
    }
    let lines = lint::rules().filter(|rule| profiles(rule).contains(&args.profile.as_str())).map(|rule| {
        let severity = match (&rule.look, lang) {
            (Look::Built, Lang::En) => "built in",
            (Look::Built, Lang::Id) => "dijamin",
            _ => weight(rule.severity, lang),
        };
        let line = format!("{} {severity:<10} {:<34} {}", rule.id, rule.name, rule.article(args.profile));
        // What nobody can break is of use only with the reason why.
        let how =
            if matches!(rule.look, Look::Built) { format!("    {}\n", rule.fix.pick(lang)) } else { String::new() };
        format!("{}\n{how}", line.trim_end())
    });
    lines.collect()
}

fn profiles(rule: &Rule) -> Vec<&'static str> {
    match rule.look {
        Look::In(profile, _) => vec![profile.as_str()],
        _ => vec![Profile::Id.as_str(), Profile::Eu.as_str()],
    }
}

fn message(finding: &Finding, lang: Lang) -> String {
    let says = finding.rule.says.pick(lang);
    match &finding.detail {
        None => says.to_owned(),
        Some(words) => format!("{says}: {}", escape(if lang == Lang::Id { &words.id } else { &words.en })),
    }
}

const fn weight(severity: Severity, lang: Lang) -> &'static str {
    match (severity, lang) {
        (Severity::Error, Lang::En) => "error",
        (Severity::Error, Lang::Id) => "galat",
        (Severity::Warning, Lang::En) => "warning",
        (Severity::Warning, Lang::Id) => "peringatan",
        (Severity::Note, Lang::En) => "note",
        (Severity::Note, Lang::Id) => "catatan",
    }
}

/// A path as a relative reference of RFC 3986.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
