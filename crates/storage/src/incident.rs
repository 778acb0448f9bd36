//! Mass incidents as rows: the orders each is about, what became of them, and how far the run has come.
//!
//! A run is worked off in the order of the orders' numbers. Whoever claims the next ones moves the cursor in the same
//! commit, so that two nodes never take the same ones, and takes no more than the rate allows, however many nodes there
//! are. What a node claimed and never finished stands before the cursor, still pending; when the end is reached and the
//! last lease is over, the cursor goes back to the beginning. So it does when a pause ends.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use ring::digest::{Context, SHA256};
use yuanlu_domain::ids::{DeskId, OrderId, SellerId};
use yuanlu_domain::incident::{Incident, IncidentState, SellerSum};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// For so long the orders that were claimed are the claimer's.
const LEASE_SECONDS: i64 = 60;
/// How often an order is tried before it counts as failed.
const TRIES: i64 = 3;
/// What nobody took of the rate is kept for so long.
const BURST_MICROS: i64 = 1_000_000;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "incident_run",
        columns: &[
            text("incident_id"),
            int("rate"),
            int("work"),
            text("reached"),
            int("ready_at"),
            int("leased_until"),
        ],
        key: "incident_id",
        large_rows: false,
        indexes: &[index("incident_run_work", "incident_id").only("work > 0")],
        since: 5,
    },
    Table {
        name: "incident_item",
        columns: &[
            text("incident_id"),
            text("order_id"),
            text("seller"),
            text("currency"),
            text("units"),
            text("state"),
            text("why"),
            int("planned"),
            int("refunded"),
            int("case_ordinal").null(),
            int("tries"),
            int("at").null(),
        ],
        key: "incident_id, order_id",
        large_rows: false,
        indexes: &[index("incident_item_state", "incident_id, state, order_id, seller, currency, refunded")],
        since: 5,
    },
];

macro_rules! columns {
    () => {
        "order_id, seller, currency, units, state, why, planned, refunded, case_ordinal, at"
    };
}

crate::statements! {
    RELATE = "insert into incident_run (incident_id, rate, work, reached, ready_at, leased_until) \
              values ($1, $2, $3, '', $4, 0) \
              on conflict (incident_id) do update set rate = excluded.rate, work = excluded.work, \
              reached = case when incident_run.work = excluded.work then incident_run.reached else '' end, \
              leased_until = case when incident_run.work = excluded.work then incident_run.leased_until else 0 end";
    RUN = "select rate, reached, ready_at, leased_until from incident_run where incident_id = $1 and work = 1 {for update}";
    RUN_OF = "select rate, work from incident_run where incident_id = $1";
    MOVE = "update incident_run set reached = $2, ready_at = $3, leased_until = $4 where incident_id = $1";
    WORK = "select incident_id, work, rate from incident_run where work > 0 order by incident_id";
    ADD = "insert into incident_item (incident_id, order_id, seller, currency, units, state, why, planned, refunded, tries) \
           values ($1, $2, $3, $4, $5, 'pending', '', $6, 0, 0) on conflict (incident_id, order_id) do nothing";
    NEXT = "select order_id, units from incident_item where incident_id = $1 and state = 'pending' and order_id > $2 \
            order by order_id limit $3";
    DONE = "update incident_item set state = 'done', refunded = $3, case_ordinal = $4, why = $5, at = $6 \
            where incident_id = $1 and order_id = $2 and state = 'pending'";
    SKIP = "update incident_item set state = 'skipped', why = $3, at = $4 \
            where incident_id = $1 and order_id = $2 and state = 'pending'";
    FAIL = "update incident_item set tries = tries + 1, why = $3, at = $4, \
            state = case when tries + 1 >= $5 then 'failed' else 'pending' end \
            where incident_id = $1 and order_id = $2 and state = 'pending'";
    LIST = concat!(
        "select ", columns!(), " from incident_item where incident_id = $1 and order_id > $2 order by order_id limit $3"
    );
    LIST_IN = concat!(
        "select ", columns!(), " from incident_item where incident_id = $1 and state = $2 and order_id > $3 \
         order by order_id limit $4"
    );
    COUNT = "select state, currency, count(*), cast(sum(refunded) as bigint) from incident_item \
             where incident_id = $1 group by state, currency order by state, currency";
    WHYS = "select why, count(*) from incident_item where incident_id = $1 and state = $2 group by why order by why";
    SELLERS = "select seller, currency, count(*), cast(sum(refunded) as bigint) from incident_item \
               where incident_id = $1 and state = 'done' group by seller, currency order by seller, currency";
}

