//! Commands that show something: `list`, and `reset`, which shows counters and quotas as they were before it.

use std::io::Write;

use bytes::BytesMut;
use nlmsg::frame::NLM_F_ACK;
use nlmsg::nft::*;
use nlmsg::payload::{Be, Headed, Selector, Span as Bytes, Str};
use nlmsg::{AttrSet, Nest};

use super::command::{Command, Subject, Which};
use super::parse::{Fault, Name};
use super::ruleset::{self, Ruleset, What};
use super::types::Style;
use super::{Failure, Session, missing, refused};
use crate::exchange::Error;

/// Prints what a command asks for.
pub(super) fn show(ruleset: &Ruleset, command: &Command, style: Style, out: &mut dyn Write) -> Result<(), Failure> {
    let family = command.family;
    let table_of = |table: &Name| ruleset.table(family, &table.0).ok_or_else(|| missing(table.1));
    let of_family = |table: &&ruleset::Table| family == 0 || table.family == family;
    let (table, what) = match &command.subject {
        Subject::Ruleset => {
            for table in ruleset.tables.iter().filter(of_family) {
                write!(out, "{}", ruleset.show_table(table, What::All, style))?;
            }
            return Ok(());
        }
        Subject::All(word, only) => {
            if let Some(only) = only {
                table_of(only)?;
            }
            let only = |table: &&ruleset::Table| only.as_ref().is_none_or(|name| name.0 == table.name);
            for table in ruleset.tables.iter().filter(of_family).filter(only) {
                let what = match word.as_str() {
                    "tables" => {
                        writeln!(out, "table {} {}", NfProto(table.family).word().unwrap_or("unknown"), table.name)?;
                        continue;
                    }
                    "chains" => What::Chains,
                    "sets" => What::Sets(false),
                    "maps" => What::Sets(true),
                    "flowtables" => What::Flowtables(None),
                    "counters" => What::Objects(NFT_OBJECT_COUNTER.0, None),
                    "quotas" => What::Objects(NFT_OBJECT_QUOTA.0, None),
                    "limits" => What::Objects(NFT_OBJECT_LIMIT.0, None),
                    "ct helpers" => What::Objects(NFT_OBJECT_CT_HELPER.0, None),
                    _ => return Err(Fault::new("this cannot be listed", command.span).into()),
                };
                // nft passes over tables that hold no objects at all
                let mine = |object: &ruleset::Object| object.family == table.family && object.table == table.name;
                if !matches!(what, What::Objects(..)) || ruleset.objects.iter().any(mine) {
                    write!(out, "{}", ruleset.show_table(table, what, style))?;
                }
            }
            return Ok(());
        }
        Subject::Table { name: Which::Name(name), .. } => (table_of(name)?, What::All),
        Subject::Chain { table, name: Which::Name(name), .. } => {
            let of = table_of(table)?;
            ruleset.chain(family, &table.0, &name.0).ok_or_else(|| missing(name.1))?;
            (of, What::Chain(name.0.as_str()))
        }
        Subject::Set { table, name: Which::Name(name), .. } => {
            let of = table_of(table)?;
            ruleset.set(family, &table.0, &name.0).ok_or_else(|| missing(name.1))?;
            (of, What::Set(name.0.as_str()))
        }
        Subject::Object { table, name: Which::Name(name), kind, .. } => {
            let of = table_of(table)?;
            let mut objects = ruleset.objects.iter();
            objects.find(|object| object.is(family, &table.0, &name.0, *kind)).ok_or_else(|| missing(name.1))?;
            (of, What::Objects(*kind, Some(name.0.as_str())))
        }
        Subject::Flowtable { table, name } => {
            let of = table_of(table)?;
            let mut flowtables = ruleset.flowtables.iter();
            flowtables.find(|flowtable| flowtable.is(family, &table.0, &name.0)).ok_or_else(|| missing(name.1))?;
            (of, What::Flowtables(Some(name.0.as_str())))
        }
        _ => return Err(Fault::new("this cannot be listed", command.span).into()),
    };
    write!(out, "{}", ruleset.show_table(table, what, style))?;
    Ok(())
}

impl Session<'_> {
    /// Sets counters or quotas to 0; returns them as they were, and all tables.
    pub(super) fn reset(&mut self, command: &Command) -> Result<Ruleset, Failure> {
        let (kind, table, name) = match &command.subject {
            Subject::All(word, table) if word == "counters" => (NFT_OBJECT_COUNTER, table.as_ref(), None),
            Subject::All(_, table) => (NFT_OBJECT_QUOTA, table.as_ref(), None),
            Subject::Object { table, name: Which::Name(name), kind, .. } => (ObjType(*kind), Some(table), Some(name)),
            _ => return Err(Fault::new("this cannot be reset", command.span).into()),
        };
        let (family, socket) = (command.family, self.socket()?);
        let tables = ruleset::dump(socket, NFT_MSG_GETTABLE, 0, &[], ruleset::table)?;
        let mut ruleset = Ruleset { tables, ..Ruleset::default() };
        let mut attrs = BytesMut::new();
        if let Some(table) = table {
            ruleset.table(family, &table.0).ok_or_else(|| missing(table.1))?;
            NftaObj::NFTA_OBJ_TABLE(Str::new(&table.0)).encode(&mut attrs)?;
        }
        if let Some(name) = name {
            NftaObj::NFTA_OBJ_NAME(Str::new(&name.0)).encode(&mut attrs)?;
        }
        NftaObj::NFTA_OBJ_TYPE(Selector(Be(kind))).encode(&mut attrs)?;
        let done = match name {
            None => {
                let objects = ruleset::dump(socket, NFT_MSG_GETOBJ_RESET, family, &attrs, ruleset::object);
                objects.map(|objects| ruleset.objects = objects)
            }
            Some(_) => {
                let attrs = Nest::<NftaObj<'_>>::Walk(Bytes::new(&attrs, 0, family));
                let body = Headed::new(NfGenMsg::new(NfProto(family)), attrs);
                socket.get(NFT_MSG_GETOBJ_RESET, NLM_F_ACK, &body, |message| {
                    ruleset.objects.extend(ruleset::object(message));
                    Ok::<(), Error>(())
                })
            }
        };
        done.map_err(|error| refused(error, |_| command.span))?;
        // what was read before shows what is no more
        self.ruleset = None;
        Ok(ruleset)
    }
}
