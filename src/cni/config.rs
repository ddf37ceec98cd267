//! A network's configuration: JSON whose keys are found without regard to case, as Go finds them, and whose errors
//! say where they are.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::environment::is_name;
use super::error::{CniError, DECODING_FAILURE, INCOMPATIBLE_VERSION, INVALID_CONFIG};
use super::result::CniResult;
use super::version::Version;
use crate::words::{Prefix, bits};

/// A value of a configuration, and where it is: `ipam.ranges[0][1].subnet`.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// The value; `None` if it is absent or `null`, which is the same.
    value: Option<&'a Value>,
    path: String,
}

impl<'a> Node<'a> {
    /// The outermost value.
    pub fn root(value: &'a Value) -> Node<'a> {
        Node { value: Some(value), path: String::new() }
    }

    /// Whether there is a value.
    pub fn is_some(&self) -> bool {
        self.value.is_some()
    }

    /// The value as it is.
    pub fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// Where it is; empty for the outermost.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// An error about this value: `PATH: MSG`.
    pub fn error(&self, code: u32, msg: impl fmt::Display) -> CniError {
        if self.path.is_empty() {
            CniError::new(code, msg.to_string())
        } else {
            CniError::new(code, format!("{}: {msg}", self.path))
        }
    }

    /// Something that is well formed and makes no sense: [`INVALID_CONFIG`].
    pub fn invalid(&self, msg: impl fmt::Display) -> CniError {
        self.error(INVALID_CONFIG, msg)
    }

    fn is_not(&self, wanted: &str, value: &Value) -> CniError {
        let found = match value {
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            value => value.to_string(),
        };
        let place = if self.path.is_empty() { "the configuration" } else { &self.path };
        CniError::new(DECODING_FAILURE, format!("{place} must be {wanted}, not {found}"))
    }

    fn object(&self) -> Result<Option<&'a Map<String, Value>>, CniError> {
        match self.value {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(value) => Err(self.is_not("an object", value)),
        }
    }

    /// A member; of several keys that differ in case only, the one that is written exactly so.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is no object.
    pub fn get(&self, key: &str) -> Result<Node<'a>, CniError> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let value = self.object()?.and_then(|map| member(map, key));
        Ok(Node { value: value.filter(|value| !value.is_null()), path })
    }

    /// The member at the end of a path: `args.cni.mac`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn find(&self, path: &str) -> Result<Node<'a>, CniError> {
        path.split('.').try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The items of a list; none if there is no list.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is something else.
    pub fn items(&self) -> Result<Vec<Node<'a>>, CniError> {
        match self.value {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let nodes = items.iter().enumerate();
                Ok(nodes
                    .map(|(i, item)| Node {
                        value: Some(item).filter(|item| !item.is_null()),
                        path: format!("{}[{i}]", self.path),
                    })
                    .collect())
            }
            Some(value) => Err(self.is_not("a list", value)),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is something else.
    pub fn text(&self) -> Result<Option<&'a str>, CniError> {
        match self.value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => Err(self.is_not("a string", value)),
        }
    }

    /// A string that has something in it.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn words(&self) -> Result<Option<&'a str>, CniError> {
        Ok(self.text()?.filter(|text| !text.is_empty()))
    }

    /// The strings of a list.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is something else, or one of the items is.
    pub fn texts(&self) -> Result<Vec<String>, CniError> {
        self.items()?.iter().map(|item| Ok(item.text()?.unwrap_or_default().to_owned())).collect()
    }

    /// A truth value; `default` if it is absent.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is something else.
    pub fn flag(&self, default: bool) -> Result<bool, CniError> {
        match self.value {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(self.is_not("true or false", value)),
        }
    }

    /// A whole number that fits `N`.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is something else. [`INVALID_CONFIG`]: it is too large, or negative where it cannot
    /// be.
    pub fn number<N: TryFrom<i64>>(&self) -> Result<Option<N>, CniError> {
        let Some(value) = self.value else { return Ok(None) };
        let number = match value {
            Value::Number(number) if number.is_i64() || number.is_u64() => number.as_i64(),
            value => return Err(self.is_not("a whole number", value)),
        };
        match number.and_then(|number| N::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.invalid(format_args!("{value} is out of range"))),
        }
    }

    /// A string that `T` reads; `what` it should be is for the error. An empty one counts as absent.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]: this is no string. [`INVALID_CONFIG`]: `T` cannot read it.
    pub fn parsed<T: FromStr>(&self, what: &str) -> Result<Option<T>, CniError> {
        self.read(what, |text| text.parse().ok())
    }

    /// The same with a function.
    ///
    /// # Errors
    /// As [`parsed`](Self::parsed).
    pub fn read<T>(&self, what: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, CniError> {
        let Some(text) = self.words()? else { return Ok(None) };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.invalid(format_args!("{text:?} is not {what}"))),
        }
    }

    /// An address.
    ///
    /// # Errors
    /// As [`parsed`](Self::parsed).
    pub fn address(&self) -> Result<Option<IpAddr>, CniError> {
        self.read("an IP address", address)
    }

    /// An address and the length of its prefix, host bits kept.
    ///
    /// # Errors
    /// As [`parsed`](Self::parsed).
    pub fn prefix(&self) -> Result<Option<Prefix>, CniError> {
        self.read("an IP address with the length of its prefix, as 10.1.0.0/16", cidr)
    }
}

