//! The file of a settlement day, which runs from 23:00 to 23:00.

use super::{Fields, GOOD, MALFORMED, Said, UnionPaySimulator, get};
use crate::alipay::zip;
use crate::bank::{BillRow, DAY, HOUR, Row};
use crate::clock;
use flate2::{Compression, write::ZlibEncoder};
use http::Response;
use std::io::Write;

impl UnionPaySimulator {
    pub(super) fn file(&mut self, given: &Fields, now: i64) -> Response<Vec<u8>> {
        // There is no year: the last such day.
        let (year, date) = (&clock::written(now)[..4], get(given, "settleDate"));
        let day = |year: &str| Some(clock::day(&format!("{year}-{}-{}", date.get(..2)?, date.get(2..)?))?.0);
        let this = day(year).filter(|from| *from <= now);
        let last = || day(&year.parse::<i64>().map_or_else(|_| String::new(), |year| (year - 1).to_string()));
        let Some(from) = this.or_else(last) else { return self.say(given, &MALFORMED, []) };
        let archive = if now < from + DAY + 9 * HOUR { None } else { self.bill_archive(from) };
        let Some(archive) = archive else { return self.say(given, &Said("98", "文件不存在[5000001]"), []) };
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        let packed = encoder.write_all(&archive).and_then(|()| encoder.finish()).unwrap_or_default();
        let content = crate::rsa::to_base64(&packed);
        let name = format!("{}_{date}.zip", self.setup.merchant_id);
        self.say(given, &GOOD, [("fileName", name), ("fileContent", content), ("settleDate", date.to_owned())])
    }

    /// The archive of the settlement day that ends at 23:00 of the day that begins at `from`.
    pub fn bill_archive(&self, from: i64) -> Option<Vec<u8>> {
        let rows = self.bank.bill(from - HOUR, from + 23 * HOUR)?;
        let day = clock::written(from)[2..10].replace('-', "");
        let list: String = rows.iter().filter_map(|row| self.line(row)).collect();
        let name = |kind: &str| format!("INN{day}88{kind}_{}", self.setup.merchant_id).into_bytes();
        zip::packed(&[(name("ZME"), Vec::new()), (name("ZM"), list.into_bytes())]).ok()
    }

    fn line(&self, row: &BillRow) -> Option<String> {
        let (kind, number, query_id, original, side) = match row.row {
            Row::Paid => ("01", &row.payment_no, &row.payment_ref, "", 'C'),
            Row::Refunded => ("04", &row.refund_no, &row.refund_ref, row.payment_ref.as_str(), 'D'),
            // What comes back is in another file.
            Row::Returned | Row::Remitted => return None,
        };
        let at = clock::written(row.at);
        let sided = |side: char, minor: i64| format!("{side}{:012}", minor.abs());
        let fee = sided(if row.fee_minor < 0 { 'C' } else { 'D' }, row.fee_minor);
        let net = sided(side, row.amount_minor - row.fee_minor.abs());
        let time: String = at[5..].chars().filter(char::is_ascii_digit).collect();
        let amount = format!("{:012}", row.amount_minor);
        let mut cells = [""; 41];
        for (number, text) in [
            (1, "X56"),
            (2, "00010000   "),
            (4, "100001"),
            (5, &time),
            (6, "622848*********0012"),
            (7, &amount),
            (8, "5816"),
            (9, "07"),
            (10, query_id),
            (12, number),
            (16, &fee),
            (17, &net),
            (20, kind),
            (21, "00"),
            (22, "000201"),
            (27, original),
            (28, &self.setup.merchant_id),
            (33, &net),
        ] {
            cells[number - 1] = text;
        }
        let widths: [usize; 41] = [
            3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
            32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131,
        ];
        let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        Some(padded.join(" ") + "\r\n")
    }
}
