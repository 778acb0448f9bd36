//! Ways off the platform: numbers, accounts, payment past it.

use super::address::address;
use super::glyphs::{Glyphs, digit};
use super::{Warning, WarningKind};

/// What stands before a number that is no telephone number of a person to be called.
const NOT_A_CALL: &[&str] = &[
    "充值",
    "充到",
    "充给",
    "充的",
    "充错",
    "充入",
    "充进",
    "代充",
    "到账号码",
    "开通",
    "recharge",
    "top up",
    "top-up",
    "topup",
    "credited to",
    "订单",
    "单号",
    "流水",
    "卡号",
    "卡密",
    "券码",
    "兑换码",
    "激活码",
    "编号",
    "序列号",
    "凭证",
    "交易号",
    "order",
    "code",
    "serial",
    "receipt",
    "transaction",
];
const CALL: &[&str] = &["电话", "手机号", "手机", "致电", "call me", "phone", "tel", "mobile", "whatsapp"];
/// Messengers, and how they are spelt to be overlooked.
const WECHAT: &[&str] = &["微信", "薇信", "威信", "维信", "徽信", "微星", "wechat", "weixin", "v信", "卫星", "绿泡泡"];
const SHORT_WECHAT: &[&str] = &["vx", "wx", "v", "➕v"];
const QQ: &[&str] = &["qq", "q", "扣扣", "抠抠", "球球", "企鹅", "qq群", "q群", "群号", "企鹅群"];
const OTHERS: &[&str] =
    &["telegram", "tg", "电报", "纸飞机", "飞机", "whatsapp", "line", "discord", "signal", "skype", "飞书", "钉钉"];
/// Requests to go elsewhere, whoever's account it is.
const GO_ELSEWHERE: &[&str] = &[
    "加我微信",
    "加微信",
    "加个微信",
    "加下微信",
    "加你微信",
    "+微信",
    "+我微信",
    "加我薇信",
    "加薇信",
    "加威信",
    "加我v",
    "加v",
    "加我vx",
    "加vx",
    "加我wx",
    "加wx",
    "+v",
    "+vx",
    "+wx",
    "+v信",
    "加v信",
    "微信私聊",
    "微信聊",
    "微信上聊",
    "微信联系",
    "微信找我",
    "微信发我",
    "扫我微信",
    "留个微信",
    "留微信",
    "你微信多少",
    "微信多少",
    "微信号多少",
    "加我q",
    "加q",
    "加qq",
    "加我qq",
    "+q",
    "+qq",
    "加扣扣",
    "加企鹅",
    "加我企鹅",
    "add me on",
    "add my wechat",
    "add my qq",
    "message me on",
    "contact me on",
    "text me on",
    "reach me on",
    "find me on",
    "dm me on",
    "chat on wechat",
    "talk on wechat",
    "chat on whatsapp",
    "talk on whatsapp",
    "chat on telegram",
    "talk on telegram",
    "chat on qq",
    "talk on qq",
    "加telegram",
    "加电报",
    "加飞机",
];
/// The same in a form that begins longer words as well: what may follow.
const GO_SHORT: &[&str] = &["加微", "加我微", "+微", "+我微", "加薇", "加我薇", "+薇", "加威", "+威"];
/// Not a request: a way to pay, a colleague's service.
const PAYS: &[&str] =
    &["支付", "付款", "付", "退款", "钱包", "零钱", "账单", "收款", "通道", "渠道", "充值", "pay", "小程序", "公众号"];
