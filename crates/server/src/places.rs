//! Where a person can go: the main places of the header, and those of the desk he is at.

use yuanlu_app::{Action, Decision, Object, Principal, Watched, authorize};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{CaseId, DeskId, OrderId};

/// A place of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub href: &'static str,
    /// Key of its name.
    pub text: &'static str,
    /// The page is one of this place.
    pub here: bool,
    /// The line of its sign, in a square of 24.
    pub sign: &'static str,
}

/// The places of a desk, for the column beside its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// Key of its name.
    pub title: &'static str,
    /// The places this person may go to.
    pub places: Vec<Place>,
}

impl Desk {
    /// Key of the name of the place this page is one of.
    pub fn here(&self) -> &'static str {
        self.places.iter().find(|place| place.here).map_or(self.title, |place| place.text)
    }
}

const SHOP: &str = "M4 9h16l-1 11H5zM8 9V7a4 4 0 0 1 8 0v2";
const ORDERS: &str = "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6";
const REFUNDS: &str = "M4 17h10a5 5 0 0 0 0-10H5M8 4 5 7l3 3";
const SELLER: &str = "M4 12v8h16v-8M3 10l2-6h14l2 6a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0zM10 20v-5h4v5";
const PANEL: &str = "M12 4v16M8 20h8M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z";
const STAFF: &str = "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5";
const SUPPORT: &str = "M4 5h16v11H11l-5 4v-4H4zM8 9.5h8M8 12.5h5";
const HELP: &str = "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM9.5 9.7a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.6M12 16.8v.1";
const FIND: &str = "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zM16 16l5 5";

fn below(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path == *prefix || prefix.ends_with('/') && path.starts_with(prefix))
}

/// The main places of whoever is looking at `path`.
pub fn main_places(who: &Principal, path: &str) -> Vec<Place> {
    let mut places = vec![Place {
        href: "/",
        text: "common.nav.shop",
        here: below(path, &["/", "/checkout"]) && (path.len() == 1 || path == "/checkout")
            || path.starts_with("/p/")
            || path.starts_with("/shops/"),
        sign: SHOP,
    }];
    let mut add = |href, text, here, sign| places.push(Place { href, text, here, sign });
    if let Some(person) = who.person() {
        add("/orders", "common.nav.orders", below(path, &["/orders", "/orders/", "/o/", "/pay/"]), ORDERS);
        add("/refunds", "common.nav.refunds", below(path, &["/refunds", "/c/"]), REFUNDS);
        if person.has(Role::Seller) {
            add("/seller", "common.nav.seller", below(path, &["/seller", "/seller/"]), SELLER);
        }
        if person.has(Role::Arbitrator) {
            add("/panel", "panel.title", below(path, &["/panel", "/panel/"]), PANEL);
        }
        if person.is_staff() {
            add("/staff", "common.nav.staff", below(path, &["/staff", "/staff/"]), STAFF);
        }
    } else {
        add("/find", "common.nav.find", below(path, &["/find", "/o/", "/c/", "/pay/"]), FIND);
    }
    add("/help", "common.nav.help", below(path, &["/help", "/money", "/rules", "/rules/"]), HELP);
    add("/support", "common.nav.support", below(path, &["/support", "/support/"]), SUPPORT);
    places
}

/// The desk a page belongs to, if it belongs to one.
pub fn desk(who: &Principal, path: &str) -> Option<Desk> {
    who.person()?;
    let (title, rows) = if below(path, &["/staff", "/staff/"]) {
        ("staff.title", staff(who))
    } else if below(path, &["/seller", "/seller/"]) {
        ("seller.title", SELLER_PLACES.to_vec())
    } else if below(path, &["/account", "/account/"]) {
        ("account.title", ACCOUNT_PLACES.to_vec())
    } else {
        return None;
    };
    // The longest address that the path begins with; pages that stand elsewhere name the place they belong to.
    let at = match path {
        _ if path.starts_with("/staff/exceptions/") => "/staff/bills",
        _ if path.starts_with("/account/top-ups/") => "/account/balance",
        _ if below(path, &["/staff/credit", "/staff/credit/", "/staff/findings/", "/staff/listings/"]) => {
            "/staff/conduct"
        }
        _ if path.starts_with("/staff/unmatched/") => "/staff/bills",
        own => own,
    };
    let is_at = |href: &str| at == href || at.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
    let nearest = rows.iter().map(|(href, _)| *href).filter(|href| is_at(href)).max_by_key(|href| href.len());
    let places = rows.iter().map(|(href, text)| Place { href, text, here: Some(*href) == nearest, sign: "" }).collect();
    Some(Desk { title, places })
}

type Row = (&'static str, &'static str);

const SELLER_PLACES: &[Row] = &[
    ("/seller", "seller.tab.duties"),
    ("/seller/products", "seller.tab.products"),
    ("/seller/orders", "seller.tab.orders"),
    ("/seller/cases", "seller.tab.cases"),
    ("/seller/rules", "seller.tab.rules"),
    ("/seller/account", "seller.tab.account"),
    ("/seller/webhooks", "seller.tab.webhooks"),
    ("/seller/credit", "seller.tab.credit"),
];

const ACCOUNT_PLACES: &[Row] = &[
    ("/account", "account.tab.overview"),
    ("/account/balance", "account.tab.balance"),
    ("/account/notices", "message.tab"),
    ("/account/credit", "account.tab.credit"),
];