/// Reads an address; an IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is an IPv4 address, as in Go.
pub fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|addr| addr.to_canonical())
}

/// Reads `ADDRESS/LEN`.
pub fn cidr(text: &str) -> Option<Prefix> {
    let (addr, len) = text.split_once('/')?;
    let addr = addr.parse().ok()?;
    let digits = len.bytes().all(|byte| byte.is_ascii_digit()) && (len == "0" || !len.starts_with('0'));
    let len: u8 = len.parse().ok().filter(|len| digits && *len <= bits(&addr))?;
    Some(Prefix { addr, len, explicit: true })
}

fn member<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).or_else(|| map.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

/// Reads JSON. What follows it is an error, and `what` it should have been is for the error.
///
/// # Errors
/// [`DECODING_FAILURE`], with the line and column.
pub fn decode(what: &str, bytes: &[u8]) -> Result<Value, CniError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let empty = bytes.trim_ascii().is_empty();
        let details = if empty { "it is empty".to_owned() } else { error.to_string() };
        CniError::new(DECODING_FAILURE, format!("{what} is not JSON")).details(details)
    })
}

/// The configuration that a plugin gets on standard input.
#[derive(Clone, Debug)]
pub struct Config {
    /// As it came, for those to whom it is handed on.
    pub bytes: Vec<u8>,
    value: Value,
    version: Version,
    name: String,
}

impl Config {
    /// Reads a configuration and checks what all of them have: `cniVersion` and `name`.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`], [`INCOMPATIBLE_VERSION`], [`INVALID_CONFIG`].
    pub fn read(bytes: Vec<u8>) -> Result<Config, CniError> {
        let value = decode("the network configuration", &bytes)?;
        let root = Node::root(&value);
        let version = version(&root)?;
        let name = check_name(root.get("name")?.text()?.unwrap_or_default())?.to_owned();
        Ok(Config { version, name, bytes, value })
    }

    /// The configuration as a whole.
    pub fn root(&self) -> Node<'_> {
        Node::root(&self.value)
    }

    /// `cniVersion`
    pub fn version(&self) -> Version {
        self.version
    }

    /// `name`, the network's; it can be part of a file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `prevResult`: what the plugin before this one in a list, or an earlier `ADD`, gave.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`], [`INVALID_CONFIG`]: it is no result.
    pub fn prev_result(&self) -> Result<Option<CniResult>, CniError> {
        let node = self.root().get("prevResult")?;
        if node.is_some() { CniResult::read(&node).map(Some) } else { Ok(None) }
    }

    /// `cni.dev/valid-attachments` of `GC`: container and interface of each that is to be kept. `None` if the key is
    /// missing, and then nothing is known and nothing may be touched.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`]
    pub fn valid_attachments(&self) -> Result<Option<Vec<(String, String)>>, CniError> {
        let node = self.root().get("cni.dev/valid-attachments")?;
        if !node.is_some() {
            return Ok(None);
        }
        let text = |item: &Node<'_>, key| Ok::<_, CniError>(item.get(key)?.text()?.unwrap_or_default().to_owned());
        let items = node.items()?;
        items.iter().map(|item| Ok((text(item, "containerID")?, text(item, "ifname")?))).collect::<Result<_, _>>().map(Some)
    }
}

/// `cniVersion` of a configuration or a result; one that is absent is 0.1.0.
///
/// # Errors
/// [`DECODING_FAILURE`]: it is no string. [`INCOMPATIBLE_VERSION`]: it is not spoken here.
pub fn version(root: &Node<'_>) -> Result<Version, CniError> {
    let text = root.get("cniVersion")?.text()?.unwrap_or_default();
    Version::parse(text).ok_or_else(|| {
        let supported = Version::ALL.map(|version| format!("{:?}", version.as_str())).join(" ");
        let details = format!("config is {text:?}, plugin supports [{supported}]");
        CniError::new(INCOMPATIBLE_VERSION, "incompatible CNI versions").details(details)
    })
}

