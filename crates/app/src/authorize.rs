//! The one place that says who may do what: a table of grounds per action, and what a stranger is told.
//!
//! Pages and API ask the same function; `decide` repeats the checks that are rules (party, judge, turn).

use crate::principal::Principal;
use yuanlu_domain::ids::{AccountId, SellerId};
use yuanlu_domain::{Party, Role};

/// Everything that is guarded. A closed list; a golden test holds its whole table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Place an order.
    PlaceOrder,
    /// See an order.
    ViewOrder,
    /// Pay for an order.
    PayOrder,
    /// Reveal a code.
    RevealCode,
    /// Confirm receipt.
    ConfirmReceipt,
    /// Take a guest's order into one's account.
    ClaimOrder,
    /// Apply for a refund, withdraw, give material, ask for a person, choose balance; review what was bought.
    ActOnOwnCase,
    /// See a case.
    ViewCase,
    /// Upload evidence for an order.
    AddEvidence,
    /// Open evidence of a case.
    ViewEvidence,
    /// Make an evidence package of a case.
    ExportCase,
    /// Balance, sessions, password and notices of an account.
    OwnAccount,
    /// Products, stock counts, orders and cases of a seller.
    ViewShop,
    /// Products of a seller.
    ManageProducts,
    /// Load codes for a seller.
    LoadCodes,
    /// Mark delivered, report redemptions.
    DeliverOrder,
    /// Agree or contest as the seller.
    AnswerAsSeller,
    /// See staff queues.
    ViewQueue,
    /// Claim, ask, pass on, approve, reject, uphold, dismiss, send to a panel.
    JudgeCase,
    /// Read and write in an order's thread.
    TalkInThread,
    /// Sit on a panel, or judge by invitation (R30, R35).
    SitOnPanel,
    /// Invite an arbitrator where nobody of the house may judge (R35).
    InviteArbitrator,
    /// See payouts that need finance.
    ViewPayouts,
    /// Release a payout as a second person.
    ApprovePayout,
    /// Send a stuck payout on.
    ResumePayout,
    /// See bills and exceptions; take and settle them.
    Reconcile,
    /// Credit a buyer's balance.
    CreditBalance,
    /// Admit sellers.
    ManageSellers,
    /// See a seller's money.
    ViewSellerAccount,
    /// Name a payout account, ask for withdrawals, top the deposit up.
    ManageSellerAccount,
    /// Withdrawals, deposits, debts and advances of sellers.
    ManageFunds,
    /// See, propose and stop mass incidents (S29).
    ManageIncidents,
    /// Agree to a mass incident as a second person.
    ApproveIncident,
    /// Accounts, roles, one-time links.
    ManagePeople,
    /// Check, try and publish policies.
    ManagePolicies,
    /// Words of messages, what was sent, addresses nothing goes to.
    ManageNotices,
    /// The audit log.
    ViewAudit,
    /// See one's own credit, or one's shop's, and appeal what stands in it.
    OwnCredit,
    /// See flags, appeals and anybody's credit.
    ViewConduct,
    /// Make a finding, dismiss a flag, take a finding back.
    RecordFinding,
    /// Judge an appeal against a finding.
    JudgeFinding,
    /// Block an account or a shop.
    BlockPeople,
    /// Release or refuse held listings.
    ReviewListing,
    /// Hide reviews, judge appeals of their writers.
    JudgeReview,
    /// Say who runs the platform, publish agreements, go through the first-run check-list.
    ManagePlatform,
    /// Register outside organisations.
    ManageOrganisations,
    /// Apply to become a seller; see, mend and withdraw it.
    ApplyToSell,
    /// See somebody's admission as a seller.
    ViewAdmission,
    /// See the queue of admissions.
    ViewAdmissions,
    /// Approve or reject admissions.
    JudgeAdmission,
    /// Report a product, a seller or a person of staff.
    FileTipOff,
    /// See a tip-off.
    ViewTipOff,
    /// See the queue of tip-offs; claim, ask, decide.
    JudgeTipOff,
    /// See the register of outside complaints.
    ViewOutside,
    /// Register, claim, answer and close outside complaints.
    HandleOutside,
    /// Record what was paid outside for a loss (T22).
    RecordOutsidePayment,
    /// Ask support something.
    AskSupport,
    /// Answer people who ask support; look up orders for them; prepare an application for a buyer.
    AnswerSupport,
    /// Set the hours of support.
    ManageSupport,
    /// Move the clock of a demo.
    MoveDemoClock,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 60] = [
        Self::PlaceOrder,
        Self::ViewOrder,
        Self::PayOrder,
        Self::RevealCode,
        Self::ConfirmReceipt,
        Self::ClaimOrder,
        Self::ActOnOwnCase,
        Self::ViewCase,
        Self::AddEvidence,
        Self::ViewEvidence,
        Self::ExportCase,
        Self::OwnAccount,
        Self::ViewShop,
        Self::ManageProducts,
        Self::LoadCodes,
        Self::DeliverOrder,
        Self::AnswerAsSeller,
        Self::ViewQueue,
        Self::JudgeCase,
        Self::TalkInThread,
        Self::SitOnPanel,
        Self::InviteArbitrator,
        Self::ViewPayouts,
        Self::ApprovePayout,
        Self::ResumePayout,
        Self::Reconcile,
        Self::CreditBalance,
        Self::ManageSellers,
        Self::ViewSellerAccount,
        Self::ManageSellerAccount,
        Self::ManageFunds,
        Self::ManageIncidents,
        Self::ApproveIncident,
        Self::ManagePeople,
        Self::ManagePolicies,
        Self::ManageNotices,
        Self::ViewAudit,
        Self::OwnCredit,
        Self::ViewConduct,
        Self::RecordFinding,
        Self::JudgeFinding,
        Self::BlockPeople,
        Self::ReviewListing,
        Self::JudgeReview,
        Self::ManagePlatform,
        Self::ManageOrganisations,
        Self::ApplyToSell,
        Self::ViewAdmission,
        Self::ViewAdmissions,
        Self::JudgeAdmission,
        Self::FileTipOff,
        Self::ViewTipOff,
        Self::JudgeTipOff,
        Self::ViewOutside,
        Self::HandleOutside,
        Self::RecordOutsidePayment,
        Self::AskSupport,
        Self::AnswerSupport,
        Self::ManageSupport,
        Self::MoveDemoClock,
    ];

    /// On what grounds it is allowed; one is enough.
    pub fn grounds(self) -> &'static [Ground] {
        use Ground::{Anyone, Buyer, Concerned, Demo, Holder, Reporter, Seller, SignedIn, Staff};
        match self {
            Self::PlaceOrder | Self::FileTipOff | Self::AskSupport => &[Anyone],
            Self::ClaimOrder | Self::ApplyToSell => &[SignedIn],
            Self::ViewAdmission => &[Holder, Staff(&[Role::Admin, Role::Finance])],
            Self::ViewAdmissions => &[Staff(&[Role::Admin, Role::Finance])],
            Self::JudgeAdmission => &[Staff(ADMISSION_JUDGES)],
            Self::PayOrder | Self::RevealCode | Self::ConfirmReceipt | Self::ActOnOwnCase | Self::AddEvidence => {
                &[Buyer]
            }
            Self::ViewOrder | Self::ViewCase => &[Buyer, Seller, Staff(CASE_READERS)],
            Self::ViewEvidence | Self::ExportCase => &[Buyer, Seller, Staff(JUDGES)],
            Self::OwnAccount => &[Holder],
            Self::ViewShop => &[Seller, Staff(&[Role::Admin])],
            Self::ManageProducts
            | Self::LoadCodes
            | Self::DeliverOrder
            | Self::AnswerAsSeller
            | Self::ManageSellerAccount => &[Seller],
            Self::ViewSellerAccount => &[Seller, Staff(&[Role::Finance, Role::Admin])],
            Self::ViewQueue => &[Staff(CASE_READERS)],
            Self::JudgeCase => &[Staff(JUDGES)],
            Self::TalkInThread => &[Buyer, Seller, Staff(CASE_READERS)],
            Self::SitOnPanel => &[Staff(&[Role::Arbitrator])],
            Self::InviteArbitrator => &[Staff(&[Role::Admin, Role::SeniorReviewer])],
            Self::ViewPayouts | Self::ApprovePayout | Self::ResumePayout | Self::ManageFunds | Self::Reconcile => {
                &[Staff(&[Role::Finance, Role::Admin])]
            }
            Self::ApproveIncident => &[Staff(&[Role::Finance, Role::Admin])],
            Self::ManageIncidents => &[Staff(INCIDENTS)],
            Self::CreditBalance
            | Self::ManageSellers
            | Self::ManagePeople
            | Self::ManagePolicies
            | Self::ManageOrganisations
            | Self::ManageNotices
            | Self::ManageSupport
            | Self::ManagePlatform => &[Staff(&[Role::Admin])],
            Self::AnswerSupport => &[Staff(SUPPORT)],
            Self::ViewTipOff => &[Reporter, Staff(TIP_OFF_JUDGES)],
            Self::JudgeTipOff => &[Staff(TIP_OFF_JUDGES)],
            Self::ViewOutside => &[Staff(CASE_READERS)],
            Self::HandleOutside => &[Staff(OUTSIDE)],
            Self::RecordOutsidePayment => &[Staff(&[Role::Finance, Role::Admin])],
            Self::ViewAudit => &[Staff(&[Role::Admin, Role::Risk])],
            Self::OwnCredit => &[Concerned],
            Self::ViewConduct | Self::RecordFinding | Self::JudgeFinding | Self::JudgeReview => &[Staff(CONDUCT)],
            Self::BlockPeople | Self::ReviewListing => &[Staff(&[Role::Risk, Role::Admin])],
            Self::MoveDemoClock => &[Demo],
        }
    }
}

