//! Reading a story: every statement against the vocabulary, every mistake with its line.

use super::form::{COMMON, Call, Form, REFUSED, Scope, Slot};
use super::line::{Line, Token, lines};
use super::mistake::{Mistake, hint};
use super::value::{Kind, Moment, Noun, Value};
use super::vocabulary::{ACTIONS, EXPECTATIONS, PEOPLE, STATEMENTS, USUAL_SHOP, find, words};
use std::collections::{BTreeMap, BTreeSet};
use yuanlu_domain::time::Instant;

/// A story that can be played.
#[derive(Clone)]
pub struct Story {
    /// What it calls itself; empty where it does not.
    pub title: String,
    pub(super) calls: Vec<Call>,
    /// What the clock shows at the beginning.
    pub(super) begins: Instant,
    /// People of the usual cast whom it uses.
    pub(super) usual: BTreeSet<&'static str>,
}

impl Story {
    /// Reads a story.
    ///
    /// # Errors
    /// Every mistake that can be told from the others, by line.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::default();
        for line in lines(text, &mut reader.mistakes) {
            reader.line(&line);
        }
        if reader.calls.is_empty() && reader.mistakes.is_empty() {
            reader.mistakes.push(Mistake { line: 1, what: "the story is empty".to_owned() });
        }
        if !reader.mistakes.is_empty() {
            reader.mistakes.sort();
            return Err(reader.mistakes);
        }
        let title =
            reader.calls.iter().find(|call| call.form.word == "story").map(|call| call.given("title").to_owned());
        let first = reader.calls.iter().filter(|call| call.form.word == "at").find_map(|call| call.moment("moment"));
        let begins = match first {
            Some(Moment::At(at)) => at,
            _ => Instant::from_shanghai(2026, 3, 10, 10, 0, 0),
        };
        Ok(Self { title: title.unwrap_or_default(), calls: reader.calls, begins, usual: reader.usual })
    }
}

#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
    calls: Vec<Call>,
    names: BTreeMap<Noun, BTreeSet<String>>,
    usual: BTreeSet<&'static str>,
    /// What the clock shows, as far as the text alone tells.
    clock: Option<Instant>,
    number: usize,
}

impl Reader {
    fn wrong(&mut self, what: impl Into<String>) {
        self.mistakes.push(Mistake { line: self.number, what: what.into() });
    }

    fn line(&mut self, line: &Line) {
        self.number = line.number;
        let (Some(Token::Word(word)), rest) = (line.tokens.first(), &line.tokens[1..]) else {
            let what = line.tokens[0].shown();
            return self.wrong(format!("a statement begins with a word, not with {what}"));
        };
        let text = written(&line.tokens);
        let next = rest.first().and_then(|token| match token {
            Token::Word(word) => Some(word.as_str()),
            _ => None,
        });
        let acts = next.and_then(|next| find(ACTIONS, next));
        if let Some(form) = acts.filter(|_| self.is_person(word)) {
            return self.action(word, form, &rest[1..], text);
        }
        if word == "expect" {
            return self.expectations(rest);
        }
        // `buyer ann` introduces somebody; `buyer aplies reason personal` is somebody known and a word that is not.
        let misspelt = |next: &str| rest.len() > 1 && !hint(next, words(ACTIONS).map(|form| form.word)).is_empty();
        if let Some(form) = find(STATEMENTS, word)
            && !(self.is_person(word) && next.is_some_and(misspelt))
        {
            return self.statement(form, rest, text);
        }
        if self.is_person(word) {
            let known = words(ACTIONS).map(|form| form.word);
            return match next {
                Some(next) => {
                    let hint = hint(next, known);
                    self.wrong(format!("`{next}` is nothing that `{word}` can do{hint}"));
                }
                None => self.wrong(format!("what does `{word}` do?")),
            };
        }
        let people = self.names.get(&Noun::Person).cloned().unwrap_or_default();
        let known =
            words(STATEMENTS).map(|form| form.word).chain(["expect"]).chain(PEOPLE.iter().map(|(name, _)| *name));
        let hint = hint(word, known.chain(people.iter().map(String::as_str)));
        self.wrong(format!("no statement begins with `{word}`, and nobody is called so{hint}"));
    }

    fn is_person(&self, word: &str) -> bool {
        PEOPLE.iter().any(|(name, _)| *name == word) || self.is_known(Noun::Person, word)
    }

    fn is_known(&self, noun: Noun, name: &str) -> bool {
        self.names.get(&noun).is_some_and(|names| names.contains(name))
    }

    fn statement(&mut self, form: &'static Form, rest: &[Token], text: String) {
        let args = self.slots(form, &[], rest);
        if form.word == "product" && !args.iter().any(|(slot, _)| *slot == "of") {
            self.meet(USUAL_SHOP);
        }
        self.time(form, &args);
        self.push(form, String::new(), text, args, Scope::default());
    }