/// Checks a network's name.
///
/// # Errors
/// [`INVALID_CONFIG`]
pub fn check_name(name: &str) -> Result<&str, CniError> {
    if name.is_empty() {
        return Err(CniError::new(INVALID_CONFIG, "missing network name"));
    }
    if !is_name(name) {
        let allowed = "letters, digits, _, . and - are allowed, a letter or digit first";
        return Err(
            CniError::new(INVALID_CONFIG, "invalid characters found in network name").details(format!("{name:?}: {allowed}"))
        );
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, CniError> {
        Config::read(text.into())
    }

    #[test]
    fn keys_are_found_whatever_their_case() {
        let config = config(r#"{"CNIVersion":"0.4.0","NAME":"n","MTU":1400,"Args":{"CNI":{"Mac":"x"}},"null":null}"#).unwrap();
        let root = config.root();
        assert_eq!((config.name(), config.version()), ("n", Version::V0_4_0));
        assert_eq!(root.get("mtu").unwrap().number::<u32>(), Ok(Some(1400)));
        assert_eq!(root.find("args.cni.mac").unwrap().text(), Ok(Some("x")));
        assert_eq!(root.find("args.cni.ips").unwrap().texts(), Ok(vec![]));
        assert_eq!(root.get("null").unwrap().flag(true), Ok(true));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let config = config(r#"{"name":"n","mtu":"x","a":[{"b":1.5},{"b":-1}],"ip":"10.0.0.256","net":"10.0.0.0"}"#).unwrap();
        let root = config.root();
        let says = |error: CniError, text: &str| assert_eq!(error.msg, text);
        says(root.get("mtu").unwrap().number::<u32>().unwrap_err(), "mtu must be a whole number, not \"x\"");
        says(root.get("mtu").unwrap().get("x").unwrap_err(), "mtu must be an object, not \"x\"");
        let items = root.get("a").unwrap().items().unwrap();
        says(items[0].get("b").unwrap().number::<u32>().unwrap_err(), "a[0].b must be a whole number, not 1.5");
        says(items[1].get("b").unwrap().number::<u32>().unwrap_err(), "a[1].b: -1 is out of range");
        says(root.get("a").unwrap().flag(false).unwrap_err(), "a must be true or false, not a list");
        says(root.get("ip").unwrap().address().unwrap_err(), "ip: \"10.0.0.256\" is not an IP address");
        assert!(root.get("net").unwrap().prefix().unwrap_err().msg.contains("as 10.1.0.0/16"));
    }

    #[test]
    fn what_all_have_is_checked() {
        for (text, code, msg) in [
            ("", DECODING_FAILURE, "the network configuration is not JSON"),
            ("{\"name\":\"n\"} x", DECODING_FAILURE, "the network configuration is not JSON"),
            ("[]", DECODING_FAILURE, "the configuration must be an object, not a list"),
            ("{}", INVALID_CONFIG, "missing network name"),
            (r#"{"name":"../n"}"#, INVALID_CONFIG, "invalid characters found in network name"),
            (r#"{"name":"n","cniVersion":"9.9.9"}"#, INCOMPATIBLE_VERSION, "incompatible CNI versions"),
            (r#"{"name":"n","cniVersion":1}"#, DECODING_FAILURE, "cniVersion must be a string, not 1"),
        ] {
            let error = config(text).unwrap_err();
            assert_eq!((error.code, error.msg.as_str()), (code, msg), "{text}");
        }
    }

    #[test]
    fn prefixes() {
        assert_eq!(cidr("10.1.2.3/24").map(|net| (net.addr.to_string(), net.len)), Some(("10.1.2.3".into(), 24)));
        for text in ["10.1.2.3", "10.1.2.3/33", "10.1.2.3/+1", "10.1.2.3/", "10.1.2.3/024", "10.1/16", "::/129"] {
            assert_eq!(cidr(text), None, "{text}");
        }
    }

    #[test]
    fn attachments() {
        let of = |text: &str| config(text).unwrap().valid_attachments();
        assert_eq!(of(r#"{"name":"n"}"#), Ok(None));
        assert_eq!(of(r#"{"name":"n","cni.dev/valid-attachments":[]}"#), Ok(Some(vec![])));
        let one = r#"{"name":"n","cni.dev/valid-attachments":[{"containerID":"c","ifname":"e"}]}"#;
        assert_eq!(of(one), Ok(Some(vec![("c".into(), "e".into())])));
    }
}
