//! Where the shops of a benchmark lie: each in a folder of its own and, where a server is measured, in a database of its own
//! on it. Databases are dropped in the end.

use crate::{Problem, config, files, open};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yuanlu_app::engine::Engine;
use yuanlu_app::{App, Config, Limits};
use yuanlu_storage::db::Birth;
use yuanlu_storage::sent::Sender;
use yuanlu_storage::{Born, Db, Location, StorageError};

/// How often, and after which pauses, a database is copied that sessions of the shop before are still leaving.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// A shop: its folder with the key, and its database.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The folder.
    pub folder: PathBuf,
    /// The database, in the folder or on a server.
    pub database: Location,
}

impl Shop {
    /// Opens it without limits on how often people may do things.
    pub fn open(&self) -> Result<App, Problem> {
        let mut config = Config::new(&self.folder, Born::Live);
        config.limits = Limits::none();
        config.database = Some(self.database.clone());
        open::shop(config)
    }

    /// Its engine alone.
    pub fn engine(&self) -> Result<Engine, Problem> {
        let created_at = yuanlu_app::Clock::system().now();
        let birth = Birth { born: Born::Live, number_prefix: String::new(), created_at };
        let db = Db::open(&self.database, &birth).map_err(failed)?;
        Engine::new(&db).map_err(failed)
    }

    /// How large its database is.
    pub fn bytes(&self) -> Result<f64, Problem> {
        if let Some(file) = self.database.file() {
            return Ok(std::fs::metadata(file)?.len() as f64);
        }
        let sender = Sender::open(&self.database).map_err(failed)?;
        let asked = sender.ask("select cast(pg_database_size(current_database()) as text)").map_err(failed)?;
        asked.first().and_then(|text| text.parse().ok()).ok_or_else(|| Problem::new("a database without a size"))
    }

    /// Lets a server see what a crowd of commands has made of its tables, as it does by itself after some time.
    pub fn settle(&self) -> Result<(), Problem> {
        match self.database.file() {
            Some(_) => Ok(()),
            None => Sender::open(&self.database).and_then(|sender| sender.run("vacuum analyze")).map_err(failed),
        }
    }
}

fn failed(error: StorageError) -> Problem {
    Problem::new(open::chain(&error))
}

/// A folder for shops, and the server that keeps their databases, if one does.
pub struct Place {
    folder: PathBuf,
    server: Option<Location>,
    made: RefCell<BTreeSet<String>>,
}

impl Place {
    /// A folder, and a database by whose address the server is reached; it is not touched itself.
    pub fn new(folder: &Path, server: Option<Location>) -> Result<Self, Problem> {
        if let Some(file) = server.as_ref().and_then(Location::file) {
            return Err(Problem::new(format!("{} is a file; a shop in a file is measured without it", file.display())));
        }
        Ok(Self { folder: folder.to_owned(), server, made: RefCell::default() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What stands behind the figures: the server's version, and whether its commits are durable.
    pub fn describe(&self) -> Result<Option<String>, Problem> {
        let Some(server) = &self.server else { return Ok(None) };
        let sender = Sender::open(server).map_err(failed)?;
        let ask = |setting: &str| {
            let text = format!("select current_setting('{setting}')");
            Ok::<_, Problem>(sender.ask(&text).map_err(failed)?.concat())
        };
        let (version, fsync, commit) = (ask("server_version")?, ask("fsync")?, ask("synchronous_commit")?);
        let durable = if fsync == "off" || commit == "off" { ": its commits are NOT durable" } else { "" };
        Ok(Some(format!("PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}{durable}")))
    }

    /// Where a shop may be made that is not there yet.
    pub fn shop(&self, name: &str) -> Result<Shop, Problem> {
        let folder = self.folder.join(name);
        let database = match self.on_server(name) {
            None => folder.join(config::DATABASE).into(),
            Some(database) => {
                self.create(name, None)?;
                database
            }
        };
        Ok(Shop { folder, database })
    }

    /// A copy of a shop that nobody has open; the one of the same name before is gone.
    pub fn copy(&self, shop: &Shop, name: &str) -> Result<Shop, Problem> {
        let folder = self.folder.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        files::private_folder(&folder)?;
        let take = |file: &str| std::fs::copy(shop.folder.join(file), folder.join(file)).map_err(Problem::at(file));
        take(config::MASTER_KEY)?;
        let database = match self.on_server(name) {
            None => {
                take(config::DATABASE)?;
                folder.join(config::DATABASE).into()
            }
            Some(database) => {
                let template = shop.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                self.create(name, Some(template))?;
                database
            }
        };
        Ok(Shop { folder, database })
    }

    /// Ends a shop that nobody needs any more.
    pub fn remove(&self, shop: &Shop) -> Result<(), Problem> {
        std::fs::remove_dir_all(&shop.folder)?;
        let name = shop.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match &self.server {
            Some(server) if self.made.borrow_mut().remove(name) => {
                let gone = format!("drop database if exists {} with (force)", database_name(name));
                Sender::open(server).and_then(|sender| sender.run(&gone)).map_err(failed)
            }
            _ => Ok(()),
        }
    }

    fn on_server(&self, name: &str) -> Option<Location> {
        self.server.as_ref()?.beside(&database_name(name))
    }

    fn create(&self, name: &str, template: Option<&str>) -> Result<(), Problem> {
        let Some(server) = &self.server else { return Ok(()) };
        let sender = Sender::open(server).map_err(failed)?;
        let database = database_name(name);
        sender.run(&format!("drop database if exists {database} with (force)")).map_err(failed)?;
        let from = template.map(|shop| format!(" template {}", database_name(shop))).unwrap_or_default();
        let mut tries = 0;
        while let Err(error) = sender.run(&format!("create database {database}{from}")) {
            tries += 1;
            if tries == TRIES {
                return Err(failed(error));
            }
            std::thread::sleep(PAUSE);
        }
        self.made.borrow_mut().insert(name.to_owned());
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(sender) = self.server.as_ref().and_then(|server| Sender::open(server).ok()) else { return };
        for name in self.made.borrow().iter() {
            // What cannot be dropped is named after this process, and found by whoever looks.
            let _ = sender.run(&format!("drop database if exists {} with (force)", database_name(name)));
        }
    }
}

fn database_name(shop: &str) -> String {
    format!("yuanlu_bench_{}_{}", std::process::id(), shop.replace('-', "_"))
}