    fn action(&mut self, actor: &str, form: &'static Form, rest: &[Token], text: String) {
        self.meet(actor);
        let args = self.slots(form, COMMON, rest);
        self.push(form, actor.to_owned(), text, args, Scope::default());
    }

    fn push(
        &mut self,
        form: &'static Form,
        actor: String,
        text: String,
        args: Vec<(&'static str, Value)>,
        scope: Scope,
    ) {
        self.calls.push(Call { line: self.number, form, actor, text, args, scope });
    }

    /// `expect [order ORDER] [case CASE] ITEM, ITEM, …`
    fn expectations(&mut self, mut rest: &[Token]) {
        let mut scope = Scope::default();
        while let [Token::Word(word), Token::Word(name), ..] = rest {
            match word.as_str() {
                "order" => scope.order = Some(name.clone()),
                "case" => scope.case = Some(name.clone()),
                _ => break,
            }
            self.check_name(if word == "order" { Noun::Order } else { Noun::Case }, name);
            rest = &rest[2..];
        }
        let mut any = false;
        for item in rest.split(|token| *token == Token::Comma).filter(|item| !item.is_empty()) {
            any = true;
            let Token::Word(word) = &item[0] else {
                let what = item[0].shown();
                self.wrong(format!("an expectation begins with a word, not with {what}"));
                continue;
            };
            match find(EXPECTATIONS, word) {
                Some(form) => {
                    let args = self.slots(form, &[], &item[1..]);
                    self.push(form, String::new(), written(item), args, scope.clone());
                }
                None => {
                    let hint = hint(word, words(EXPECTATIONS).map(|form| form.word));
                    self.wrong(format!("`{word}` is nothing that can be expected{hint}"));
                }
            }
        }
        if !any {
            self.wrong("`expect` needs something to expect");
        }
    }

    fn slots(
        &mut self,
        form: &'static Form,
        common: &'static [Slot],
        mut rest: &[Token],
    ) -> Vec<(&'static str, Value)> {
        let mut args: Vec<(&'static str, Value)> = Vec::new();
        let named: Vec<&'static Slot> = form.slots.iter().chain(common).filter(|slot| !slot.first).collect();
        let slot_of = |token: &Token| match token {
            Token::Word(word) => named.iter().copied().find(|slot| slot.name == word),
            _ => None,
        };
        for slot in form.slots.iter().filter(|slot| slot.first) {
            let absent = rest.first().is_none_or(|token| slot_of(token).is_some() || *token == Token::Comma);
            match (absent, slot.need) {
                (true, false) => continue,
                (true, true) => {
                    self.wrong(format!("`{}` needs {} ({})", form.word, slot.name, slot.kind.shown()));
                    continue;
                }
                (false, _) => self.read(slot, &mut rest, &mut args),
            }
        }
        while let Some(token) = rest.split_off_first() {
            if *token == Token::Comma {
                continue;
            }
            if let Some(slot) = slot_of(token) {
                if args.iter().any(|(name, _)| *name == slot.name) {
                    self.wrong(format!("`{}` is said twice", slot.name));
                }
                self.read(slot, &mut rest, &mut args);
                continue;
            }
            let near = match token {
                Token::Word(word) => hint(word, named.iter().map(|slot| slot.name)),
                _ => String::new(),
            };
            self.wrong(format!("`{}` does not understand {}{near}", form.word, token.shown()));
            // What belongs to a word that is not understood is passed over.
            while rest.first().is_some_and(|token| slot_of(token).is_none()) {
                let _ = rest.split_off_first();
            }
        }
        for slot in named.iter().filter(|slot| slot.need && !args.iter().any(|(name, _)| *name == slot.name)) {
            self.wrong(format!("`{}` needs `{}` ({})", form.word, slot.name, slot.kind.shown()));
        }
        self.name_what_has_no_name(form, &mut args);
        args
    }

    fn read(&mut self, slot: &'static Slot, rest: &mut &[Token], args: &mut Vec<(&'static str, Value)>) {
        match slot.kind.read(rest) {
            Err(what) => {
                self.wrong(format!("`{}`: {what}", slot.name));
                // It was said, if wrongly: not missing too.
                args.push((slot.name, Value::Flag));
            }
            Ok(value) => {
                if let (Kind::Name(noun), Value::Word(name)) = (slot.kind, &value) {
                    self.check_name(noun, name);
                }
                if let (Kind::New(noun), Value::Word(name)) = (slot.kind, &value) {
                    self.declare(noun, name);
                }
                args.push((slot.name, value));
            }
        }
    }

    fn check_name(&mut self, noun: Noun, name: &str) {
        let known = match noun {
            Noun::Person => self.is_person(name),
            Noun::Seller => name == USUAL_SHOP || self.is_known(noun, name),
            Noun::Case => match name.split_once('/') {
                Some((order, n)) => self.is_known(Noun::Order, order) && n.parse::<u16>().is_ok_and(|n| n > 0),
                None => self.is_known(noun, name),
            },
            Noun::Product | Noun::Order | Noun::Coupon | Noun::RedemptionCode | Noun::Organisation | Noun::TipOff => {
                self.is_known(noun, name)
            }
        };
        if known {
            if matches!(noun, Noun::Person | Noun::Seller) {
                self.meet(name);
            }
            return;
        }
        let names = self.names.get(&noun).cloned().unwrap_or_default();
        let hint = hint(name, names.iter().map(String::as_str));
        self.wrong(format!("there is no {} `{name}` up to here{hint}", noun.word()));
    }

    /// Somebody of the usual cast is there from the beginning if the story uses him.
    fn meet(&mut self, name: &str) {
        if self.is_known(Noun::Person, name) {
            return;
        }
        self.usual.extend(PEOPLE.iter().map(|(usual, _)| *usual).filter(|usual| *usual == name));
    }

    fn declare(&mut self, noun: Noun, name: &str) {
        let person = matches!(noun, Noun::Person | Noun::Seller);
        if person
            && (find(STATEMENTS, name).is_some() && !PEOPLE.iter().any(|(usual, _)| *usual == name) || name == "expect")
        {
            self.wrong(format!("`{name}` is a word of the language and cannot be somebody's name"));
        }
        if person && self.usual.contains(name) {
            self.wrong(format!("`{name}` has acted already; say who he is before"));
        }
        if !self.names.entry(noun).or_default().insert(name.to_owned()) {
            self.wrong(format!("there is a {} `{name}` already", noun.word()));
        }
        if noun == Noun::Seller {
            self.names.entry(Noun::Person).or_default().insert(name.to_owned());
        }
    }

    /// Orders and cases without a name of their own are `order1`, `order2`, … and `case1`, `case2`, …
    fn name_what_has_no_name(&mut self, form: &'static Form, args: &mut Vec<(&'static str, Value)>) {
        let said = |name: &str| args.iter().any(|(slot, _)| *slot == name);
        let nameless = form.slots.iter().filter(|slot| !said(slot.name)).find_map(|slot| match slot.kind {
            Kind::New(noun @ (Noun::Order | Noun::Case | Noun::TipOff)) => Some((slot.name, noun)),
            _ => None,
        });
        let Some((slot, noun)) = nameless.filter(|_| !said(REFUSED)) else { return };
        let made = self.calls.iter().filter(|call| call.form.slots.iter().any(|slot| makes(slot, noun)));
        let number = made.filter(|call| call.refused().is_none()).count() + 1;
        let name = format!("{}{number}", noun.word());
        self.names.entry(noun).or_default().insert(name.clone());
        args.push((slot, Value::Word(name)));
    }

