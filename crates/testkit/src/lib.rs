//! What tests share: a whole platform in a folder of its own, gone when the test ends well.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use yuanlu_app::{App, Born, Clock, Config, Limits};
use yuanlu_domain::time::Instant;
use yuanlu_world::{Random, Simulated, World};

/// A platform with a simulated channel and a clock that stands still until it is moved.
pub struct TestWorld {
    world: World,
    folder: PathBuf,
}

impl TestWorld {
    /// A new one; the same name and seed live the same.
    ///
    /// # Panics
    /// When the temporary folder cannot be used.
    pub fn new(name: &str, start: Instant, seed: [u8; 32]) -> Self {
        let folder = std::env::temp_dir().join(format!("yuanlu-world-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut random = Random::new(seed);
        let simulated = Simulated::new(random.bytes(), random.bytes(), "http://shop.test");
        let simulated = simulated.expect("seeds of 32 bytes make keys");
        let mut config = Config::new(&folder, Born::Demo);
        config.clock = Clock::manual(start);
        config.limits = Limits::none();
        config.seed = Some(random.bytes());
        config.channels = simulated.channels().ids().cloned().collect();
        config.roads = std::sync::Arc::new(simulated.channels().roads());
        let app = App::open(config).expect("an empty folder opens");
        Self { world: World::new(app, simulated), folder }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Deref for TestWorld {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for TestWorld {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for TestWorld {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
