//! Effective configuration: command line over environment over `yuanlu.toml` over defaults, each with its source.

use crate::cli::{DataFolder, Serving};
use crate::file_store::FilesSection;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use yuanlu_blobs::s3::Bucket;
use yuanlu_channels::configured::Sections;
use yuanlu_storage::Location;

/// The file in the data folder.
pub const FILE: &str = "yuanlu.toml";
/// The database in the data folder.
pub const DATABASE: &str = "yuanlu.db";
/// The master key's file, unless told otherwise.
pub const MASTER_KEY: &str = "master.key";

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Command line or environment.
    Given,
    /// `yuanlu.toml`.
    File,
    /// Nobody said anything.
    Default,
}

impl Source {
    fn text(self, option: &str) -> String {
        match self {
            Self::Given if std::env::var_os(variable(option)).is_some() => {
                format!("{} or command line", variable(option))
            }
            Self::Given => "command line".to_owned(),
            Self::File => FILE.to_owned(),
            Self::Default => "default".to_owned(),
        }
    }
}

fn variable(option: &str) -> String {
    let option = if option == "probe_hosts" { "probe_host" } else { option };
    format!("YUANLU_{}", option.to_uppercase())
}

/// `yuanlu.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    #[serde(default)]
    trusted_proxy: Vec<String>,
    platform_name: Option<String>,
    tesseract: Option<PathBuf>,
    #[serde(default)]
    files: FilesSection,
    #[serde(default)]
    probe_hosts: Vec<String>,
    master_key_file: Option<PathBuf>,
    archive_after_days: Option<u32>,
    database: Option<String>,
    database_ca: Option<PathBuf>,
    #[serde(default)]
    channels: BTreeMap<String, BTreeMap<String, toml::Value>>,
    #[serde(default)]
    mail: BTreeMap<String, toml::Value>,
    #[serde(default)]
    sms: BTreeMap<String, toml::Value>,
    #[serde(default)]
    webhooks: BTreeMap<String, toml::Value>,
}

/// What holds.
#[derive(Clone, Debug)]
pub struct Effective {
    /// Data folder.
    pub data: PathBuf,
    /// Address to listen at.
    pub listen: SocketAddr,
    /// Where people reach the shop, without a slash at the end.
    pub public_url: String,
    /// Proxies that are believed.
    pub trusted_proxy: Vec<String>,
    /// The platform's name.
    pub platform_name: String,
    /// The program that reads receipts.
    pub tesseract: Option<PathBuf>,
    /// Where files lie, where not in the data folder.
    pub files: Option<Bucket>,
    /// Hosts of issuers that may be asked about codes.
    pub probe_hosts: Vec<String>,
    /// File with the master key.
    pub master_key_file: PathBuf,
    /// Days after which the journals of orders that are over go to the archive; none: never.
    pub archive_after_days: Option<u32>,
    database: Location,
    /// Settings of payment channels, by channel; the environment is read beside them.
    pub channels: Sections,
    /// Settings of mail, short messages and webhooks, by section; the environment is read beside them.
    pub notify: Sections,
    sources: BTreeMap<&'static str, Source>,
}

