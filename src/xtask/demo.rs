//! `cargo xtask demo`: the whole product on this machine, in one command.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::run::{Outcome, finish, program, read, sh, step, write};
use crate::{dist, root, setup};

pub(crate) fn run(check: bool) -> Outcome {
    step("the programs", || sh("cargo", &["build", "--quiet", "--locked", "--release", "--bins"]))?;
    step("the browser's files", || dist::run(&root().join("dist")))?;
    let demo = Demo::new()?;
    let mut server = demo.serve()?;
    let outcome = if check { demo.check(&server.address) } else { demo.wait(&server.address) };
    let _ = server.child.kill();
    let _ = server.child.wait();
    outcome
}

struct Demo {
    folder: PathBuf,
    owner: String,
}

struct Server {
    child: Child,
    address: String,
}

impl Demo {
    /// Keys, a published form and a token, made anew each time.
    fn new() -> Result<Self, String> {
        let folder = root().join("target/demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        write(&folder.join("passphrase.txt"), PASSPHRASE.as_bytes())?;
        write(&folder.join("token.txt"), b"demo-token-only-for-this-machine\n")?;
        let demo = Self { folder, owner: String::new() };
        demo.segel(&[
            "keygen",
            "-o",
            "owner.key",
            "--spare",
            "spare.key",
            "--sheet",
            "sheet.html",
            "--passphrase-file",
            "passphrase.txt",
        ])?;
        let definition = root().join("www/forms/daftar.json");
        let html = demo.segel(&[
            "publish",
            &definition.to_string_lossy(),
            "-k",
            "owner.key",
            "--passphrase-file",
            "passphrase.txt",
            "-o",
            "forms/daftar.segel",
        ])?;
        let owner = html.split("owner=\"").nth(1).and_then(|rest| rest.split('"').next());
        let owner = owner.ok_or("publish printed no fingerprint")?.to_owned();
        Ok(Self { owner, ..demo })
    }

    fn segel(&self, arguments: &[&str]) -> Result<String, String> {
        let output =
            Command::new(binary("segel")).args(arguments).current_dir(&self.folder).stdin(Stdio::null()).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("segel {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    }

    fn serve(&self) -> Result<Server, String> {
        let mut command = Command::new(binary("segel-server"));
        command.args([
            "--forms",
            "forms",
            "--store",
            "sqlite:segel.db",
            "--token-file",
            "token.txt",
            "--listen",
            "127.0.0.1:0",
            "--assets",
        ]);
        command.arg(root().join("dist/segel")).current_dir(&self.folder).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("segel-server: {error}"))?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?);
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
                return Err(String::from("segel-server ended before it was ready"));
            }
            if let Some((_, address)) = line.trim().split_once("listening on ") {
                let address = address.to_owned();
                // Its log is read on, so that a full pipe never stops it.
                std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
                return Ok(Server { child, address });
            }
            eprint!("{line}");
        }
    }

    fn wait(&self, server: &str) -> Outcome {
        let shop = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = shop.local_addr().map_err(|error| error.to_string())?;
        let (folder, owner, opener) = (self.folder.display(), &self.owner, root().join("dist/buka.html"));
        println!(
            "\nthe shop's page        http://{address}/\nthe hosted page        {server}/f/daftar\nthe owner's page       file://{}",
            opener.display()
        );
        println!("\nFill in the form, then fetch and open it:\n");
        println!("  cd {folder}");
        println!("  segel=../release/segel");
        println!("  $segel pull {server} --form daftar --token-file token.txt -o inbox/");
        println!(
            "  $segel open inbox/ -k owner.key --passphrase-file passphrase.txt --form forms/daftar.segel --purpose daftar"
        );
        println!("\nThe passphrase of the demo keys is: {PASSPHRASE}");
        println!("Or open the owner's page and give it owner.key, forms/daftar.segel and the file in inbox/.");
        println!("\nCtrl-C ends the demo.");
        for connection in shop.incoming().flatten() {
            // One page for one person: a request that fails is that person's reload.
            let _ = answer(connection, server, owner);
        }
        Ok(())
    }

    /// The trip without a person: a headless browser fills the form, then the owner's program opens it.
    fn check(&self, server: &str) -> Outcome {
        setup::npm("tests/web")?;
        let chromium = setup::chromium()?;
        let mut node = program("node", &["tests/web/fill.mjs", &format!("{server}/f/daftar")]);
        finish(node.env("SEGEL_CHROMIUM", chromium))?;
        self.segel(&["pull", server, "--form", "daftar", "--token-file", "token.txt", "-o", "inbox"])?;
        let opened = self.segel(&[
            "open",
            "inbox",
            "-k",
            "owner.key",
            "--passphrase-file",
            "passphrase.txt",
            "--form",
            "forms/daftar.segel",
            "--purpose",
            "daftar",
            "--format",
            "json",
        ])?;
        let document: serde_json::Value = serde_json::from_str(&opened).map_err(|error| error.to_string())?;
        let name = document["records"][0]["answers"]["nama"].as_str();
        if name != Some("Sari Dewi") || document["total"] != 1 {
            return Err(format!("the opened submission is not what was filled in: {document}"));
        }
        println!("filled in a browser, sealed, stored, fetched, opened: ok");
        Ok(())
    }
}

/// The shop's page and its style, with the server's address and the owner's fingerprint filled in.
fn answer(mut connection: TcpStream, server: &str, owner: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    connection.set_read_timeout(Some(Duration::from_secs(5))).map_err(failed)?;
    let mut request = [0; 2048];
    let count = connection.read(&mut request).map_err(failed)?;
    let request = String::from_utf8_lossy(&request[..count]);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, kind, body) = match path {
        "/" => ("200 OK", "text/html; charset=utf-8", shop_page(server, owner)?),
        "/shop.css" => ("200 OK", "text/css; charset=utf-8", read(&root().join("www/shop.css"))?),
        _ => ("404 Not Found", "text/plain", b"not found".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body)).map_err(failed)
}

fn shop_page(server: &str, owner: &str) -> Result<Vec<u8>, String> {
    let page = String::from_utf8(read(&root().join("www/index.html"))?).map_err(|error| error.to_string())?;
    Ok(page.replace("{{SERVER}}", server).replace("{{OWNER}}", owner).into_bytes())
}

fn binary(name: &str) -> PathBuf {
    root().join("target/release").join(name)
}

const PASSPHRASE: &str = "kata sandi untuk demo saja";
