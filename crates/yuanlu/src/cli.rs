//! The command line. Every option can also be set by environment (`YUANLU_…`) or in `yuanlu.toml` in the data folder;
//! the command line is stronger than the environment, and that is stronger than the file.

use crate::bench::Track;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Yuanlu (原路): a marketplace for codes and top-ups with a refund centre.
#[derive(Debug, Parser)]
#[command(name = "yuanlu", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the shop. Without a payment channel it sells against balance that an administrator credits.
    Serve(Serving),
    /// Serves a demo marketplace with a movable clock and a simulated payment channel, on this machine only.
    ///
    /// The first start lives thirty days of its past; YUANLU_DEMO_ORDERS=N makes that past smaller.
    Demo(Serving),
    /// Makes people.
    #[command(subcommand)]
    Admin(Admin),
    /// Says what is configured, what is not, and what is risky.
    Doctor(DataFolder),
    /// Copies a shop, running or not, into one file.
    Backup {
        /// The file to write; there must be none yet.
        file: PathBuf,
        /// Puts the master key into the file: whoever has the file can then read everything.
        #[arg(long)]
        with_master_key: bool,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Brings a backup back into an empty data folder. Payouts then wait until an operator lets them go.
    Restore {
        /// The backup.
        file: PathBuf,
        /// File with the master key; asked for when it is neither here nor in the backup.
        #[arg(long, env = "YUANLU_MASTER_KEY_FILE")]
        master_key: Option<PathBuf>,
        /// Where to.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Lets payouts go that were held since a restore, or since the database had gone back, after the channels' bills were compared.
    ReleasePayouts(ReleasePayouts),
    /// Checks, tries and publishes rules.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Checks books and journals again, or a paper that was given away; ends with 1 when something differs.
    Verify(Verify),
    /// Makes papers for outside.
    #[command(subcommand)]
    Export(Export),
    /// Moves a stopped shop into another database, for example from a file to PostgreSQL; goes on where it was interrupted.
    Copy(Copying),
    /// Brings a stopped shop's database to the schema of this program, in place; who only reads goes on. Says first what it
    /// will do. `serve` does the same by itself when it starts.
    Migrate(Migrating),
    /// Moves the journals of orders that have long been over into the archive, as a served shop does by itself; they can
    /// be read and written as before. Says first what it will do.
    Archive(Archiving),
    /// Compares a channel's bill with payments and refunds, also while the shop is served; ends with 1 when they differ.
    Reconcile(Reconcile),
    /// Lists mass incidents, shows how far one has come, and writes its report.
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Measures this program on this machine, on a database of its own.
    Bench(Bench),
    /// Plays stories: who does what when, and what must come of it (docs/stories.md).
    #[command(subcommand)]
    Story(Story),
}

/// Which data.
#[derive(Clone, Debug, Default, Args)]
pub struct DataFolder {
    /// Data folder [default: ./yuanlu-data, for the demo ./yuanlu-demo].
    #[arg(long, env = "YUANLU_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The database: a file, or `postgres://user@host1,host2/name` [default: yuanlu.db in the data folder]. A password is
    /// safer in the environment or in `yuanlu.toml` than here.
    #[arg(long, env = "YUANLU_DATABASE", value_name = "PLACE", hide_env_values = true)]
    pub database: Option<String>,
    /// Certificates (PEM) that vouch for the database server [default: those this machine trusts].
    #[arg(long, env = "YUANLU_DATABASE_CA", value_name = "FILE")]
    pub database_ca: Option<PathBuf>,
}

/// Letting payouts go after a restore.
#[derive(Clone, Debug, Args)]
pub struct ReleasePayouts {
    /// Lets them go although bills are missing or say of payouts that the books do not know. The words stay on record.
    #[arg(long, value_name = "WHY")]
    pub without_bills: Option<String>,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// Which bill.
#[derive(Clone, Debug, Args)]
pub struct Reconcile {
    /// The file, as the channel gives it.
    pub file: PathBuf,
    /// Whose bill it is [default: whichever configured channel can read it].
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// The day it is of, such as 2026-11-22 [default: found in the file].
    #[arg(long, value_name = "DAY")]
    pub day: Option<String>,
    /// `trades` or `funds` [default: found in the file].
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// From where to where.
#[derive(Clone, Debug, Args)]
pub struct Copying {
    /// The database to read: a file or `postgres://…`. Nobody may write to it meanwhile.
    #[arg(long, value_name = "PLACE")]
    pub from: String,
    /// The database to fill: a file that is not there yet, or an empty database of a server.
    #[arg(long, value_name = "PLACE")]
    pub to: String,
    /// Only says how long it will take.
    #[arg(long)]
    pub dry_run: bool,
    /// Certificates (PEM) that vouch for the database server [default: those this machine trusts].
    #[arg(long, env = "YUANLU_DATABASE_CA", value_name = "FILE")]
    pub database_ca: Option<PathBuf>,
}

/// Which database, and how.
#[derive(Clone, Debug, Args)]
pub struct Migrating {
    /// Only says what would be done; ends with 0, also where there is nothing to do.
    #[arg(long)]
    pub dry_run: bool,
    /// Does it without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// What is old, and how to move it.
#[derive(Clone, Debug, Args)]
pub struct Archiving {
    /// Days after the last entry of an order's journal [default: archive_after_days, which is 400].
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Only says what would be done, also while the shop is served.
    #[arg(long)]
    pub dry_run: bool,
    /// Does it without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// How to serve.
#[derive(Clone, Debug, Default, Args)]
pub struct Serving {
    /// Where the data is.
    #[command(flatten)]
    pub data: DataFolder,
    /// Address to listen at [default: 127.0.0.1:8080].
    #[arg(long, env = "YUANLU_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where people reach the shop [default: http:// and the address].
    #[arg(long, env = "YUANLU_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, with commas between them.
    #[arg(long, env = "YUANLU_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxy: Vec<String>,
    /// Hosts of issuers that may be asked whether a code was used: `host` or `host:port`, with commas between them.
    #[arg(long, env = "YUANLU_PROBE_HOST", value_name = "HOST", value_delimiter = ',')]
    pub probe_host: Vec<String>,
    /// The platform's name on every page [default: 原路 Yuanlu].
    #[arg(long, env = "YUANLU_PLATFORM_NAME", value_name = "NAME")]
    pub platform_name: Option<String>,
    /// File with the master key [default: master.key in the data folder].
    #[arg(long, env = "YUANLU_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// Days after the last entry of an order that is over before its journal goes to the archive; 0: never [default: 400].
    #[arg(long, env = "YUANLU_ARCHIVE_AFTER_DAYS", value_name = "DAYS")]
    pub archive_after_days: Option<u32>,
}

/// Commands about people.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Makes the first administrator and prints a one-time link to set a password and a second factor.
    Create {
        /// Login name.
        #[arg(default_value = "admin")]
        login: String,
        /// Where, and under which address.
        #[command(flatten)]
        serving: Serving,
    },
    /// Says where payment channels tell of complaints, and has them tell this shop.
    ComplaintNews {
        /// Sets or changes the address; without it, it is only asked for.
        #[arg(long)]
        register: bool,
        /// Where, and under which address.
        #[command(flatten)]
        serving: Serving,
    },
}

/// Commands about rules. All but `publish` also work while the shop is served.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Says what is wrong with a policy and ends with 1, or what it changes and the notice that takes.
    Check {
        /// The policy's text.
        file: PathBuf,
        /// The shop to compare it with.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Publishes a policy for orders placed from a day on: 15 days of notice where rights shrink, else 7.
    ///
    /// While the shop is served, an administrator does it on its page “Rules”.
    Publish {
        /// The policy's text.
        file: PathBuf,
        /// The day, such as 2027-01-31 [default: the one the text names].
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Every version: coming, in force, past.
    List(DataFolder),
    /// Prints the text of a version.
    Show {
        /// Its hash, or how that begins.
        hash: String,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Judges past decisions by a policy: which would come out otherwise, and for how much money.
    Replay {
        /// The policy's text.
        file: PathBuf,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
}

/// Commands about mass incidents, also while the shop is served. Proposing and agreeing take two people of staff, who do it
/// on the page “Mass refunds”; one of them can stop a run from here, let it go on, and change how fast it is.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Every incident: waiting, running, over.
    List(DataFolder),
    /// One incident: what was foreseen, and how far it has come; ends with 1 when orders could not be refunded.
    Show {
        /// Its number.
        incident: String,
        /// Stays until it is over, with a progress bar.
        #[arg(long)]
        watch: bool,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
    /// Stops a run: what was answered is done, nothing more is.
    Pause(Steering),
    /// Lets a run go on.
    Resume(Steering),
    /// Lets a run go faster or slower.
    SetRate {
        /// Orders a second; 0: as fast as it goes.
        rate: u32,
        /// Which, and who does it.
        #[command(flatten)]
        steering: Steering,
    },
    /// Every order of an incident with what became of it, as CSV; amounts in minor units.
    Report {
        /// Its number.
        incident: String,
        /// The file to write [default: the terminal]; there must be none yet.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Where the shop is.
        #[command(flatten)]
        data: DataFolder,
    },
}

/// An incident, and the person of staff who changes how it runs. Password and one-time code are asked for, or read from two
/// lines of the input.
#[derive(Clone, Debug, Args)]
pub struct Steering {
    /// Its number.
    pub incident: String,
    /// Login name.
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: String,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// Commands about stories.
#[derive(Debug, Subcommand)]
pub enum Story {
    /// Plays stories, each on a fresh platform of its own, and shows each expectation with what really happened; ends
    /// with 1 when something differs, with 2 when a story cannot be read.
    Run {
        /// Story files, and folders of which every .story file is played.
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// Shows only what is not as expected.
        #[arg(long)]
        quiet: bool,
    },
    /// Prints every word that stories understand.
    Words,
}

/// What to check.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Verify {
    /// A paper; without one, the shop's own books.
    #[command(subcommand)]
    pub paper: Option<VerifyPaper>,
    /// Also reads every stored file; needs the master key.
    #[arg(long)]
    pub files: bool,
    /// Only the chains of hashes: whether an entry was changed, removed or put elsewhere; many times faster.
    #[arg(long, conflicts_with = "files")]
    pub chains: bool,
    /// Where the shop is.
    #[command(flatten)]
    pub data: DataFolder,
}

/// Papers that can be checked anywhere, without the shop.
#[derive(Debug, Subcommand)]
pub enum VerifyPaper {
    /// A refund certificate, PDF or JSON.
    Certificate {
        /// The file.
        file: PathBuf,
        /// The platform's public key, from its transparency page.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
    /// An evidence package, ZIP or unpacked.
    Package {
        /// The archive, or the folder it was unpacked into.
        file: PathBuf,
        /// The platform's public key, from its transparency page.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
    /// The published log, as its transparency page offers it.
    Log {
        /// The copy to check.
        file: PathBuf,
        /// A copy that was kept from before: what it holds must stand in the other too.
        #[arg(long, value_name = "FILE")]
        kept: Option<PathBuf>,
        /// The platform's public key.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
}

/// Papers for outside.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Makes the evidence package of a case, in the operator's name.
    Case {
        /// Case number.
        case: String,
        /// For whom: buyer, 12315, heimao, association, court, police, card, seller.
        #[arg(long = "for", value_name = "VARIANT", default_value = "buyer")]
        variant: String,
        /// Fraud is suspected: the stronger package with advice.
        #[arg(long)]
        fraud: bool,
        /// The file to write [default: evidence-CASE-VARIANT.zip]; there must be none yet.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Where the shop is.
        #[command(flatten)]
        serving: Box<Serving>,
    },
}

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct Bench {
    /// Prints one JSON object per figure.
    #[arg(long)]
    pub json: bool,
    /// Ends within a minute.
    #[arg(long)]
    pub quick: bool,
    /// Measures only this part.
    #[arg(long, value_name = "TRACK")]
    pub only: Option<Track>,
    /// Where to put the database; a folder that does not exist yet [default: a temporary one].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Measures on a server: `postgres://user@host/name`. Its databases are left alone; new ones, named yuanlu_bench_…,
    /// are made beside them and dropped afterwards.
    #[arg(long, env = "YUANLU_BENCH_DATABASE", value_name = "PLACE", hide_env_values = true)]
    pub database: Option<String>,
    /// Certificates (PEM) that vouch for the server [default: those this machine trusts].
    #[arg(long, value_name = "FILE")]
    pub database_ca: Option<PathBuf>,
    /// How many orders the small shop has whose growth is measured, and the large one, such as 10000,5000000. A million
    /// orders take 11 GB and about half an hour to make.
    #[arg(long, value_name = "SMALL,LARGE", value_parser = sizes)]
    pub orders: Option<[usize; 2]>,
}

fn sizes(text: &str) -> Result<[usize; 2], String> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match text.split_once(',').map(|(small, large)| (number(small), number(large))) {
        Some((Some(small), Some(large))) if 0 < small && small < large => Ok([small, large]),
        _ => Err("say two numbers, such as 10000,1000000, the smaller one first".to_owned()),
    }
}
