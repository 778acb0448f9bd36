//! What issuers know of codes, and how they answer (R25).

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use crate::issuer::ISSUER_URL;
use yuanlu_app::inputs::CodeProbeInput;
use yuanlu_domain::ids::CaseId;
use yuanlu_simulator::issuer::Manner;

/// Words for how an issuer answers, beside `used`.
pub(super) const MANNERS: [(&str, Manner); 12] = [
    ("truthful", Manner::Truthful),
    ("no-such-code", Manner::Unknown),
    ("silent", Manner::Silent),
    ("forged", Manner::Forged),
    ("unsigned", Manner::Unsigned),
    ("replayed", Manner::Replayed),
    ("stale", Manner::Stale),
    ("another-code", Manner::AnotherCode),
    ("broken", Manner::Broken),
    ("nonsense", Manner::Nonsense),
    ("tomorrow", Manner::Tomorrow),
    ("elsewhere", Manner::Elsewhere),
];

/// The seller says where the issuer of a product is asked.
pub(super) fn probe(stage: &mut Stage, product: &str) -> Result<(), Stop> {
    let goods = stage.goods(product)?.clone();
    let who = stage.person(&goods.seller)?.clone();
    let issuer_key = stage.world().issuer().lock().public_key();
    let platform = stage.app().seal_public_key()?;
    if let Some(key) = platform {
        stage.world().issuer().lock().trust(&key);
    }
    let input = CodeProbeInput { url: ISSUER_URL.to_owned(), issuer_key };
    stage.app().set_product_probe(&who, &goods.id, &input)?;
    Ok(())
}

/// What the issuer knows of a product's codes, or how it answers from now on.
pub(super) fn issuer(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let goods = stage.goods(call.given("product"))?.clone();
    let at = match call.moment("at") {
        Some(moment) => stage.instant(moment)?,
        None => stage.now(),
    };
    let mut issuer = stage.world().issuer().lock();
    for code in &goods.codes {
        if call.given("manner") == "used" {
            issuer.use_code(code, at.micros());
        }
        if let Some(worth) = call.money("worth") {
            issuer.set_worth(code, worth.minor());
        }
    }
    let manner = MANNERS.into_iter().find(|(word, _)| *word == call.given("manner")).map(|(_, manner)| manner);
    issuer.behave(manner);
    Ok(())
}

/// A judge has the issuers asked.
pub(super) fn asks_issuers(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, case) = (stage.actor(call)?, stage.case_id(call)?);
    stage.app().ask_issuers(&who, &CaseId::from(case.as_str()))?;
    stage.world_mut().settle();
    Ok(())
}

/// What the last question about a unit brought.
pub(super) fn said(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let unit = call.number("unit").unwrap_or_default();
    let case = stage.case_view(call)?;
    let probe = case.code_probes.iter().rfind(|probe| i64::from(probe.unit) == unit);
    let really = probe.map_or("nothing was asked".to_owned(), |probe| match (probe.state, probe.before_reveal) {
        ("used", Some(true)) => "used_before_reveal".to_owned(),
        ("used", Some(false)) => "used_after_reveal".to_owned(),
        (state, _) => state.to_owned(),
    });
    Ok(Seen::same(call.given("code"), &really))
}
