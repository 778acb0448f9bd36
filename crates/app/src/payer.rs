//! Several accounts on one payer (R32).

use std::collections::BTreeMap;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::time::Instant;
use yuanlu_storage::payer::Sharing;

/// Whether so many accounts bought with a payer of an order, so lately, that risk looks. `sharing` is of one order.
pub(crate) fn is_shared<'s>(sharing: impl IntoIterator<Item = &'s Sharing>, policy: &Policy, now: Instant) -> bool {
    let parameters = policy.parameters();
    let since = now.plus_days(-i64::from(parameters.one_payer_within_days));
    let mut accounts: BTreeMap<&str, u32> = BTreeMap::new();
    for one in sharing.into_iter().filter(|one| one.at >= since) {
        *accounts.entry(one.payer_index.as_str()).or_default() += 1;
    }
    accounts.values().any(|count| *count >= parameters.one_payer_accounts)
}
