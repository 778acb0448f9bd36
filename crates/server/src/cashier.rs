//! How a payer gets to a channel's cashier, for pages and programs alike: by a link or a form that is signed here, or by
//! what a job has asked the channel for. Nothing here calls out.

use crate::AppState;
use crate::visitor::Visitor;
use yuanlu_app::cashier::AskInput;
use yuanlu_app::views::{CashierForm, CashierView, MoneyView, OrderView, PaymentToMake, PaymentView, TopUpView};
use yuanlu_app::{App, AppError};
use yuanlu_channels::callback::{Cashier, Entrances, PaymentOp, Scene};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_money::{Currency, Money};

/// A payer, and the doors of the channels.
pub struct Paying {
    entrances: Entrances,
    visitor: Visitor,
    public_url: String,
}

/// Whose payment.
enum Target {
    Order(OrderId),
    TopUp(ChannelNumber),
}

/// An open payment.
pub struct ToPay {
    target: Target,
    op: PaymentOp,
    channel: ChannelId,
}

impl ToPay {
    /// The payment that was just opened.
    pub fn order(paying: &Paying, payment: &PaymentToMake) -> yuanlu_app::Result<Self> {
        Ok(Self {
            op: PaymentOp {
                no: ChannelNumber::new(&*payment.no),
                amount: amount(&payment.amount)?,
                subject: payment.order.clone(),
                return_url: format!("{}/pay/{}", paying.public_url, payment.order),
                pay_until: *payment.pay_until,
                since: *payment.since,
                scene: Scene::Page,
                payer_ip: paying.visitor.origin.address.clone(),
            },
            target: Target::Order(OrderId::new(&*payment.order)),
            channel: ChannelId::new(&*payment.channel),
        })
    }

    /// An open top-up.
    pub fn top_up(paying: &Paying, top_up: &TopUpView) -> yuanlu_app::Result<Self> {
        let no = ChannelNumber::new(&*top_up.no);
        Ok(Self {
            op: PaymentOp {
                no: no.clone(),
                amount: amount(&top_up.amount)?,
                subject: top_up.no.clone(),
                return_url: format!("{}/account/top-ups/{no}", paying.public_url),
                pay_until: *top_up.pay_until,
                since: *top_up.begun_at,
                scene: Scene::Page,
                payer_ip: paying.visitor.origin.address.clone(),
            },
            target: Target::TopUp(no),
            channel: ChannelId::new(&*top_up.channel),
        })
    }

    /// An open payment of an order that waits for it.
    pub fn of_order(paying: &Paying, order: &OrderView, payment: &PaymentView) -> yuanlu_app::Result<Self> {
        let payment = PaymentToMake {
            order: order.order.clone(),
            channel: payment.how.clone(),
            no: payment.no.clone(),
            amount: payment.amount.clone(),
            pay_until: order.pay_until.ok_or(AppError::NotFound)?,
            since: order.placed_at,
        };
        Self::order(paying, &payment)
    }
}

/// The open payment of an order at a channel; without one, the last that was opened.
pub fn open_payment<'o>(order: &'o OrderView, channel: Option<&str>) -> Option<&'o PaymentView> {
    let open = |payment: &&PaymentView| payment.state == "open" && payment.how != "balance";
    let at = |payment: &&PaymentView| channel.is_none_or(|channel| payment.how == channel);
    order.payments.iter().rev().filter(open).find(at)
}

impl Paying {
    /// The payer of a request.
    pub fn new(state: &AppState, visitor: &Visitor) -> Self {
        Self {
            entrances: state.entrances.clone(),
            visitor: visitor.clone(),
            public_url: state.config.public_url.clone(),
        }
    }

    /// How he gets to the cashier. Where the channel must be asked, it is noted for a job; `again` has it asked anew where
    /// it refused.
    pub fn cashier(&self, app: &App, to_pay: &ToPay, scene: Scene, again: bool) -> yuanlu_app::Result<CashierView> {
        let Some(entrance) = self.entrances.get(&to_pay.channel) else { return Ok(blank("refused", scene)) };
        let op = PaymentOp { scene, ..to_pay.op.clone() };
        let who = &self.visitor.principal;
        let direct = entrance.cashier(&op, app.now());
        let known = match &to_pay.target {
            Target::Order(order) => app.load_cashier(who, order, &to_pay.channel)?,
            Target::TopUp(no) => app.load_top_up_cashier(who, no)?,
        };
        let fresh = known.is_none() || known.as_ref().is_some_and(|known| known.state == "refused");
        let view = match direct {
            Cashier::Link(url) if fresh => CashierView { url: Some(url), ..blank("ready", scene) },
            Cashier::Qr(text) if fresh => CashierView { qr: Some(text), ..blank("ready", scene) },
            Cashier::Form { action, fields } if fresh => {
                CashierView { form: Some(CashierForm { action, fields }), ..blank("ready", scene) }
            }
            Cashier::Closed(_) if known.is_none() => blank("refused", scene),
            Cashier::Ask | Cashier::Link(_) | Cashier::Qr(_) | Cashier::Form { .. } | Cashier::Closed(_) => {
                let input = AskInput { scene: scene.code().to_owned(), return_url: op.return_url, again };
                let origin = &self.visitor.origin;
                match &to_pay.target {
                    Target::Order(order) => app.ask_cashier(who, order, &to_pay.channel, &input, origin)?,
                    Target::TopUp(no) => app.ask_top_up_cashier(who, no, &input, origin)?,
                }
            }
        };
        Ok(only_web(view))
    }

    /// Whether a channel that has a page of its own can be paid by a code to scan as well.
    pub fn has_code_too(&self, app: &App, to_pay: &ToPay) -> bool {
        let Some(entrance) = self.entrances.get(&to_pay.channel) else { return false };
        let by = |scene| entrance.cashier(&PaymentOp { scene, ..to_pay.op.clone() }, app.now());
        by(Scene::Qr) == Cashier::Ask && by(Scene::Page) != Cashier::Ask
    }
}

/// Where a payer sits, by what his browser calls itself. WeChat's own browser opens none of its pages for telephones.
pub fn scene_of(user_agent: &str) -> Scene {
    let phone = ["Mobile", "Android", "iPhone"].iter().any(|word| user_agent.contains(word));
    if phone && !user_agent.contains("MicroMessenger") { Scene::Mobile } else { Scene::Page }
}

/// A link leads to a page, here or elsewhere, and to nothing else, whoever said it.
fn only_web(view: CashierView) -> CashierView {
    let own = |url: &str| url.starts_with('/') && !url.starts_with("//");
    let web = |url: &String| url.starts_with("https://") || url.starts_with("http://") || own(url);
    match &view.url {
        Some(url) if !web(url) => CashierView { state: "refused", url: None, expires_at: None, ..view },
        _ => view,
    }
}

fn blank(state: &'static str, scene: Scene) -> CashierView {
    CashierView {
        state,
        scene: scene.code().to_owned(),
        url: None,
        qr: None,
        form: None,
        struggling: false,
        expires_at: None,
    }
}

fn amount(view: &MoneyView) -> yuanlu_app::Result<Money> {
    let currency = Currency::parse(view.currency).map_err(|_| AppError::Unavailable)?;
    Ok(Money::new(view.minor, currency))
}
