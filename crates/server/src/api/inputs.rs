//! What programs send, where it differs from what use cases take: amounts name their currency, and are exact decimal
//! text, never a JSON number.

use super::problem::ApiError;
use serde::Deserialize;
use utoipa::ToSchema;
use yuanlu_app::inputs::{
    AnswersInput, ApplyInput, ApproveInput, BankedInput, GuestInput, LineInput, ManyInput, OfferInput, PartsInput,
    PlaceInput, ProductInput, ProgressInput, RemedyInput, RulingInput, SayInput, SpecialInput, UpholdInput, VoteInput,
};
use yuanlu_app::{AppError, Secret};
use yuanlu_money::{Currency, Money, MoneyError};

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "95.00", "currency": "CNY"}))]
pub struct MoneyInput {
    /// Decimal text with at most as many decimals as the currency has.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

impl MoneyInput {
    /// The decimal text with its currency, once it is known to be an amount of zero or more.
    fn text(&self, field: &str) -> Result<String, ApiError> {
        let wrong = |part: &str, why| Err(ApiError::input(format!("{field}.{part}"), why));
        let Ok(currency) = Currency::parse(&self.currency) else { return wrong("currency", "unknown") };
        match Money::parse(&self.amount, currency) {
            Ok(_) => Ok(format!("{} {}", currency.code(), self.amount)),
            Err(_) if self.amount.is_empty() => wrong("amount", "required"),
            Err(MoneyError::Negative) => wrong("amount", "not_positive"),
            Err(MoneyError::TooPrecise { .. }) => wrong("amount", "too_many_decimals"),
            Err(MoneyError::Overflow) => wrong("amount", "too_large"),
            Err(_) => wrong("amount", "not_a_number"),
        }
    }

    /// The decimal text of an amount above zero.
    pub fn positive(&self, field: &str) -> Result<String, ApiError> {
        let text = self.text(field)?;
        if text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
            Ok(text)
        } else {
            Err(ApiError::input(format!("{field}.amount"), "not_positive"))
        }
    }
}

fn optional(field: &str, money: Option<&MoneyInput>) -> Result<Option<String>, ApiError> {
    money.map(|money| money.positive(field)).transpose()
}

/// A policy to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    /// Its whole text: JSON, as a string.
    pub policy: String,
}

/// A policy to be published.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// Its whole text: JSON, as a string.
    pub policy: String,
    /// The day from which it holds for new orders; absent: the one the text names.
    #[serde(default)]
    #[schema(example = "2027-01-31")]
    pub effective_from: Option<String>,
}

/// One line of a new order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    /// The product.
    pub product: String,
    /// How many units.
    #[schema(minimum = 1)]
    pub quantity: u16,
    /// The unit price the buyer saw; only compared, never charged.
    pub seen_price: MoneyInput,
    /// He agreed to the confirmation, where the product needs one.
    #[serde(default)]
    pub confirmed: bool,
    /// The account or number to be credited; goods that are credited need it, codes do not.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 64)]
    pub recipient: Option<String>,
}

/// A new order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// What.
    #[schema(min_items = 1)]
    pub lines: Vec<LineBody>,
    /// Number of a coupon of the buyer's, which makes the order cheaper.
    #[serde(default)]
    pub coupon: Option<u32>,
    /// Number of a voucher of the buyer's, spent whole before the rest is paid.
    #[serde(default)]
    pub voucher: Option<u32>,
    /// So much of the buyer's balance is spent before the rest is paid.
    #[serde(default)]
    pub balance: Option<MoneyInput>,
    /// How the rest is paid: `balance`, or a channel's id.
    pub tender: String,
    /// Of buyers without an account.
    #[serde(default)]
    pub guest: Option<GuestInput>,
}

impl TryFrom<PlaceBody> for PlaceInput {
    type Error = ApiError;

