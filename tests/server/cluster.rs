//! A PostgreSQL of the tests' own: started from the machine's programs in a folder of its own, reached by a socket in that folder,
//! and gone when the tests are, however they end.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running PostgreSQL.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
}

/// One empty database.
#[derive(Clone)]
pub(crate) struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// A new one; nothing, and a line that says so, if this machine has no PostgreSQL. Where everything must be tested (`CI` is set) that is a
    /// failure.
    pub(crate) fn new() -> Option<Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let cluster = SHARED.get_or_init(Cluster::start).as_ref()?;
        Some(cluster.database(&format!("segel{}", NUMBER.fetch_add(1, Ordering::Relaxed))))
    }

    /// What goes behind `--store`.
    pub(crate) fn url(&self) -> String {
        let host = self.cluster.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://segel@{host}/{}", self.name)
    }

    /// The same over loopback, of a cluster that listens there.
    #[allow(dead_code, reason = "the faults need none")]
    pub(crate) fn address(&self, host: &str) -> String {
        format!("postgres://segel@{host}:{}/{}", self.cluster.port, self.name)
    }

    /// Inserts a second of so many bytes, each durable, by PostgreSQL's own bench; nothing where that is missing.
    #[allow(dead_code, reason = "the load alone asks")]
    pub(crate) fn floor(&self, bytes: usize, clients: u32, seconds: u64) -> Option<f64> {
        if !self.cluster.programs.join("pgbench").is_file() {
            return None;
        }
        self.sql("CREATE TABLE floor (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes BYTEA)");
        self.sql("ALTER TABLE floor ALTER COLUMN bytes SET STORAGE EXTERNAL");
        let script = self.cluster.folder.join("floor.sql");
        std::fs::write(&script, format!("INSERT INTO floor (bytes) VALUES (decode(repeat('5a', {bytes}), 'hex'));\n"))
            .unwrap();
        let (folder, clients, seconds) =
            (self.cluster.folder.to_str().unwrap(), clients.to_string(), seconds.to_string());
        let words = [
            "-n",
            "-h",
            folder,
            "-U",
            "segel",
            "-c",
            &clients,
            "-T",
            &seconds,
            "-f",
            script.to_str().unwrap(),
            &self.name,
        ];
        let said = self.cluster.run("pgbench", &words);
        said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
    }

    /// A copy of it, as an operator makes one.
    pub(crate) fn dump(&self) -> PathBuf {
        let file = self.cluster.folder.join(format!("{}.dump", self.name));
        let folder = self.cluster.folder.to_str().unwrap();
        let words = ["--format", "custom", "-h", folder, "-U", "segel", "-f", file.to_str().unwrap(), &self.name];
        self.cluster.run("pg_dump", &words);
        file
    }

    /// Puts such a copy in its place.
    pub(crate) fn bring_back(&self, dump: &Path) {
        let folder = self.cluster.folder.to_str().unwrap();
        self.cluster.psql("postgres", &format!("DROP DATABASE {}", self.name));
        self.cluster.psql("postgres", &format!("CREATE DATABASE {}", self.name));
        let words = ["-h", folder, "-U", "segel", "-d", &self.name, "--exit-on-error", dump.to_str().unwrap()];
        self.cluster.run("pg_restore", &words);
    }

    /// What the database answers, without decoration.
    pub(crate) fn sql(&self, statement: &str) -> String {
        self.cluster.psql(&self.name, statement)
    }
}

