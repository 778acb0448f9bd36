//! Cases as lists and queues show them: a projection of their files.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::order_file::Cursor;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection::CaseRow;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "refund_case",
    columns: &[
        text("case_id"),
        text("order_id"),
        int("ordinal"),
        text("buyer"),
        text("seller"),
        text("reason"),
        text("state"),
        text("turn_who").null(),
        int("turn_due").null(),
        int("claimed"),
        int("approved"),
        int("credited"),
        text("currency"),
        int("applied_at"),
        int("expected_at").null(),
        int("arrived_at").null(),
        int("updated_at"),
    ],
    key: "case_id",
    large_rows: false,
    indexes: &[
        index("refund_case_buyer", "buyer, applied_at, case_id"),
        index("refund_case_seller", "seller, applied_at, case_id"),
        index("refund_case_turn", "turn_who, turn_due, case_id").only("turn_who is not null"),
    ],
    since: 1,
}];

macro_rules! columns {
    () => {
        "order_id, ordinal, buyer, seller, reason, state, turn_who, turn_due, claimed, approved, credited, currency, \
         applied_at, expected_at, arrived_at, updated_at"
    };
}

crate::statements! {
    PUT = concat!(
        "insert into refund_case (case_id, ", columns!(), ") \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         on conflict (case_id) do update set state = excluded.state, turn_who = excluded.turn_who, \
         turn_due = excluded.turn_due, approved = excluded.approved, credited = excluded.credited, \
         expected_at = excluded.expected_at, arrived_at = excluded.arrived_at, updated_at = excluded.updated_at"
    );
    SET_BUYER = "update refund_case set buyer = $3 where case_id >= $1 and case_id < $2";
    FIND = concat!("select case_id, ", columns!(), " from refund_case where case_id = $1");
    OF_BUYER = concat!(
        "select case_id, ", columns!(), " from refund_case where buyer = $1 and (applied_at, case_id) < ($2, $3) \
         order by applied_at desc, case_id desc limit $4"
    );
    OF_SELLER = concat!(
        "select case_id, ", columns!(), " from refund_case where seller = $1 and (applied_at, case_id) < ($2, $3) \
         order by applied_at desc, case_id desc limit $4"
    );
    QUEUE = concat!(
        "select case_id, ", columns!(), " from refund_case where turn_who = $1 and (turn_due, case_id) > ($2, $3) \
         order by turn_due, case_id limit $4"
    );
    QUEUE_OF_SELLER = concat!(
        "select case_id, ", columns!(), " from refund_case where turn_who = 'seller' and seller = $1 \
         order by turn_due, case_id limit $2"
    );
    WAITING = "select count(*) from (select 1 from refund_case where turn_who = $1 limit $2) as few";
    OVERDUE = "select count(*) from (select 1 from refund_case where turn_who = $1 and turn_due <= $2 limit $3) as few";
    SOONEST = "select turn_due from refund_case where turn_who = $1 order by turn_due, case_id limit 1";
    OF_ORDER = concat!(
        "select case_id, ", columns!(), " from refund_case where case_id >= $1 and case_id < $2 order by ordinal"
    );
    COUNT_OPEN = "select count(*) from refund_case where seller = $1 and turn_who is not null \
                  and (state <> 'rejected' or turn_due > $2)";
    COUNT = "select count(*) from refund_case";
}

/// A case as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub case: CaseId,
    /// Its order.
    pub order: OrderId,
    /// Ordinal in the file.
    pub ordinal: u16,
    /// Buyer (party key).
    pub buyer: String,
    /// Seller.
    pub seller: String,
    /// Reason code.
    pub reason: String,
    /// State code.
    pub state: String,
    /// Code of the party that has the turn, while any has.
    pub turn_who: Option<String>,
    /// First instant at which the turn is too late.
    pub turn_due: Option<Instant>,
    /// Asked for.
    pub claimed_minor: i64,
    /// Approved, fee taken off.
    pub approved_minor: i64,
    /// Arrived.
    pub credited_minor: i64,
    /// Currency code.
    pub currency: String,
    /// When it was opened.
    pub applied_at: Instant,
    /// By when the money is expected.
    pub expected_at: Option<Instant>,
    /// When the last of it arrived.
    pub arrived_at: Option<Instant>,
    /// When the file last changed with it.
    pub updated_at: Instant,
}

impl Listed {
    /// What a file's case amounts to.
    pub(crate) fn of(file: &OrderFile, row: &CaseRow, updated_at: Instant) -> Self {
        Self {
            case: row.case.clone(),
            order: file.order.clone(),
            ordinal: row.ordinal,
            buyer: file.buyer.to_string(),
            seller: file.seller.to_string(),
            reason: row.reason.to_owned(),
            state: row.state.to_owned(),
            turn_who: row.turn_who.map(|who| who.code().to_owned()),
            turn_due: row.turn_due,
            claimed_minor: row.claimed_minor,
            approved_minor: row.approved_minor,
            credited_minor: row.credited_minor,
            currency: file.currency.code().to_owned(),
            applied_at: row.applied_at,
            expected_at: row.expected_at,
            arrived_at: row.arrived_at,
            updated_at,
        }
    }
}

