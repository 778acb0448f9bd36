//! What people do.

mod admissions;
mod asking;
mod buying;
mod conduct;
mod funds;
mod incidents;
mod judging;
mod routing;
mod running;
mod selling;

use super::Group;
use crate::story::form::{Slot, may};
use crate::story::value::{Kind, Noun};

/// Which tip-off.
const TIP_OFF: Slot = may("tip-off", Kind::Name(Noun::TipOff), "which; without it the last one");

/// Actions: the name of whoever acts, then one of these.
pub(in crate::story) static ACTIONS: &[Group] = &[
    Group { title: "Buying", forms: buying::FORMS },
    Group { title: "Asking for money back", forms: asking::FORMS },
    Group { title: "Selling", forms: selling::FORMS },
    Group { title: "Becoming a seller", forms: admissions::FORMS },
    Group { title: "Judging", forms: judging::FORMS },
    Group { title: "Conduct", forms: conduct::FORMS },
    Group { title: "Where money goes", forms: routing::FORMS },
    Group { title: "A seller's money", forms: funds::FORMS },
    Group { title: "Mass incidents", forms: incidents::FORMS },
    Group { title: "Money and rules", forms: running::FORMS },
];
