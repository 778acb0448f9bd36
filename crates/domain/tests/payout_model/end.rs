//! Whether every refund can end: the reachable states, and those of them from which good days lead nowhere.

use crate::world::{Refund, World};
use stateright::Model;
use std::collections::HashMap;

/// How many states can be reached, and those from which the end cannot be.
pub fn stranded(model: &Refund) -> (usize, Vec<World>) {
    let mut states: Vec<World> = model.init_states();
    let mut index: HashMap<World, usize> = states.iter().copied().zip(0..).collect();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); states.len()];
    let (mut at, mut actions) = (0, Vec::new());
    while at < states.len() {
        let world = states[at];
        model.actions(&world, &mut actions);
        for happening in actions.drain(..) {
            let Some(next) = model.next_state(&world, happening) else { continue };
            let to = *index.entry(next).or_insert_with_key(|next| {
                states.push(*next);
                before.push(Vec::new());
                states.len() - 1
            });
            if happening.is_good() {
                before[to].push(at);
            }
        }
        at += 1;
    }
    let mut ends: Vec<bool> = states.iter().map(|world| model.is_over(world)).collect();
    let mut reached: Vec<usize> = (0..states.len()).filter(|at| ends[*at]).collect();
    while let Some(at) = reached.pop() {
        for from in std::mem::take(&mut before[at]) {
            if !std::mem::replace(&mut ends[from], true) {
                reached.push(from);
            }
        }
    }
    let stranded = states.iter().zip(ends).filter(|(_, ends)| !ends).map(|(world, _)| *world);
    (states.len(), stranded.collect())
}
