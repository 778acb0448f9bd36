//! What buyer and finance do in a course about where money goes.

use super::Scene;
use crate::Trouble;
use yuanlu_app::inputs::{AccountInput, RouteInput};
use yuanlu_domain::ids::OrderId;

impl Scene<'_> {
    /// An act on the last payout of the last case that allows it, by its code.
    pub(super) fn route(&self, act: &str, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        let (buyer, checker) = (&self.course.principal, &self.cast.finance);
        // Four eyes: whoever checks an account does not pay it.
        let payer = self.cast.judges.last().unwrap_or(checker);
        let (id, case) = self.case(what)?;
        if act == "name_account" {
            let proof = self.file("closure_proof", "账户注销证明 The account was closed.\n", buyer, what)?;
            let account = AccountInput {
                kind: "alipay".to_owned(),
                holder: "王小明".to_owned(),
                number: "xiaoming@example.com".to_owned(),
                bank: String::new(),
                evidence: vec![proof],
            };
            return app.name_account(buyer, &id, &account, None).map(drop).map_err(Trouble::at(what));
        }
        let allows = |payout: &&yuanlu_app::views::PayoutView| match act {
            "name_card" => payout.state == "stuck",
            "doubt_arrival" => payout.state == "arrived",
            _ => payout.state != "rerouted",
        };
        let mut payouts = case.breakdown.iter().flat_map(|breakdown| &breakdown.destinations);
        let payout = payouts.rfind(allows).ok_or_else(|| Trouble(format!("{what}: there is no payout")))?;
        let (order, payout) = (OrderId::from(payout.order.as_str()), payout.payout);
        let done = match act {
            "name_card" => {
                let card = AccountInput {
                    kind: "bank_card".to_owned(),
                    holder: "王小明".to_owned(),
                    number: "6222021234567890003".to_owned(),
                    bank: "工商银行".to_owned(),
                    evidence: Vec::new(),
                };
                return app.name_card(buyer, &id, payout, &card, None).map(drop).map_err(Trouble::at(what));
            }
            "doubt_arrival" => {
                return app.doubt_arrival(buyer, &id, payout, None).map(drop).map_err(Trouble::at(what));
            }
            _ => {
                let pays = matches!(act, "remit" | "record_transfer" | "record_arrival");
                let who = if pays { payer } else { checker };
                let evidence = match act {
                    "record_arrival" => {
                        vec![self.file("payment_receipt", "银行回单 The bank's receipt.\n", who, what)?]
                    }
                    _ => Vec::new(),
                };
                let input = RouteInput {
                    act: act.to_owned(),
                    words: match act {
                        "refuse_account" => "户名与注销证明不一致，请更换账户。 The name is not the one on the proof.",
                        "answer_doubt" => "已于当日入账，请查看账单备注。 It was credited that day; see the remark.",
                        _ => "",
                    }
                    .to_owned(),
                    channel: "sim".to_owned(),
                    reference: "B202603100017".to_owned(),
                    evidence,
                };
                app.act_on_route(who, &order, payout, &input, None)
            }
        };
        done.map(drop).map_err(Trouble::at(what))
    }
}