/// Writes a case of a file.
pub fn put(tx: &Tx<'_>, file: &OrderFile, row: &CaseRow) -> Result<()> {
    let args = params![
        &row.case,
        &file.order,
        row.ordinal,
        file.buyer.to_string(),
        &file.seller,
        row.reason,
        row.state,
        row.turn_who.map(|who| who.code()),
        row.turn_due,
        row.claimed_minor,
        row.approved_minor,
        row.credited_minor,
        file.currency.code(),
        row.applied_at,
        row.expected_at,
        row.arrived_at,
        file.last_at,
    ];
    tx.execute_one(&PUT, &args)
}

/// Writes who the buyer is after a claim, in every case of the file.
pub fn set_buyer(tx: &Tx<'_>, file: &OrderFile) -> Result<()> {
    let (from, until) = ids_of(&file.order);
    tx.execute_any(&SET_BUYER, &params![from, until, file.buyer.to_string()])
}

/// One case.
pub fn find(db: &impl Read, case: &CaseId) -> Result<Option<Listed>> {
    db.query_one(&FIND, &params![case], listed)
}

/// Cases of a buyer (party key), newest first.
pub fn list_of_buyer(db: &impl Read, buyer: &str, after: &Cursor, limit: u32) -> Result<Vec<Listed>> {
    db.query(&OF_BUYER, &params![buyer, after.at, &after.id, limit], listed)
}

/// Cases of a seller, newest first.
pub fn list_of_seller(db: &impl Read, seller: &str, after: &Cursor, limit: u32) -> Result<Vec<Listed>> {
    db.query(&OF_SELLER, &params![seller, after.at, &after.id, limit], listed)
}

/// Cases that wait for a party (code), the most urgent first; `after` is the last one shown.
pub fn queue(db: &impl Read, who: &str, after: Option<&Cursor>, limit: u32) -> Result<Vec<Listed>> {
    let (at, id) = after.map_or((i64::MIN, ""), |cursor| (cursor.at, &cursor.id));
    db.query(&QUEUE, &params![who, at, id, limit], listed)
}

/// Cases that wait for a seller, the most urgent first.
pub fn queue_of_seller(db: &impl Read, seller: &str, limit: u32) -> Result<Vec<Listed>> {
    db.query(&QUEUE_OF_SELLER, &params![seller, limit], listed)
}

/// How many cases wait for a party (code), counted as far as `most`.
pub fn count_waiting(db: &impl Read, who: &str, most: u32) -> Result<i64> {
    Ok(db.query_one(&WAITING, &params![who, most], |row| row.int(0))?.unwrap_or(0))
}

/// How many cases of a party (code) are overdue, counted as far as `most`.
pub fn count_overdue(db: &impl Read, who: &str, now: Instant, most: u32) -> Result<i64> {
    Ok(db.query_one(&OVERDUE, &params![who, now, most], |row| row.int(0))?.unwrap_or(0))
}

/// When the next case of a party (code) is due.
pub fn next_due(db: &impl Read, who: &str) -> Result<Option<Instant>> {
    Ok(db.query_one(&SOONEST, &params![who], |row| row.opt_instant(0))?.flatten())
}

/// Cases of an order.
pub fn list_of_order(db: &impl Read, order: &OrderId) -> Result<Vec<Listed>> {
    let (from, until) = ids_of(order);
    db.query(&OF_ORDER, &params![from, until], listed)
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Ids of a file's cases are its number, `C` and the ordinal: from here, until before there.
fn ids_of(order: &OrderId) -> (String, String) {
    (format!("{order}C"), format!("{order}D"))
}

fn listed(row: &crate::Row<'_>) -> Result<Listed> {
    Ok(Listed {
        case: row.str(0)?.into(),
        order: row.str(1)?.into(),
        ordinal: row.narrow(2)?,
        buyer: row.text(3)?,
        seller: row.text(4)?,
        reason: row.text(5)?,
        state: row.text(6)?,
        turn_who: row.opt_text(7)?,
        turn_due: row.opt_instant(8)?,
        claimed_minor: row.int(9)?,
        approved_minor: row.int(10)?,
        credited_minor: row.int(11)?,
        currency: row.text(12)?,
        applied_at: row.instant(13)?,
        expected_at: row.opt_instant(14)?,
        arrived_at: row.opt_instant(15)?,
        updated_at: row.instant(16)?,
    })
}

/// For each seller: cases of his orders that are open, or rejected and can still be appealed.
pub fn count_open_of_sellers(db: &impl Read, sellers: &[&str], now: Instant) -> Result<Vec<i64>> {
    let lists: Vec<_> = sellers.iter().map(|seller| params![*seller, now].to_vec()).collect();
    Ok(db.query_each(&COUNT_OPEN, &lists, |row| row.int(0))?.into_iter().map(|counts| counts.iter().sum()).collect())
}
