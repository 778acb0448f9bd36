//! Who is asking.

use std::collections::BTreeSet;
use yuanlu_domain::ids::{AccountId, OrderId, SellerId};
use yuanlu_domain::{Actor, Party, Role};

/// Whoever makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody we know.
    Anonymous,
    /// Whoever proved to know the query password of this order.
    Guest(OrderId),
    /// Somebody signed in.
    Person(Person),
    /// The program itself: jobs and timers.
    Program,
}

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The name shown to himself.
    pub name: String,
    /// What he may be.
    pub roles: BTreeSet<Role>,
    /// The seller he works for.
    pub seller: Option<SellerId>,
    /// He passed the second factor in this session.
    pub second_factor: bool,
}

impl Person {
    /// Whether he has this role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether he works for the platform.
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }
}

impl Principal {
    /// The person, if somebody is signed in.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Anonymous | Self::Guest(_) | Self::Program => None,
        }
    }

    /// The account, if somebody is signed in.
    pub fn account(&self) -> Option<&AccountId> {
        self.person().map(|person| &person.account)
    }

    /// The buyer he is, as an order names him.
    pub fn party(&self) -> Option<Party> {
        match self {
            Self::Person(person) => Some(Party::Account(person.account.clone())),
            Self::Guest(order) => Some(Party::Guest(order.clone())),
            Self::Anonymous | Self::Program => None,
        }
    }

    /// The stable text under which idempotency keys and limits are kept.
    pub fn key(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Guest(order) => format!("guest:{order}"),
            Self::Person(person) => format!("acct:{}", person.account),
            Self::Program => "program".to_owned(),
        }
    }

    /// The actor of a buyer's command.
    pub(crate) fn as_buyer(&self) -> Actor {
        self.party().map_or(Actor::Program, |party| Actor::Buyer { party })
    }

    /// The actor of a seller's command.
    pub(crate) fn as_seller(&self, seller: &SellerId) -> Actor {
        match self {
            Self::Person(person) => Actor::Seller { seller: seller.clone(), account: person.account.clone() },
            Self::Anonymous | Self::Guest(_) | Self::Program => Actor::Program,
        }
    }

    /// The actor of a staff command, in the first of `roles` that the person has.
    pub(crate) fn as_staff(&self, roles: &[Role]) -> Actor {
        match self {
            Self::Person(person) => match roles.iter().copied().find(|role| person.has(*role)) {
                Some(role) => Actor::Staff { account: person.account.clone(), role },
                None => Actor::Buyer { party: Party::Account(person.account.clone()) },
            },
            Self::Anonymous | Self::Guest(_) | Self::Program => Actor::Program,
        }
    }
}