/// Where an order of an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Not looked at yet.
    Pending,
    /// Refunded.
    Done,
    /// There was nothing to do.
    Skipped,
    /// It could not be refunded.
    Failed,
}

impl ItemState {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Done, Self::Skipped, Self::Failed];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    /// The one with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// An order of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which order.
    pub order: OrderId,
    /// Whose goods.
    pub seller: SellerId,
    /// Units that are meant.
    pub units: Vec<u16>,
    /// Where it stands.
    pub state: ItemState,
    /// Why there was nothing to do or why it failed, or that an open case was decided: a code.
    pub why: String,
    /// What was foreseen.
    pub planned: Money,
    /// What was refunded.
    pub refunded: Money,
    /// The case it was refunded in.
    pub case: Option<u16>,
    /// When it was last looked at.
    pub at: Option<Instant>,
}

/// What an incident wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Orders are to be refunded.
    Refund,
    /// It was given up midway, and its end is to be told.
    Close,
}

/// What was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The next orders; none where the end was reached and what was left comes next.
    Items {
        /// The orders, with the units that are meant.
        items: Vec<(OrderId, Vec<u16>)>,
        /// Until when they are the claimer's.
        until: Instant,
    },
    /// Nothing yet: the rate, or a lease of somebody else, says so.
    Later,
    /// Every order was looked at.
    Finished,
    /// It does not run.
    Idle,
}

/// Orders in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which state.
    pub state: ItemState,
    /// How many.
    pub orders: u32,
    /// What they were refunded.
    pub refunded: Money,
}

/// What the run of an incident amounts to.
fn work(incident: &Incident) -> i64 {
    match (incident.is_active(), incident.state) {
        (true, IncidentState::Running) => 1,
        (true, _) => 2,
        (false, _) => 0,
    }
}

/// Writes what an incident wants done.
pub(crate) fn relate(tx: &Tx<'_>, incident: &Incident) -> Result<()> {
    tx.execute_one(&RELATE, &params![&incident.desk, incident.rate, work(incident), incident.last_at])
}

/// Whether the row says what the incident says.
pub(crate) fn is_related(db: &impl Read, incident: &Incident) -> Result<bool> {
    let found = db.query_one(&RUN_OF, &params![&incident.desk], |row| Ok((row.int(0)?, row.int(1)?)))?;
    Ok(found == Some((i64::from(incident.rate), work(incident))))
}

/// An incident that wants something done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its desk file.
    pub desk: DeskId,
    /// What it wants.
    pub work: Work,
    /// Orders a second; 0 for as many as there are.
    pub rate: u32,
}

/// Incidents that want something done.
pub fn list_work(db: &impl Read) -> Result<Vec<Unfinished>> {
    db.query(&WORK, &[], |row| {
        let work = if row.int(1)? == 1 { Work::Refund } else { Work::Close };
        Ok(Unfinished { desk: row.str(0)?.into(), work, rate: row.narrow(2)? })
    })
}

/// Writes an order down; one that is there already stays as it is.
pub fn add(
    tx: &Tx<'_>,
    incident: &DeskId,
    order: &OrderId,
    seller: &SellerId,
    units: &[u16],
    planned: Money,
) -> Result<()> {
    let args = params![incident, order, seller, planned.currency().code(), units_text(units), planned.minor()];
    tx.execute(&ADD, &args).map(drop)
}

/// Claims the next orders of a run: at most `most`, and no more than its rate allows by now.
pub fn claim(tx: &Tx<'_>, incident: &DeskId, now: Instant, most: u32) -> Result<Claimed> {
    let run = tx
        .query_one(&RUN, &params![incident], |row| Ok((row.int(0)?, row.text(1)?, row.instant(2)?, row.instant(3)?)))?;
    let Some((rate, reached, ready_at, leased_until)) = run else { return Ok(Claimed::Idle) };
    let (allowed, ready_at) = allowance(rate, ready_at, now, most);
    if allowed == 0 {
        return Ok(Claimed::Later);
    }
    let taken = |row: &crate::Row<'_>| Ok((OrderId::new(row.str(0)?), row.code(1, units_of)?));
    let items = tx.query(&NEXT, &params![incident, &reached, allowed], taken)?;
    let Some((last, _)) = items.last() else {
        return match tx.query(&NEXT, &params![incident, "", 1u32], taken)?.is_empty() {
            true => Ok(Claimed::Finished),
            false if now < leased_until => Ok(Claimed::Later),
            false => {
                tx.execute_one(&MOVE, &params![incident, "", ready_at, leased_until])?;
                Ok(Claimed::Items { items: Vec::new(), until: now })
            }
        };
    };
    let until = now.plus_seconds(LEASE_SECONDS);
    tx.execute_one(&MOVE, &params![incident, last, ready_at, until])?;
    Ok(Claimed::Items { items, until })
}

