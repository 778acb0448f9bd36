//! Abuse and threats. Calling somebody a cheat, or saying that one will complain, report, sue or review truthfully, is
//! neither.

use super::contact::is_denied;
use super::glyphs::{Glyphs, ends_sentence};
use super::{Warning, WarningKind};

const ABUSE: &[&str] = &[
    "傻逼",
    "傻b",
    "傻比",
    "煞笔",
    "煞逼",
    "沙比",
    "傻叉",
    "傻x",
    "傻缺",
    "傻屌",
    "脑残",
    "王八蛋",
    "狗东西",
    "狗杂种",
    "杂种",
    "狗娘养",
    "狗日的",
    "婊子",
    "贱人",
    "贱货",
    "操你",
    "草你妈",
    "艹你",
    "肏",
    "日你妈",
    "干你娘",
    "草泥马",
    "尼玛",
    "你妈逼",
    "妈逼",
    "你麻痹",
    "死全家",
    "全家死",
    "你去死",
    "去死吧",
    "不得好死",
    "滚犊子",
    "滚蛋",
    "给我滚",
    "nmsl",
    "cnm",
    "fuck you",
    "fuck off",
    "f*ck you",
    "asshole",
    "arsehole",
    "bitch",
    "bastard",
    "motherfucker",
    "cunt",
    "dickhead",
    "retard",
    "moron",
    "you idiot",
    "you idiots",
    "stupid idiot",
    "you scum",
    "you stupid",
    "you are stupid",
    "you're stupid",
    "piece of shit",
    "go to hell",
    "go die",
    "drop dead",
];
/// Words that are abuse of a person and plain of a thing.
const OF_A_PERSON: &[&str] =
    &["废物", "垃圾", "智障", "白痴", "弱智", "蠢货", "畜生", "混蛋", "蠢猪", "sb", "人渣", "狗", "猪"];
const YOU: &[&str] =
    &["你", "你们", "你个", "你这个", "客服是", "卖家是", "你就是", "你们就是", "你真是", "你们这群", "你这", "你是"];
const THREATS: &[&str] = &[
    "弄死",
    "杀了你",
    "杀你全家",
    "砍死",
    "砍了你",
    "打死你",
    "打断你",
    "揍你",
    "废了你",
    "找人弄你",
    "找人打你",
    "找人收拾你",
    "上门收拾",
    "上门堵",
    "堵你家",
    "知道你住哪",
    "知道你家",
    "查到你家",
    "要你好看",
    "让你好看",
    "要你命",
    "要你的命",
    "人肉你",
    "人肉搜索你",
    "开盒",
    "曝光你家人",
    "曝光你的身份证",
    "曝光你的照片",
    "曝光你隐私",
    "曝光你的隐私",
    "曝光你的个人信息",
    "曝光你的住址",
    "让你全家",
    "kill you",
    "beat you up",
    "break your legs",
    "i know where you live",
    "find where you live",
    "come to your house",
    "burn your house",
    "burn down your",
    "dox you",
    "hurt you",
    "hurt your family",
    "you will be sorry you were born",
];
const MASS_REVIEWS: &[&str] = &[
    "刷差评",
    "恶意差评",
    "差评轰炸",
    "轰炸差评",
    "全网差评",
    "买差评",
    "组织差评",
    "组团差评",
    "天天差评",
    "mass bad reviews",
    "flood you with",
    "review bomb",
    "bomb your reviews",
    "fake bad reviews",
];
const REVIEWS: &[&str] = &[
    "差评",
    "一星",
    "bad review",
    "bad reviews",
    "negative review",
    "negative reviews",
    "one star",
    "one-star",
    "1 star",
    "1-star",
];
const MANY: &[&str] = &[
    "一百个",
    "几百个",
    "几十个",
    "一百条",
    "几百条",
    "几十条",
    "100个",
    "找人",
    "叫人",
    "带人",
    "喊人",
    "hundreds of",
    "a hundred",
];
const OR_ELSE: &[&str] = &[
    "否则",
    "不然",
    "要不然",
    "不退",
    "不给退",
    "不给我退",
    "不赔",
    "不给钱",
    "不答应",
    "or else",
    "or i will",
    "or i'll",
    "unless you",
    "if you don't",
    "if you do not",
    "refund or",
];

pub(super) fn find(glyphs: &Glyphs) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < glyphs.len() {
        let hit = at(glyphs, i).filter(|(_, kind)| *kind == WarningKind::ReviewThreat || !is_denied(glyphs, i));
        if let Some((end, kind)) = hit {
            found.push(Warning { span: glyphs.span(i, end), kind });
            i = end.max(i + 1);
        } else {
            i += 1;
        }
    }
    found
}

fn at(glyphs: &Glyphs, i: usize) -> Option<(usize, WarningKind)> {
    if let Some(end) = glyphs.any(i, ABUSE) {
        return Some((end, WarningKind::Abuse));
    }
    if let Some(end) = glyphs.any(i, YOU).filter(|_| !is_asked(glyphs, i)) {
        let said = [end, end + 1].into_iter().find_map(|from| insult(glyphs, i, from));
        if let Some(end) = said {
            return Some((end, WarningKind::Abuse));
        }
    }
    if let Some(end) = glyphs.any(i, THREATS) {
        return Some((end, WarningKind::Threat));
    }
    if let Some(end) = glyphs.any(i, MASS_REVIEWS).filter(|_| !is_denied(glyphs, i)) {
        return Some((end, WarningKind::ReviewThreat));
    }
    let opens = glyphs.any(i, OR_ELSE).or_else(|| glyphs.any(i, MANY))?;
    let reach = (opens..opens + 60).find(|k| ends_sentence(glyphs.at(*k))).unwrap_or(opens + 60);
    let latin = glyphs.at(i).is_ascii_alphabetic();
    let reach = if latin { reach } else { reach.min(opens + 16) };
    let end = (opens..reach).find_map(|k| glyphs.any(k, REVIEWS))?;
    // "Or I cannot but…": a denial in between takes it back. So does a truthful review that is only announced.
    let soft = ["如实", "不会", "不给差评", "不想", "honest", "truthful", "不打差评", "不是"];
    (!glyphs.holds(opens, end, &soft)).then_some((end, WarningKind::ReviewThreat))
}

/// The insult right after a "you", unless the word goes on as the name of a thing: 垃圾桶, 狗粮, 猪八戒.
fn insult(glyphs: &Glyphs, you: usize, from: usize) -> Option<usize> {
    let end = glyphs.any(from, OF_A_PERSON)?;
    let next = glyphs.at(end);
    let ends = u32::from(next) < 0x4e00 || matches!(next, '吧' | '啊' | '吗' | '呀' | '东' | '玩' | '！' | '，' | '。');
    let short = matches!(glyphs.at(end - 1), '狗' | '猪') && end - from == 1;
    let close = !short || glyphs.any(you, &["你个", "你这个", "你是", "你就是", "你们这群", "你真是"]).is_some();
    // "你们的垃圾": goods, not people.
    (ends && close && glyphs.at(from) != '的').then_some(end)
}

/// "Who says that you are …": not said to anybody.
fn is_asked(glyphs: &Glyphs, i: usize) -> bool {
    glyphs.holds(glyphs.back(i, 6), i, &["谁说", "没说", "并非", "不是说"])
}
