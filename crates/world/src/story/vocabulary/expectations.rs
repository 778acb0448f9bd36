//! What can be expected.

mod case;
mod hearing;
mod order;
mod platform;

use super::Group;

/// Expectations: `expect`, then one or more of these with commas between them.
pub(in crate::story) static EXPECTATIONS: &[Group] = &[
    Group { title: "Of a case", forms: case::FORMS },
    Group { title: "Of talks and hearings", forms: hearing::FORMS },
    Group { title: "Of an order, and before an application", forms: order::FORMS },
    Group { title: "Of stock, money, people and the platform", forms: platform::FORMS },
];
