//! Reading what a seller writes about his goods: nothing the policy does not allow.

use crate::errors::{AppError, Result};
use crate::inputs::{ProductInput, SpecialInput};
use crate::seller::CURRENCY;
use crate::text;
use yuanlu_domain::catalogue::{DeliveryEvent, DeliveryMode, ProductKind, SpecialAgreement, Terms};
use yuanlu_domain::ids::ProductId;
use yuanlu_domain::policy::Parameters;
use yuanlu_money::Currency;
use yuanlu_storage::product::ProductPage;

const MOST_PRICE_MINOR: i64 = 100_000_000;

pub(crate) fn read_page(input: &ProductInput) -> Result<ProductPage> {
    Ok(ProductPage {
        title: text::line("title", &input.title, 2, 80)?,
        description: text::words("description", &input.description, 0, 4000)?,
        how_to_use: text::words("how_to_use", &input.how_to_use, 0, 2000)?,
    })
}

/// The terms a seller may offer within the policy; what names product, version and shop is filled in by the caller.
pub(crate) fn read_terms(input: &ProductInput, parameters: &Parameters) -> Result<(Terms, Currency)> {
    let kind = ProductKind::ALL.into_iter().find(|kind| kind.code() == input.kind);
    let kind = kind.ok_or(AppError::invalid("kind", "unknown"))?;
    let delivery = match kind {
        ProductKind::GameCard | ProductKind::VirtualCurrency | ProductKind::SoftwareLicence => DeliveryMode::Code,
        ProductKind::DirectTopUp | ProductKind::Membership => DeliveryMode::Credit,
    };
    let price = text::amount_in_any("price", &input.price, CURRENCY)?;
    let face = text::given(input.face.as_ref());
    let face = face.map(|face| text::amount_or_zero("face", face, price.currency())).transpose()?;
    if price.minor() > MOST_PRICE_MINOR {
        return Err(AppError::invalid("price", "too_large"));
    }
    if face.is_some_and(|face| face.minor() > MOST_PRICE_MINOR) {
        return Err(AppError::invalid("face", "too_large"));
    }
    within("promise_hours", input.promise_hours, 1, parameters.most_promise_hours)?;
    within("window_days", input.window_days, parameters.least_window_days, parameters.most_window_days)?;
    within("warranty_days", input.warranty_days, 0, parameters.most_warranty_days)?;
    let terms = Terms {
        product: ProductId::from(""),
        product_version: 0,
        page_digest: String::new(),
        kind,
        delivery,
        delivery_event: read_event(input.delivery_event.as_ref(), delivery)?,
        face_minor: face.map_or(0, |face| face.minor()),
        price_minor: price.minor(),
        promise_hours: input.promise_hours,
        window_days: input.window_days,
        warranty_days: input.warranty_days,
        fee_basis_points: if input.fee_disclosed { parameters.fee_basis_points } else { 0 },
        commission_basis_points: 0,
        special: input.special.as_ref().map(|special| read_special(special, parameters)).transpose()?,
        self_operated: false,
    };
    Ok((terms, price.currency()))
}

/// R6: the event must be one that this kind of delivery has.
fn read_event(code: Option<&String>, delivery: DeliveryMode) -> Result<DeliveryEvent> {
    let possible: &[DeliveryEvent] = match delivery {
        DeliveryMode::Code => &[DeliveryEvent::CodeRevealed, DeliveryEvent::CodeGenerated],
        DeliveryMode::Credit => &[DeliveryEvent::Credited],
    };
    match text::given(code) {
        None => Ok(possible[0]),
        Some(code) => {
            let found = possible.iter().copied().find(|event| event.code() == code);
            found.ok_or(AppError::invalid("delivery_event", "unknown"))
        }
    }
}

fn read_special(input: &SpecialInput, parameters: &Parameters) -> Result<SpecialAgreement> {
    within("special_days", input.days, 1, 365)?;
    within("special_fee", input.fee_basis_points, 0, parameters.most_fee_basis_points)?;
    let until = match text::given(input.until.as_ref()) {
        None => None,
        Some(code) => {
            let events = [DeliveryEvent::CodeGenerated, DeliveryEvent::CodeRevealed, DeliveryEvent::Credited];
            let found = events.into_iter().find(|event| event.code() == code);
            Some(found.ok_or(AppError::invalid("special_until", "unknown"))?)
        }
    };
    Ok(SpecialAgreement { until, days: input.days, fee_basis_points: input.fee_basis_points })
}

fn within(field: &'static str, value: u32, least: u32, most: u32) -> Result<()> {
    match value {
        n if n < least => Err(AppError::invalid(field, "too_small")),
        n if n > most => Err(AppError::invalid(field, "too_large")),
        _ => Ok(()),
    }
}
