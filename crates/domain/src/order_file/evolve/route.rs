//! How the road of money changes a file: accounts named and checked, money sent by hand, released, returned, doubted.

use crate::case::CaseState;
use crate::order_file::OrderFile;
use crate::payout::{Bounced, Destination, PayoutState, Step};
use crate::route::{Check, Doubt, Hold, RouteEvent};
use crate::time::Instant;

/// The money is proven back with us.
pub(crate) const RETURNED: &str = "returned_to_merchant";
/// Name and proof do not agree.
pub(crate) const ACCOUNT_REFUSED: &str = "account_refused";
/// The escrow agent will not release the money.
pub(crate) const AGENT_REFUSED: &str = "agent_refused";

impl OrderFile {
    pub(super) fn apply_route(&mut self, event: &RouteEvent, at: Instant) -> Option<()> {
        if !event.evidence().is_empty() {
            let case = match event {
                RouteEvent::AccountNamed { case, .. } => *case,
                _ => self.payout(event.payout()?)?.case,
            };
            self.case_mut(case)?.papers.extend(event.evidence().iter().cloned());
        }
        match event {
            RouteEvent::AccountNamed { .. } => return Some(()),
            RouteEvent::AccountRefused { payout, .. } => return self.refuse_road(*payout, ACCOUNT_REFUSED, at),
            RouteEvent::ReleaseRefused { payout, .. } => return self.refuse_road(*payout, AGENT_REFUSED, at),
            RouteEvent::Returned { payout, .. } => {
                let found = self.payout_mut(*payout)?;
                if let PayoutState::Arrived { at: arrived_at, .. } = found.state {
                    let arrived_at = found.accepted.as_ref().map_or(arrived_at, |a| a.at.min(arrived_at));
                    found.bounced = Some(Bounced { arrived_at, at });
                }
                return self.refuse_road(*payout, RETURNED, at);
            }
            RouteEvent::SwitchReversed { payout, amount_minor, .. } => {
                return self.reverse_switch(*payout, *amount_minor);
            }
            _ => {}
        }
        let payout = self.payout_mut(event.payout()?)?;
        match event {
            RouteEvent::CardNamed { card, .. } => payout.card = Some(card.clone()),
            RouteEvent::AccountChecked { by, .. } => {
                payout.checked = Some(Check { by: by.clone(), at });
                payout.hold = Hold::Execution;
            }
            RouteEvent::Remitted { channel, .. } => {
                let Destination::Account { via, .. } = &mut payout.destination else { return None };
                *via = Some(channel.clone());
                payout.state = PayoutState::Due { step: Step::Send, at };
            }
            RouteEvent::TransferRecorded { reference, .. } => {
                payout.state = PayoutState::AtBank { since: at, reference: reference.clone() };
            }
            RouteEvent::ArrivalRecorded { .. } => {
                let PayoutState::AtBank { reference, .. } = &payout.state else { return None };
                payout.state = PayoutState::Arrived { at, channel_ref: reference.clone() };
            }
            RouteEvent::Released { held: true, .. } => payout.hold = Hold::Approval,
            RouteEvent::Released { held: false, .. } => payout.state = PayoutState::Due { step: Step::Send, at },
            RouteEvent::Finishing { .. } => payout.state = PayoutState::Due { step: Step::Finish, at },
            RouteEvent::Doubted { due, .. } if matches!(payout.state, PayoutState::Arrived { .. }) => {
                payout.doubt = Some(Doubt { since: at, due: due.clone() });
            }
            RouteEvent::Doubted { .. } => {
                payout.traced_since = Some(at);
                if let PayoutState::Due { step: Step::Ask, at: next } = &mut payout.state {
                    *next = at;
                }
            }
            RouteEvent::DoubtAnswered { .. } => payout.doubt = None,
            RouteEvent::AccountNamed { .. }
            | RouteEvent::AccountRefused { .. }
            | RouteEvent::ReleaseRefused { .. }
            | RouteEvent::Returned { .. }
            | RouteEvent::SwitchReversed { .. } => return None,
        }
        Some(())
    }

    /// A road is closed for good and nothing of ours is on it: the buyer chooses another.
    fn refuse_road(&mut self, ordinal: u16, code: &str, at: Instant) -> Option<()> {
        let payout = self.payout_mut(ordinal)?;
        payout.state = PayoutState::Refused { at, code: code.to_owned() };
        payout.doubt = None;
        let case = payout.case;
        self.case_mut(case)?.enter(CaseState::AwaitingRoute { since: at });
        Some(())
    }

    fn reverse_switch(&mut self, ordinal: u16, amount_minor: i64) -> Option<()> {
        self.escrow_minor += amount_minor;
        let payout = self.payout_mut(ordinal)?;
        payout.amount_minor -= amount_minor;
        if payout.amount_minor == 0 {
            payout.state = PayoutState::Rerouted;
        }
        let (case, payment) = (payout.case, payout.destination.payment());
        self.payment_mut(payment)?.returned_minor -= amount_minor;
        self.case_mut(case)?.enter(CaseState::Refunding);
        Some(())
    }
}
