//! Promises: a time and what shall happen, said of what is to come. Questions, demands and reports are none.

use super::glyphs::{Glyphs, ends_sentence};
use super::when::times;
use super::{Promise, PromiseKind, Reading};

const REPLACEMENT: &[&str] = &[
    "补发",
    "换货",
    "换卡",
    "换码",
    "重发",
    "重新发",
    "补给",
    "补一张",
    "补一个",
    "换一张",
    "换一个",
    "换新",
    "replace",
    "replacement",
    "resend",
    "reissue",
    "new code",
    "new card",
    "send another",
];
const REFUND: &[&str] = &[
    "退款",
    "退钱",
    "退给",
    "退还",
    "退回",
    "给你退",
    "给您退",
    "退你",
    "退您",
    "全额退",
    "原路退",
    "refund",
    "refunded",
    "money back",
    "pay back",
    "pay you back",
];
const DELIVERY: &[&str] = &[
    "到账",
    "发货",
    "发出",
    "发给",
    "送达",
    "充好",
    "充上",
    "充值到",
    "给你充",
    "给您充",
    "发卡",
    "发码",
    "发你",
    "发您",
    "deliver",
    "delivered",
    "delivery",
    "send",
    "sent",
    "ship",
    "credit",
    "credited",
    "top up",
    "arrive",
    "arrives",
];
const OTHER: &[&str] = &[
    "处理好",
    "处理完",
    "处理",
    "解决",
    "答复",
    "回复",
    "搞定",
    "联系你",
    "联系您",
    "查清",
    "核实",
    "fix",
    "fixed",
    "resolve",
    "resolved",
    "reply",
    "answer",
    "get back to you",
    "sort it out",
];
const WILL: &[&str] = &[
    "will",
    "'ll",
    "’ll",
    "i promise",
    "we promise",
    "guarantee",
    "guaranteed",
    "going to",
    "shall be",
    "refund within",
    "refunded within",
    "delivered within",
    "delivery within",
    "credited within",
    "resend within",
    "replacement within",
];
/// A sentence with one of these asks, demands, doubts or reports.
const NOT_PROMISED: &[&str] = &[
    "吗",
    "么",
    "呢",
    "麻烦",
    "希望",
    "要求",
    "必须",
    "能不能",
    "可不可以",
    "可否",
    "能否",
    "是否",
    "什么时候",
    "何时",
    "为什么",
    "为何",
    "多久",
    "怎么",
    "如果",
    "请问",
    "昨天",
    "已经",
    "已于",
    "刚才",
    "说好",
    "答应",
    "承诺过",
    "说过",
    "还没",
    "仍未",
    "还未",
    "没有到",
    "一直没",
    "如何",
    "please",
    "could you",
    "can you",
    "would you",
    "should",
    "must",
    "want",
    "need",
    "why",
    "when",
    "where",
    "how",
    "if you",
    "yesterday",
    "was",
    "were",
    "have",
    "has",
    "had",
    "you promised",
    "you said",
    "not yet",
    "still",
    "didn't",
    "will you",
    "won't",
    "will not",
    "cannot",
    "can't",
    "never",
];
const DENIED: &[&str] = &["没", "未", "不", "无法", "别", "拒绝", "不能", "已"];

pub(super) fn find(glyphs: &Glyphs, reading: &Reading<'_>) -> Vec<Promise> {
    let (mut found, mut start) = (Vec::new(), 0);
    while start < glyphs.len() {
        let end = (start..glyphs.len()).find(|i| ends_sentence(glyphs.at(*i))).unwrap_or(glyphs.len());
        let asked = matches!(glyphs.at(end), '?' | '？');
        if !asked && !glyphs.holds(start, end, NOT_PROMISED) && !is_demand(glyphs, start, end) {
            sentence(glyphs, start, end, reading, &mut found);
        }
        start = end + 1;
    }
    found
}

/// "请……" to somebody; but "请放心" and its like introduce a promise.
fn is_demand(glyphs: &Glyphs, from: usize, to: usize) -> bool {
    let comfort = [
        "请放心",
        "请您放心",
        "请你放心",
        "请耐心",
        "请等",
        "请稍",
        "请留意",
        "请注意查收",
        "请查收",
        "请您耐心",
        "请您稍",
    ];
    (from..to).any(|i| glyphs.at(i) == '请' && glyphs.at(i + 1) != '求' && glyphs.at(i.saturating_sub(1)) != '申')
        && !glyphs.holds(from, to, &comfort)
}

fn sentence(glyphs: &Glyphs, from: usize, to: usize, reading: &Reading<'_>, found: &mut Vec<Promise>) {
    let times = times(glyphs, from, to, reading);
    let latin = (from..to).filter(|i| glyphs.at(*i).is_ascii_alphabetic()).count() * 2 > to - from;
    if latin && !glyphs.holds(from, to, WILL) {
        return;
    }
    let reach = if latin { 60 } else { 18 };
    let mut i = from;
    while i < to {
        let Some((end, kind)) = action(glyphs, i, to) else {
            i += 1;
            continue;
        };
        let denied = glyphs.holds(i.saturating_sub(2).max(from), i, DENIED)
            || glyphs.at(end) == '了' && glyphs.at(end + 1) == '吗';
        // Times are in order and apart, so that only those around the words are looked at.
        let next = times.partition_point(|time| time.from < i);
        let before = next.checked_sub(1).and_then(|n| times.get(n)).filter(|time| time.to <= i && i - time.to <= reach);
        let after = times.get(next).filter(|time| time.from >= end && time.from - end <= reach);
        let time = before.into_iter().chain(after).min_by_key(|time| time.from.abs_diff(i));
        if let (false, Some(time)) = (denied, time) {
            let (start, to) = (time.from.min(i), time.to.max(end));
            // "退款 24 小时到账" is one promise: of the money.
            let again = found.last().is_some_and(|last| last.span.end > glyphs.span(start, to).start);
            if again {
                if let Some(last) = found.last_mut() {
                    last.span.end = last.span.end.max(glyphs.span(start, to).end);
                    last.kind = strongest(last.kind, kind);
                }
            } else {
                // "退款……到账": what arrives is the money.
                let money = kind == PromiseKind::Delivery && glyphs.holds(start.saturating_sub(6).max(from), i, REFUND);
                let kind = if money { PromiseKind::Refund } else { kind };
                found.push(Promise { span: glyphs.span(start, to), kind, until: time.until });
            }
        }
        i = end;
    }
}

fn strongest(a: PromiseKind, b: PromiseKind) -> PromiseKind {
    let rank = |kind| match kind {
        PromiseKind::Replacement => 3,
        PromiseKind::Refund => 2,
        PromiseKind::Delivery => 1,
        PromiseKind::Other => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn action(glyphs: &Glyphs, i: usize, to: usize) -> Option<(usize, PromiseKind)> {
    let kinds = [
        (REPLACEMENT, PromiseKind::Replacement),
        (REFUND, PromiseKind::Refund),
        (DELIVERY, PromiseKind::Delivery),
        (OTHER, PromiseKind::Other),
    ];
    kinds.into_iter().find_map(|(words, kind)| Some((glyphs.any(i, words).filter(|end| *end <= to)?, kind)))
}
