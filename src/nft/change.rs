//! Commands that change something, as messages of a batch.

use super::nearest::{self, What};
use super::*;

/// A set that an earlier command of the same text makes.
pub(super) struct LocalSet {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) key: Vec<&'static Type>,
    pub(super) data: Option<Vec<&'static Type>>,
    pub(super) object: Option<u32>,
    pub(super) interval: bool,
    pub(super) merge: bool,
}

/// The sets that one rule brings along.
struct RuleSets<'s, 'a> {
    session: &'s mut Session<'a>,
    family: u8,
    table: Name,
    whole: Span,
    failed: Option<nlmsg::Error>,
}

impl Sets for RuleSets<'_, '_> {
    fn make(&mut self, set: NewSet) -> Result<(String, u32), Fault> {
        let interval = sets::is_interval(&set.elems);
        let map = set.data.is_some();
        let name = if map { "__map%d" } else { "__set%d" };
        let mut flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
        if interval {
            flags |= NFT_SET_INTERVAL;
        }
        if interval && set.keys.len() > 1 {
            flags |= NFT_SET_CONCAT;
        }
        if map {
            flags |= NFT_SET_MAP;
        }
        let data = set.data.map(|data| if data.is_empty() { vec![types::VERDICT] } else { data });
        let parts: Vec<_> = set.keys.iter().map(Part::Key).collect();
        let merge = interval && !map;
        if interval && !merge {
            sets::conflict(&set.elems, &parts, self.whole)?;
        }
        let raws = sets::encode(&set.elems, &parts, data.as_deref().unwrap_or_default(), interval, merge, true);
        let id = self.session.id();
        let spec = SetSpec {
            flags: flags.0,
            key: set.keys.iter().map(Key::ty).collect(),
            sizes: set.keys.iter().map(Key::size).collect(),
            data,
            size: Some(if interval && parts.len() == 1 { sets::edges(&raws) } else { raws.len() as u32 }),
            merge,
            keys: set.keys.clone(),
            ..SetSpec::default()
        };
        let named = (name.to_string(), self.whole);
        let made = spec.request(NLM_F_CREATE, self.family, &self.table, &named, id, self.whole).and_then(|request| {
            self.session.requests.push(request);
            let kind = NFT_MSG_NEWSETELEM;
            let list = message::elements(
                kind,
                NLM_F_CREATE,
                Target { family: self.family, table: &self.table, set: &named, id: Some(id) },
                &raws,
                self.whole,
            )?;
            self.session.requests.extend(list);
            Ok(())
        });
        self.failed = made.err();
        Ok((name.into(), id))
    }

    fn id(&self, name: &str, span: Span) -> Result<Option<u32>, Fault> {
        let (family, table) = (self.family, self.table.0.as_str());
        let session = &self.session;
        if let Some(local) = session.sets.iter().find(|set| set.family == family && set.table == table && set.name == name) {
            return Ok(Some(local.id));
        }
        let known = session.known.iter().flatten().position(|set| set.is(family, table, name));
        match known {
            Some(at) => Ok(Some(at as u32 + 1)),
            None => Err(missing_set(session.known.as_deref().unwrap_or_default(), name, span)),
        }
    }
}

fn missing_set(sets: &[ruleset::Set], name: &str, span: Span) -> Fault {
    Fault::new(nearest::absent(nearest::set(sets, name).map(|near| near.text())), span)
}

