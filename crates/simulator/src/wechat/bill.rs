//! Bills of WeChat: yuan, a backtick before every cell, totals below.

use super::{Fault, PARAM_ERROR, Said, WechatSimulator, field, with_status};
use crate::bank::{BillRow, HOUR, Row, SECOND};
use crate::clock;
use http::Response;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;

/// A bill can be fetched for so long after it was asked for.
const OPEN_FOR: i64 = 300 * SECOND;

const TRADES: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const TRADE_TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const FUNDS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FUND_TOTALS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("`{cell}")).collect();
    format!("{}\r\n", cells.join(","))
}

impl WechatSimulator {
    /// `GET /v3/bill/{tradebill,fundflowbill}`: where the bill is, and its digest.
    pub(super) fn offer_bill(&mut self, kind: &str, query: &str, now: i64) -> Said {
        let (from, until) = field(query, "bill_date").and_then(clock::day).ok_or(PARAM_ERROR)?;
        let creating = Fault(400, "STATEMENT_CREATING", "账单生成中，请稍后再试");
        if now < until + 9 * HOUR {
            return Err(creating);
        }
        let rows = self.bank.bill(from, until).ok_or(creating)?;
        let text = if kind == "tradebill" { self.trades(&rows) } else { self.funds(&rows) };
        let text = text.ok_or(Fault(400, "NO_STATEMENT_EXIST", "账单文件不存在"))?;
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let hash: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let token = format!("T{:020}", self.bank.serial());
        let url = format!("{}/v3/billdownload/file?token={token}", self.setup.base_url);
        self.desk.bills.retain(|(_, until, _)| *until > now);
        self.desk.bills.push((token, now + OPEN_FOR, text));
        Ok(json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": url }))
    }

    /// `GET /v3/billdownload/file`: the file, without a signature.
    pub(super) fn bill_file(&mut self, query: &str, now: i64) -> Response<Vec<u8>> {
        let token = field(query, "token").unwrap_or_default();
        let bill = self.desk.bills.iter().find(|(known, until, _)| known == token && *until > now);
        match bill {
            Some((_, _, text)) => {
                let mut response = with_status(Response::new(text.clone().into_bytes()), 200);
                let plain = http::HeaderValue::from_static("text/plain; charset=utf-8");
                response.headers_mut().insert("content-type", plain);
                response
            }
            None => self.fault(&Fault(400, "INVALID_REQUEST", "下载链接已失效"), now),
        }
    }

    fn trades(&self, rows: &[BillRow]) -> Option<String> {
        let rows: Vec<_> = rows.iter().filter(|row| matches!(row.row, Row::Paid | Row::Refunded)).collect();
        (!rows.is_empty()).then_some(())?;
        let mut text = format!("\u{feff}{TRADES}\r\n");
        let (mut paid, mut refunded, mut fees) = (0, 0, 0);
        for row in &rows {
            let out = row.row == Row::Refunded;
            let (amount, nothing) = (yuan(row.amount_minor), yuan(0));
            if out {
                refunded += row.amount_minor
            } else {
                paid += row.amount_minor
            }
            fees += row.fee_minor;
            let pick = |a: &str, b: &str| if out { a.to_owned() } else { b.to_owned() };
            text += &line(&[
                clock::written(row.at),
                self.setup.app_id.clone(),
                self.setup.merchant_id.clone(),
                "0".into(),
                String::new(),
                row.payment_ref.clone(),
                row.payment_no.clone(),
                "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
                "NATIVE".into(),
                pick("REFUND", "SUCCESS"),
                "OTHERS".into(),
                row.currency.clone(),
                pick(&nothing, &amount),
                nothing.clone(),
                pick(&row.refund_ref, "0"),
                pick(&row.refund_no, "0"),
                pick(&amount, &nothing),
                nothing.clone(),
                pick("ORIGINAL", ""),
                pick("SUCCESS", ""),
                row.subject.clone(),
                String::new(),
                // Fees are written to the thousandth of a fen.
                format!("{}000", yuan(row.fee_minor)),
                "0.60%".into(),
                pick(&nothing, &amount),
                pick(&amount, &nothing),
                String::new(),
            ]);
        }
        text += &format!("{TRADE_TOTALS}\r\n");
        let totals = [paid, refunded, 0, fees, paid, refunded].map(yuan);
        text += &line(&[&[rows.len().to_string()], &totals[..]].concat());
        Some(text)
    }

    fn funds(&self, rows: &[BillRow]) -> Option<String> {
        (!rows.is_empty()).then_some(())?;
        let mut text = format!("\u{feff}{FUNDS}\r\n");
        let (mut balance, mut count) = (0, 0);
        let (mut came, mut went) = ((0, 0), (0, 0));
        let mut put = |row: &BillRow, name: &str, reference: &str, no: &str, fen: i64| {
            balance += fen;
            count += 1;
            let side = if fen < 0 { &mut went } else { &mut came };
            *side = (side.0 + 1, side.1 + fen.abs());
            text += &line(&[
                clock::written(row.at),
                reference.to_owned(),
                format!("F{count:010}"),
                name.to_owned(),
                name.to_owned(),
                if fen < 0 { "支出" } else { "收入" }.to_owned(),
                yuan(fen.abs()),
                yuan(balance),
                "system".into(),
                row.subject.clone(),
                no.to_owned(),
            ]);
        };
        for row in rows {
            match row.row {
                Row::Paid => {
                    put(row, "交易", &row.payment_ref, &row.payment_no, row.amount_minor);
                    put(row, "扣除交易手续费", &row.payment_ref, &row.payment_no, -row.fee_minor);
                }
                Row::Refunded => {
                    put(row, "退款", &row.refund_ref, &row.refund_no, -row.amount_minor);
                    put(row, "退还手续费", &row.refund_ref, &row.refund_no, -row.fee_minor);
                }
                Row::Returned => put(row, "退款退回", &row.refund_ref, &row.refund_no, row.amount_minor),
                Row::Remitted => put(row, "商家转账", &row.refund_ref, &row.refund_no, -row.amount_minor),
            }
        }
        text += &format!("{FUND_TOTALS}\r\n");
        text += &line(&[count.to_string(), came.0.to_string(), yuan(came.1), went.0.to_string(), yuan(went.1)]);
        Some(text)
    }
}