impl Effective {
    /// Reads everything there is.
    ///
    /// # Errors
    /// A sentence that names the file, when it cannot be read.
    pub fn read(given: &Serving, default_data: &str) -> Result<Self, String> {
        let mut sources = BTreeMap::new();
        let mut note = |name, given: bool, file: bool| {
            let source = match (given, file) {
                (true, _) => Source::Given,
                (false, true) => Source::File,
                (false, false) => Source::Default,
            };
            sources.insert(name, source);
        };
        let data = data_folder(&given.data, default_data);
        note("data", given.data.data.is_some(), false);
        let file = read_file(&data.join(FILE))?;
        note("listen", given.listen.is_some(), file.listen.is_some());
        note("public_url", given.public_url.is_some(), file.public_url.is_some());
        note("trusted_proxy", !given.trusted_proxy.is_empty(), !file.trusted_proxy.is_empty());
        note("platform_name", given.platform_name.is_some(), file.platform_name.is_some());
        note("probe_hosts", !given.probe_host.is_empty(), !file.probe_hosts.is_empty());
        note("master_key_file", given.master_key_file.is_some(), file.master_key_file.is_some());
        note("archive_after_days", given.archive_after_days.is_some(), file.archive_after_days.is_some());

        note("database", given.data.database.is_some(), file.database.is_some());
        let place = given.data.database.clone().or(file.database);
        let database = match place {
            Some(place) => Location::parse(&place).map_err(|error| crate::open::chain(&error))?,
            None => data.join(DATABASE).into(),
        };
        let database = database.vouched_by(given.data.database_ca.clone().or(file.database_ca));

        let listen = given.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = given.public_url.clone().or(file.public_url);
        let public_url = public_url.unwrap_or_else(|| format!("http://{listen}"));
        let trusted_proxy =
            if given.trusted_proxy.is_empty() { file.trusted_proxy } else { given.trusted_proxy.clone() };
        let probe_hosts = if given.probe_host.is_empty() { file.probe_hosts } else { given.probe_host.clone() };
        let master_key_file = given.master_key_file.clone().or(file.master_key_file);
        let archive_after_days = given.archive_after_days.or(file.archive_after_days);
        let archive_after_days = archive_after_days.unwrap_or(yuanlu_app::archive::AFTER_DAYS);
        Ok(Self {
            listen,
            public_url: public_url.trim_end_matches('/').to_owned(),
            trusted_proxy,
            probe_hosts,
            tesseract: std::env::var_os("YUANLU_TESSERACT").map(PathBuf::from).or(file.tesseract),
            files: file.files.bucket(&data, &|name| std::env::var(name).ok())?,
            platform_name: given
                .platform_name
                .clone()
                .or(file.platform_name)
                .unwrap_or_else(|| "原路 Yuanlu".to_owned()),
            master_key_file: master_key_file.unwrap_or_else(|| data.join(MASTER_KEY)),
            archive_after_days: Some(archive_after_days).filter(|days| *days > 0),
            database,
            channels: file.channels.into_iter().map(|(name, section)| (name, plain(section))).collect(),
            notify: [("mail", file.mail), ("sms", file.sms), ("webhooks", file.webhooks)]
                .into_iter()
                .map(|(name, section)| (name.to_owned(), plain(section)))
                .collect(),
            data,
            sources,
        })
    }

    /// The address that was really taken; with port 0 the system chooses.
    pub fn bound(&mut self, address: SocketAddr) {
        if self.sources.get("public_url") == Some(&Source::Default) {
            self.public_url = format!("http://{address}");
        }
        self.listen = address;
    }

    /// Where the database is.
    pub fn database(&self) -> &Location {
        &self.database
    }

    /// Every value with where it came from, for `doctor`.
    pub fn lines(&self) -> Vec<(&'static str, String, String)> {
        let value = |name: &str| match name {
            "data" => self.data.display().to_string(),
            "listen" => self.listen.to_string(),
            "public_url" => self.public_url.clone(),
            "trusted_proxy" => self.trusted_proxy.join(", "),
            "platform_name" => self.platform_name.clone(),
            "database" => self.database.to_string(),
            "probe_hosts" => self.probe_hosts.join(", "),
            "archive_after_days" => self.archive_after_days.map_or_else(|| "never".to_owned(), |days| days.to_string()),
            _ => self.master_key_file.display().to_string(),
        };
        self.sources.iter().map(|(name, source)| (*name, value(name), source.text(name))).collect()
    }
}

/// Settings as text: a number that was written without quotation marks is one, too.
fn plain(section: BTreeMap<String, toml::Value>) -> BTreeMap<String, String> {
    let text = |value: toml::Value| match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    section.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// The data folder that is meant.
pub fn data_folder(given: &DataFolder, default: &str) -> PathBuf {
    given.data.clone().unwrap_or_else(|| PathBuf::from(default))
}

fn read_file(path: &Path) -> Result<Settings, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_stronger_than_file_and_file_than_default() {
        let folder = std::env::temp_dir().join(format!("yuanlu-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(FILE), "listen = \"127.0.0.1:9000\"\nplatform_name = \"Probe\"\n").unwrap();
        let mut given =
            Serving { data: DataFolder { data: Some(folder.clone()), ..DataFolder::default() }, ..Serving::default() };
        let from_file = Effective::read(&given, "unused").unwrap();
        assert_eq!(from_file.listen.port(), 9000);
        assert_eq!(from_file.platform_name, "Probe");
        assert_eq!(from_file.public_url, "http://127.0.0.1:9000");
        assert_eq!(from_file.master_key_file, folder.join(MASTER_KEY));
        given.listen = Some(SocketAddr::from(([127, 0, 0, 1], 9001)));
        let given_port = Effective::read(&given, "unused").unwrap();
        assert_eq!(given_port.listen.port(), 9001);
        assert!(given_port.lines().iter().any(|(name, _, source)| *name == "platform_name" && source == FILE));
        std::fs::write(folder.join(FILE), "lisen = 1\n").unwrap();
        assert!(Effective::read(&given, "unused").unwrap_err().contains("lisen"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
