//! What a fresh machine lacks: installed where we may, else named with the exact command.

use std::path::Path;
use std::process::Command;

use crate::root;
use crate::run::{Outcome, exists, finish, output, program, sh};

/// The target of both browser modules.
pub(crate) fn wasm_target() -> Outcome {
    let folder = output("rustc", &["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if exists("rustup") {
        return sh("rustup", &["target", "add", "wasm32-unknown-unknown"]);
    }
    Err(String::from("the wasm32-unknown-unknown target is missing; run: rustup target add wasm32-unknown-unknown"))
}

/// The npm packages of a folder, by its lock file.
pub(crate) fn npm(folder: &str) -> Outcome {
    if !exists("node") || !exists("npm") {
        return Err(String::from("Node 20 with npm is missing; run: apt-get install nodejs npm"));
    }
    let folder = root().join(folder);
    let time = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let done = time(&folder.join("node_modules/.package-lock.json"));
    if done.is_some_and(|done| time(&folder.join("package-lock.json")).is_some_and(|lock| lock <= done)) {
        return Ok(());
    }
    let mut npm = program("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    finish(npm.current_dir(folder))
}

/// A Chromium that tests can drive.
pub(crate) fn chromium() -> Result<String, String> {
    let named = std::env::var("SEGEL_CHROMIUM").ok();
    let known = ["chromium", "chromium-browser", "google-chrome"].map(String::from);
    let find = || named.iter().chain(&known).find(|name| exists(name)).cloned();
    if let Some(found) = find() {
        return Ok(found);
    }
    apt("chromium")?;
    find().ok_or_else(|| String::from("no Chromium was found; set SEGEL_CHROMIUM to its path"))
}

/// A stock Firefox, which the owner's page must work in too.
pub(crate) fn firefox() -> Result<String, String> {
    let named = std::env::var("SEGEL_FIREFOX").ok();
    let known = ["firefox-esr", "firefox"].map(String::from);
    let find = || named.iter().chain(&known).find(|name| exists(name)).cloned();
    if let Some(found) = find() {
        return Ok(found);
    }
    apt("firefox-esr")?;
    find().ok_or_else(|| String::from("no Firefox was found; set SEGEL_FIREFOX to its path"))
}

/// Debian's age, the peer of the interoperability tests.
pub(crate) fn age() -> Outcome {
    if exists("age") { Ok(()) } else { apt("age") }
}

/// PostgreSQL, which the server's tests start for themselves. Debian keeps its programs out of the search path.
pub(crate) fn postgres() -> Outcome {
    let debian = std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    if debian || exists("initdb") { Ok(()) } else { apt("postgresql") }
}

/// PHP, for the example of a shop's own server.
pub(crate) fn php() -> Outcome {
    if exists("php") { Ok(()) } else { apt("php-cli") }
}

/// LibreOffice's spreadsheet, without its windows: it opens the tables that an owner would.
pub(crate) fn office() -> Outcome {
    if exists("soffice") { Ok(()) } else { apt_with("libreoffice-calc-nogui", &["--no-install-recommends"]) }
}

/// The programs that read what an operator copies; only where nobody works, for installing them may start them.
pub(crate) fn proxies() -> Outcome {
    if std::env::var_os("CI").is_none() {
        return Ok(());
    }
    for (program, package) in [("nginx", "nginx-light"), ("caddy", "caddy"), ("systemd-analyze", "systemd")] {
        if !exists(program) && !Path::new("/usr/sbin").join(program).exists() {
            apt(package)?;
        }
    }
    Ok(())
}

/// The program that tries a server against its description, in a folder of its own under `target`.
pub(crate) fn schemathesis() -> Outcome {
    let folder = root().join("target/schemathesis");
    let (pip, done) = (folder.join("bin/pip"), folder.join(SCHEMATHESIS));
    if done.is_file() {
        return Ok(());
    }
    let venv = || finish(program("python3", &["-m", "venv", "--clear"]).arg(&folder));
    // Debian parts Python from what makes such folders.
    if !exists("python3") || venv().is_err() {
        apt("python3-venv")?;
        venv()?;
    }
    finish(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS]))?;
    crate::run::write(&done, b"")
}

fn apt(package: &str) -> Outcome {
    apt_with(package, &[])
}

fn apt_with(package: &str, options: &[&str]) -> Outcome {
    let root_user = output("id", &["-u"]).is_ok_and(|id| id.trim() == "0");
    let hint = format!("{package} is missing; run: sudo apt-get update && sudo apt-get install -y {package}");
    if !root_user || !exists("apt-get") {
        return Err(hint);
    }
    let install = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        finish(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null()))
    };
    install(&["update", "-qq"])
        .and_then(|()| install(&[&["install", "-y", "-qq", package], options].concat()))
        .map_err(|why| format!("{hint} ({why})"))
}

/// One version, so that what is tried does not change by itself.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
