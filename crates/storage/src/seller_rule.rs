//! Rules by which a seller agrees to refunds by himself (S08). A rule that is changed is ended and another begins: which one
//! agreed stays readable.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::{AccountId, SellerId};
use yuanlu_domain::seller_rule::SellerRule;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seller_rule",
    columns: &[
        text("rule_id"),
        text("seller_id"),
        text("rule"),
        int("created_at"),
        text("created_by"),
        int("ended_at").null(),
    ],
    key: "rule_id",
    large_rows: false,
    indexes: &[
        index("seller_rule_standing", "seller_id, rule_id").only("ended_at is null"),
        index("seller_rule_seller", "seller_id, rule_id"),
    ],
    since: 4,
}];

crate::statements! {
    STANDING = "select rule, seller_id from seller_rule where seller_id {in $1} and ended_at is null \
                order by seller_id, rule_id";
    LIST = "select rule, created_at, created_by, ended_at from seller_rule where seller_id = $1 \
            order by rule_id desc limit $2";
    INSERT = "insert into seller_rule (rule_id, seller_id, rule, created_at, created_by) values ($1, $2, $3, $4, $5)";
    END = "update seller_rule set ended_at = $3 where rule_id = $1 and seller_id = $2 and ended_at is null";
}

/// A rule with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The rule.
    pub rule: SellerRule,
    /// Since when.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: AccountId,
    /// Until when it stood; it still does, where absent.
    pub ended_at: Option<Instant>,
}

/// Rules of these sellers that stand.
pub fn standing(db: &impl Read, sellers: &[&str]) -> Result<Vec<(SellerId, SellerRule)>> {
    db.query(&STANDING, &[Value::list(sellers)], |row| Ok((row.str(1)?.into(), row.json(0)?)))
}

/// Rules of a seller, ended ones too, newest first.
pub fn list(db: &impl Read, seller: &SellerId, limit: u32) -> Result<Vec<Kept>> {
    db.query(&LIST, &params![seller, limit], |row| {
        Ok(Kept {
            rule: row.json(0)?,
            created_at: row.instant(1)?,
            created_by: row.text(2)?.into(),
            ended_at: row.opt_instant(3)?,
        })
    })
}

/// Makes a rule.
pub fn insert(tx: &Tx<'_>, seller: &SellerId, rule: &SellerRule, by: &AccountId, now: Instant) -> Result<()> {
    let text = crate::aggregate::state_text("seller_rule", rule)?;
    tx.execute_one(&INSERT, &params![&rule.id, seller, text, now, by])
}

/// Ends a rule; a conflict where it does not stand.
pub fn end(tx: &Tx<'_>, seller: &SellerId, rule: &str, now: Instant) -> Result<()> {
    tx.execute_one(&END, &params![rule, seller, now])
}