impl Cluster {
    /// One of its own, for tests that stop it. It lives until the tests end.
    pub(crate) fn own() -> Option<&'static Self> {
        Self::start().map(|cluster| &*Box::leak(Box::new(cluster)))
    }

    /// The same, which can be reached over loopback too.
    pub(crate) fn listening() -> Option<&'static Self> {
        // Free a moment ago; nobody else here asks for one by its number.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_on("127.0.0.1,::1", port).map(|cluster| &*Box::leak(Box::new(cluster)))
    }

    /// Lets it speak TLS, with a new certificate that stands for itself and these names; says where that is.
    pub(crate) fn certify(&self, names: &str) -> PathBuf {
        self.certify_as("CA:FALSE", names)
    }

    /// The same, with a certificate that is an authority or is none.
    pub(crate) fn certify_as(&self, authority: &str, names: &str) -> PathBuf {
        let [certificate, key] = ["server.pem", "server.key"].map(|name| self.folder.join(name));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        openssl.args(["-subj", "/CN=database", "-addext", &format!("subjectAltName={names}")]);
        openssl
            .args(["-addext", &format!("basicConstraints=critical,{authority}"), "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        let output = openssl.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        if let Some((user, group)) = self.user {
            std::os::unix::fs::chown(&key, Some(user), Some(group)).unwrap();
        }
        for (setting, value) in [("ssl_cert_file", &certificate), ("ssl_key_file", &key)] {
            self.psql("postgres", &format!("ALTER SYSTEM SET {setting} = '{}'", value.display()));
        }
        self.psql("postgres", "ALTER SYSTEM SET ssl = on");
        self.control(&["restart", "--mode", "fast"]);
        certificate
    }

    /// Takes TLS away from it.
    pub(crate) fn uncertify(&self) {
        self.psql("postgres", "ALTER SYSTEM SET ssl = off");
        self.control(&["restart", "--mode", "fast"]);
    }

    fn start() -> Option<Self> {
        Self::start_on("", 5432)
    }

    fn start_on(addresses: &str, port: u16) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL (initdb, pg_ctl, psql) is needed to test here");
            let name = std::thread::current().name().unwrap_or("a test").to_owned();
            let _ = writeln!(std::io::stderr(), "SKIPPED {name}: no PostgreSQL (initdb, pg_ctl, psql) on this machine");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("segel-pg").tempdir_in("/tmp").unwrap().keep();
        let cluster = Self { user: unprivileged(&folder), folder, programs, port };
        let data = cluster.data();
        cluster.run("initdb", &["--pgdata", &data, "--username", "segel", "--auth", "trust", "--no-sync"]);
        let folder = cluster.folder.display();
        let options = format!("-k {folder} -c listen_addresses={addresses} -c port={port} -c max_connections=60");
        std::fs::write(cluster.folder.join("options"), &options).unwrap();
        cluster.watch();
        cluster.control(&["start", "--options", &options]);
        Some(cluster)
    }

    pub(crate) fn database(&'static self, name: &str) -> Database {
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        Database { cluster: self, name: name.to_owned() }
    }

    /// As after a crash: nothing is written out first.
    pub(crate) fn crash_and_start(&self) {
        self.control(&["restart", "--mode", "immediate"]);
    }

    /// Stops all its processes where they stand, or lets them go on.
    pub(crate) fn signal(&self, name: &str) {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let postmaster = pid.lines().next().unwrap().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &postmaster]).output().unwrap().stdout;
        let children = String::from_utf8(children).unwrap();
        let all = children.split_whitespace().chain([postmaster.as_str()]);
        assert!(Command::new("kill").arg(format!("-{name}")).args(all).status().unwrap().success());
    }

    fn control(&self, words: &[&str]) {
        let log = self.folder.join("log").display().to_string();
        let common = ["--pgdata", &self.data(), "--wait", "--silent", "--log", &log];
        self.run("pg_ctl", &[words, &common].concat());
    }

    /// A process that waits for our end and then takes the cluster with it.
    fn watch(&self) {
        let stop = format!(
            "cat >/dev/null; {}/pg_ctl stop --silent --mode immediate --pgdata {}; rm -rf {}",
            self.programs.display(),
            self.data(),
            self.folder.display()
        );
        let mut watch = self.command(Path::new("sh"));
        watch.args(["-c", &stop]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Its input closes when this process is gone.
        std::mem::forget(watch.spawn().unwrap());
    }

    fn psql(&self, database: &str, statement: &str) -> String {
        let folder = self.folder.to_str().unwrap();
        let words = ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "segel", "-d", database];
        self.run("psql", &[&words[..], &["-c", statement]].concat())
    }

    fn run(&self, program: &str, words: &[&str]) -> String {
        let mut command = self.command(&self.programs.join(program));
        // Files, not pipes: a server that was started would keep a pipe open.
        let output = self.folder.join(format!("{program}.{:?}", std::thread::current().id()));
        let file = std::fs::File::create(&output).unwrap();
        command.args(words).stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let status = command.status().unwrap();
        let text = std::fs::read_to_string(output).unwrap();
        assert!(status.success(), "{program} {words:?}: {text}");
        text.trim_end().to_owned()
    }

    /// PostgreSQL refuses to run as root.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.user {
            std::os::unix::process::CommandExt::gid(&mut command, group);
            std::os::unix::process::CommandExt::uid(&mut command, user);
        }
        command.current_dir(&self.folder).env("LC_ALL", "C").env("PGPORT", self.port.to_string());
        command
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }
}

/// Where PostgreSQL's programs are, newest first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file()))
}

/// If we are root: the user `postgres` or else `nobody`, who then owns the folder.
fn unprivileged(folder: &Path) -> Option<(u32, u32)> {
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder).unwrap());
    if owner != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let id = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let (user, group) = id("postgres").or_else(|| id("nobody")).expect("an unprivileged user");
    std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
    Some((user, group))
}