    fn try_from(body: PlaceBody) -> Result<Self, ApiError> {
        if body.lines.is_empty() {
            return Err(ApiError::input("lines", "required"));
        }
        let line = |(i, line): (usize, LineBody)| {
            if line.quantity == 0 {
                return Err(ApiError::input(format!("lines[{i}].quantity"), "not_positive"));
            }
            let seen_price = line.seen_price.text(&format!("lines[{i}].seen_price"))?;
            let LineBody { product, quantity, confirmed, recipient, .. } = line;
            Ok(LineInput { product, quantity, seen_price, confirmed, recipient })
        };
        let lines = body.lines.into_iter().enumerate().map(line).collect::<Result<_, ApiError>>()?;
        let balance = body.balance.map(|balance| balance.positive("balance")).transpose()?;
        let parts = PartsInput { coupon: body.coupon, voucher: body.voucher, balance };
        Ok(Self { lines, parts, tender: body.tender, guest: body.guest })
    }
}

/// An application for a refund.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyBody {
    /// Numbers of the units; empty for a duplicate charge.
    pub units: Vec<u16>,
    /// Reason code.
    pub reason: String,
    /// How much; absent: all that can go back of these units.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// Face value received per unit, where less came than promised.
    #[serde(default)]
    pub received_face: Option<MoneyInput>,
    /// Express consent to balance in place of the original route.
    #[serde(default)]
    pub to_balance: bool,
    /// In which words.
    #[serde(default)]
    pub text: String,
    /// Ids of uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
}

impl TryFrom<ApplyBody> for ApplyInput {
    type Error = ApiError;

    fn try_from(body: ApplyBody) -> Result<Self, ApiError> {
        let received = body.received_face.as_ref().map(|money| money.text("received_face")).transpose()?;
        Ok(Self {
            amount: optional("amount", body.amount.as_ref())?,
            received_face: received,
            units: body.units,
            reason: body.reason,
            to_balance: body.to_balance,
            text: body.text,
            evidence: body.evidence,
        })
    }
}

/// An approval.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// How much, fee not taken off; absent: as claimed.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

impl TryFrom<ApproveBody> for ApproveInput {
    type Error = ApiError;

    fn try_from(body: ApproveBody) -> Result<Self, ApiError> {
        let amount = optional("amount", body.amount.as_ref())?;
        Ok(Self { amount, answers: body.answers, words: body.words })
    }
}

/// A product as its seller writes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    /// Title.
    pub title: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// How to use it.
    #[serde(default)]
    pub how_to_use: String,
    /// Kind code.
    pub kind: String,
    /// Delivery event code (R6); absent: the kind's default.
    #[serde(default)]
    pub delivery_event: Option<String>,
    /// Face value; absent when it has none.
    #[serde(default)]
    pub face: Option<MoneyInput>,
    /// Price.
    pub price: MoneyInput,
    /// Delivery promise in hours.
    pub promise_hours: u32,
    /// Application window in natural days.
    #[schema(minimum = 7, maximum = 15)]
    pub window_days: u32,
    /// Warranty in natural days.
    #[serde(default)]
    pub warranty_days: u32,
    /// A fee on personal reasons is disclosed (R10).
    #[serde(default)]
    pub fee_disclosed: bool,
    /// A special agreement (R9).
    #[serde(default)]
    pub special: Option<SpecialInput>,
    /// A confirmation must be agreed to before paying (R9).
    #[serde(default)]
    pub needs_confirmation: bool,
    /// It can be bought.
    #[serde(default)]
    pub on_sale: bool,
}

impl TryFrom<ProductBody> for ProductInput {
    type Error = ApiError;

    fn try_from(body: ProductBody) -> Result<Self, ApiError> {
        Ok(Self {
            face: optional("face", body.face.as_ref())?,
            price: body.price.positive("price")?,
            title: body.title,
            description: body.description,
            how_to_use: body.how_to_use,
            kind: body.kind,
            delivery_event: body.delivery_event,
            promise_hours: body.promise_hours,
            window_days: body.window_days,
            warranty_days: body.warranty_days,
            fee_disclosed: body.fee_disclosed,
            special: body.special,
            needs_confirmation: body.needs_confirmation,
            on_sale: body.on_sale,
        })
    }
}

/// Declares a body of a few plain fields.
macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind),* }
    )*};
}

impl BankedBody {
    /// As the use cases take it.
    pub fn read(self) -> Result<BankedInput, ApiError> {
        Ok(BankedInput { amount: self.amount.positive("amount")?, reference: self.reference })
    }
}

