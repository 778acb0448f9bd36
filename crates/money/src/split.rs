use std::cmp::Reverse;

use crate::MoneyError;

/// Splits `total` in proportion to `weights` (R13): every part is rounded down, and what is left
/// over goes, one unit each, to the largest fractions; on a tie to the lower index, so callers
/// put external channels first.
///
/// The parts sum to `total`, and none is larger than its weight as long as `total` is not larger
/// than the weights together.
///
/// # Errors
/// [`MoneyError::Negative`] for a negative total or weight, [`MoneyError::NoWeight`] when there is
/// something to split and no positive weight.
pub fn split_by(total: i64, weights: &[i64]) -> Result<Vec<i64>, MoneyError> {
    let whole = weight_sum(weights)?;
    if total < 0 {
        return Err(MoneyError::Negative);
    }
    if total == 0 {
        return Ok(vec![0; weights.len()]);
    }
    if whole == 0 {
        return Err(MoneyError::NoWeight);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut fractions = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let product = i128::from(total) * i128::from(*weight);
        let part = i64::try_from(product / whole).map_err(|_| MoneyError::Overflow)?;
        parts.push(part);
        fractions.push((Reverse(product % whole), index));
    }
    let given: i128 = parts.iter().copied().map(i128::from).sum();
    let left = usize::try_from(i128::from(total) - given).map_err(|_| MoneyError::Overflow)?;
    fractions.sort_unstable();
    for (_, index) in fractions.into_iter().take(left) {
        parts[index] += 1;
    }
    Ok(parts)
}

/// Splits one more refund of `amount` over `tenders` of which `sent` has gone back already: the
/// cumulative total is split and what was sent is subtracted (R13).
///
/// No part is negative, the parts sum to `amount`, and no tender ever gets back more than it
/// paid. With three tenders and more, the largest-fraction rule can shrink a part when the total
/// grows; what was sent stays sent then, and the later tenders make up for it.
///
/// # Errors
/// [`MoneyError::ExceedsTenders`] when the tenders do not hold `amount` any more, and as
/// [`split_by`]; [`MoneyError::OutOfRange`] when `sent` and `tenders` differ in length or a tender
/// got back more than it paid.
pub fn split_cumulative(sent: &[i64], amount: i64, tenders: &[i64]) -> Result<Vec<i64>, MoneyError> {
    let overpaid = sent.iter().zip(tenders).any(|(sent, paid)| sent > paid);
    if sent.len() != tenders.len() || overpaid {
        return Err(MoneyError::OutOfRange);
    }
    if amount < 0 {
        return Err(MoneyError::Negative);
    }
    let total = weight_sum(sent)? + i128::from(amount);
    if total > weight_sum(tenders)? {
        return Err(MoneyError::ExceedsTenders);
    }
    let total = i64::try_from(total).map_err(|_| MoneyError::Overflow)?;
    let targets = split_by(total, tenders)?;
    let mut parts: Vec<i64> = targets.iter().zip(sent).map(|(target, sent)| target - sent).collect();
    let mut excess: i64 = parts.iter().filter(|part| **part < 0).map(|part| -part).sum();
    for part in parts.iter_mut().rev() {
        let taken = (*part).clamp(0, excess);
        excess -= taken;
        *part = (*part - taken).max(0);
    }
    Ok(parts)
}

/// The weights together; wide enough never to overflow.
fn weight_sum(weights: &[i64]) -> Result<i128, MoneyError> {
    weights.iter().try_fold(0_i128, |sum, weight| {
        if *weight < 0 {
            return Err(MoneyError::Negative);
        }
        Ok(sum + i128::from(*weight))
    })
}
