//! Both sides of the simulated channel in one process: the shop's client, and the simulator that answers it.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_simulator::{BadSetup, Chooser, Setup, Simulator};

/// The shop's name at the channel.
const MERCHANT: &str = "yuanlu-demo";
/// Where the simulator stands below the shop's address.
pub const SIMULATOR_PATH: &str = "/sim";
/// Where callbacks come in below the shop's address.
const CALLBACK_PATH: &str = "/callback/sim";

/// The simulated channel of one shop. Clones share it.
#[derive(Clone)]
pub struct Simulated {
    id: ChannelId,
    simulator: Arc<Mutex<Simulator>>,
    merchant_seed: [u8; 32],
    public_url: String,
    file: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    merchant_seed: [u8; 32],
    simulator: String,
}

impl Simulated {
    /// A new one for a shop at this address.
    ///
    /// # Errors
    /// Never for seeds of 32 bytes; the simulator checks them all the same.
    pub fn new(merchant_seed: [u8; 32], channel_seed: [u8; 32], public_url: &str) -> Result<Self, BadSetup> {
        Self::called("sim".into(), Chooser::Digits, (merchant_seed, channel_seed), public_url)
    }

    /// A new one under an id of its own, whose refunds behave as the chooser says. `seeds` are the merchant's and the
    /// channel's.
    ///
    /// # Errors
    /// Never for seeds of 32 bytes; the simulator checks them all the same.
    pub fn called(
        id: ChannelId,
        chooser: Chooser,
        (merchant_seed, channel_seed): ([u8; 32], [u8; 32]),
        public_url: &str,
    ) -> Result<Self, BadSetup> {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let simulator = Simulator::new(Setup {
            key_seed: hex(&channel_seed),
            merchant: MERCHANT.to_owned(),
            merchant_key: hex(&public_key(&merchant_seed)),
            notify_url: format!("{public_url}{CALLBACK_PATH}"),
            chooser,
        })?;
        Ok(Self {
            id,
            simulator: Arc::new(Mutex::new(simulator)),
            merchant_seed,
            public_url: public_url.to_owned(),
            file: None,
        })
    }

    /// Reads what [`Simulated::keep_in`] wrote; the shop may have moved to another address.
    ///
    /// # Errors
    /// When the file is not what was written.
    pub fn load(file: &Path, public_url: &str) -> std::io::Result<Self> {
        let saved: Saved = serde_json::from_str(&std::fs::read_to_string(file)?)?;
        let mut simulator = Simulator::load(&saved.simulator).map_err(std::io::Error::other)?;
        simulator.set_notify_url(&format!("{public_url}{CALLBACK_PATH}"));
        Ok(Self {
            id: "sim".into(),
            simulator: Arc::new(Mutex::new(simulator)),
            merchant_seed: saved.merchant_seed,
            public_url: public_url.to_owned(),
            file: Some(file.to_owned()),
        })
    }

    /// From now on every change is written to this file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_in(&mut self, file: &Path) -> std::io::Result<()> {
        self.file = Some(file.to_owned());
        self.save(&self.lock())
    }

    /// The simulator.
    pub fn lock(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, simulator: &Simulator) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let saved = Saved { merchant_seed: self.merchant_seed, simulator: simulator.save() };
        let beside = file.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(&saved)?)?;
        std::fs::rename(beside, file)
    }

    /// Its id.
    pub fn id(&self) -> &ChannelId {
        &self.id
    }

    /// The shop's channels: this one.
    pub fn channels(&self) -> Channels {
        Channels::new().with(self.client())
    }

    /// The shop's client.
    pub fn client(&self) -> SimChannel {
        let client = SimChannel::new(SimConfig {
            merchant: MERCHANT.to_owned(),
            base_url: format!("{}{SIMULATOR_PATH}", self.public_url),
            key_seed: self.merchant_seed,
            channel_key: self.lock().public_key(),
        });
        client.in_place_of(self.id.clone())
    }

    /// Answers a request; `None` when the connection drops.
    pub fn handle(&self, request: &http::Request<Vec<u8>>, now: Instant) -> Option<http::Response<Vec<u8>>> {
        let mut simulator = self.lock();
        let response = simulator.handle(request, now.micros());
        match self.save(&simulator) {
            Ok(()) => response,
            // A channel that forgets would be worse than one that is away.
            Err(_) => None,
        }
    }

    /// Answers a call of the shop.
    pub fn answer(&self, request: &http::Request<Vec<u8>>, now: Instant) -> Reply {
        self.handle(request, now).map_or(Reply::ConnectionLost, Reply::from_http)
    }

    /// Callbacks due now; report each with [`Simulated::delivered`].
    pub fn due_callbacks(&self, now: Instant) -> Vec<http::Request<Vec<u8>>> {
        self.lock().due_callbacks(now.micros())
    }

    /// Says how callbacks were answered.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn delivered(&self, answers: &[(http::Request<Vec<u8>>, u16)]) -> std::io::Result<()> {
        if answers.is_empty() {
            return Ok(());
        }
        let mut simulator = self.lock();
        for (request, status) in answers {
            let event = request.headers().get(yuanlu_simulator::callbacks::EVENT_HEADER);
            simulator.delivered(event.and_then(|event| event.to_str().ok()).unwrap_or_default(), *status);
        }
        self.save(&simulator)
    }
}
