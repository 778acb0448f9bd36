//! The platform a story is played on, and everything that has a name there.

use super::form::Call;
use super::value::Moment;
use crate::crowd::follow;
use crate::issuer::ISSUER_HOST;
use crate::{Random, Simulated, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use yuanlu_app::inputs::{InviteInput, ProductInput};
use yuanlu_app::principal::{Person, Principal};
use yuanlu_app::views::{CaseView, CouponView, ForecastView, OrderView};
use yuanlu_app::{App, AppError, Born, Clock, Config, Limits, Secret};
use yuanlu_channels::Channels;
use yuanlu_domain::Role;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::ids::{AccountId, CaseId, ChannelId, DeskId, OrderId, ProductId, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_simulator::Chooser;

/// Payment channels of every story, all simulated; each has the arrival times of the real one (R15).
pub(super) const CHANNELS: [&str; 6] = ["alipay", "wechat", "bank_card", "unionpay", "stripe", "other"];

/// Why a statement could not be played.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The platform refused it.
    App(AppError),
    /// This platform has no such part.
    Cannot(String),
    /// The story asks for something that is not there at that moment.
    Story(String),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// What an expectation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// It is as expected.
    pub(super) holds: bool,
    /// What really is.
    pub(super) really: String,
}

impl Seen {
    pub(super) fn new(holds: bool, really: impl Into<String>) -> Self {
        Self { holds, really: really.into() }
    }

    /// Whether what is there is what was said.
    pub(super) fn same(said: &str, really: &str) -> Self {
        Self::new(said == really, if really.is_empty() { "nothing" } else { really })
    }
}

/// A product of the story.
#[derive(Clone, Debug)]
pub(super) struct Goods {
    pub(super) id: ProductId,
    pub(super) seller: String,
    pub(super) input: ProductInput,
    /// Its codes, as they were loaded.
    pub(super) codes: Vec<String>,
}

/// What is settled before a platform opens.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) commission_basis_points: u32,
    pub(super) calendar: &'static Calendar,
    /// Channels that keep the money for us.
    pub(super) escrow_agents: Vec<ChannelId>,
}

/// For whom somebody works.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) seller: Option<SellerId>,
    pub(super) organisation: Option<String>,
}

/// The platform and the names.
pub(super) struct Stage {
    /// Absent only while the platform restarts.
    world: Option<World>,
    config: Config,
    random: Random,
    /// The administrator's name.
    pub(super) admin: String,
    pub(super) people: BTreeMap<String, Principal>,
    /// With which names they sign in.
    pub(super) logins: BTreeMap<String, String>,
    /// People who buy without an account.
    pub(super) guests: BTreeSet<String>,
    pub(super) sellers: BTreeMap<String, SellerId>,
    pub(super) organisations: BTreeMap<String, String>,
    pub(super) products: BTreeMap<String, Goods>,
    /// Coupons: whose, and as they were given.
    pub(super) coupons: BTreeMap<String, (String, CouponView)>,
    /// Redemption codes: their batch, and what is typed.
    pub(super) codes: BTreeMap<String, (DeskId, Secret<String>)>,
    /// The last mass incident.
    pub(super) incident: Option<DeskId>,
    pub(super) orders: BTreeMap<String, OrderId>,
    pub(super) cases: BTreeMap<String, CaseId>,
    pub(super) tip_offs: BTreeMap<String, DeskId>,
    /// Outside complaints, the last last.
    pub(super) outside: Vec<DeskId>,
    /// Conversations with support, the last last.
    pub(super) talks: Vec<DeskId>,
    /// The order last spoken of.
    pub(super) current: Option<OrderId>,
    pub(super) forecast: Option<ForecastView>,
    /// Parameters of the policy that the story changed.
    pub(super) parameters: serde_json::Map<String, serde_json::Value>,
    /// Codes, files and logins so far, each different from the others.
    serial: u32,
}

/// Nobody in particular looks on, and sees everything.
pub(super) const ONLOOKER: Principal = Principal::Program;

