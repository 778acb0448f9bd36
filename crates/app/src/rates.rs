//! What foreign currencies are worth in the books (R28): entered day by day, with who published it.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::DayRateInput;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::DayRateView;
use serde_json::json;
use yuanlu_domain::rate::{BOOKS, DayRate, MOST_DAYS_OLD};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Rate};
use yuanlu_storage::{Read, StorageError, audit, day_rate};

/// So many are shown.
const SHOWN: i64 = 60;

impl App {
    /// The newest rates.
    pub fn day_rates(&self, who: &Principal) -> Result<Vec<DayRateView>> {
        permit(who, Action::CreditBalance, &Object::Nothing)?;
        let found = self.db().read(|db| day_rate::list(db, SHOWN))?;
        Ok(found.iter().map(|(currency, rate)| day_rate_view(*currency, rate)).collect())
    }

    /// Enters the rate of a day, in place of what was there.
    pub fn set_day_rate(&self, who: &Principal, input: &DayRateInput) -> Result<DayRateView> {
        permit(who, Action::CreditBalance, &Object::Nothing)?;
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let currency = Currency::parse(input.currency.trim()).map_err(|_| AppError::invalid("currency", "unknown"))?;
        if currency == BOOKS {
            return Err(AppError::invalid("currency", "unknown"));
        }
        let rate = Rate::parse(input.rate.trim()).map_err(|_| AppError::invalid("rate", "not_a_number"))?;
        let day = input.day.trim().parse().map_err(|_| AppError::invalid("day", "not_a_date"))?;
        let rate = DayRate { rate, day, source: text::line("source", &input.source, 2, 60)? };
        if rate.day > self.now().date() {
            return Err(AppError::invalid("day", "future"));
        }
        let view = day_rate_view(currency, &rate);
        let detail = json!({ "currency": view.currency, "day": view.day, "rate": view.rate, "source": view.source });
        let audit = self.audit(who, "set_day_rate", view.currency, detail);
        self.write(move |tx, now| {
            day_rate::put(tx, currency, &rate, &account, now)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        Ok(view)
    }
}

/// The rate that holds at `now`, where one of the last days is known.
pub(crate) fn latest(
    db: &impl Read,
    currency: Currency,
    now: Instant,
) -> std::result::Result<Option<DayRate>, StorageError> {
    let oldest = now.plus_days(-i64::from(MOST_DAYS_OLD)).date();
    day_rate::latest(db, currency, &oldest.to_string(), &now.date().to_string())
}

/// Currencies with a rate that holds at `now`.
pub(crate) fn known(db: &impl Read, now: Instant) -> std::result::Result<Vec<Currency>, StorageError> {
    let mut known = Vec::new();
    for currency in Currency::ALL.into_iter().filter(|currency| *currency != BOOKS) {
        if latest(db, currency, now)?.is_some() {
            known.push(currency);
        }
    }
    Ok(known)
}

pub(crate) fn day_rate_view(currency: Currency, rate: &DayRate) -> DayRateView {
    DayRateView {
        currency: currency.code(),
        books: BOOKS.code(),
        rate: rate.rate.to_string(),
        day: rate.day.to_string(),
        source: rate.source.clone(),
    }
}