bodies! {
    /// The query password of a guest's order, or of a stranger's tip-off.
    QueryPasswordBody {
        /// As chosen when it was placed or made.
        #[schema(value_type = String, format = Password)]
        query_password: Secret<String>,
    }
    /// Where to pay.
    PayBody {
        /// The channel; absent: the one chosen with the order.
        #[serde(default)]
        channel: Option<String>,
        /// Where the payer sits: `page`, `mobile`, `qr`; absent: `page`. A payment that was prepared stays as it is.
        #[serde(default)]
        scene: Option<String>,
    }
    /// One unit of an order.
    UnitBody {
        /// Number of the unit, from 1.
        #[schema(minimum = 1)]
        unit: u16,
    }
    /// Units of an order.
    UnitsBody {
        /// Numbers of the units.
        #[schema(min_items = 1)]
        units: Vec<u16>,
    }
    /// A delivery.
    CreditedBody {
        /// Number of the unit, from 1.
        #[schema(minimum = 1)]
        unit: u16,
        /// The supplier's number of the top-up.
        proof: String,
    }
    /// A redemption.
    RedeemedBody {
        /// Number of the unit, from 1.
        #[schema(minimum = 1)]
        unit: u16,
        /// When it was redeemed, as Shanghai time: `2026-11-22 10:00`.
        at: String,
    }
    /// A credit to a buyer's balance.
    CreditBody {
        /// Login name of the account.
        login: String,
        /// How much.
        amount: MoneyInput,
    }
    /// A coupon to be given to a buyer.
    GrantCouponBody {
        /// Login name of the account.
        login: String,
        /// What it takes off.
        amount: MoneyInput,
        /// The least an order must cost; more than the amount.
        least: MoneyInput,
        /// The last day on which it can be used, `2026-12-31`.
        last_day: String,
    }
    /// A batch of redemption codes.
    CodeBatchBody {
        /// What a code becomes: `balance` or `voucher`.
        worth: String,
        /// What a code is worth.
        amount: MoneyInput,
        /// How many codes: 1 to 1000.
        quantity: u32,
        /// The last day on which one can be used, `2026-12-31`.
        last_day: String,
    }
    /// New roles of a person.
    RolesBody {
        /// Role codes.
        roles: Vec<String>,
        /// The seller he works for, for the role `seller`.
        #[serde(default)]
        seller: Option<String>,
        /// The outside organisation he belongs to; the role `arbitrator` needs one.
        #[serde(default)]
        organisation: Option<String>,
    }
    /// Words to whoever reported something.
    WordsBody {
        /// In which words.
        words: String,
    }
    /// The person of staff a tip-off means.
    AccusedBody {
        /// His login name.
        login: String,
    }
    /// A new seller.
    SellerBody {
        /// Shop name.
        name: String,
        /// The platform itself sells.
        #[serde(default)]
        self_operated: bool,
    }
    /// An amount of a deposit or a withdrawal.
    DepositBody {
        /// How much.
        amount: MoneyInput,
    }
    /// A deposit that came in and opens a shop.
    FirstDepositBody {
        /// How much.
        amount: MoneyInput,
        /// How the shop is called, where the name asked for is taken by now; empty keeps it.
        #[serde(default)]
        shop: String,
    }
    /// Money that went through a bank.
    BankedBody {
        /// How much.
        amount: MoneyInput,
        /// The bank's reference.
        reference: String,
    }
    /// What a bank calls a transfer.
    ReferenceBody {
        /// The bank's reference.
        reference: String,
    }
    /// A language.
    LanguageBody {
        /// `zh` or `en`.
        language: String,
    }
    /// A change of password.
    PasswordBody {
        /// The present one.
        #[schema(value_type = String, format = Password)]
        old: Secret<String>,
        /// The new one: at least 8 characters.
        #[schema(value_type = String, format = Password)]
        new: Secret<String>,
    }
    /// The password once more.
    EnrolBody {
        /// Password.
        #[schema(value_type = String, format = Password)]
        password: Secret<String>,
    }
    /// The first code of a second factor.
    TotpBody {
        /// The `token` that came with the secret.
        #[schema(value_type = String, format = Password)]
        token: Secret<String>,
        /// Six digits.
        code: String,
    }
    /// A one-time link.
    LinkBody {
        /// What stands after `/link/`.
        #[schema(value_type = String, format = Password)]
        link: Secret<String>,
    }
    /// The use of a one-time link.
    UseLinkBody {
        /// What stands after `/link/`.
        #[schema(value_type = String, format = Password)]
        link: Secret<String>,
        /// The new password: at least 8 characters.
        #[schema(value_type = String, format = Password)]
        password: Secret<String>,
        /// The first code of the second factor, where a role needs one.
        #[serde(default)]
        totp: Option<String>,
    }
    /// Where a demo's clock goes.
    ClockBody {
        /// `next` (the next deadline), `+1h`, `+1d`, or `+` any number of hours and `h`.
        to: String,
    }
}

