//! Bills: asked for by day, fetched within half a minute, zipped CSV in GBK.

use super::form::{fields, yuan};
use super::trade::{node, text};
use super::{AlipaySimulator, Fault, Said, zip};
use crate::bank::{BillRow, Row, SECOND};
use crate::{clock, page};
use encoding_rs::GBK;
use http::Response;
use serde_json::{Value, json};

/// So long an address is good for.
const LIFE: i64 = 30 * SECOND;
const TRADES: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,\
订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,\
商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";
const FUNDS: &str = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,\
账户余额（元）,交易渠道,业务类型,备注";

impl AlipaySimulator {
    pub(super) fn bill_address(&mut self, content: &Value, now: i64) -> Said {
        let kind = text(content, "bill_type");
        if !["trade", "signcustomer"].contains(&kind) {
            return Err(Fault("40004", "TYPE_NOT_SUPPORTED"));
        }
        let (from, until) = clock::day(text(content, "bill_date")).ok_or(Fault("40004", "INVAILID_ARGUMENTS"))?;
        // Written at nine the next day.
        if now < until + 9 * crate::bank::HOUR || self.bank.bill(from, until).is_none() {
            return Err(Fault("40004", "isp.bill_not_exist"));
        }
        let token = format!("B{:010}", self.bank.serial());
        let url = format!("{}/bill?token={token}", self.setup.base_url);
        self.desk.bills.push((token, now + LIFE, kind.to_owned(), from));
        Ok(node([("bill_download_url", json!(url))]))
    }

    pub(super) fn bill_file(&mut self, query: &str, now: i64) -> Response<Vec<u8>> {
        let token = fields(query).remove("token").unwrap_or_default();
        let found = self.desk.bills.iter().find(|(known, until, ..)| *known == token && now < *until);
        let Some((.., kind, from)) = found.cloned() else { return page::plain(403, "expired") };
        match self.bill_archive(&kind, from) {
            Some(archive) => Response::new(archive),
            None => page::plain(500, "cannot be packed"),
        }
    }

    /// The archive of a day's bill, as it is handed out.
    pub fn bill_archive(&self, kind: &str, from: i64) -> Option<Vec<u8>> {
        let rows = self.bank.bill(from, from + crate::bank::DAY)?;
        let list = if kind == "trade" { self.trades(&rows, from) } else { self.funds(&rows, from) };
        let day = clock::written(from)[..10].replace('-', "");
        let (seller, what) = (&self.setup.seller_id, if kind == "trade" { "业务明细" } else { "账务明细" });
        let gbk = |text: &str| GBK.encode(text).0.into_owned();
        let summary = format!("#支付宝{what}汇总查询\r\n#{}\r\n", "-".repeat(40));
        zip::packed(&[
            (gbk(&format!("{seller}_{day}_{what}(汇总).csv")), gbk(&summary)),
            (gbk(&format!("{seller}_{day}_{what}.csv")), gbk(&list)),
        ])
        .ok()
    }

    fn head(&self, what: &str, from: i64, columns: &str) -> String {
        let day = |at: i64| {
            let text = clock::written(at);
            format!("{}年{}月{}日 00:00:00", &text[..4], &text[5..7], &text[8..10])
        };
        format!(
            "#支付宝{what}查询\r\n#账号：[{}0156]\r\n#起始日期：[{}]   终止日期：[{}]\r\n#{rule}{what}列表{rule}\r\n{columns}\r\n",
            self.setup.seller_id,
            day(from),
            day(from + crate::bank::DAY),
            rule = "-".repeat(20),
        )
    }

    fn trades(&self, rows: &[BillRow], from: i64) -> String {
        let mut text = self.head("业务明细", from, TRADES);
        let of = |row: Row| rows.iter().filter(move |r| r.row == row);
        for row in rows {
            let (business, sign, request) = match row.row {
                Row::Paid => ("交易", 1, ""),
                Row::Refunded => ("退款", -1, row.refund_no.as_str()),
                // Money that comes back and money sent elsewhere are no trades.
                Row::Returned | Row::Remitted => continue,
            };
            let at = clock::written(row.at);
            let amount = yuan(sign * row.amount_minor);
            let cells = [
                &row.payment_ref,
                &row.payment_no,
                business,
                &row.subject,
                &at,
                &at,
                "",
                "",
                "",
                "",
                "*户(138****0000)",
                &amount,
                &amount,
                "0.00",
                "0.00",
                "0.00",
                "0.00",
                "0.00",
                "",
                "0.00",
                "0.00",
                request,
                &yuan(-row.fee_minor),
                "0.00",
                "",
            ];
            text += &line(&cells);
        }
        let sum = |row: Row, sign: i64| yuan(of(row).map(|r| sign * r.amount_minor).sum());
        text += &format!(
            "#{rule}业务明细列表结束{rule}\r\n#交易合计：{}笔，商家实收共{}元\r\n#退款合计：{}笔，商家实收退款共{}元\r\n#导出时间：[{}]\r\n",
            of(Row::Paid).count(),
            sum(Row::Paid, 1),
            of(Row::Refunded).count(),
            sum(Row::Refunded, -1),
            clock::written(from + crate::bank::DAY + 9 * crate::bank::HOUR),
            rule = "-".repeat(20),
        );
        text
    }

    fn funds(&self, rows: &[BillRow], from: i64) -> String {
        let mut text = self.head("账务明细", from, FUNDS);
        for (at, row) in rows.iter().enumerate() {
            let (business, income, expense) = match row.row {
                Row::Paid => ("在线支付", row.amount_minor, 0),
                Row::Refunded => ("交易退款", 0, row.amount_minor),
                Row::Returned => ("交易退款", row.amount_minor, 0),
                Row::Remitted => ("转账", 0, row.amount_minor),
            };
            let no = if row.row == Row::Remitted { &row.refund_no } else { &row.payment_no };
            let signed =
                |prefix: &str, minor: i64| if minor == 0 { String::new() } else { format!("{prefix}{}", yuan(minor)) };
            let (flow, time) = (format!("{from}{at:06}"), clock::written(row.at));
            let (income, expense) = (signed("", income), signed("-", expense));
            let cells = [
                &flow,
                &row.payment_ref,
                no,
                &row.subject,
                &time,
                "138****0000",
                &income,
                &expense,
                "1000.00",
                "支付宝",
                business,
                "",
            ];
            text += &line(&cells);
        }
        text += &format!("#{rule}账务明细列表结束{rule}\r\n", rule = "-".repeat(20));
        text
    }
}

/// Cells end with a tab; one with a comma in it stands between quotation marks.
fn line(cells: &[&str]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| if cell.contains(',') { format!("\"{cell}\"\t") } else { format!("{cell}\t") })
        .collect();
    cells.join(",") + "\r\n"
}
