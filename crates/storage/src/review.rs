//! Reviews as lists find them: under every product, seller or service they are about, and how many gave how many stars.
//! Both are functions of the desks.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::order_file::Cursor;
use crate::params;
use crate::schema::{Table, index, int, text};
use std::collections::BTreeMap;
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::review::{MOST_STARS, Review};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "review_listing",
        columns: &[text("subject"), text("review_id"), int("shown"), int("written_at"), int("stars")],
        key: "subject, review_id",
        large_rows: false,
        indexes: &[
            index("review_listing_time", "subject, shown, written_at, review_id"),
            index("review_listing_review", "review_id"),
        ],
        since: 5,
    },
    Table {
        name: "rating",
        columns: &[text("subject"), int("stars"), int("n")],
        key: "subject, stars",
        large_rows: false,
        indexes: &[],
        since: 5,
    },
];

crate::statements! {
    INSERT = "insert into review_listing (subject, review_id, shown, written_at, stars) values ($1, $2, $3, $4, $5)";
    SHOW = "update review_listing set shown = $2 where review_id = $1 and shown <> $2";
    LIST = "select review_id from review_listing where subject = $1 and shown = $2 and (written_at, review_id) < ($3, $4) \
            order by written_at desc, review_id desc limit $5";
    OF_REVIEW = "select subject, shown, written_at, stars from review_listing where review_id = $1 order by subject";
    COUNT = "insert into rating (subject, stars, n) values ($1, $2, $3) \
             on conflict (subject, stars) do update set n = rating.n + excluded.n";
    RATING = "select stars, n from rating where subject = $1";
}

/// Stars under which hidden reviews are counted.
const HIDDEN: i64 = 0;

/// What people gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    /// How many gave one star, two, … five.
    pub by_stars: [u64; MOST_STARS as usize],
    /// How many reviews are hidden.
    pub hidden: u64,
}

impl Rating {
    /// How many reviews are shown.
    pub fn count(&self) -> u64 {
        self.by_stars.iter().sum()
    }

    /// The mean in tenths of a star; `None` without reviews.
    pub fn tenths(&self) -> Option<u64> {
        let sum: u64 = (1..).zip(self.by_stars).map(|(stars, n): (u64, u64)| stars * n).sum();
        (sum * 10 + self.count() / 2).checked_div(self.count())
    }
}

/// Lists a new review.
pub(crate) fn insert(tx: &Tx<'_>, review: &Review) -> Result<()> {
    for (subject, shown, at, stars) in rows(review) {
        tx.execute_one(&INSERT, &params![&subject, &review.desk, shown, at, stars])?;
        tx.execute(&COUNT, &params![&subject, if shown == 1 { stars } else { HIDDEN }, 1])?;
    }
    Ok(())
}

/// Writes whether it is shown.
pub(crate) fn update(tx: &Tx<'_>, review: &Review) -> Result<()> {
    let shown = i64::from(review.state.is_shown());
    if tx.execute(&SHOW, &params![&review.desk, shown])? == 0 {
        return Ok(());
    }
    for subject in review.subjects() {
        let (more, less) =
            if shown == 1 { (i64::from(review.stars), HIDDEN) } else { (HIDDEN, i64::from(review.stars)) };
        tx.execute(&COUNT, &params![&subject, more, 1])?;
        tx.execute(&COUNT, &params![&subject, less, -1])?;
    }
    Ok(())
}

/// Reviews under a subject that are shown, or that are hidden, newest first, after the given place.
pub fn list(db: &impl Read, subject: &str, shown: bool, after: &Cursor, limit: u32) -> Result<Vec<DeskId>> {
    let args = params![subject, i64::from(shown), after.at, &after.id, limit];
    db.query(&LIST, &args, |row| Ok(row.str(0)?.into()))
}

/// What people gave to a subject.
pub fn rating(db: &impl Read, subject: &str) -> Result<Rating> {
    let counts: BTreeMap<i64, u64> = db
        .query(&RATING, &params![subject], |row| Ok((row.int(0)?, u64::try_from(row.int(1)?).unwrap_or_default())))?
        .into_iter()
        .collect();
    let of = |stars: i64| counts.get(&stars).copied().unwrap_or_default();
    Ok(Rating { by_stars: [of(1), of(2), of(3), of(4), of(5)], hidden: of(HIDDEN) })
}

/// Whether the rows of a review are what it amounts to.
pub(crate) fn stands(db: &impl Read, review: &Review) -> Result<bool> {
    let read = |row: &crate::Row<'_>| Ok((row.text(0)?, row.int(1)?, row.int(2)?, row.int(3)?));
    let mut expected = rows(review);
    expected.sort();
    Ok(db.query(&OF_REVIEW, &params![&review.desk], read)? == expected)
}

fn rows(review: &Review) -> Vec<(String, i64, i64, i64)> {
    let row =
        |subject| (subject, i64::from(review.state.is_shown()), review.written_at.micros(), i64::from(review.stars));
    review.subjects().into_iter().map(row).collect()
}
