//! The files that an operator copies: each is held against the program that will read it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/deploy").join(name)).unwrap()
}

/// A program of the machine. On somebody's own machine one that is missing is passed over: installing a web server there is not ours to do.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    // Debian keeps servers out of a person's search path.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    match Command::new(program).args(arguments).env("PATH", path).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && std::env::var_os("CI").is_none() => None,
        Err(error) => panic!("{program}: {error}"),
    }
}

fn good(output: Option<Output>) {
    let Some(output) = output else { return };
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// The settings as they are shipped, with the places of this test.
fn settings(folder: &Path) -> PathBuf {
    for name in ["forms", "share"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for asset in [
        "element.js",
        "receipt.js",
        "existing.js",
        "api.js",
        "segel.wasm",
        "receipt.wasm",
        "regions.json",
        "large.js",
        "large.wasm",
    ] {
        fs::write(folder.join("share").join(asset), asset).unwrap();
    }
    fs::write(folder.join("token"), "0123456789abcdef0123456789abcdef\n").unwrap();
    let here = folder.to_str().unwrap();
    let text = file("segel.toml").replace("/var/lib/segel/", &format!("{here}/"));
    let text = text.replace("/run/credentials/segel-server.service/", &format!("{here}/"));
    let text =
        text.replace("/etc/segel/", &format!("{here}/")).replace("/usr/local/share/segel", &format!("{here}/share"));
    let path = folder.join("segel.toml");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_settings_are_accepted_by_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    good(run(env!("CARGO_BIN_EXE_segel-server"), &["--config", settings.to_str().unwrap(), "--check-config"]));
}

#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("segel-server.service");
    fs::write(
        &unit,
        file("segel-server.service").replace("/usr/local/bin/segel-server", env!("CARGO_BIN_EXE_segel-server")),
    )
    .unwrap();
    good(run("systemd-analyze", &["verify", "--man=no", unit.to_str().unwrap()]));
}

#[test]
fn nginx_takes_its_part() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (place("cert.pem"), place("key.pem"));
    let subject =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=toko.example", "-keyout"];
    if run("nginx", &["-v"]).is_none() {
        return;
    }
    good(run("openssl", &[&subject[..], &[&key, "-out", &certificate]].concat()));
    let part = file("nginx.conf").replace("/etc/ssl/toko.example.pem", &certificate);
    let part = part.replace("/etc/ssl/private/toko.example.key", &key);
    let whole = place("nginx.conf");
    let text = format!("pid {};\nerror_log stderr;\nevents {{}}\nhttp {{\n{part}\n}}\n", place("nginx.pid"));
    fs::write(&whole, text).unwrap();
    good(run("nginx", &["-t", "-q", "-c", &whole, "-p", folder.path().to_str().unwrap()]));
}

#[test]
fn caddy_takes_its_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Caddyfile");
    fs::write(&path, file("Caddyfile")).unwrap();
    good(run("caddy", &["validate", "--adapter", "caddyfile", "--config", path.to_str().unwrap()]));
}

/// The script with its two places filled in, run as the server runs it, beside a mailer and a `curl` that write down what they are given.
fn notify(mail: &str, post: &str, what: &str, mailer: &str) -> (bool, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| {
        fs::write(place(name), text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(place(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let (mailed, posted) = (place("mailed"), place("posted"));
    write("sendmail", &format!("#!/bin/sh\necho \"$@\" > {0}\ncat >> {0}\n{mailer}\n", mailed.display()));
    write("curl", &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {}\n", posted.display()));
    let text = file("notify.sh").replace("MAIL_TO=\"\"", &format!("MAIL_TO=\"{mail}\""));
    write("notify.sh", &text.replace("POST_TO=\"\"", &format!("POST_TO=\"{post}\"")));
    good(run("sh", &["-n", place("notify.sh").to_str().unwrap()]));
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut script = Command::new(place("notify.sh"));
    script.env_clear().env("PATH", path).env("SENDMAIL", place("sendmail"));
    let output = script.env("SEGEL_FORM", "daftar").env("SEGEL_WHAT", what).output().unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    (output.status.success(), read(&mailed), read(&posted))
}

#[cfg(unix)]
#[test]
fn the_script_for_arrivals_mails_and_posts_what_came_for_which_form_and_fails_aloud() {
    let (well, mailed, posted) = notify("toko@example.com", "https://ntfy.example/x", "submission", "");
    assert!(well);
    let head = "-t\nTo: toko@example.com\nSubject: Segel: pendaftaran baru / a new registration\n";
    assert!(
        mailed.starts_with(head) && mailed.contains("\n\nFormulir / form daftar: ada pendaftaran baru"),
        "{mailed}"
    );
    assert!(mailed.lines().skip(1).take(2).all(|line| line.is_ascii()), "a header of a mail is ASCII");
    assert!(
        posted.ends_with("\nhttps://ntfy.example/x\n") && posted.contains("form daftar: ada pendaftaran"),
        "{posted}"
    );
    let (_, mailed, posted) = notify("", "https://ntfy.example/x", "statement", "");
    assert!(mailed.is_empty() && posted.contains("72 jam"), "{posted}");
    let (well, mailed, posted) = notify("toko@example.com", "", "statement", "");
    assert!(well && mailed.contains("72 jam") && posted.is_empty(), "{mailed}");
    assert!(!notify("toko@example.com", "", "submission", "exit 75").0, "a mailer that fails");
    assert!(!notify("", "", "submission", "").0, "nobody to tell");
}