/// Roles that judge cases. An administrator of a small house may do it too (R35).
pub const JUDGES: &[Role] = &[Role::Reviewer, Role::SeniorReviewer, Role::Risk, Role::Admin];

/// Roles that judge conduct (R23).
pub const CONDUCT: &[Role] = &[Role::Risk, Role::SeniorReviewer, Role::Admin];
/// Roles that decide who may sell.
pub const ADMISSION_JUDGES: &[Role] = &[Role::Admin];

/// Roles that answer tip-offs.
pub const TIP_OFF_JUDGES: &[Role] = &[Role::Risk, Role::Admin];

/// Roles that answer people who ask support.
pub const SUPPORT: &[Role] = &[Role::Support, Role::Admin];

/// Roles that propose, watch and stop mass incidents.
pub const INCIDENTS: &[Role] = &[Role::Risk, Role::Finance, Role::Admin];

/// Roles that answer outside complaints.
pub const OUTSIDE: &[Role] = &[Role::Support, Role::SeniorReviewer, Role::Risk, Role::Admin];

/// Roles that read cases in the course of their work.
pub const CASE_READERS: &[Role] =
    &[Role::Reviewer, Role::SeniorReviewer, Role::Risk, Role::Admin, Role::Support, Role::Finance];

/// Why somebody may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// It is open to everybody.
    Anyone,
    /// He is signed in.
    SignedIn,
    /// The order is his.
    Buyer,
    /// He works for the seller.
    Seller,
    /// The account is his.
    Holder,
    /// The credit is his, or that of the shop he works for.
    Concerned,
    /// He reported it, signed in. Strangers prove it by the receipt's query password.
    Reporter,
    /// He has one of these roles, and passed the second factor.
    Staff(&'static [Role]),
    /// The database was born a demo; the caller says so by giving [`Object::Demo`].
    Demo,
}

