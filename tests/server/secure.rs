//! TLS by the server itself: what it offers, a certificate that is replaced while it runs, and clocks on the handshake.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

use crate::house::House;
use crate::http::{connect, head, post};
use crate::process::command;

/// A certificate for `localhost` that stands for itself, in `cert.pem`, and its key.
fn certificate(folder: &Path) {
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let curve = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let name = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    let mut openssl = Command::new("openssl");
    let output = openssl.args(curve).args(name).args(["-keyout", &key, "-out", &certificate]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn house() -> House {
    let mut house = House::with(|limits| {
        limits.tls_every = Duration::from_millis(5);
        limits.header = Duration::from_millis(400);
    });
    certificate(house.folder.path());
    let folder = house.folder.path().to_owned();
    house.set(move |config| config.with_tls(folder.join("cert.pem"), folder.join("key.pem")));
    house
}

/// An answer over TLS to a client that believes in `certificate` alone and offers these protocols.
fn ask(
    house: &House,
    certificate: &CertificateDer<'static>,
    protocols: &[&[u8]],
    request: &[u8],
) -> Result<String, String> {
    ask_at(house.address(), certificate, protocols, request)
}

fn ask_at(
    address: SocketAddr,
    certificate: &CertificateDer<'static>,
    protocols: &[&[u8]],
    request: &[u8],
) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, connect(address));
    stream.write_all(request).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    // The answer says `connection: close`, or the header's clock ends it.
    let _ = stream.read_to_end(&mut text);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn read(house: &House) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(house.folder.path().join("cert.pem")).unwrap()
}

#[test]
fn it_speaks_tls_and_http_1_alone_and_no_plain_text() {
    let house = house();
    let certificate = read(&house);
    let request = post("/forms/kecil", "", &house.shop.minimal(2));
    let reply = ask(&house, &certificate, &[b"http/1.1"], &request).unwrap();
    assert!(reply.starts_with("HTTP/1.1 201 "), "{reply}");
    assert!(ask(&house, &certificate, &[], &head("GET", "/healthz", "Connection: close\r\n")).unwrap().ends_with("ok"));
    let error = ask(&house, &certificate, &[b"h2"], &head("GET", "/healthz", "Connection: close\r\n")).unwrap_err();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
    let mut plain = connect(house.address());
    plain.write_all(&head("GET", "/healthz", "Connection: close\r\n")).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}

#[test]
fn a_certificate_that_is_replaced_is_used_and_one_that_is_broken_is_not() {
    let house = house();
    let first = read(&house);
    certificate(house.folder.path());
    let second = read(&house);
    let request = head("GET", "/healthz", "Connection: close\r\n");
    let works = |certificate| ask(&house, certificate, &[], &request).is_ok_and(|reply| reply.ends_with("ok"));
    assert!((0..200).any(|_| works(&second)), "{}", house.log.text());
    assert!(!works(&first));
    std::fs::write(house.folder.path().join("cert.pem"), "rahasia").unwrap();
    let told = || house.log.text().matches("event=tls subject=\"certificate\" cause=").count() > 1;
    assert!((0..200).all(|_| works(&second)) && told(), "{}", house.log.text());
    assert!(!house.log.text().contains("rahasia"));
}

#[cfg(unix)]
#[test]
fn told_by_sighup_the_program_takes_the_new_certificate_at_once_and_keeps_the_old_if_it_is_broken() {
    let mut house = House::new();
    house.stop();
    let folder = house.folder.path();
    certificate(folder);
    let first = read(&house);
    // With its usual pace it would look by itself only after a minute.
    let mut child = command(folder)
        .args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"])
        .stderr(Stdio::piped())
        .spawn()
        .map(Killed)
        .unwrap();
    let mut lines = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.find_map(|line| line.strip_prefix("listening on https://").map(str::to_owned));
    let address: SocketAddr = address.unwrap().parse().unwrap();
    let request = head("GET", "/healthz", "Connection: close\r\n");
    let works = |certificate| ask_at(address, certificate, &[], &request).is_ok_and(|reply| reply.ends_with("ok"));
    assert!(works(&first));
    let mut tell = || {
        let id = child.0.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        lines.find(|line| line.contains("event=tls ")).unwrap()
    };
    certificate(folder);
    let second = read(&house);
    assert!(works(&first), "nobody told it yet");
    let said = tell();
    assert!(said.contains("cause=\"read again\""), "{said}");
    assert!(works(&second) && !works(&first));
    std::fs::write(folder.join("cert.pem"), "rahasia").unwrap();
    let said = tell();
    assert!(!said.contains("read again") && !said.contains("rahasia"), "{said}");
    assert!(works(&second));
    certificate(folder);
    let third = read(&house);
    assert!(tell().contains("read again"), "it goes on listening after a failure");
    assert!(works(&third) && !works(&second));
}

/// A program that must not outlive its test.
#[cfg(unix)]
struct Killed(Child);

#[cfg(unix)]
impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn case_64_a_handshake_that_never_ends_is_cut_off() {
    let house = house();
    for start in [&b""[..], b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut stream = connect(house.address());
        stream.write_all(start).unwrap();
        // Closed by the server; the client's own patience is far longer.
        let mut rest = Vec::new();
        let waited = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
        assert!(!stream.read_to_end(&mut rest).is_err_and(|error| waited.contains(&error.kind())), "{start:?}");
        assert!(!rest.starts_with(b"HTTP/"));
    }
    assert!(
        ask(&house, &read(&house), &[], &head("GET", "/healthz", "Connection: close\r\n")).unwrap().ends_with("ok")
    );
}