    fn time(&mut self, form: &'static Form, args: &[(&'static str, Value)]) {
        let moment = args.iter().find_map(|(_, value)| match value {
            Value::Moment(moment) => Some(*moment),
            _ => None,
        });
        let span = args.iter().find_map(|(_, value)| match value {
            Value::Span(micros) => Some(*micros),
            _ => None,
        });
        let side = args.iter().find_map(|(name, value)| match value {
            Value::Word(side) if *name == "side" => Some(side.as_str()),
            _ => None,
        });
        let target = match (form.word, moment, span) {
            ("after", _, Some(micros)) => {
                self.clock = self.clock.map(|clock| clock.plus_micros(micros));
                return;
            }
            ("at", Some(Moment::At(at)), _) => at,
            ("just", Some(Moment::At(at)), _) => at.plus_micros(if side == Some("before") { -1 } else { 1 }),
            ("at" | "just" | "jump", _, _) => {
                self.clock = None;
                return;
            }
            _ => return,
        };
        if let Some(clock) = self.clock.filter(|clock| target < *clock) {
            self.wrong(format!("the clock cannot go back: it stands at {clock} here"));
        }
        self.clock = Some(target);
    }
}

fn makes(slot: &Slot, noun: Noun) -> bool {
    matches!(slot.kind, Kind::New(of) if of == noun)
}

fn written(tokens: &[Token]) -> String {
    let each = tokens.iter().map(|token| match token {
        Token::Word(word) => word.clone(),
        Token::Text(text) => format!("\"{text}\""),
        Token::Comma => ",".to_owned(),
    });
    each.collect::<Vec<_>>().join(" ").replace(" ,", ",")
}
