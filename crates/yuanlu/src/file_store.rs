//! Where uploaded files lie: in the data folder, or in an S3-compatible store that the operator named. Only ciphertexts go
//! there. The secret comes from the environment or a file of its own, and is never printed.

use crate::Problem;
use crate::config::Effective;
use crate::open;
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use yuanlu_app::Clock;
use yuanlu_blobs::s3::Bucket;
use yuanlu_blobs::{BlobId, Blobs, MasterKey, Moved, Secret, Store, Vault, VaultError, folder};
use yuanlu_jobs::S3Store;
use yuanlu_storage::{Db, StorageError, bill, evidence, setting};

/// The folder below the data folder.
pub const FOLDER: &str = "blobs";
/// The object by which `doctor` tries a store.
const TRIAL: &str = "yuanlu-doctor-trial";
/// The setting with the wrapped data keys.
const DATA_KEYS: &str = "data_keys";

/// `[files]` of `yuanlu.toml`; each name also as `YUANLU_FILES_…`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSection {
    /// Scheme, host and port.
    pub endpoint: Option<String>,
    /// Name of the bucket.
    pub bucket: Option<String>,
    /// What stands before every object's name.
    pub prefix: Option<String>,
    /// Region of the signature.
    pub region: Option<String>,
    /// Key id.
    pub key_id: Option<String>,
    /// A file with the secret, from the data folder.
    pub secret_file: Option<String>,
}

impl FilesSection {
    /// The bucket that is meant, if one is: what the environment says goes before the file.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn bucket(&self, data: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Bucket>, String> {
        let set = |name: &str, own: &Option<String>| {
            let named = variable(&format!("YUANLU_FILES_{}", name.to_uppercase())).or_else(|| own.clone());
            named.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let Some(endpoint) = set("endpoint", &self.endpoint) else { return Ok(None) };
        let need = |name: &str, own: &Option<String>| set(name, own).ok_or(format!("files: {name} is not set"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '@', '?', '#'])) {
            return Err("files: endpoint is not an address such as https://s3.example.com".to_owned());
        }
        let near = host.is_some_and(|host| host.starts_with("127.0.0.1:") || host.starts_with("localhost:"));
        if endpoint.starts_with("http://") && !near {
            return Err("files: endpoint has to be https, except on this machine".to_owned());
        }
        let secret = match (variable("YUANLU_FILES_SECRET"), set("secret_file", &self.secret_file)) {
            (Some(secret), _) => Secret::new(secret),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(data.join(&file));
                Secret::new(text.map_err(|error| format!("files: secret_file {file}: {error}"))?.trim().to_owned())
            }
            (None, None) => return Err("files: neither secret_file nor YUANLU_FILES_SECRET is set".to_owned()),
        };
        Ok(Some(Bucket {
            endpoint,
            region: set("region", &self.region).unwrap_or_else(|| "us-east-1".to_owned()),
            name: need("bucket", &self.bucket)?,
            prefix: set("prefix", &self.prefix).unwrap_or_default(),
            key_id: need("key_id", &self.key_id)?,
            secret,
        }))
    }
}

/// The bucket and where in it, for people.
pub fn place(bucket: &Bucket) -> String {
    format!("bucket {} at {} (prefix `{}`)", bucket.name, bucket.endpoint, bucket.prefix)
}

fn remote(bucket: &Bucket) -> Result<Arc<dyn Store>, Problem> {
    let clock = Clock::system();
    let store = S3Store::new(bucket.clone(), move || clock.now().micros().div_euclid(1_000_000));
    Ok(Arc::new(store.map_err(Problem::at("the file store"))?))
}

/// The store that is configured; files of before are still found in the folder. `None`: the folder alone.
pub fn store(effective: &Effective) -> Result<Option<Arc<dyn Store>>, Problem> {
    let Some(bucket) = &effective.files else { return Ok(None) };
    let moved = Moved { to: remote(bucket)?, from: folder(&effective.data.join(FOLDER)) };
    Ok(Some(Arc::new(moved)))
}

/// Keeps, reads and removes a small object; what is wrong, as a sentence.
pub fn try_out(bucket: &Bucket) -> Result<(), String> {
    let store = remote(bucket).map_err(|problem| problem.to_string())?;
    let content = b"nothing of importance".to_vec();
    let failed = |what: &str, error: std::io::Error| format!("{what}: {error}");
    store.put(TRIAL, content.clone()).map_err(|error| failed("a file cannot be kept", error))?;
    let back = store.get(TRIAL).map_err(|error| failed("a kept file cannot be read", error))?;
    store.remove(TRIAL).map_err(|error| failed("a file cannot be removed", error))?;
    if back != content {
        return Err("a kept file came back changed".to_owned());
    }
    match store.has(TRIAL) {
        Ok(false) => Ok(()),
        Ok(true) => Err("a removed file is still there".to_owned()),
        Err(error) => Err(failed("nobody can say whether a file is there", error)),
    }
}