/// How many orders may be taken now, and from when on the rate counts then.
fn allowance(rate: i64, ready_at: Instant, now: Instant, most: u32) -> (u32, Instant) {
    if rate <= 0 {
        return (most, now);
    }
    let each = (1_000_000 + rate - 1) / rate;
    let from = ready_at.max(now.plus_micros(-BURST_MICROS.max(each)));
    let ready = (now.micros_since(from).max(0) / each).min(i64::from(most));
    (u32::try_from(ready).unwrap_or(0), from.plus_micros(ready * each))
}

/// An order was refunded, in the commit that does it; `joined`: by deciding a case that was open.
pub fn done(
    tx: &Tx<'_>,
    incident: &DeskId,
    order: &OrderId,
    refunded_minor: i64,
    case: u16,
    joined: bool,
    now: Instant,
) -> Result<()> {
    let why = if joined { "open_case" } else { "" };
    tx.execute_one(&DONE, &params![incident, order, refunded_minor, case, why, now])
}

/// There was nothing to do about an order.
pub fn skip(tx: &Tx<'_>, incident: &DeskId, order: &OrderId, why: &str, now: Instant) -> Result<()> {
    tx.execute(&SKIP, &params![incident, order, why, now]).map(drop)
}

/// An order could not be refunded; it is tried some times.
pub fn fail(tx: &Tx<'_>, incident: &DeskId, order: &OrderId, why: &str, now: Instant) -> Result<()> {
    tx.execute(&FAIL, &params![incident, order, why, now, TRIES]).map(drop)
}

/// Orders of an incident, by number, after the given one; with a state, those that are in it.
pub fn list(db: &impl Read, incident: &DeskId, state: Option<ItemState>, after: &str, limit: u32) -> Result<Vec<Item>> {
    match state {
        None => db.query(&LIST, &params![incident, after, limit], item),
        Some(state) => db.query(&LIST_IN, &params![incident, state.code(), after, limit], item),
    }
}

/// How many orders are in which state, and what they were refunded, by currency.
pub fn count(db: &impl Read, incident: &DeskId) -> Result<Vec<Count>> {
    db.query(&COUNT, &params![incident], |row| {
        let currency = row.code(1, |code| code.parse::<Currency>().ok())?;
        let refunded = Money::new(row.int(3)?, currency);
        Ok(Count { state: row.code(0, ItemState::parse)?, orders: row.narrow(2)?, refunded })
    })
}

/// Why orders are in a state, and how many for each reason.
pub fn count_whys(db: &impl Read, incident: &DeskId, state: ItemState) -> Result<Vec<(String, u32)>> {
    db.query(&WHYS, &params![incident, state.code()], |row| Ok((row.text(0)?, row.narrow(1)?)))
}

/// What sellers' buyers were refunded.
pub fn sum_sellers(db: &impl Read, incident: &DeskId) -> Result<Vec<SellerSum>> {
    db.query(&SELLERS, &params![incident], |row| {
        let currency = row.code(1, |code| code.parse::<Currency>().ok())?;
        Ok(SellerSum { seller: row.str(0)?.into(), currency, orders: row.narrow(2)?, minor: row.int(3)? })
    })
}

/// SHA-256 (hex) over the orders and units written down, and how many orders there are.
pub fn digest(db: &impl Read, incident: &DeskId) -> Result<(String, u32)> {
    let (mut hash, mut orders, mut after) = (Context::new(&SHA256), 0, String::new());
    loop {
        let page = list(db, incident, None, &after, 1000)?;
        let Some(last) = page.last() else { break };
        after = last.order.to_string();
        for item in &page {
            hash.update(format!("{}:{}\n", item.order, units_text(&item.units)).as_bytes());
            orders += 1;
        }
    }
    let digest: String = hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((digest, orders))
}

fn item(row: &crate::Row<'_>) -> Result<Item> {
    let currency = row.code(2, |code| code.parse::<Currency>().ok())?;
    Ok(Item {
        order: OrderId::new(row.str(0)?),
        seller: row.str(1)?.into(),
        units: row.code(3, units_of)?,
        state: row.code(4, ItemState::parse)?,
        why: row.text(5)?,
        planned: Money::new(row.int(6)?, currency),
        refunded: Money::new(row.int(7)?, currency),
        case: row.opt_int(8)?.and_then(|n| u16::try_from(n).ok()),
        at: row.opt_instant(9)?,
    })
}

fn units_text(units: &[u16]) -> String {
    units.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn units_of(text: &str) -> Option<Vec<u16>> {
    text.split(',').map(|unit| unit.parse().ok()).collect()
}
