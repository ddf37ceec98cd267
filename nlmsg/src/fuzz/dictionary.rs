//! The tables as a fuzzer's dictionary.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::frame::{NLA_F_NESTED, NLA_HDRLEN};
use crate::make;
use crate::payload::{FieldInfo, Form, MessageInfo, Shape};

/// Writes a dictionary as libFuzzer and AFL read it: the types of messages, the headers of attributes, and what selectors
/// say, each once, in the byte order of this machine.
///
/// # Errors
/// Those of `out`.
pub fn dictionary(protocols: &[&[MessageInfo]], out: &mut dyn fmt::Write) -> fmt::Result {
    let mut entries = Entries::default();
    for info in protocols.iter().copied().flatten() {
        entries.add(info.name, &info.number.to_ne_bytes());
    }
    let roots: Vec<_> =
        protocols.iter().copied().flatten().flat_map(|info| info.sets()).chain([crate::ack::NlmsgErr::set as _]).collect();
    make::sets(&roots, &mut |set| {
        for attr in set.attrs {
            entries.attr(attr.name, attr.number, attr.shape);
        }
    });
    entries.0.iter().try_for_each(|(bytes, name)| {
        let hex: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        writeln!(out, "# {name}\n\"{hex}\"")
    })
}

use crate::payload::AttrSet as _;

/// Bytes, and the first name that they had.
#[derive(Default)]
struct Entries(BTreeMap<Vec<u8>, String>);

impl Entries {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0.entry(bytes.to_vec()).or_insert_with(|| name.to_string());
    }

    /// An attribute of one length has a header of one value; of the others the type alone is known.
    fn attr(&mut self, name: &str, number: u16, shape: &'static Shape) {
        let fixed = (1..=16).find(|&len| matches!(shape.form, Form::Leaf) && only(shape, len));
        match (shape.form, fixed) {
            (Form::Leaf, Some(len)) => {
                let header = [((NLA_HDRLEN + len) as u16).to_ne_bytes(), number.to_ne_bytes()];
                self.add(name, header.as_flattened());
            }
            (Form::Leaf, None) => self.add(name, &number.to_ne_bytes()),
            (Form::Record(fields), _) => {
                let len = NLA_HDRLEN + size(fields);
                self.add(name, [(len as u16).to_ne_bytes(), number.to_ne_bytes()].as_flattened());
            }
            (form, _) => {
                self.add(name, &number.to_ne_bytes());
                self.add(&format!("{name}, NLA_F_NESTED"), &(number | NLA_F_NESTED).to_ne_bytes());
                if let Form::Pick(pick) = form {
                    pick.keys.iter().for_each(|key| self.add(&format!("{name} is picked"), key));
                }
            }
        }
    }
}

/// Whether values of this length fit, and of the neighbouring lengths not.
fn only(shape: &Shape, len: usize) -> bool {
    let fits = |len: usize| (shape.fits)(&[0; 20][..len]);
    fits(len) && !fits(len - 1) && !fits(len + 1)
}

fn size(fields: &[FieldInfo]) -> usize {
    fields.iter().map(|field| field.size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "slow, and of tables alone")]
    fn every_entry_is_there_once_and_no_key_is_missing() {
        let mut text = String::new();
        dictionary(&[crate::route::MESSAGES, crate::nft::MESSAGES], &mut text).unwrap();
        let entries: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let mut once = entries.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), entries.len());
        // "vxlan", "masq"
        for key in ["\"\\x76\\x78\\x6c\\x61\\x6e\"", "\"\\x6d\\x61\\x73\\x71\""] {
            assert!(entries.contains(&key), "{key}");
        }
        if cfg!(target_endian = "little") {
            // IFLA_MTU(u32) = 4
            assert!(entries.contains(&"\"\\x08\\x00\\x04\\x00\""));
        }
    }
}
