//! Holds `segel check` against the examples of `rules/`: one file a rule, each with what passes and what fails.
//!
//! A file is text. `# ` begins a comment. A line `pass` or `fail PATH` begins an example (`eu` behind it: under that profile); the lines
//! below it change `www/forms/daftar.json`: `set PATH JSON`, `add PATH JSON` to a list, `remove PATH`, or `raw TEXT` for another text. With
//! `page` behind it the example is a page, its lines behind `html `; OWNER in them is a fingerprint.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn every_rule_passes_what_it_should_and_finds_what_it_should() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(super::root().join("tests/owner/rules")).unwrap() {
        let path = entry.unwrap().path();
        files.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap());
    }
    let mut wrong = Vec::new();
    for rule in all_rules() {
        let Some(text) = files.remove(&rule) else {
            wrong.push(format!("{rule}: no examples"));
            continue;
        };
        let examples = examples(&text);
        for (begins, example) in [("pass", "passes"), ("fail", "fails")] {
            if !examples.iter().any(|(head, _)| head.starts_with(begins)) {
                wrong.push(format!("{rule}: nothing that {example}"));
            }
        }
        wrong.extend(examples.iter().filter_map(|(head, edits)| try_one(&rule, head, edits).err()));
    }
    assert!(files.is_empty(), "examples of no rule: {files:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn try_one(rule: &str, head: &str, edits: &[String]) -> Result<(), String> {
    let eu = head.ends_with(" eu");
    let findings = match head.ends_with(" page") {
        true => {
            let lines = edits.iter().map(|line| line.strip_prefix("html ").unwrap_or_else(|| panic!("{rule}: {line}")));
            let page = lines.collect::<Vec<_>>().join("\n").replace("OWNER", OWNER);
            found_in(&page, &["--page", "-"])
        }
        false => check(&edited(edits), if eu { "eu" } else { "id" }),
    };
    let of = |id: &str| -> Vec<String> {
        let found = findings.iter().filter(|finding| finding["rule"] == id);
        found.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
    };
    let at = of(rule);
    match head.trim_end_matches(" eu").trim_end_matches(" page").strip_prefix("fail") {
        // An example that passes only because it is no form would show nothing.
        None if at.is_empty() && of("F00").is_empty() && of("F01").is_empty() => Ok(()),
        Some(path) if at.iter().any(|found| found == path.trim()) => Ok(()),
        _ => Err(format!("{rule}: {head} {edits:?}: {rule} found at {at:?}, all: {findings:#?}")),
    }
}

fn examples(text: &str) -> Vec<(String, Vec<String>)> {
    let mut examples: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if line.starts_with("pass") || line.starts_with("fail") {
            examples.push((line.to_owned(), Vec::new()));
        } else {
            examples.last_mut().unwrap().1.push(line.to_owned());
        }
    }
    examples
}

/// The definition that every example begins with.
pub(super) fn example() -> Value {
    serde_json::from_str(&fs::read_to_string(super::root().join("www/forms/daftar.json")).unwrap()).unwrap()
}

fn edited(edits: &[String]) -> String {
    let mut value = example();
    for edit in edits {
        let (act, rest) = edit.split_once(' ').unwrap();
        if act == "raw" {
            return rest.to_owned();
        }
        let (path, json) = rest.split_once(' ').unwrap_or((rest, "null"));
        let new: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{edit}: {error}"));
        let pointer = format!("/{}", path.replace('[', "/").replace(']', "").replace('.', "/"));
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let at = value.pointer_mut(parent).unwrap_or_else(|| panic!("{edit}: no {parent}"));
        match (act, at) {
            ("add", at) => at[key].as_array_mut().unwrap().push(new),
            ("set", Value::Array(items)) => items[key.parse::<usize>().unwrap()] = new,
            ("set", at) => at[key] = new,
            ("remove", Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
            ("remove", at) => drop(at.as_object_mut().unwrap().remove(key)),
            _ => panic!("{edit}: no such change"),
        }
    }
    value.to_string()
}

/// What is found in a definition under a profile.
pub(super) fn check(definition: &str, profile: &str) -> Vec<Value> {
    found_in(definition, &["-", "--profile", profile])
}

fn found_in(text: &str, words: &[&str]) -> Vec<Value> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_segel"));
    program.args(["check", "--format", "json"]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = report["errors"].as_u64().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(errors > 0)), "{report:#}");
    report["findings"].as_array().unwrap().clone()
}

fn all_rules() -> Vec<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_segel")).args(["check", "--rules", "--format", "json"]).output().unwrap();
    let rules: Value = serde_json::from_slice(&output.stdout).unwrap();
    // What holds by construction no example can break, and what publishing holds is in publish_changes.txt.
    let held = |rule: &&Value| matches!(rule["held"].as_str(), Some("definition" | "page"));
    rules.as_array().unwrap().iter().filter(held).map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect()
}

const OWNER: &str = "segel1n67k4f8ntt28d8sg874k5u035akwms239jtmsgrf6qnf4yvf70vs39gwhu";