const PAST_THE_PLATFORM: &[&str] = &[
    "收款码",
    "收款二维码",
    "付款二维码",
    "我的二维码",
    "扫我二维码",
    "扫我的码",
    "扫码付给我",
    "扫码转账",
    "扫码转给",
    "私下交易",
    "私下转",
    "私下退",
    "私下付",
    "私下打款",
    "线下交易",
    "线下付款",
    "绕过平台",
    "绕开平台",
    "平台外交易",
    "走平台外",
    "不走平台",
    "不用走平台",
    "不经过平台",
    "转账给我",
    "转我支付宝",
    "转我微信",
    "转你支付宝",
    "转你微信",
    "微信转给",
    "微信转我",
    "微信转你",
    "微信转账给",
    "支付宝转给",
    "支付宝转我",
    "支付宝转你",
    "打我卡上",
    "打到我卡",
    "加群",
    "pay me directly",
    "pay outside",
    "off the platform",
    "off platform",
    "off-platform",
    "outside the platform",
    "outside of the platform",
    "scan my qr",
    "my payment code",
    "transfer to my",
    "send the money to my",
    "refund you privately",
    "pay you privately",
];
/// What turns a word into a warning against it.
const NOT: &[&str] = &[
    "不要", "请勿", "勿", "切勿", "别", "不能", "不可", "不得", "禁止", "拒绝", "谨防", "不会", "没有", "没", "不想",
    "不", "never", "don't", "do not", "dont", "not", "cannot", "can't", "won't", "no",
];
pub(super) fn find(glyphs: &Glyphs, own_hosts: &[&str]) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < glyphs.len() {
        let hit = at(glyphs, i, own_hosts);
        let (end, warning) = match hit {
            Some((end, Some(kind))) => (end, Some((i, end, kind))),
            Some((end, None)) => (end, None),
            None => (i + 1, None),
        };
        if let Some((from, to, kind)) = warning {
            found.push(Warning { span: glyphs.span(from, to), kind });
        }
        i = end.max(i + 1);
    }
    found
}

/// What begins here: its end, and what it is if it is anything to warn of.
fn at(glyphs: &Glyphs, i: usize, own_hosts: &[&str]) -> Option<(usize, Option<WarningKind>)> {
    if let Some((end, is_phone)) = number(glyphs, i) {
        return Some((end, is_phone.then_some(WarningKind::Phone)));
    }
    if let Some(end) = elsewhere(glyphs, i) {
        return Some((end, Some(WarningKind::Messenger)));
    }
    if let Some(end) = account(glyphs, i) {
        return Some((end, Some(WarningKind::Messenger)));
    }
    if let Some(end) = called(glyphs, i) {
        return Some((end, Some(WarningKind::Phone)));
    }
    if let Some(end) = glyphs.any(i, PAST_THE_PLATFORM).filter(|_| !is_denied(glyphs, i)) {
        let taken = glyphs.word(i, "加群").is_some() && matches!(glyphs.before(i), '增' | '添' | '参' | '追');
        return (!taken).then_some((end, Some(WarningKind::Payment)));
    }
    address(glyphs, i, own_hosts)
}

/// Said of what one must not do.
pub(super) fn is_denied(glyphs: &Glyphs, i: usize) -> bool {
    glyphs.word(i, "不走平台").is_none() && glyphs.word(i, "不用走平台").is_none() && {
        let from = glyphs.back(i, 12);
        let near = glyphs.back(i, 5);
        // A Chinese "不" counts only close by, an English "never" anywhere before in the sentence.
        glyphs.holds(near, i, NOT)
            || glyphs.holds(from, i, &["never", "don't", "do not", "请勿", "禁止", "谨防", "不要"])
    }
}

/// A run of digits and single separators between its groups: where it ends, and whether it is a telephone number.
fn number(glyphs: &Glyphs, i: usize) -> Option<(usize, bool)> {
    digit(glyphs.at(i))?;
    let before = glyphs.before(i);
    if digit(before).is_some() || before.is_ascii_alphanumeric() {
        return None;
    }
    let (mut digits, mut groups): (Vec<u8>, Vec<usize>) = (Vec::new(), Vec::new());
    let (mut end, mut between) = (i, None);
    loop {
        let mut group = 0;
        while let Some(d) = digit(glyphs.at(end)).filter(|_| digits.len() < 40) {
            digits.push(d);
            (group, end) = (group + 1, end + 1);
        }
        groups.push(group);
        let next = glyphs.at(end);
        if is_phone(&digits, &groups) && !next.is_ascii_alphanumeric() && !is_decimal(glyphs, end) {
            let with_plus = matches!(before, '+') || groups.len() > 1 || digits.len() >= 11;
            return Some((
                end,
                with_plus
                    && !is_for_goods(glyphs, i)
                    && !is_credited(glyphs, end)
                    && !matches!(before, '-' | '_' | '¥' | '￥' | '$' | '.'),
            ));
        }
        let joins =
            matches!(next, ' ' | '-' | '.' | '·' | '*' | '_' | '~' | '/') && between.is_none_or(|sep| sep == next);
        if next == '.' && groups.len() == 1 && glyphs.at(end + 1).is_ascii_alphabetic() {
            return None;
        }
        if !joins || digit(glyphs.at(end + 1)).is_none() || digits.len() > 15 {
            return Some((end, false));
        }
        (between, end) = (Some(next), end + 1);
    }
}

