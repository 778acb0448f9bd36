//! Figures of how refunds go (S25), for the platform and for sellers, and the ranking of sellers. All of it is read from
//! counts of days; no request looks at orders, however many there are.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::lookup::Lookup;
use crate::views::{
    DayView, MedianView, PerformanceView, RankedView, RankingView, SellerFiguresView, SellerPageView, ShareView,
};
use yuanlu_domain::figures::{self, Counts, LEAST, Share, Span};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::day_tally::{self, PLATFORM};
use yuanlu_storage::seller_rank::{self, Ranked};
use yuanlu_storage::{Read, review, seller};

/// Periods that are published, in days.
pub const PERIODS: [i64; 2] = [30, 90];
/// Sellers ranked in one commit.
const AT_ONCE: usize = 200;

impl App {
    /// How refunds went in the last 30 or 90 days.
    pub fn performance(&self, days: Option<i64>) -> Result<PerformanceView> {
        let days = period(days)?;
        let now = self.now();
        let (from, to) = bounds(now, days);
        self.db().snapshot(|db| {
            let by_day = day_tally::by_day(db, PLATFORM, from, to)?;
            let mut counts = Counts::new();
            for (name, n) in by_day.values().flatten() {
                *counts.entry(name.clone()).or_default() += n;
            }
            let of = |name: &str| counts.get(name).copied().unwrap_or(0);
            let day = |back: i64| {
                let at = now.plus_days(-back);
                let number = figures::day_number(at);
                let n = |name: &str| by_day.get(&number).and_then(|day| day.get(name)).copied().unwrap_or(0);
                DayView { day: at.date_text(), applied: n("cases_opened"), decided: n("cases_decided") }
            };
            Ok(PerformanceView {
                days,
                since: day_tally::first_day(db, PLATFORM)?.map(day_text),
                least: LEAST,
                refunds: share(figures::refund_rate(&counts)),
                decision: median(&counts, Span::Decision),
                arrival: median(&counts, Span::Arrival),
                overdue: share(figures::overdue_share(&counts)),
                overturned: share(figures::overturned_share(&counts)),
                automatic: share(figures::automatic_share(&counts)),
                released_alone: of("released_alone"),
                unjudged: of("unjudged"),
                service: review::rating(db, "service")?.into(),
                by_day: (0..days).rev().map(day).collect(),
            })
        })
    }

    /// Sellers by how they deal with refunds, as it was last worked out.
    pub fn seller_ranking(&self, days: Option<i64>, page: &Page) -> Result<RankingView> {
        let days = period(days)?;
        let after = match page.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
            Some(text) => text.parse().map_err(|_| AppError::invalid("cursor", "unreadable"))?,
            None => 0,
        };
        self.db().snapshot(|db| {
            let mut found = seller_rank::list(db, days, after, page.rows() + 1)?;
            let more = found.len() > page.rows() as usize;
            found.truncate(page.rows() as usize);
            let next = found.last().filter(|_| more).map(|last| last.place.to_string());
            let mut lookup = Lookup::default();
            let made_at = found.first().map(|first| first.made_at.into());
            let view = |one: Ranked| {
                let counts: Counts = serde_json::from_str(&one.figures).unwrap_or_default();
                Ok::<_, AppError>(RankedView {
                    place: one.place,
                    seller: lookup.seller(db, &one.seller)?,
                    figures: seller_figures(days, &counts),
                    rating: review::rating(db, &subject(&one.seller))?.into(),
                })
            };
            let items = found.into_iter().map(view).collect::<Result<_>>()?;
            Ok(RankingView { days, made_at, least: LEAST, items, next })
        })
    }

    /// A seller as everybody sees him.
    pub fn seller_page(&self, id: &SellerId) -> Result<SellerPageView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let found = seller::find(db, id)?.ok_or(AppError::NotFound)?;
            let figures = PERIODS.iter().map(|days| {
                let (from, to) = bounds(now, *days);
                Ok(seller_figures(*days, &day_tally::sum(db, &subject(id), from, to)?))
            });
            Ok(SellerPageView {
                figures: figures.collect::<Result<_>>()?,
                rating: review::rating(db, &subject(id))?.into(),
                place: seller_rank::find(db, id, PERIODS[1])?.map(|ranked| ranked.place),
                since: found.created_at.into(),
                seller: Lookup::default().seller(db, id)?,
            })
        })
    }

    /// Works the ranking out anew. Done once a day; done twice, nothing changes.
    pub fn rank_sellers(&self) -> Result<usize> {
        let now = self.now();
        let mut places = 0;
        for days in PERIODS {
            let (from, to) = bounds(now, days);
            let mut ranked = self.db().snapshot(|db| ranked(db, from, to))?;
            ranked.sort();
            places += ranked.len();
            let rows: Vec<Ranked> = (1..)
                .zip(ranked)
                .map(|(place, (_, seller, figures))| Ranked { seller, place, figures, made_at: now })
                .collect();
            for some in rows.chunks(AT_ONCE) {
                let some = some.to_vec();
                self.write(move |tx, _| Ok(some.iter().try_for_each(|one| seller_rank::put(tx, days, one))?))?;
            }
            self.write(move |tx, _| Ok(seller_rank::forget(tx, days, now).map(drop)?))?;
        }
        Ok(places)
    }
}

/// Points, seller and counts of everybody of whom enough is known.
fn ranked(db: &impl Read, from: i64, to: i64) -> Result<Vec<(i64, SellerId, String)>> {
    let mut found = Vec::new();
    for one in seller::list(db)? {
        let counts = day_tally::sum(db, &subject(&one.id), from, to)?;
        let Some(points) = figures::rank_points(&counts) else { continue };
        let text = serde_json::to_string(&counts).map_err(|_| AppError::Unavailable)?;
        found.push((points, one.id, text));
    }
    Ok(found)
}

fn subject(seller: &SellerId) -> String {
    format!("seller:{seller}")
}

fn period(days: Option<i64>) -> Result<i64> {
    match days.unwrap_or(PERIODS[0]) {
        days if PERIODS.contains(&days) => Ok(days),
        _ => Err(AppError::invalid("days", "unknown")),
    }
}

/// The first and the last day of a period that ends today.
fn bounds(now: Instant, days: i64) -> (i64, i64) {
    (figures::day_number(now.plus_days(1 - days)), figures::day_number(now))
}

fn day_text(number: i64) -> String {
    format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100)
}

fn share(share: Share) -> ShareView {
    let basis_points = share.basis_points().and_then(|points| u32::try_from(points).ok());
    let (part, whole) = (share.part.min(share.whole), share.whole);
    ShareView { basis_points, part: basis_points.map(|_| part), whole: basis_points.map(|_| whole) }
}

fn median(counts: &Counts, span: Span) -> MedianView {
    let minutes = figures::median_minutes(counts, span);
    MedianView { minutes, of: minutes.map(|_| figures::spans(counts, span)) }
}

fn seller_figures(days: i64, counts: &Counts) -> SellerFiguresView {
    SellerFiguresView {
        days,
        refunds: share(figures::refund_rate(counts)),
        silent: share(figures::silent_share(counts)),
        overturned: share(figures::overturned_refusals(counts)),
        answer: median(counts, Span::Answer),
    }
}
