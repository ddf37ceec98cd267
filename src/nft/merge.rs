//! Matches of neighbouring fields become one, as `nft` does it.

use super::keys::{self, Key};
use super::needs::is_transport;
use super::parse::At;
use super::stmt::{Op, Right, Stmt};
use crate::sort::places;

/// Bits that joined matches have at most: what the kernel compares fast.
const JOINED: u32 = 32;

/// Joins matches of neighbouring fields into one load, as `nft` does.
pub(super) fn merge(stmts: &mut Vec<At>) {
    let place = |at: &At| match at.stmt.equals() {
        Some((key, _)) => key.place().filter(|(_, offset, bits)| offset % 8 == 0 && bits % 8 == 0),
        None => None,
    };
    let mut order = places(stmts.len(), &|a, b| place(&stmts[a]).cmp(&place(&stmts[b])));
    order.retain(|&i| place(&stmts[i]).is_some());
    let mut gone = Vec::new();
    let mut last: Option<usize> = None;
    for this in order {
        let joined = last.and_then(|last| {
            let (a, b) = (place(&stmts[last])?, place(&stmts[this])?);
            (a.0 == b.0 && a.1 + a.2 == b.1 && a.2 + b.2 <= JOINED).then_some((last, a, b))
        });
        let Some((first, a, b)) = joined else {
            last = Some(this);
            continue;
        };
        let value = |at: &At| match &at.stmt {
            Stmt::Match { right: Right::Value(value), .. } => value.clone(),
            _ => Vec::new(),
        };
        let both = [value(&stmts[first]), value(&stmts[this])].concat();
        let stmt = Stmt::Match { keys: vec![Key::Raw(a.0, a.1, a.2 + b.2)], mask: None, op: Op::Eq, right: Right::Value(both) };
        // what says which header follows stays where it is
        let says = stmts[this].stmt.equals().is_some_and(|(key, _)| match key {
            Key::Field(proto, field) => {
                is_transport(key) || (*proto == keys::ETHER || *proto == keys::VLAN) && field.name == "type"
            }
            _ => false,
        });
        let (kept, dropped) = if says { (this, first) } else { (first, this) };
        stmts[kept].stmt = stmt;
        gone.push(dropped);
        last = Some(kept);
    }
    let mut at = 0;
    stmts.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}
