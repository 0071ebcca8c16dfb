//! What was typed, and the help text. Values are parsed here; nothing is done here.
//!
//! A passphrase or token is never an argument: other users of the machine could read it in the list of processes.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use segel_core::register::Channel;

/// Sealed registration forms: the owner's side
#[derive(Parser)]
#[command(name = "segel", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Language of messages; otherwise the locale decides
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    Id,
    En,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make the owner's key and a spare, or a staff member's key
    Keygen(Keygen),
    /// Write a form definition by answering questions
    New(New),
    /// Find every fault of a form definition: law, wording, format
    Check(Check),
    /// Print the JSON Schema of a definition, for editors
    #[command(after_help = "Example: segel schema > segel.schema.json")]
    Schema,
    /// Check, test-open and sign a form
    Publish(Publish),
    /// Fetch new submissions, still sealed
    Pull(Pull),
    /// Make an export of what a shop's own server stored
    Gather(Gather),
    /// Open submissions for one purpose
    Open(Open),
    /// Seal old submissions anew, to the keys of the form's new version
    Rewrap(Rewrap),
    /// Cut submissions into age files that any age tool opens
    Split(Split),
    /// Hold submissions against their form and each other, without a key
    Verify(Verify),
    /// List submissions whose time is over
    Due(Due),
    /// Delete submissions whose time is over from an inbox
    Purge(Purge),
    /// List what customers asked for, with the hours that are left
    Requests(Requests),
    /// Show everything that is held about one person
    Subject(Subject),
    /// Print what one person agreed to, with the notice as it stood
    Proof(Proof),
    /// When data got out: a letter to each customer, a sheet for the authority
    Breach(Breach),
    /// List what was opened when, for which purpose and where to
    Uses(Uses),
    /// Tell what a file is, without opening it
    Inspect(Inspect),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write the manual pages
    Man(Manual),
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel keygen -o owner.key --spare spare.key --sheet sheet.html")]
pub(crate) struct Keygen {
    /// The owner's key file to write; its public half goes beside it as .pub
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// A spare key file to write; keep it in another place
    #[arg(long, value_name = "FILE")]
    pub(crate) spare: Option<PathBuf>,
    /// A recovery sheet to write and print: it shows the keys in clear
    #[arg(long, value_name = "FILE")]
    pub(crate) sheet: Option<PathBuf>,
    /// A staff member's key for this role in place of an owner's: it opens what the form lets the role read
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["spare", "sheet"])]
    pub(crate) role: Option<String>,
    /// X25519 keys that every age tool knows, without post-quantum safety
    #[arg(long)]
    pub(crate) classic: bool,
    /// File whose first line is the passphrase; used byte for byte
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Take a passphrase that is easy to guess, for a key that protects nothing
    #[arg(long)]
    pub(crate) weak_passphrase: bool,
    /// Work to try one passphrase, as a power of two
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(14..=20))]
    pub(crate) work_factor: u8,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel new daftar.json --template member")]
pub(crate) struct New {
    /// The form definition to write; it must not exist yet
    pub(crate) definition: PathBuf,
    /// Member registration, delivery address, event sign-up or job application; otherwise the first question
    #[arg(long, value_enum)]
    pub(crate) template: Option<Template>,
}

/// A ready form to begin with.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    Member,
    Delivery,
    Event,
    Job,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel check daftar.json")]
pub(crate) struct Check {
    /// The form definition; - is standard input
    #[arg(required_unless_present_any = ["rules", "page"])]
    pub(crate) definition: Option<PathBuf>,
    /// Check the HTML page that embeds the form instead: other parties' scripts, the policy, the owner's fingerprint
    #[arg(long, value_name = "FILE", conflicts_with_all = ["definition", "rules"])]
    pub(crate) page: Option<PathBuf>,
    /// The law that the form is held against: id is Indonesia's UU PDP, eu the GDPR
    #[arg(long, value_enum, default_value_t = Profile::Id)]
    pub(crate) profile: Profile,
    /// For people, for programs, SARIF 2.1.0 for code hosts, or annotations for GitHub
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// Print every rule instead, also those that hold by how forms are made
    #[arg(long, conflicts_with = "definition")]
    pub(crate) rules: bool,
}