/// The places of the staff's desk that a person may open.
fn staff(who: &Principal) -> Vec<Row> {
    let may = |action| authorize(who, action, &Object::Nothing) == Decision::Allow;
    [
        ("/staff", "staff.tab.queue", may(Action::ViewQueue)),
        ("/staff/support", "staff.tab.support", may(Action::AnswerSupport)),
        ("/staff/tip-offs", "staff.tab.tip_offs", may(Action::JudgeTipOff)),
        ("/staff/outside", "staff.tab.outside", may(Action::ViewOutside)),
        ("/staff/payouts", "staff.tab.payouts", may(Action::ViewPayouts)),
        ("/staff/withdrawals", "staff.tab.withdrawals", may(Action::ManageFunds)),
        ("/staff/funds", "staff.tab.funds", may(Action::ManageFunds)),
        ("/staff/codes", "staff.tab.codes", may(Action::ManageFunds)),
        ("/staff/incidents", "staff.tab.incidents", may(Action::ManageIncidents)),
        ("/staff/bills", "staff.tab.bills", may(Action::Reconcile)),
        ("/staff/conduct", "staff.tab.conduct", may(Action::ViewConduct)),
        ("/staff/reviews", "staff.tab.reviews", may(Action::JudgeReview)),
        ("/staff/people", "staff.tab.people", may(Action::ManagePeople)),
        ("/staff/sellers", "staff.tab.sellers", may(Action::ManageSellers)),
        ("/staff/admissions", "staff.tab.admissions", may(Action::ViewAdmissions)),
        ("/staff/organisations", "staff.tab.organisations", may(Action::ManageOrganisations)),
        ("/staff/balance", "staff.tab.balance", may(Action::CreditBalance)),
        ("/staff/rates", "staff.tab.rates", may(Action::CreditBalance)),
        ("/staff/policies", "staff.tab.policies", may(Action::ManagePolicies)),
        ("/staff/wanted", "staff.tab.wanted", may(Action::ManagePolicies)),
        ("/staff/reasons", "staff.tab.reasons", may(Action::ManagePolicies)),
        ("/staff/templates", "staff.tab.templates", may(Action::ManageNotices)),
        ("/staff/messages", "staff.tab.messages", may(Action::ManageNotices)),
        ("/staff/platform", "staff.tab.platform", may(Action::ManagePlatform)),
        ("/staff/setup", "staff.tab.setup", may(Action::ManagePlatform)),
        ("/staff/audit", "staff.tab.audit", may(Action::ViewAudit)),
    ]
    .into_iter()
    .filter(|(_, _, open)| *open)
    .map(|(href, text, _)| (href, text))
    .collect()
}

/// What a page is about that may change while somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// `cases`, `orders` or `support/conversations`, as the API calls them.
    pub what: &'static str,
    /// Number of the case, order or conversation.
    pub id: String,
    /// Its version when the page was made.
    pub version: i64,
}

impl Live {
    /// What the page at `path` is about; its version is still to be looked up.
    pub fn at(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.split('/').skip(1).collect();
        let (what, id) = match parts[..] {
            ["c", case] | ["seller" | "staff", "cases", case] => ("cases", case),
            ["o", order] | ["orders", order, "thread"] => ("orders", order),
            ["seller", "orders", order] | ["seller", "orders", order, "thread"] => ("orders", order),
            ["support", "progress"] => return None,
            ["support", talk] | ["staff", "support", talk] => ("support/conversations", talk),
            _ => return None,
        };
        let is_number = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        is_number.then(|| Self { what, id: id.to_owned(), version: 0 })
    }

    /// What changes with it.
    pub fn watched(&self) -> Option<Watched> {
        match self.what {
            "cases" => CaseId::new(self.id.clone()).parts().map(|(order, _)| Watched::Order(order)),
            "support/conversations" => Some(Watched::Desk(DeskId::from(self.id.as_str()))),
            _ => Some(Watched::Order(OrderId::new(self.id.clone()))),
        }
    }

    /// Where its news are told.
    pub fn news(&self) -> String {
        format!("/api/v1/{}/{}/events?known={}", self.what, self.id, self.version)
    }
}

/// How pages look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on light paper.
    Light,
    /// Light ink on dark paper.
    Dark,
}

impl Theme {
    /// What stands in links, cookies and the page.
    pub fn code(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with this code; anything else leaves it to the system.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_one_main_place_at_most() {
        for path in ["/", "/p/x", "/checkout", "/find", "/o/1", "/c/1-1", "/help", "/rules", "/login", "/tip-off"] {
            let here = main_places(&Principal::Anonymous, path).iter().filter(|place| place.here).count();
            assert!(here <= 1, "{path} is in {here} places");
        }
        assert!(main_places(&Principal::Anonymous, "/p/x")[0].here);
        assert!(!main_places(&Principal::Anonymous, "/help")[0].here);
    }

    #[test]
    fn pages_of_orders_and_cases_are_live() {
        let at = |path| Live::at(path).map(|live| (live.what, live.id));
        assert_eq!(at("/c/261122ABCC1"), Some(("cases", "261122ABCC1".to_owned())));
        assert_eq!(at("/seller/orders/261122ABC/thread"), Some(("orders", "261122ABC".to_owned())));
        assert_eq!(at("/staff/support/01ABC"), Some(("support/conversations", "01ABC".to_owned())));
        for path in
            ["/", "/c/", "/o/1/refund", "/support", "/support/progress", "/c/1/certificate", "/staff", "/o/..%2f"]
        {
            assert_eq!(at(path), None, "{path}");
        }
    }
}