/// What is acted upon.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    /// Nothing in particular.
    Nothing,
    /// An order file, or a case in it.
    File {
        /// Whose order.
        buyer: &'a Party,
        /// Whose goods.
        seller: &'a SellerId,
        /// Who judged the case before.
        judges: &'a [AccountId],
    },
    /// An account.
    Account(&'a AccountId),
    /// A seller's shop.
    Shop(&'a SellerId),
    /// Somebody's credit: a buyer's party, or `seller:` and a seller's id.
    Credit(&'a str),
    /// A tip-off.
    TipOff {
        /// Who made it.
        reporter: Option<&'a AccountId>,
        /// People of staff it is about.
        accused: &'a [AccountId],
        /// The seller it is about.
        seller: Option<&'a SellerId>,
    },
    /// A demo's clock.
    Demo,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow,
    /// As if it did not exist: it is not his business that it does.
    NotFound,
    /// No.
    Forbidden,
    /// Yes, once he has passed the second factor.
    NeedsSecondFactor,
}

/// Whether `who` may do `action` to `object`.
pub fn authorize(who: &Principal, action: Action, object: &Object<'_>) -> Decision {
    if matches!(who, Principal::Program) {
        return Decision::Allow;
    }
    if is_accused(who, object) {
        return Decision::NotFound;
    }
    match best(who, action, object) {
        Some(Decision::Allow) if matches!(action, Action::JudgeCase | Action::JudgeTipOff) && is_party(who, object) => {
            Decision::Forbidden
        }
        Some(Decision::Allow) if action != Action::OwnCredit && is_concerned(who, object) => Decision::Forbidden,
        Some(decision) => decision,
        None if may_see(who, object) => Decision::Forbidden,
        None => Decision::NotFound,
    }
}

/// The best answer any ground gives; `None` when no ground holds.
fn best(who: &Principal, action: Action, object: &Object<'_>) -> Option<Decision> {
    let answers = action.grounds().iter().filter_map(|ground| holds(who, *ground, object));
    answers.min_by_key(|answer| *answer != Decision::Allow)
}

fn holds(who: &Principal, ground: Ground, object: &Object<'_>) -> Option<Decision> {
    let yes = |held: bool| held.then_some(Decision::Allow);
    match (ground, object) {
        (Ground::Anyone, _) => Some(Decision::Allow),
        (Ground::SignedIn, _) => yes(who.person().is_some()),
        (Ground::Buyer, Object::File { buyer, .. }) => yes(who.party().as_ref() == Some(*buyer)),
        (Ground::Seller, Object::File { seller, .. } | Object::Shop(seller)) => {
            yes(who.person().is_some_and(|p| p.has(Role::Seller) && p.seller.as_ref() == Some(*seller)))
        }
        (Ground::Holder, Object::Account(account)) => yes(who.account() == Some(*account)),
        (Ground::Reporter, Object::TipOff { reporter, .. }) => yes(reporter.is_some() && who.account() == *reporter),
        (Ground::Staff(roles), _) => who.person().and_then(|person| {
            roles.iter().any(|role| person.has(*role)).then_some(if person.second_factor {
                Decision::Allow
            } else {
                Decision::NeedsSecondFactor
            })
        }),
        (Ground::Concerned, Object::Credit(_)) => yes(is_concerned(who, object)),
        (Ground::Demo, Object::Demo) => Some(Decision::Allow),
        (Ground::Buyer | Ground::Seller | Ground::Holder | Ground::Reporter | Ground::Concerned | Ground::Demo, _) => {
            None
        }
    }
}

/// Nobody judges a case he is party to or has judged before.
fn is_party(who: &Principal, object: &Object<'_>) -> bool {
    let Some(person) = who.person() else { return false };
    match object {
        Object::File { buyer, seller, judges } => {
            buyer.account() == Some(&person.account)
                || person.seller.as_ref() == Some(*seller)
                || judges.contains(&person.account)
        }
        Object::TipOff { reporter, .. } => *reporter == Some(&person.account),
        Object::Nothing | Object::Account(_) | Object::Shop(_) | Object::Credit(_) | Object::Demo => false,
    }
}

/// A tip-off does not exist for those it is about, whatever else they are; but nobody loses sight of his own.
fn is_accused(who: &Principal, object: &Object<'_>) -> bool {
    let (Object::TipOff { reporter, accused, seller }, Some(person)) = (object, who.person()) else { return false };
    *reporter != Some(&person.account)
        && (accused.contains(&person.account) || (seller.is_some() && person.seller.as_ref() == *seller))
}

/// Nobody judges his own conduct, or that of the shop he works for.
fn is_concerned(who: &Principal, object: &Object<'_>) -> bool {
    let Object::Credit(subject) = object else { return false };
    let shop = who.person().and_then(|person| person.seller.as_ref());
    who.party().is_some_and(|party| party.to_string() == *subject)
        || shop.is_some_and(|seller| subject.strip_prefix("seller:") == Some(seller.as_str()))
}

/// Whether he may know that the object exists.
fn may_see(who: &Principal, object: &Object<'_>) -> bool {
    match object {
        Object::Nothing | Object::Demo => true,
        Object::File { .. } => best(who, Action::ViewOrder, object).is_some(),
        Object::Account(_) => best(who, Action::OwnAccount, object).is_some(),
        Object::Shop(_) => best(who, Action::ViewShop, object).is_some(),
        Object::Credit(_) => [Action::OwnCredit, Action::ViewConduct].iter().any(|a| best(who, *a, object).is_some()),
        Object::TipOff { .. } => best(who, Action::ViewTipOff, object).is_some(),
    }
}
