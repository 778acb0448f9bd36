//! What buyer, seller and whoever reports something do in a course.

use super::{Scene, origin};
use crate::Trouble;
use crate::market::{self, PRODUCTS, SELLERS};
use crate::plan::{Act, Offered};
use yuanlu_app::inputs::{DecideTipOffInput, MessageInput, OfferInput, Page, RemedyInput, StatementInput, TipOffInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{CaseView, CreditEventView};
use yuanlu_domain::ids::{CaseId, DeskId};
use yuanlu_money::Money;

impl Scene<'_> {
    /// The order's last case, as its buyer sees it.
    pub(super) fn case(&self, what: &str) -> Result<(CaseId, CaseView), Trouble> {
        let order = self.order(what)?;
        let last = order.cases.last().ok_or_else(|| Trouble(format!("{what}: there is no case")))?;
        let id = CaseId::from(last.case.as_str());
        let case = self.world.app().load_case(&self.course.principal, &id).map_err(Trouble::at(what))?;
        Ok((id, case))
    }

    /// What buyer and seller do in a case.
    pub(super) fn party(&self, act: &Act, what: &str) -> Result<(), Trouble> {
        let (app, buyer, seller) = (self.world.app(), &self.course.principal, self.seller());
        let (id, case) = self.case(what)?;
        let done = match act {
            Act::Withdraw => app.withdraw(buyer, &id, None),
            Act::Material => {
                let words = "已补充截图。 Here is the screenshot.";
                let evidence =
                    vec![self.file("failure_popup", "补充截图说明 Screenshot, as asked for.\n", buyer, what)?];
                app.give_material(buyer, &id, &StatementInput { words: words.to_owned(), evidence }, None)
            }
            Act::AskPerson => app.ask_person(buyer, &id, None),
            Act::TakeBalance => app.choose_balance(buyer, &id, None),
            Act::Agree => app.agree(seller, &id, None),
            Act::Contest => {
                let shop = SELLERS[PRODUCTS[self.course.product].seller].name;
                let text = format!(
                    "{shop}\n渠道查询：卡密有效，已在售后时间内核验。\nThe issuer says the code was good when sold.\n"
                );
                let words = "经发行方核实卡密有效，附查询记录。 The issuer confirms the code; see the report.";
                let evidence = vec![self.file("test_report", &text, seller, what)?];
                app.contest(seller, &id, &StatementInput { words: words.to_owned(), evidence }, None)
            }
            Act::Offer(offered) => {
                let input = self.offer(*offered, case.summary.claimed.minor);
                app.make_offer(seller, &id, &input, None)
            }
            Act::Appeal => {
                let words = "附发行方客服的书面答复，卡密售出前已被使用。 The issuer's written answer: used before it was sold.";
                app.open_remedy(buyer, &id, &self.remedy("new_material", words, buyer, what)?, None)
            }
            Act::Complain(ground) => {
                let words = "我认为没有认真核对我的材料。 I do not think my material was looked at.";
                app.open_remedy(buyer, &id, &self.remedy(ground, words, buyer, what)?, None)
            }
            Act::Object => {
                let words = "供货方日志证明卡密完好，请复核。 Our supplier's log shows a good code; please look again.";
                app.open_remedy(seller, &id, &self.remedy("lost_decision", words, seller, what)?, None)
            }
            _ => return Ok(()),
        };
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    fn remedy(&self, ground: &str, words: &str, by: &Principal, what: &str) -> Result<RemedyInput, Trouble> {
        let text = format!("{words}\n{}\n", self.order_id(what)?);
        let evidence = vec![self.file("test_report", &text, by, what)?];
        let words = words.to_owned();
        Ok(RemedyInput { ground: ground.to_owned(), words, evidence, ..RemedyInput::default() })
    }

    /// As the seller writes it; hundredths are of `whole`.
    fn offer(&self, offered: Offered, whole: i64) -> OfferInput {
        let mut input = OfferInput {
            kind: String::new(),
            amount: None,
            until: None,
            units: Vec::new(),
            reason: None,
            words: String::new(),
        };
        let (kind, words) = match offered {
            Offered::Part(hundredths) => {
                input.amount = Some(Money::cny(whole * hundredths / 100).to_string());
                ("refund", "先退一部分，您看可以吗？ Would a part of it do?")
            }
            Offered::Replacement => ("replacement", "给您换一张新的卡密。 Here is another code."),
            Offered::MoreTime(hours) => {
                input.until = Some(self.world.now().plus_hours(hours).to_string());
                ("more_time", "渠道维护，请再等两天。 The issuer is down; please give me two days.")
            }
        };
        (input.kind, input.words) = (kind.to_owned(), words.to_owned());
        input
    }

    pub(super) fn early_offer(&self, offered: Offered, reason: &str, what: &str) -> Result<(), Trouble> {
        let order = self.order(what)?;
        let mut input = self.offer(offered, order.refundable.minor);
        input.units = order.units.iter().filter(|unit| unit.refundable.minor > 0).map(|unit| unit.no).collect();
        input.reason = Some(reason.to_owned());
        let done = self.world.app().make_early_offer(self.seller(), &self.order_id(what)?, &input, None);
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    /// The buyer answers the offer that stands, in the case or before any.
    pub(super) fn answer(&self, accept: bool, what: &str) -> Result<(), Trouble> {
        let (app, buyer, order) = (self.world.app(), &self.course.principal, self.order_id(what)?);
        let mut offers = app.thread(buyer, &order).map_err(Trouble::at(what))?.offers;
        if !self.order(what)?.cases.is_empty() {
            offers.extend(self.case(what)?.1.offers);
        }
        let standing = offers.iter().find(|offer| offer.answerable);
        let offer = standing.ok_or_else(|| Trouble(format!("{what}: nothing is offered")))?.offer;
        app.answer_offer(buyer, &order, offer, accept, None).map(|_| ()).map_err(Trouble::at(what))
    }

    pub(super) fn say(&self, by_seller: bool, text: &str, what: &str) -> Result<(), Trouble> {
        let who = if by_seller { self.seller() } else { &self.course.principal };
        let input = MessageInput { text: text.to_owned(), evidence: Vec::new(), hints_seen: true };
        let said = self.world.app().say(who, &self.order_id(what)?, &input, None);
        said.map(|_| ()).map_err(Trouble::at(what))
    }

    /// Risk confirms what was flagged in the thread, or the seller appeals that.
    pub(super) fn finding(&self, confirm: bool, what: &str) -> Result<(), Trouble> {
        let (app, order) = (self.world.app(), self.order_id(what)?);
        let none = || Trouble(format!("{what}: there is none"));
        let done = if confirm {
            let flags = app.conduct_flags(&self.cast.risk, &Page::default()).map_err(Trouble::at(what))?;
            let flag = flags.items.into_iter().find(|flag| flag.order.as_deref() == Some(order.as_str()));
            let words = "聊天中引导站外联系。 A buyer was led off the platform.";
            app.confirm_flag(&self.cast.risk, &flag.ok_or_else(none)?.flag, words)
        } else {
            let credit = app.shop_credit(self.seller()).map_err(Trouble::at(what))?;
            let ours = |event: &CreditEventView| event.ground == "contact" && event.actions.contains(&"appeal");
            let event = credit.events.into_iter().find(ours);
            let words = "客服新人不熟悉规则，已培训。 A newcomer at our desk; he has been told.";
            app.appeal_finding(self.seller(), &event.ok_or_else(none)?.event, words)
        };
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    pub(super) fn tip_off(&mut self, act: &Act, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        if let Act::TipOff(about, name, concern, signed_in) = act {
            let subject = match market::product(name) {
                Some((position, _)) if *about == "product" => self.cast.products[position].to_string(),
                _ => (*name).to_owned(),
            };
            let input = TipOffInput {
                about: (*about).to_owned(),
                subject,
                concern: (*concern).to_owned(),
                words: market::report(concern).to_owned(),
                query_password: (!signed_in).then(|| "tell-the-truth".into()),
            };
            let who = if *signed_in { &self.course.principal } else { &Principal::Anonymous };
            let made =
                app.file_tip_off(who, &input, &[], None, &origin(self.course.buyer)).map_err(Trouble::at(what))?;
            self.course.tip_off = Some(DeskId::from(made.summary.tip_off));
            return Ok(());
        }
        let (risk, desk) = (&self.cast.risk, self.course.tip_off.as_ref());
        let desk = desk.ok_or_else(|| Trouble(format!("{what}: nothing was reported")))?;
        let done = match act {
            Act::ClaimTipOff => app.claim_tip_off(risk, desk),
            Act::AskReporter => app.ask_reporter(risk, desk, "请说明是哪一笔订单。 Which order was it, please?"),
            Act::DecideTipOff(outcome) => {
                let words =
                    "已核实商品页面与聊天记录，处理结果如上。 We looked at the page and the messages.".to_owned();
                app.decide_tip_off(risk, desk, &DecideTipOffInput { outcome: (*outcome).to_owned(), words })
            }
            _ => return Ok(()),
        };
        done.map(|_| ()).map_err(Trouble::at(what))
    }
}