/// A unit's number.
pub fn unit(unit: u16) -> Result<u16, ApiError> {
    if unit == 0 { Err(AppError::invalid("unit", "not_positive").into()) } else { Ok(unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_text_with_their_currency() {
        let read = |amount: &str, currency: &str| {
            MoneyInput { amount: amount.to_owned(), currency: currency.to_owned() }.positive("price")
        };
        assert_eq!(read("95.00", "CNY"), Ok("CNY 95.00".to_owned()));
        assert_eq!(read("13.99", "USD"), Ok("USD 13.99".to_owned()));
        for (amount, currency, field, why) in [
            ("", "CNY", "price.amount", "required"),
            ("0.00", "CNY", "price.amount", "not_positive"),
            ("-1", "CNY", "price.amount", "not_positive"),
            ("0.001", "CNY", "price.amount", "too_many_decimals"),
            ("1e5", "CNY", "price.amount", "not_a_number"),
            ("99999999999999999999", "CNY", "price.amount", "too_large"),
            ("1", "XXX", "price.currency", "unknown"),
            ("1", "cny", "price.currency", "unknown"),
            ("1", "", "price.currency", "unknown"),
        ] {
            assert_eq!(read(amount, currency), Err(ApiError::input(field, why)), "{amount:?} {currency:?}");
        }
    }
}

/// An appeal, a complaint, or a seller's objection.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemedyBody {
    /// `new_material`, `rule_error` (appeal); `unjust_refusal`, `seller_fraud`, `inaction`, `broken_rule` (complaint);
    /// `lost_decision` (objection).
    pub ground: String,
    /// The rule that was applied wrongly or broken (`R8`).
    #[serde(default)]
    pub rule: Option<String>,
    /// How much is asked for; absent: whatever was refused.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// In which words.
    pub words: String,
    /// Uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
}

impl TryFrom<RemedyBody> for RemedyInput {
    type Error = ApiError;

    fn try_from(body: RemedyBody) -> Result<Self, ApiError> {
        let amount = optional("amount", body.amount.as_ref())?;
        let RemedyBody { ground, rule, words, evidence, .. } = body;
        Ok(Self { ground, rule, amount, words, evidence })
    }
}

/// A remedy found right.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpholdBody {
    /// What it is worth; zero where no money is at stake.
    pub amount: MoneyInput,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

impl TryFrom<UpholdBody> for UpholdInput {
    type Error = ApiError;

    fn try_from(body: UpholdBody) -> Result<Self, ApiError> {
        Ok(Self { amount: body.amount.text("amount")?, answers: body.answers, words: body.words })
    }
}

/// An offer of a seller.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    /// `refund`, `replacement` or `more_time`.
    pub kind: String,
    /// For a refund: how much.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// For more time: until when, a Shanghai time (`2026-11-22 10:00`).
    #[serde(default)]
    pub until: Option<String>,
    /// Before a case: the units.
    #[serde(default)]
    pub units: Vec<u16>,
    /// Before a case: the reason code the seller owns up to.
    #[serde(default)]
    pub reason: Option<String>,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

impl TryFrom<OfferBody> for OfferInput {
    type Error = ApiError;

    fn try_from(body: OfferBody) -> Result<Self, ApiError> {
        let amount = optional("amount", body.amount.as_ref())?;
        let OfferBody { kind, until, units, reason, words, .. } = body;
        Ok(Self { kind, amount, until, units, reason, words })
    }
}

/// A vote of an arbitrator.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteBody {
    /// `buyer`, `seller`, `platform` or `shared`.
    pub responsible: String,
    /// How much should go back; absent or zero where the buyer is responsible.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// Why.
    pub reason: String,
}