fn is_decimal(glyphs: &Glyphs, end: usize) -> bool {
    (glyphs.at(end) == '.' && digit(glyphs.at(end + 1)).is_some()) || matches!(glyphs.at(end), '元' | '块' | '-' | '_')
}

/// A mobile number of the mainland, whole or in the groups in which people say it, with or without 86.
fn is_phone(digits: &[u8], groups: &[usize]) -> bool {
    let (digits, groups) = match (digits, groups) {
        ([8, 6, rest @ ..], [2, groups @ ..]) if rest.len() == 11 => (rest, groups.to_vec()),
        ([8, 6, rest @ ..], [13]) => (rest, vec![11]),
        ([0, 0, 8, 6, rest @ ..], [15]) => (rest, vec![11]),
        _ => (digits, groups.to_vec()),
    };
    let mobile = matches!(digits, [1, 3..=9, ..]) && digits.len() == 11;
    let service = matches!(digits, [4, 0, 0, ..]) && groups == [3, 3, 4];
    let said = matches!(groups.as_slice(), [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 4, 3] | [3, 3, 5]);
    (mobile && (said || groups.iter().all(|group| *group == 1))) || service
}

/// The number is what goods are delivered to, or names something that was bought.
pub(super) fn is_for_goods(glyphs: &Glyphs, i: usize) -> bool {
    glyphs.holds(glyphs.back(i, 14), i, NOT_A_CALL)
}

/// The number is spoken of as one that something was credited to.
fn is_credited(glyphs: &Glyphs, end: usize) -> bool {
    glyphs.holds(end, end + 8, &["充值", "充错", "没到账", "未到账", "到账", "话费"])
}

/// `电话 010-12345678`: a number that is one because it is called so.
fn called(glyphs: &Glyphs, i: usize) -> Option<usize> {
    let start = skip(glyphs, glyphs.any(i, CALL)?, " :：号码是为=");
    let (mut end, mut count) = (start, 0);
    while digit(glyphs.at(end)).is_some()
        || (count > 0 && matches!(glyphs.at(end), '-' | ' ') && digit(glyphs.at(end + 1)).is_some())
    {
        count += usize::from(digit(glyphs.at(end)).is_some());
        end += 1;
        if count > 13 {
            return None;
        }
    }
    let clean = !glyphs.at(end).is_ascii_alphanumeric() && !is_decimal(glyphs, end);
    ((7..=12).contains(&count) && clean && !is_for_goods(glyphs, i)).then_some(end)
}

/// A request to go on elsewhere.
fn elsewhere(glyphs: &Glyphs, i: usize) -> Option<usize> {
    if matches!(glyphs.at(i), '+') && glyphs.before(i).is_ascii_alphanumeric() {
        return None;
    }
    let end = match glyphs.any(i, GO_ELSEWHERE) {
        Some(end) => end,
        None => {
            let end = glyphs.any(i, GO_SHORT)?;
            let next = glyphs.at(end);
            let goes_on = u32::from(next) >= 0x4e00 && !matches!(next, '我' | '聊' | '号' | '吧' | '详' | '谈' | '说');
            if goes_on { return None } else { end }
        }
    };
    let pays = glyphs.any(skip(glyphs, end, " 的"), PAYS).is_some();
    (!pays && !matches!(glyphs.before(i), '增' | '添') && !is_denied(glyphs, i)).then_some(end)
}

