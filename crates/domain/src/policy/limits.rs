use super::parameters::Parameters;
use crate::catalogue::Terms;

impl Parameters {
    /// Terms of a product within the limits of these rules. A product written under earlier ones may lie outside; where
    /// that would be worse for the buyer, the limit takes the place of what it says.
    pub fn bind(&self, terms: &mut Terms) {
        terms.window_days = terms.window_days.max(self.least_window_days);
        terms.promise_hours = terms.promise_hours.min(self.most_promise_hours);
        terms.fee_basis_points = terms.fee_basis_points.min(self.most_fee_basis_points);
        if let Some(special) = &mut terms.special {
            special.fee_basis_points = special.fee_basis_points.min(self.most_fee_basis_points);
        }
    }
}