impl TryFrom<VoteBody> for VoteInput {
    type Error = ApiError;

    fn try_from(body: VoteBody) -> Result<Self, ApiError> {
        let amount = body.amount.map(|amount| amount.text("amount")).transpose()?;
        Ok(Self { responsible: body.responsible, amount, reason: body.reason })
    }
}

/// What an invited arbitrator decides (R35).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingBody {
    /// `approve`, `reject` (of a first review); `uphold`, `dismiss` (of an appeal, a complaint or an objection).
    pub verdict: String,
    /// How much.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// Reject code.
    #[serde(default)]
    pub code: Option<String>,
    /// The rule a rejection rests on.
    #[serde(default)]
    pub clause: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

impl TryFrom<RulingBody> for RulingInput {
    type Error = ApiError;

    fn try_from(body: RulingBody) -> Result<Self, ApiError> {
        let amount = body.amount.as_ref().map(|amount| amount.text("amount")).transpose()?;
        let RulingBody { verdict, code, clause, answers, words, .. } = body;
        Ok(Self { verdict, amount, code, clause, answers, words })
    }
}

/// The same decision for many cases.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyBody {
    /// Case numbers, at most 100.
    pub cases: Vec<String>,
    /// `approve` or `reject`.
    pub verdict: String,
    /// How much for each; absent: as claimed.
    #[serde(default)]
    pub amount: Option<MoneyInput>,
    /// Reject code.
    #[serde(default)]
    pub code: Option<String>,
    /// The rule a rejection rests on.
    #[serde(default)]
    pub clause: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

impl TryFrom<ManyBody> for ManyInput {
    type Error = ApiError;

    fn try_from(body: ManyBody) -> Result<Self, ApiError> {
        let amount = optional("amount", body.amount.as_ref())?;
        let ManyBody { cases, verdict, code, clause, answers, words, .. } = body;
        Ok(Self { cases, verdict, amount, code, clause, answers, words })
    }
}

/// A stranger's way back to his conversation; absent for people who are known.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationKeyBody {
    /// The key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub key: Option<Secret<String>>,
}

/// A message in a conversation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayBody {
    /// The stranger's key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    key: Option<Secret<String>>,
    /// The text.
    text: String,
    /// The hints about the text were seen.
    #[serde(default)]
    hints_seen: bool,
}

impl SayBody {
    /// Key and message.
    pub fn parts(self) -> (Option<Secret<String>>, SayInput) {
        (self.key, SayInput { text: self.text, hints_seen: self.hints_seen })
    }
}

/// Which refund a conversation is told about.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressBody {
    /// The stranger's key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    key: Option<Secret<String>>,
    /// Case number.
    #[serde(default)]
    case: Option<String>,
    /// Order number, in place of a case: its latest.
    #[serde(default)]
    order: Option<String>,
    /// When it was paid; strangers only.
    #[serde(default)]
    paid_at: Option<String>,
    /// What was paid, as decimal text; strangers only.
    #[serde(default)]
    amount: Option<String>,
}

impl ProgressBody {
    /// Key and refund.
    pub fn parts(self) -> (Option<Secret<String>>, ProgressInput) {
        let Self { key, case, order, paid_at, amount } = self;
        (key, ProgressInput { case, order, paid_at, amount })
    }
}

/// Why something is uncovered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyBody {
    /// The reason, for the audit log.
    pub why: String,
}

/// An address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"address": "li.lei@mail.example"}))]
pub struct AddressBody {
    /// A mail address, or a phone number.
    pub address: String,
}

/// A code that was sent.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456"}))]
pub struct CodeBody {
    /// Six digits.
    pub code: String,
}

/// Whose password was forgotten.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "lilei"}))]
pub struct ForgotBody {
    /// The name of the account, or its proved mail address.
    pub login: String,
}

/// Where to call.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://hooks.example.com/yuanlu"}))]
pub struct UrlBody {
    /// A public address that begins with `https://`.
    pub url: String,
}

/// Words of a message.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "{{ sentence }}", "body": "{{ sentence }} {{ link }}"}))]
pub struct WordsOfTemplateBody {
    /// Subject; of a short message the provider's template.
    pub subject: String,
    /// Text; of a short message one value a line.
    pub body: String,
}