/// An account of a messenger: its name and what follows it.
fn account(glyphs: &Glyphs, i: usize) -> Option<usize> {
    if let Some(cue) = glyphs.any(i, WECHAT) {
        let start = skip(glyphs, cue, " :：号是为=→>-账“\"'");
        let named = glyphs.holds(cue, start, &["号", "id", "账号", "是"]);
        let end = handle(glyphs, start, 6, 20)?;
        let plain = (start..end).all(|k| glyphs.at(k).is_ascii_alphabetic());
        return (start > cue && (named || !plain) && !is_for_goods(glyphs, i)).then_some(end);
    }
    if let Some(cue) = begins(glyphs, i, SHORT_WECHAT) {
        let start = skip(glyphs, cue, " :：号是为=→>-");
        let only_v = cue - i == 1;
        let end = handle(glyphs, start, 5, 20)?;
        let plain = (start..end).all(|k| glyphs.at(k).is_ascii_alphabetic());
        let colon = glyphs.holds(cue, start, &[":", "：", "号"]);
        let bare = start == cue && glyphs.at(i + 1) == 'x' && glyphs.at(i) == 'v' && glyphs.at(cue).is_ascii_digit();
        let fits = if only_v { colon && !plain } else { bare || start > cue && (colon || !plain) };
        return (fits && !is_for_goods(glyphs, i)).then_some(end);
    }
    if let Some(cue) = begins(glyphs, i, QQ) {
        let start = skip(glyphs, cue, " :：号群是为=→>-码");
        let (mut end, mut count) = (start, 0);
        while digit(glyphs.at(end)).is_some()
            || (count > 0 && glyphs.at(end) == ' ' && digit(glyphs.at(end + 1)).is_some())
        {
            count += usize::from(digit(glyphs.at(end)).is_some());
            end += 1;
            if count > 11 {
                return None;
            }
        }
        let ends = !glyphs.at(end).is_ascii_alphanumeric() && !is_decimal(glyphs, end) && glyphs.at(end) != '币';
        let only_q = cue - i == 1;
        let colon = start > cue;
        return ((5..=11).contains(&count) && ends && (colon || !only_q) && !is_for_goods(glyphs, i)).then_some(end);
    }
    let cue = begins(glyphs, i, OTHERS)?;
    let start = skip(glyphs, cue, " :：号是为=→>-");
    let at = glyphs.at(start) == '@';
    let end = handle(glyphs, start + usize::from(at), 5, 32)?;
    let plain = (start..end).all(|k| glyphs.at(k).is_ascii_alphabetic());
    let colon = glyphs.holds(cue, start, &[":", "：", "号", "id"]);
    (start > cue && (at || (colon && !plain) || glyphs.holds(cue, start, &["号", "id"]))).then_some(end)
}

/// A word of this list that begins here; letters may go on after it.
fn begins(glyphs: &Glyphs, i: usize, words: &[&str]) -> Option<usize> {
    let before = glyphs.before(i);
    let here = |word: &&str| word.chars().enumerate().all(|(n, c)| glyphs.at(i + n) == c);
    let length = words.iter().filter(|word| here(word)).map(|word| word.chars().count()).max()?;
    let joined = before.is_ascii_alphanumeric() && glyphs.at(i).is_ascii_alphanumeric();
    let latin_goes_on = glyphs.at(i + length - 1).is_ascii_alphabetic() && glyphs.at(i + length).is_ascii_alphabetic();
    (!joined && !latin_goes_on).then_some(i + length)
}

/// Where a name ends that begins here with a letter.
fn handle(glyphs: &Glyphs, start: usize, least: usize, most: usize) -> Option<usize> {
    if !glyphs.at(start).is_ascii_alphabetic() {
        // A number after a messenger's name, of the length that its accounts have.
        let digits = (0..=most).take_while(|n| glyphs.at(start + n).is_ascii_digit()).count();
        let ends = !glyphs.at(start + digits).is_ascii_alphanumeric() && !is_decimal(glyphs, start + digits);
        return ((8..=11).contains(&digits) && ends).then_some(start + digits);
    }
    let length = (0..=most).take_while(|n| matches!(glyphs.at(start + n), 'a'..='z' | '0'..='9' | '_' | '-')).count();
    (least..=most).contains(&length).then_some(start + length)
}

/// Passes over at most twelve of these characters, and little words.
fn skip(glyphs: &Glyphs, from: usize, over: &str) -> usize {
    const LITTLE: &[&str] = &["is", "id", "at", "me", "on", "my", "number", "no."];
    let mut i = from;
    while i < (from + 12).min(glyphs.len()) {
        i = match glyphs.any(i, LITTLE) {
            Some(end) => end,
            None if over.contains(glyphs.at(i)) => i + 1,
            None => break,
        };
    }
    i
}