impl Session<'_> {
    fn missing_table(&mut self, table: &Name) -> Failure {
        match self.read() {
            Ok(ruleset) => Fault::new(nearest::absent(ruleset.nearest_table(&table.0)), table.1).into(),
            Err(error) => error.into(),
        }
    }

    /// Appends the messages of a command that changes something.
    pub(super) fn change(&mut self, command: &Command) -> Result<(), Failure> {
        let (verb, family, whole) = (command.verb, command.family, command.span);
        let flags = match verb {
            Verb::Create => NLM_F_CREATE | NLM_F_EXCL,
            _ => NLM_F_CREATE,
        };
        match &command.subject {
            Subject::Ruleset => self.requests.push(Request::new(NFT_MSG_DELTABLE, NlmF(0), family, whole)),
            Subject::Table { name, flags: table_flags, comment } => {
                let kind = match verb {
                    Verb::Delete => NFT_MSG_DELTABLE,
                    Verb::Flush => NFT_MSG_DELRULE,
                    _ => NFT_MSG_NEWTABLE,
                };
                // a table is made if it is not there, with or without the flag
                let flags = if verb == Verb::Create { NLM_F_EXCL } else { NlmF(0) };
                let mut r = Request::new(kind, flags, family, whole);
                match name {
                    Which::Name((text, span)) => r.put_named(NftaTable::NFTA_TABLE_NAME(Str::new(text)), *span)?,
                    Which::Handle(number, span) => r.put_named(NftaTable::NFTA_TABLE_HANDLE(Be(*number)), *span)?,
                }
                if let (NFT_MSG_DELTABLE, Which::Name(name)) = (kind, name) {
                    r.seek(What::Table, name, "");
                }
                if let (NFT_MSG_NEWTABLE, Which::Name((text, _))) = (kind, name) {
                    self.tables.push((family, text.clone()));
                }
                if kind == NFT_MSG_NEWTABLE {
                    r.put(NftaTable::NFTA_TABLE_FLAGS(Be(TableFlags(*table_flags))))?;
                    if let Some(text) = comment {
                        r.put(NftaTable::NFTA_TABLE_USERDATA(Udata::List(&message::comment(text))))?;
                    }
                }
                self.requests.push(r);
            }
            Subject::Chain { table, name: Which::Name(name), .. } if verb == Verb::Flush => {
                let mut r = Request::new(NFT_MSG_DELRULE, NlmF(0), family, whole);
                r.put_named(NftaRule::NFTA_RULE_TABLE(Str::new(&table.0)), table.1)?;
                r.put_named(NftaRule::NFTA_RULE_CHAIN(Str::new(&name.0)), name.1)?;
                self.requests.push(r);
            }
            Subject::Chain { table, name, spec } => {
                let delete = verb == Verb::Delete;
                if !delete && !self.has_table(family, &table.0)? {
                    return Err(self.missing_table(table));
                }
                let (kind, flags) = if delete { (NFT_MSG_DELCHAIN, NlmF(0)) } else { (NFT_MSG_NEWCHAIN, flags) };
                let mut r = Request::new(kind, flags, family, whole);
                if let (true, Which::Name((text, _))) = (delete, name) {
                    r.seek(What::Chain, table, text);
                }
                r.put_named(NftaChain::NFTA_CHAIN_TABLE(Str::new(&table.0)), table.1)?;
                match name {
                    Which::Name((text, span)) => r.put_named(NftaChain::NFTA_CHAIN_NAME(Str::new(text)), *span)?,
                    Which::Handle(number, span) => r.put_named(NftaChain::NFTA_CHAIN_HANDLE(Be(*number)), *span)?,
                }
                if !delete {
                    message::put_chain(&mut r, spec, family)?;
                }
                self.requests.push(r);
            }
            Subject::Rule { table, chain, rule, handle, index } => {
                let place = match index {
                    Some((index, span)) => {
                        let at = self.read()?.rule_at(family, &table.0, &chain.0, *index);
                        Some((at.ok_or_else(|| missing(*span))?, *span))
                    }
                    None => *handle,
                };
                let (exprs, spans, text) = match rule {
                    Some(rule) => {
                        if rule.stmts.iter().any(|at| at.stmt.uses_set()) {
                            self.known_sets()?;
                        }
                        let mut sets = RuleSets { session: self, family, table: table.clone(), whole, failed: None };
                        let (exprs, spans) = lower::lower(rule, family, &mut sets)?;
                        if let Some(error) = sets.failed {
                            return Err(error.into());
                        }
                        (exprs, spans, rule.comment.as_deref())
                    }
                    None => (Vec::new(), Vec::new(), None),
                };
                let (kind, flags) = match verb {
                    Verb::Delete => (NFT_MSG_DELRULE, NlmF(0)),
                    Verb::Replace => (NFT_MSG_NEWRULE, NLM_F_REPLACE),
                    Verb::Insert => (NFT_MSG_NEWRULE, NLM_F_CREATE),
                    _ => (NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND),
                };
                let mut r = Request::new(kind, flags, family, whole);
                r.seek(What::Rule, table, &chain.0);
                r.put_named(NftaRule::NFTA_RULE_TABLE(Str::new(&table.0)), table.1)?;
                r.put_named(NftaRule::NFTA_RULE_CHAIN(Str::new(&chain.0)), chain.1)?;
                let by_handle = matches!(verb, Verb::Delete | Verb::Replace);
                if let Some((number, span)) = place.filter(|_| by_handle) {
                    r.put_named(NftaRule::NFTA_RULE_HANDLE(Be(number)), span)?;
                }
                if rule.is_some() {
                    r.put_exprs(&exprs, &spans)?;
                }
                if let Some((number, span)) = place.filter(|_| !by_handle) {
                    r.put_named(NftaRule::NFTA_RULE_POSITION(Be(number)), span)?;
                }
                if let Some(text) = text {
                    r.put(NftaRule::NFTA_RULE_USERDATA(Udata::List(&message::comment(text))))?;
                }
                self.requests.push(r);
            }
            Subject::Set { table, name, spec, elems } => self.change_set(command, table, name, spec, elems, flags)?,
            Subject::Elements { table, set, elems } => self.change_elements(command, table, set, elems)?,
            Subject::Object { table, name: Which::Name(name), value: Some(value), comment, .. } => {
                self.requests.push(message::object(flags, family, table, name, value, comment.as_deref(), whole)?);
            }
            Subject::Object { table, name, kind, .. } => {
                let mut r = Request::new(NFT_MSG_DELOBJ, NlmF(0), family, whole);
                if let Which::Name((text, _)) = name {
                    r.seek(What::Object, table, text);
                }
                r.put_named(NftaObj::NFTA_OBJ_TABLE(Str::new(&table.0)), table.1)?;
                if let Which::Name((text, span)) = name {
                    r.put_named(NftaObj::NFTA_OBJ_NAME(Str::new(text)), *span)?;
                }
                r.put(NftaObj::NFTA_OBJ_TYPE(nlmsg::payload::Selector(Be(ObjType(*kind)))))?;
                if let Which::Handle(number, span) = name {
                    r.put_named(NftaObj::NFTA_OBJ_HANDLE(Be(*number)), *span)?;
                }
                // nft says no more about the kind than its type, in a nest of its own
                let nothing = match ObjType(*kind) {
                    NFT_OBJECT_COUNTER => ObjData::Counter(Nest::Nested(&[])),
                    NFT_OBJECT_QUOTA => ObjData::Quota(Nest::Nested(&[])),
                    _ => ObjData::Limit(Nest::Nested(&[])),
                };
                r.put(NftaObj::NFTA_OBJ_DATA(nothing))?;
                self.requests.push(r);
            }
            Subject::Rename { table, chain, to } => {
                let ruleset = self.read()?;
                if ruleset.table(family, &table.0).is_none() {
                    return Err(self.missing_table(table));
                }
                let near = || ruleset.nearest_chain(&chain.0).map(|near| near.text());
                let known = ruleset.chain(family, &table.0, &chain.0);
                let handle = known.ok_or_else(|| Fault::new(nearest::absent(near()), chain.1))?.handle;
                let mut r = Request::new(NFT_MSG_NEWCHAIN, NlmF(0), family, whole);
                r.echoed = false;
                r.put(NftaChain::NFTA_CHAIN_TABLE(Str::new(&table.0)))?;
                r.put(NftaChain::NFTA_CHAIN_NAME(Str::new(to)))?;
                r.put(NftaChain::NFTA_CHAIN_HANDLE(Be(handle)))?;
                self.requests.push(r);
            }
            Subject::All(..) | Subject::Flowtable { .. } => return Err(Fault::new("this can only be listed", whole).into()),
        }
        Ok(())
    }

    fn change_set(
        &mut self,
        command: &Command,
        table: &Name,
        name: &Which,
        spec: &SetSpec,
        elems: &[Elem],
        flags: NlmF,
    ) -> Result<(), Failure> {
        let (family, whole) = (command.family, command.span);
        if command.verb == Verb::Flush {
            let Which::Name(name) = name else { return Err(missing(whole)) };
            let sets = self.known_sets()?;
            if !sets.iter().any(|set| set.is(family, &table.0, &name.0)) {
                return Err(missing_set(sets, &name.0, name.1).into());
            }
            let mut r = Request::new(NFT_MSG_DELSETELEM, NlmF(0), family, whole);
            r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_SET(Str::new(&name.0)), name.1)?;
            r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE(Str::new(&table.0)), table.1)?;
            self.requests.push(r);
            return Ok(());
        }
        if command.verb == Verb::Delete {
            let mut r = Request::new(NFT_MSG_DELSET, NlmF(0), family, whole);
            if let Which::Name((text, _)) = name {
                r.seek(What::Set, table, text);
            }
            r.put_named(NftaSet::NFTA_SET_TABLE(Str::new(&table.0)), table.1)?;
            match name {
                Which::Name((text, span)) => r.put_named(NftaSet::NFTA_SET_NAME(Str::new(text)), *span)?,
                Which::Handle(number, span) => r.put_named(NftaSet::NFTA_SET_HANDLE(Be(*number)), *span)?,
            }
            self.requests.push(r);
            return Ok(());
        }
        let Which::Name(name) = name else { return Err(missing(whole)) };
        if !self.has_table(family, &table.0)? {
            return Err(self.missing_table(table));
        }
        let id = self.id();
        let mut request = spec.request(flags, family, table, name, id, whole)?;
        request.seek(What::Set, table, &name.0);
        self.requests.push(request);
        let local = LocalSet {
            family,
            table: table.0.clone(),
            name: name.0.clone(),
            id,
            key: spec.key.clone(),
            data: spec.data.clone(),
            object: spec.object,
            interval: spec.flags & NFT_SET_INTERVAL.0 != 0,
            merge: spec.merge,
        };
        let parts: Vec<_> = local.key.iter().map(|ty| Part::Type(ty)).collect();
        let data = local.data.clone().unwrap_or_default();
        if local.interval && !local.merge {
            sets::conflict(elems, &parts, whole)?;
        }
        let raws = sets::encode(elems, &parts, &data, local.interval, local.merge, true);
        self.sets.push(local);
        let list = message::elements(NFT_MSG_NEWSETELEM, flags, Target { family, table, set: name, id: Some(id) }, &raws, whole)?;
        self.requests.extend(list);
        Ok(())
    }

    fn change_elements(&mut self, command: &Command, table: &Name, set: &Name, text: &command::ElemText) -> Result<(), Failure> {
        let (family, whole) = (command.family, command.span);
        let mine = |local: &&LocalSet| local.family == family && local.table == table.0 && local.name == set.0;
        let (key, data, object, interval, merge, id) = match self.sets.iter().find(mine) {
            Some(local) => (local.key.clone(), local.data.clone(), local.object, local.interval, local.merge, Some(local.id)),
            None => {
                let sets = self.known_sets()?;
                let at = sets.iter().position(|known| known.is(family, &table.0, &set.0));
                let at = at.ok_or_else(|| missing_set(sets, &set.0, set.1))?;
                let known = &sets[at];
                let data = known.data_type.map(|_| known.data_types());
                let interval = known.flags & NFT_SET_INTERVAL.0 != 0;
                (known.types().unwrap_or_default(), data, known.object, interval, known.merge, Some(at as u32 + 1))
            }
        };
        let types: Vec<_> = key.iter().map(|ty| (*ty, ty.bits)).collect();
        let adds = matches!(command.verb, Verb::Add | Verb::Create);
        let map = command::map_to(&data, object);
        let mut p = Parser::new(&self.tokens[text.from..text.to]);
        let mut elems = p.elements(&types, map.as_ref().map(|map| (map, adds)))?;
        if !adds {
            // an element goes by its key
            elems.iter_mut().for_each(|elem| elem.data = None);
        }
        let parts: Vec<_> = key.iter().map(|ty| Part::Type(ty)).collect();
        if adds && interval && !merge {
            sets::conflict(&elems, &parts, whole)?;
        }
        let raws = sets::encode(&elems, &parts, data.as_deref().unwrap_or_default(), interval, merge, false);
        let flags = match command.verb {
            Verb::Add => NLM_F_CREATE,
            Verb::Create => NLM_F_CREATE | NLM_F_EXCL,
            _ => NlmF(0),
        };
        let kind = if adds { NFT_MSG_NEWSETELEM } else { NFT_MSG_DELSETELEM };
        let list = message::elements(kind, flags, Target { family, table, set, id: id.filter(|_| adds) }, &raws, whole)?;
        self.requests.extend(list);
        Ok(())
    }
}
