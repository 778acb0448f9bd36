//! The simulated channel's bill of a day.

use crate::bank::{Flaw, HOUR};
use crate::{Simulator, clock};
use http::Response;
use serde_json::json;

impl Simulator {
    /// From now on bills have this error too.
    pub fn add_flaw(&mut self, flaw: Flaw) {
        self.bank.add_flaw(flaw);
    }

    /// From now on bills are right.
    pub fn mend_bills(&mut self) {
        self.bank.mend_bills();
    }

    pub(crate) fn tell_bill(&mut self, day: &str, now: i64) -> Response<Vec<u8>> {
        let Some((from, until)) = clock::day(day) else { return self.error(400, "", "no_such_day", now) };
        let rows = if now < until + 9 * HOUR { None } else { self.bank.bill(from, until) };
        let Some(rows) = rows else { return self.error(425, "", "not_written_yet", now) };
        let head = json!({ "bill": day, "merchant": self.setup.merchant, "rows": rows.len() });
        let lines = rows.iter().map(|row| format!("{}\n", json!(row)));
        let text: String = std::iter::once(format!("{head}\n")).chain(lines).collect();
        let nonce = format!("r{}", self.bank.serial());
        self.keys.reply(200, text.into_bytes(), &nonce, now)
    }
}