/// Which law a form is held against.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    Id,
    Eu,
}

impl Profile {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Eu => "eu",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    Sarif,
    Github,
}

/// What a customer may want.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    Delete,
    Withdraw,
    Copy,
    Correct,
}

/// What the owner answers by an act that no program sees.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answered {
    Copy,
    Correct,
}

fn channel() -> impl TypedValueParser<Value = Channel> {
    PossibleValuesParser::new(Channel::ALL.map(|(_, code)| code)).try_map(|code| Channel::of(&code).ok_or("no channel"))
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    Text,
    Json,
}

#[derive(ClapArgs)]
pub(crate) struct Keys {
    /// Key file; several may be given
    #[arg(short, long = "key", value_name = "FILE", required = true)]
    pub(crate) key: Vec<PathBuf>,
    /// File whose first line is a passphrase of the key files; several are tried in turn
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Vec<PathBuf>,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel publish daftar.json -k owner.key -o forms/daftar.segel")]
pub(crate) struct Publish {
    /// The form definition; - is standard input
    pub(crate) definition: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// The published form; an earlier version there is replaced
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The law that the form is held against: id is Indonesia's UU PDP, eu the GDPR
    #[arg(long, value_enum, default_value_t = Profile::Id)]
    pub(crate) profile: Profile,
    /// Publish though there is no spare key: if the key is lost, every submission is lost
    #[arg(long)]
    pub(crate) no_spare: bool,
    /// First day of the new version; until then the one before stays valid, and customers can be told
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Page to write that tells customers what changes
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) announce: Option<PathBuf>,
    /// How to print what was published, and what changed since the version it replaces
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel pull https://toko.example --form daftar --token-file token.txt -o inbox/")]
pub(crate) struct Pull {
    /// Address of the server
    pub(crate) url: String,
    /// Name of the form
    #[arg(long)]
    pub(crate) form: String,
    /// File whose first line is the server's token
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// Folder that collects the exports
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel gather stored.txt --form forms/daftar.segel -o inbox/")]
pub(crate) struct Gather {
    /// Files with one sealed submission a line: base64, and before it a time and a space where it is known; - is standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Folder that collects the exports
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

#[derive(ClapArgs)]
#[command(
    after_help = "Example: segel open inbox/ -k owner.key --form forms/daftar.segel --purpose daftar --format csv -o daftar.csv"
)]
pub(crate) struct Open {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Purpose that the data is for; only submissions that agreed to it are shown
    #[arg(long, value_name = "ID")]
    pub(crate) purpose: Option<String>,
    /// Form of the result; summary is the only one without a purpose
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// File to write (mode 0600); beside a CSV file its purpose and what was left out go into .about.csv; otherwise standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Folder for attachments
    #[arg(long, value_name = "DIR", requires = "purpose")]
    pub(crate) files: Option<PathBuf>,
    /// Open an inbox though it was not pulled in the last 24 hours: whoever withdrew since is in the result
    #[arg(long, requires = "purpose")]
    pub(crate) stale: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Summary,
    Table,
    Csv,
    Xlsx,
    Json,
}

#[derive(ClapArgs)]
#[command(
    after_help = "Example: segel rewrap inbox/ -k owner.key -k new-staff.key --form forms/daftar.segel --form old/daftar.segel -o inbox-2/"
)]
pub(crate) struct Rewrap {
    /// Folder of exports, or one export
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Published form; the newest one names the keys that will read, the others open what is there
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Folder for the new exports; started over, it goes on where it was interrupted
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel split inbox/ -o parts/ && age -d -i owner.key parts/000001-*/main.age")]
pub(crate) struct Split {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    /// Folder to write; one folder a submission
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel verify inbox/ --form forms/daftar.segel")]
pub(crate) struct Verify {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel due inbox/ --form forms/daftar.segel --by 2027-01-31")]
pub(crate) struct Due {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Last day to look at; otherwise today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) by: Option<String>,
    /// Page with a notice of deletion for each customer, to print or copy; it needs a key
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) letters: Option<PathBuf>,
    /// What is still kept and why, for the letters
    #[arg(long, value_name = "TEXT", requires = "letters")]
    pub(crate) still_kept: Option<String>,
    /// Key file; several may be given
    #[arg(short, long, value_name = "FILE", requires = "letters")]
    pub(crate) key: Vec<PathBuf>,
    /// File whose first line is a passphrase of the key files; several are tried in turn
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) passphrase_file: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel purge inbox/ --form forms/daftar.segel")]
pub(crate) struct Purge {
    /// Folder of exports, or one export
    pub(crate) input: PathBuf,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Delete even if that is more than half of the inbox
    #[arg(long)]
    pub(crate) most: bool,
}

#[derive(ClapArgs)]
#[command(
    group = clap::ArgGroup::new("who").required(true).multiple(true).args(["number", "find"]),
    after_help = "Example: segel subject inbox/ --number SW0A-0PBR -k owner.key --form forms/daftar.segel"
)]
pub(crate) struct Subject {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Number on the customer's receipt
    #[arg(long, value_name = "XXXX-XXXX")]
    pub(crate) number: Option<String>,
    /// Part of any answer: a name, a phone number as +62…
    #[arg(long, value_name = "TEXT")]
    pub(crate) find: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
    /// File to write (mode 0600); otherwise standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(ClapArgs)]
#[command(
    after_help = "Example: segel requests inbox/ --record delete --number SW0A-0PBR --by whatsapp --on 2026-11-25"
)]
pub(crate) struct Requests {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    /// Those that need nothing any more, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Record a wish that came otherwise than by a receipt; the inbox obeys it from then on
    #[arg(long, value_enum, value_name = "WISH", requires_all = ["number", "by"])]
    pub(crate) record: Option<Wanted>,
    /// Record that a copy was given or a correction made
    #[arg(long, value_enum, value_name = "WISH", requires_all = ["number", "by"], conflicts_with = "record")]
    pub(crate) done: Option<Answered>,
    /// Number on the customer's receipt; `segel subject --find` tells it
    #[arg(long, value_name = "XXXX-XXXX")]
    pub(crate) number: Option<String>,
    /// The purpose whose consent is withdrawn
    #[arg(long, value_name = "ID", requires = "form")]
    pub(crate) purpose: Option<String>,
    /// Published form that has the purpose
    #[arg(long, value_name = "FILE")]
    pub(crate) form: Option<PathBuf>,
    /// How it came
    #[arg(long, value_parser = channel())]
    pub(crate) by: Option<Channel>,
    /// When it came: a day, which counts from its beginning, or a time like 2026-11-25T10:00:00Z; otherwise now
    #[arg(long, value_name = "TIME")]
    pub(crate) on: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(
    after_help = "Example: segel proof inbox/ --number SW0A-0PBR -k owner.key --form forms/daftar.segel -o proof.html"
)]
pub(crate) struct Proof {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Number on the customer's receipt
    #[arg(long, value_name = "XXXX-XXXX")]
    pub(crate) number: String,
    /// A page to print, or JSON
    #[arg(long, value_enum, default_value_t = PageFormat::Html)]
    pub(crate) format: PageFormat,
    /// File to write (mode 0600); - is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    Html,
    Json,
}

#[derive(ClapArgs)]
#[command(
    after_help = "Example: segel breach inbox/ --facts breach.json -k owner.key --form forms/daftar.segel -o letters.html"
)]
pub(crate) struct Breach {
    /// Folder of exports, one export, or - for standard input
    pub(crate) input: PathBuf,
    /// What happened, as JSON; where there is no such file yet, one to fill in is written
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Published form; several for older versions
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) form: Vec<PathBuf>,
    /// Page to write (mode 0600): the authority's sheet first, then a letter a customer
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel uses inbox/")]
pub(crate) struct Uses {
    /// Folder of exports, or a record of uses: uses.txt
    pub(crate) input: PathBuf,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel inspect owner.key forms/daftar.segel")]
pub(crate) struct Inspect {
    /// Files; - is standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel completions bash > ~/.local/share/bash-completion/completions/segel")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(ClapArgs)]
#[command(after_help = "Example: segel man ~/.local/share/man/man1")]
pub(crate) struct Manual {
    /// Folder to write them into
    pub(crate) folder: PathBuf,
}
