//! Where a database is: a file beside the program, or a PostgreSQL server.

use crate::error::{Result, StorageError};
use std::fmt;
use std::path::{Path, PathBuf};

/// A place that [`Db::open`](crate::Db::open) understands.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite.
    File(PathBuf),
    /// A server.
    Server(Server),
}

/// How a PostgreSQL server is reached. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    url: String,
    /// Certificates (PEM) that vouch for the server, where those of the machine do not.
    authorities: Option<PathBuf>,
}

impl Location {
    /// Reads `postgres://…` (also several hosts, see `docs/database.md`) or a path.
    ///
    /// # Errors
    /// When the text begins like a server's and is none.
    pub fn parse(text: &str) -> Result<Self> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let server = Server { url: text.to_owned(), authorities: None };
        server.config()?;
        Ok(Self::Server(server))
    }

    /// Trusts these authorities with a server's certificate.
    #[must_use]
    pub fn vouched_by(self, authorities: Option<PathBuf>) -> Self {
        match self {
            Self::Server(server) => Self::Server(Server { authorities, ..server }),
            file @ Self::File(_) => file,
        }
    }

    /// Another database of the same server, reached in the same way; a schema that the address names is left out.
    pub fn beside(&self, name: &str) -> Option<Self> {
        let Self::Server(server) = self else { return None };
        let (before, settings) = server.url.split_once('?').map_or((&*server.url, None), |(a, b)| (a, Some(b)));
        let (scheme, rest) = before.split_once("://")?;
        let hosts = rest.split('/').next().unwrap_or_default();
        let settings = settings.unwrap_or_default().split('&').filter(|one| !one.starts_with("options="));
        let settings: Vec<&str> = settings.filter(|one| !one.is_empty()).collect();
        let mark = if settings.is_empty() { "" } else { "?" };
        let url = format!("{scheme}://{hosts}/{name}{mark}{}", settings.join("&"));
        Some(Self::Server(Server { url, authorities: server.authorities.clone() }))
    }

    /// What [`Location::parse`] reads, with the password: never to be shown.
    pub fn address(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server(server) => server.url.clone(),
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }
}

impl Server {
    pub(crate) fn config(&self) -> Result<tokio_postgres::Config> {
        // What the driver says about a text it cannot read may contain the text.
        let unread = |_| StorageError::driver("reading the address of the database", "it is not a PostgreSQL address");
        self.url.parse::<tokio_postgres::Config>().map_err(unread)
    }

    pub(crate) fn authorities(&self) -> Option<&Path> {
        self.authorities.as_deref()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.fmt(f),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Server {
    /// Hosts and name of the database, never who logs in and how.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split('?').next().unwrap_or_default();
        let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
        write!(f, "postgres://{hosts}")
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://shop:pass@word@db1:5432,db2:5433/yuanlu?sslmode=require";
        let location = Location::Server(Server { url: url.to_owned(), authorities: None });
        assert_eq!(location.to_string(), "postgres://db1:5432,db2:5433/yuanlu");
        assert_eq!(format!("{location:?}"), "postgres://db1:5432,db2:5433/yuanlu");
        let wrong = Location::parse("postgres://shop:secret@[db/yuanlu").unwrap_err();
        assert!(!format!("{wrong:?} {wrong}").contains("secret"), "{wrong:?}");
    }

    #[test]
    fn another_database_is_reached_in_the_same_way() {
        let beside = |url: &str| Location::parse(url).unwrap().beside("bench").map(|place| place.address());
        assert_eq!(beside("postgres://db1/shop").as_deref(), Some("postgres://db1/bench"));
        assert_eq!(
            beside("postgres://a:b@db1,db2:5433/shop?sslmode=require&options=-csearch_path%3Done").as_deref(),
            Some("postgres://a:b@db1,db2:5433/bench?sslmode=require")
        );
        assert_eq!(beside("data/yuanlu.db"), None);
    }

    #[test]
    fn what_is_no_server_is_a_file() {
        assert_eq!(Location::parse("data/yuanlu.db").unwrap().file(), Some(Path::new("data/yuanlu.db")));
        assert_eq!(Location::parse("postgresql://localhost/yuanlu").unwrap().file(), None);
    }
}