/// The names of everything that lies in the store.
pub fn names(db: &Db) -> Result<Vec<String>, Problem> {
    let named = db.read(|db| {
        let mut names = evidence::list_blobs(db)?;
        let bills = bill::list_between(db, jiff::civil::Date::MIN, jiff::civil::Date::MAX)?;
        names.extend(bills.into_iter().flat_map(|bill| bill.summary.file));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    });
    named.map_err(|error: StorageError| Problem::new(open::chain(&error)))
}

/// What looking at every file found.
#[derive(Debug, Default)]
pub struct Looked {
    /// Files that are whole.
    pub whole: usize,
    /// Sentences about the others.
    pub differences: Vec<String>,
}

/// Reads and opens every file that the database names.
pub fn look_at_all(effective: &Effective, db: &Db, mut each: impl FnMut(usize)) -> Result<Looked, Problem> {
    let key = MasterKey::read(&effective.master_key_file);
    let key = key.map_err(Problem::at(effective.master_key_file.display()))?;
    let wrapped = db.read(|db| setting::find(db, DATA_KEYS));
    let wrapped = wrapped.map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    let Some(wrapped) = wrapped else { return Ok(Looked::default()) };
    let vault = Vault::open(&key, &wrapped).map_err(|error| Problem::new(open::chain(&error)))?;
    let blobs = Blobs::over(match store(effective)? {
        Some(store) => store,
        None => folder(&effective.data.join(FOLDER)),
    });
    let mut looked = Looked::default();
    for (n, name) in names(db)?.into_iter().enumerate() {
        let found = BlobId::parse(&name).ok_or(VaultError::DoesNotOpen).and_then(|id| blobs.get(&vault, &id));
        match found {
            Ok(_) => looked.whole += 1,
            Err(VaultError::Io(error)) if error.kind() == ErrorKind::NotFound => {
                looked.differences.push(format!("file {name}: it is missing"));
            }
            Err(VaultError::Io(error)) => looked.differences.push(format!("file {name}: it cannot be read: {error}")),
            Err(_) => looked.differences.push(format!("file {name}: it was changed, it does not open")),
        }
        each(n + 1);
    }
    Ok(looked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> FilesSection {
        FilesSection {
            endpoint: Some("https://s3.example.com/".into()),
            bucket: Some("evidence".into()),
            key_id: Some("id".into()),
            ..FilesSection::default()
        }
    }

    #[test]
    fn a_bucket_needs_address_name_key_and_secret_and_the_environment_goes_first() {
        let data = Path::new("/nowhere");
        let none = |_: &str| None;
        assert!(FilesSection::default().bucket(data, &none).unwrap().is_none());
        assert!(section().bucket(data, &none).unwrap_err().contains("secret"));
        let secret = |name: &str| (name == "YUANLU_FILES_SECRET").then(|| "hidden".to_owned());
        let bucket = section().bucket(data, &secret).unwrap().unwrap();
        assert_eq!((bucket.endpoint.as_str(), bucket.region.as_str()), ("https://s3.example.com", "us-east-1"));
        assert!(!format!("{bucket:?}").contains("hidden"));
        let other = |name: &str| match name {
            "YUANLU_FILES_SECRET" => Some("hidden".to_owned()),
            "YUANLU_FILES_BUCKET" => Some("other".to_owned()),
            _ => None,
        };
        assert_eq!(section().bucket(data, &other).unwrap().unwrap().name, "other");
        let without = FilesSection { bucket: None, ..section() };
        assert!(without.bucket(data, &secret).unwrap_err().contains("bucket"));
        for bad in ["s3.example.com", "http://s3.example.com", "https://", "https://a@b", "ftp://x"] {
            let section = FilesSection { endpoint: Some(bad.into()), ..section() };
            assert!(section.bucket(data, &secret).unwrap_err().contains("endpoint"), "{bad}");
        }
        let near = FilesSection { endpoint: Some("http://127.0.0.1:9000".into()), ..section() };
        assert!(near.bucket(data, &secret).is_ok());
    }
}
