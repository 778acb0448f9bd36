//! What staff and arbitrators do in a course.

use super::Scene;
use crate::Trouble;
use crate::plan::Act;
use yuanlu_app::inputs::{
    AnswersInput, ApproveInput, AskInput, DismissInput, RejectInput, RulingInput, UpholdInput, VoteInput,
};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::CaseView;
use yuanlu_domain::ids::{AccountId, CaseId};
use yuanlu_money::Money;

const YES: AnswersInput = AnswersInput { order_state: true, evidence: true, ground: true };
const UPHELD: &str =
    "新材料证明卡密售出前已被使用，原决定更正。 The new material proves it; the decision is corrected.";

impl Scene<'_> {
    /// The first of the house who may do this now.
    fn judge(&self, case: &CaseId, action: &str, what: &str) -> Result<&Principal, Trouble> {
        let may = |judge: &&Principal| {
            let seen = self.world.app().load_case(judge, case);
            seen.is_ok_and(|seen| seen.actions.contains(&action))
        };
        let found = self.cast.judges.iter().find(may);
        found.ok_or_else(|| Trouble(format!("{what}: nobody of the house may {action}")))
    }

    /// What is asked for, as far as anything can still go back; in an objection, what the seller lost.
    fn asked(case: &CaseView, hundredths: i64) -> String {
        let left = case.order.refundable.minor;
        let asked = case.remedies.first().and_then(|remedy| Some((remedy.hearing, remedy.claimed.as_ref()?.minor)));
        let most = match asked {
            Some(("objection", lost)) => lost,
            Some((_, claimed)) => claimed.min(left),
            None => 0,
        };
        Money::cny(most * hundredths / 100).to_string()
    }

    /// What a judge of the house does.
    pub(super) fn staff(&self, act: &Act, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        let (id, case) = self.case(what)?;
        let judge = |action| self.judge(&id, action, what);
        let done = match act {
            Act::Claim => app.claim(judge("claim")?, &id),
            Act::Ask => {
                let words = "请补充兑换失败页面的完整截图。 Please add the whole failure page.".to_owned();
                let input = AskInput { wanted: vec!["failure_popup".to_owned()], words };
                app.ask_material(judge("ask_material")?, &id, &input)
            }
            Act::Pass => app.pass_to_seller(judge("pass_to_seller")?, &id),
            Act::Approve(hundredths) => {
                let part = Money::cny(case.summary.claimed.minor * hundredths / 100);
                let words = "证据与订单状态相符。 Evidence and order agree.".to_owned();
                let input = ApproveInput { amount: Some(part.to_string()), answers: YES, words };
                app.approve(judge("approve")?, &id, &input, None)
            }
            Act::Reject(code) => {
                let words = "发行方记录显示卡密由您的账号正常兑换；如有新证据可再次申请。 The issuer's record shows that \
                             the code was redeemed by your account; with new evidence you can apply again.";
                let answers = AnswersInput { evidence: false, ..YES };
                let (code, words) = ((*code).to_owned(), words.to_owned());
                app.reject(judge("reject")?, &id, &RejectInput { code, clause: None, answers, words }, None)
            }
            Act::TakeBack => app.take_back(judge("take_back")?, &id),
            Act::Refer => app.refer_to_panel(judge("refer_to_panel")?, &id),
            Act::Uphold(hundredths) => {
                let amount = Self::asked(&case, *hundredths);
                let input = UpholdInput { amount, answers: YES, words: UPHELD.to_owned() };
                app.uphold(judge("uphold")?, &id, &input, None)
            }
            Act::Dismiss => {
                let words = "新材料与发行方记录不符，维持原决定。 It does not agree with the issuer's record; the decision \
                             stands.";
                let answers = AnswersInput { evidence: false, ..YES };
                app.dismiss(judge("dismiss")?, &id, &DismissInput { answers, words: words.to_owned() }, None)
            }
            _ => return Ok(()),
        };
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    /// What arbitrators of outside organisations do, and who invites them.
    pub(super) fn outsiders(&self, act: &Act, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        let (id, case) = self.case(what)?;
        let may = |arbitrator: &&Principal, action| {
            app.panel_case(arbitrator, &id).is_ok_and(|seen| seen.actions.contains(&action))
        };
        match act {
            Act::Vote(most) => {
                let voters = self.cast.arbitrators.iter().filter(|one| may(one, "vote")).take(*most);
                for (number, arbitrator) in voters.enumerate() {
                    let (responsible, hundredths, reason) = match number % 4 {
                        0 | 1 => {
                            ("seller", 100, "发行方答复在前，责任在卖家。 The issuer's answer is older than the sale.")
                        }
                        2 => ("shared", 60, "双方都有疏忽。 Both could have looked."),
                        _ => ("buyer", 0, "时间线更支持卖家。 The times speak for the seller."),
                    };
                    let amount = Money::cny(case.summary.claimed.minor * hundredths / 100);
                    let input = VoteInput {
                        responsible: responsible.to_owned(),
                        amount: (hundredths > 0).then(|| amount.to_string()),
                        reason: reason.to_owned(),
                    };
                    app.vote(arbitrator, &id, &input, None).map_err(Trouble::at(what))?;
                }
                Ok(())
            }
            Act::Invite => {
                let known = app.arbitrators(&self.cast.senior).map_err(Trouble::at(what))?;
                let (account, ..) = known.first().ok_or_else(|| Trouble(format!("{what}: nobody to invite")))?;
                let account = AccountId::from(account.as_str());
                app.invite_arbitrator(&self.cast.senior, &id, &account).map(|_| ()).map_err(Trouble::at(what))
            }
            _ => {
                let invited = self.cast.arbitrators.iter().find(|one| may(one, "uphold"));
                let invited = invited.ok_or_else(|| Trouble(format!("{what}: nobody was invited")))?;
                let input = RulingInput {
                    verdict: "uphold".to_owned(),
                    amount: Some(Self::asked(&case, 100)),
                    code: None,
                    clause: None,
                    answers: YES,
                    words: UPHELD.to_owned(),
                };
                app.rule(invited, &id, &input, None).map(|_| ()).map_err(Trouble::at(what))
            }
        }
    }
}