impl Stage {
    /// Opens an empty platform whose clock shows `begins`; `admin` is its first administrator, with these roles.
    pub(super) fn open(begins: Instant, admin: &str, roles: &[String], settings: Settings) -> Result<Self, Stop> {
        static STAGES: AtomicUsize = AtomicUsize::new(0);
        let number = STAGES.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("yuanlu-story-{}-{number}", std::process::id()));
        let mut random = Random::new([17; 32]);
        let mut simulated = Vec::new();
        for channel in CHANNELS {
            let chooser = Chooser::Always(yuanlu_simulator::Behaviour::AtOnce);
            let seeds = (random.bytes(), random.bytes());
            let one = Simulated::called(ChannelId::from(channel), chooser, seeds, "http://story.test");
            simulated.push(one.map_err(|error| Stop::Story(error.to_string()))?);
        }
        let mut config = Config::new(&folder, Born::Demo);
        config.clock = Clock::manual(begins);
        config.limits = Limits::none();
        config.channels = simulated.iter().map(|one| one.id().clone()).collect();
        let channels = simulated.iter().fold(Channels::new(), |channels, one| channels.with(one.client()));
        let channels = settings.escrow_agents.into_iter().fold(channels, Channels::with_escrow_agent);
        config.roads = Arc::new(channels.roads());
        config.probe_hosts = vec![ISSUER_HOST.to_owned()];
        config.direct = true;
        config.commission_basis_points = settings.commission_basis_points;
        config.calendar = settings.calendar;
        config.seed = Some(random.bytes());
        let app =
            App::open(config.clone()).map_err(|error| Stop::Story(format!("no platform could be opened: {error}")))?;
        let mut stage = Self {
            world: Some(World::with_channels(app, simulated)),
            config,
            random,
            admin: admin.to_owned(),
            people: BTreeMap::new(),
            logins: BTreeMap::new(),
            guests: BTreeSet::new(),
            sellers: BTreeMap::new(),
            organisations: BTreeMap::new(),
            products: BTreeMap::new(),
            coupons: BTreeMap::new(),
            codes: BTreeMap::new(),
            incident: None,
            orders: BTreeMap::new(),
            cases: BTreeMap::new(),
            tip_offs: BTreeMap::new(),
            outside: Vec::new(),
            talks: Vec::new(),
            current: None,
            forecast: None,
            parameters: serde_json::Map::new(),
            serial: 0,
        };
        stage.install_admin(admin, roles)?;
        Ok(stage)
    }

    /// The first administrator comes by the command line.
    fn install_admin(&mut self, name: &str, roles: &[String]) -> Result<(), Stop> {
        let login = self.login(name);
        let link = self.app().create_first_admin(&login)?;
        let mut admin = follow(self.app(), link.expose()).map_err(|trouble| Stop::Story(trouble.to_string()))?;
        if let Principal::Person(person) = &mut admin
            && roles.len() > 1
        {
            self.app().set_roles(&ONLOOKER, &person.account, roles, None, None)?;
            person.roles.extend(roles.iter().filter_map(|code| Role::parse(code)));
        }
        self.people.insert(name.to_owned(), admin);
        Ok(())
    }

    /// Makes an account. Staff and arbitrators follow their link; of buyers and sellers nothing depends on a password,
    /// and reckoning its hash would take most of a story's time.
    pub(super) fn invite(&mut self, name: &str, roles: &[String], place: Place) -> Result<(), Stop> {
        let read: BTreeSet<Role> = roles.iter().filter_map(|code| Role::parse(code)).chain([Role::Buyer]).collect();
        let input = InviteInput {
            login: self.login(name),
            roles: roles.to_vec(),
            seller: place.seller.as_ref().map(ToString::to_string),
            organisation: place.organisation,
        };
        let invited = self.app().invite(self.admin()?, &input)?;
        let trusted = read.iter().any(|role| role.is_staff() || *role == Role::Arbitrator);
        let principal = if trusted {
            follow(self.app(), invited.link.expose()).map_err(|trouble| Stop::Story(trouble.to_string()))?
        } else {
            Principal::Person(Person {
                account: AccountId::from(invited.person.account),
                name: name.to_owned(),
                roles: read,
                seller: place.seller,
                second_factor: false,
            })
        };
        self.people.insert(name.to_owned(), principal);
        Ok(())
    }

    fn login(&mut self, name: &str) -> String {
        let login = format!("person{:03}", self.next_serial());
        self.logins.insert(name.to_owned(), login.clone());
        login
    }

    pub(super) fn next_serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    pub(super) fn world(&self) -> &World {
        self.world.as_ref().expect("a platform restarts within one statement")
    }

    pub(super) fn world_mut(&mut self) -> &mut World {
        self.world.as_mut().expect("a platform restarts within one statement")
    }

    pub(super) fn app(&self) -> &App {
        self.world().app()
    }

    pub(super) fn now(&self) -> Instant {
        self.world().now()
    }

    /// The process ends and another one opens the same files.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        let (simulated, issuer) = (self.world().every_simulated().to_vec(), self.world().issuer().clone());
        self.world = None;
        // Ids must not come twice.
        self.config.seed = Some(self.random.bytes());
        let app =
            App::open(self.config.clone()).map_err(|error| Stop::Story(format!("it does not open again: {error}")))?;
        self.world = Some(World::with_channels(app, simulated).with_issuer(issuer));
        Ok(())
    }

    pub(super) fn admin(&self) -> Result<&Principal, Stop> {
        self.person(&self.admin)
    }

    pub(super) fn person(&self, name: &str) -> Result<&Principal, Stop> {
        self.people.get(name).ok_or_else(|| Stop::Story(format!("`{name}` is not there")))
    }

    /// Whoever acts.
    pub(super) fn actor(&self, call: &Call) -> Result<Principal, Stop> {
        self.person(&call.actor).cloned()
    }

    pub(super) fn goods(&self, name: &str) -> Result<&Goods, Stop> {
        self.products.get(name).ok_or_else(|| Stop::Story(format!("there is no product `{name}`")))
    }

    fn named_order(&self, call: &Call) -> Result<OrderId, Stop> {
        let named = call.word("order").or(call.scope.order.as_deref());
        let found = match named {
            Some(name) => self.orders.get(name).cloned(),
            None => self.current.clone(),
        };
        found.ok_or_else(|| {
            Stop::Story(named.map_or("there is no order yet".to_owned(), |n| format!("`{n}` was not placed")))
        })
    }

    /// The order an action or expectation is about, which is then the current one.
    pub(super) fn order_id(&self, call: &Call) -> Result<OrderId, Stop> {
        match self.named_case(call)? {
            Some(case) => {
                case.parts().map(|(order, _)| order).ok_or_else(|| Stop::Story("the case has no order".to_owned()))
            }
            None => self.named_order(call),
        }
    }

    fn named_case(&self, call: &Call) -> Result<Option<CaseId>, Stop> {
        call.word("case").or(call.scope.case.as_deref()).map(|name| self.case_named(name)).transpose()
    }

    /// A case by its name, or as `order1/2`.
    pub(super) fn case_named(&self, name: &str) -> Result<CaseId, Stop> {
        let numbered = name.split_once('/').and_then(|(order, n)| Some((self.orders.get(order)?, n.parse().ok()?)));
        let found = match numbered {
            Some((order, ordinal)) => Some(CaseId::of(order, ordinal)),
            None => self.cases.get(name).cloned(),
        };
        found.ok_or_else(|| Stop::Story(format!("there is no case `{name}`: it was not filed")))
    }

    /// The case an action or expectation is about: the named one, or the last one of the order.
    pub(super) fn case_id(&self, call: &Call) -> Result<CaseId, Stop> {
        if let Some(case) = self.named_case(call)? {
            return Ok(case);
        }
        let order = self.order_view(call)?;
        let last = order.cases.last().ok_or_else(|| Stop::Story("the order has no case".to_owned()))?;
        Ok(CaseId::from(last.case.as_str()))
    }

    pub(super) fn order_view(&self, call: &Call) -> Result<OrderView, Stop> {
        Ok(self.app().load_order(&ONLOOKER, &self.order_id(call)?)?)
    }

    pub(super) fn case_view(&self, call: &Call) -> Result<CaseView, Stop> {
        Ok(self.app().load_case(&ONLOOKER, &self.case_id(call)?)?)
    }

    /// The instant that a moment means now.
    pub(super) fn instant(&self, moment: Moment) -> Result<Instant, Stop> {
        match moment {
            Moment::At(at) => Ok(at),
            Moment::Due => {
                let order = self.current.clone().ok_or_else(|| Stop::Story("there is no order yet".to_owned()))?;
                let view = self.app().load_order(&ONLOOKER, &order)?;
                let due = view.cases.last().and_then(|case| case.turn_due);
                due.map(|due| due.0).ok_or_else(|| Stop::Story("no turn has an end now".to_owned()))
            }
        }
    }

    /// The clock goes on, and everything that falls due on the way is done.
    pub(super) fn advance_to(&mut self, target: Instant) -> Result<(), Stop> {
        if target < self.now() {
            return Err(Stop::Story(format!("the clock cannot go back: it stands at {}", self.now())));
        }
        self.world_mut().advance_to(target);
        Ok(())
    }

    /// What somebody is called in the ledger, by the names of the story.
    pub(super) fn account_of(&self, name: &str) -> Option<String> {
        let person = self.people.get(name).and_then(Principal::account).map(ToString::to_string);
        let seller = self.sellers.get(name).map(ToString::to_string);
        let order = self.orders.get(name).map(ToString::to_string);
        order.or(seller).or(person)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.world = None;
        // A folder that cannot be removed is the temporary folder's business.
        let _ = std::fs::remove_dir_all(&self.config.data);
    }
}
