//! The macros that turn a table into types. They have no behaviour of their own: what an attribute does is
//! what its [`Payload`](crate::Payload) does.
//!
//! | macro | a table of | becomes |
//! | --- | --- | --- |
//! | `attrs!` | attributes of one set | an enum that is an [`AttrSet`](crate::AttrSet) |
//! | `record!` | fields of one C struct | a struct that is a [`Record`](crate::Record), and getters on its [`View`](crate::View) |
//! | `names!` | named values of one number | a number that is a [`Field`](crate::Field), and a constant a value |
//! | `pick!` | shapes that a selector or the address family picks | an enum that is a [`Payload`](crate::Payload) |
//! | `messages!` | message types of one protocol | a constant a type, and their list |

/// An attribute set: `pub enum Ifla<'a> in "if_link.h" { IFLA_MTU(u32) = 4, }`.
macro_rules! attrs {
    ($(#[$doc:meta])* pub enum $Set:ident<$a:lifetime> in $header:literal {
        $($(#[doc = $attr_doc:literal])* $ATTR:ident($ty:ty) = $number:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(non_camel_case_types)]
        pub enum $Set<$a> {
            $($(#[doc = $attr_doc])* $ATTR($ty),)*
            /// What the table does not know, or knows in another shape, as it came.
            Unknown($crate::Raw<$a>),
        }

        // a set can be empty
        #[allow(unused_variables, unreachable_patterns)]
        impl<$a> $crate::AttrSet<$a> for $Set<$a> {
            fn set() -> &'static $crate::payload::Set {
                const {
                    &$crate::payload::Set {
                        name: stringify!($Set),
                        header: $header,
                        attrs: &[$($crate::payload::Attr {
                            number: $number,
                            name: stringify!($ATTR),
                            shape: <$ty as $crate::Payload<$a>>::SHAPE,
                            doc: concat!($($attr_doc),*),
                        }),*],
                        slots: None,
                    }
                }
            }

            #[inline]
            fn decode(raw: $crate::Raw<$a>, cx: &mut $crate::Context<$a>) -> Self {
                match if raw.is_plain() { raw.number() } else { u16::MAX } {
                    $($number => if let Some(value) = $crate::payload::of_plain(raw, cx) {
                        return Self::$ATTR(value);
                    })*
                    _ => {}
                }
                Self::Unknown(raw)
            }

            #[inline(always)]
            fn decode_to<V>(raw: $crate::Raw<$a>, cx: &mut $crate::Context<$a>, visitor: &mut V) -> V::Out
            where
                V: $crate::payload::Visitor<Self>,
            {
                match raw.number() {
                    $($number => if let Some(value) = $crate::payload::typed(raw, cx) {
                        return visitor.visit(Self::$ATTR(value));
                    })*
                    _ => {}
                }
                visitor.visit(Self::Unknown(raw))
            }

            #[allow(unreachable_code, unused_variables)] // in a set without attributes
            fn encode_all(attrs: &[Self], out: &mut bytes::BytesMut) -> Result<(), $crate::Error> {
                for attr in attrs {
                    // one place where errors go, not one for each attribute
                    let (number, done): (u16, Result<(), $crate::Error>) = match attr {
                        $(Self::$ATTR(value) => ($number, $crate::Payload::put(value, $number, out)),)*
                        Self::Unknown(raw) => (0, Ok(out.extend_from_slice(raw.whole()))),
                    };
                    if let Err(error) = done {
                        return Err(error.inside(Self::set(), number));
                    }
                }
                Ok(())
            }

            #[inline]
            fn unknown(&self) -> Option<$crate::Raw<$a>> {
                match self {
                    Self::Unknown(raw) => Some(*raw),
                    _ => None,
                }
            }
        }
    };
}

/// A C struct: `pub struct IfInfoMsg("ifinfomsg") { ifi_family: u8, }`. Gaps are fields named `__pad`.
macro_rules! record {
    ($(#[doc = $doc:literal])* pub struct $Name:ident($c_name:literal) {
        $($(#[doc = $field_doc:literal])* $field:ident: $ty:ty,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $Name { $($(#[doc = $field_doc])* pub $field: $ty,)* }

        impl $Name {
            /// Where each field begins.
            const OFFSETS: &'static [usize] = {
                const SIZES: &[usize] = &[$(<$ty as $crate::Field>::SIZE),*];
                &{
                    let mut offsets = [0; SIZES.len()];
                    let mut i = 1;
                    while i < offsets.len() {
                        offsets[i] = offsets[i - 1] + SIZES[i - 1];
                        i += 1;
                    }
                    offsets
                }
            };

            /// The struct as it goes over the wire.
            pub fn to_bytes(self) -> [u8; <$Name as $crate::Record>::SIZE] {
                let mut bytes = [0; <$Name as $crate::Record>::SIZE];
                let mut at = 0;
                $(
                    $crate::Field::write(&self.$field, &mut bytes[at..at + <$ty as $crate::Field>::SIZE]);
                    at += <$ty as $crate::Field>::SIZE;
                )*
                debug_assert_eq!(at, bytes.len());
                bytes
            }
        }

        impl Default for $Name {
            /// All fields 0.
            fn default() -> $Name {
                $crate::Record::read(&[0; <$Name as $crate::Record>::SIZE])
            }
        }

        impl $crate::Record for $Name {
            const SIZE: usize = 0 $(+ <$ty as $crate::Field>::SIZE)*;
            const NAME: &'static str = $c_name;
            const FIELDS: &'static [$crate::payload::FieldInfo] = {
                #[allow(non_camel_case_types)]
                enum At { $($field),* }
                const OF: &str = concat!($($doc),*);
                &[$($crate::payload::field::<$ty>(
                    stringify!($field),
                    $Name::OFFSETS[At::$field as usize],
                    OF,
                    concat!($($field_doc),*),
                )),*]
            };

            #[inline]
            fn read(bytes: &[u8]) -> $Name {
                let mut bytes = &bytes[..Self::SIZE];
                $(
                    let $field = <$ty as $crate::Field>::read(bytes);
                    bytes = &bytes[<$ty as $crate::Field>::SIZE..];
                )*
                let _ = bytes;
                $Name { $($field),* }
            }

            #[inline]
            fn write(&self, out: &mut bytes::BytesMut) {
                out.extend_from_slice(&self.to_bytes());
            }
        }

        const _: () = {
            #[allow(non_camel_case_types)]
            enum At { $($field),* }
            #[allow(dead_code)]
            impl $crate::View<'_, $Name> {
                $($(#[doc = $field_doc])* pub fn $field(&self) -> Option<$ty> {
                    self.field($Name::OFFSETS[At::$field as usize])
                })*
            }
        };
    };
}

/// Named values: `pub enum Scope(u8) { RT_SCOPE_HOST = 254 => "host", }`, or `pub flags` for bits.
macro_rules! names {
    ($(#[$doc:meta])* pub enum $Name:ident($int:ident) $table:tt) => {
        names! { @type [$(#[$doc])*] $Name $int false fmt_name $table }
    };
    ($(#[$doc:meta])* pub flags $Name:ident($int:ident) $table:tt) => {
        names! { @type [$(#[$doc])*] $Name $int true fmt_flags $table }
        impl core::ops::BitOr for $Name {
            type Output = $Name;
            fn bitor(self, other: $Name) -> $Name { $Name(self.0 | other.0) }
        }
        impl core::ops::BitOrAssign for $Name {
            fn bitor_assign(&mut self, other: $Name) { self.0 |= other.0 }
        }
        impl $Name {
            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: $Name) -> bool { self.0 & other.0 == other.0 }
            /// The bits that `other` has not.
            pub const fn without(self, other: $Name) -> $Name { $Name(self.0 & !other.0) }
        }
    };
    (@type [$(#[$doc:meta])*] $Name:ident $int:ident $flags:literal $fmt:ident {
        $($(#[$value_doc:meta])* $VALUE:ident = $value:literal $(=> $word:literal)?,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $Name(pub $int);
        $(#[allow(non_upper_case_globals)] $(#[$value_doc])* #[doc = concat!("`", stringify!($VALUE), "` = ", stringify!($value), $(" (", $word, ")",)? ".")]
        pub const $VALUE: $Name = $Name($value);)*

        impl $Name {
            /// The table of names.
            pub const TABLE: &'static $crate::payload::Names = &$crate::payload::Names {
                flags: $flags,
                names: &[$($crate::payload::Name { value: $value as i64, name: stringify!($VALUE), word: concat!("" $(, $word)?) }),*],
            };
            /// The word that `ip` or `nft` use for the value.
            pub fn word(self) -> Option<&'static str> { Self::TABLE.word(self.0 as i64) }
            /// The value of a word.
            pub fn from_word(word: &str) -> Option<$Name> { Self::TABLE.value(word).map(|value| $Name(value as $int)) }
        }

        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::payload::$fmt(self.0 as i64, Self::TABLE, f)
            }
        }

        impl core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { core::fmt::Display::fmt(self, f) }
        }

        impl $crate::Field for $Name {
            const SIZE: usize = size_of::<$int>();
            const NAME: &'static str = <$int as $crate::Field>::NAME;
            const NAMES: Option<&'static $crate::payload::Names> = Some(Self::TABLE);
            #[inline]
            fn read(bytes: &[u8]) -> $Name { $Name($crate::Field::read(bytes)) }
            #[inline]
            fn write(&self, bytes: &mut [u8]) { $crate::Field::write(&self.0, bytes) }
            fn make(make: &mut $crate::make::Gen) -> $Name { $Name(make.named(Self::TABLE) as $int) }
        }
    };
}

/// A choice: `pub enum InfoData<'a> by selector 0 { b"veth" => Veth(Nest<..>), }`, or `by family` of `AF_*`.
macro_rules! pick {
    ($(#[$doc:meta])* pub enum $Pick:ident<$a:lifetime> by selector $slot:literal $table:tt) => {
        pick! { @type [$(#[$doc])*] $Pick $a (cx cx.key($slot)) (Some($slot); keys) $table }
    };
    ($(#[$doc:meta])* pub enum $Pick:ident<$a:lifetime> by family $table:tt) => {
        pick! { @type [$(#[$doc])*] $Pick $a (cx cx.family) (None; no_keys) $table }
    };
    (@type [$(#[$doc:meta])*] $Pick:ident $a:lifetime ($cx:ident $by:expr) ($slot:expr; $keys:ident) {
        $($(#[$pick_doc:meta])* $($key:literal)|+ => $Variant:ident($ty:ty),)* $(_ => $Else:ident($else_ty:ty),)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum $Pick<$a> {
            $($(#[$pick_doc])* #[doc = concat!("For ", $("`", stringify!($key), "` ",)+ ".")] $Variant($ty),)*
            $(#[doc = "For all others."] $Else($else_ty),)?
            /// What the selector does not name, or names in another shape, as it came.
            Other($crate::Raw<$a>),
        }

        impl<$a> $Pick<$a> {
            fn pick($cx: &$crate::Context<'_>) -> Option<&'static $crate::payload::Shape> {
                match $by {
                    $(key if $(key == $key)||+ => Some(<$ty as $crate::Payload<$a>>::SHAPE),)*
                    #[allow(unreachable_patterns)]
                    $(_ => Some(<$else_ty as $crate::Payload<$a>>::SHAPE),)?
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }
        }

        impl<$a> $crate::Payload<$a> for $Pick<$a> {
            const SHAPE: &'static $crate::payload::Shape = &$crate::payload::Shape::of(
                "sub-message",
                $crate::payload::Form::Pick(&$crate::payload::Pick {
                    slot: $slot,
                    keys: pick!(@$keys $($($key)+)*),
                    pick: Self::pick,
                }),
            );
            const NESTED: bool = true;

            #[inline]
            fn decode(raw: $crate::Raw<$a>, $cx: &mut $crate::Context<$a>) -> Option<Self> {
                let picked = match $by {
                    $(key if $(key == $key)||+ => $crate::payload::of_plain(raw, $cx).map(Self::$Variant),)*
                    #[allow(unreachable_patterns)]
                    $(_ => $crate::payload::of_plain(raw, $cx).map(Self::$Else),)?
                    #[allow(unreachable_patterns)]
                    _ => None,
                };
                Some(picked.unwrap_or(Self::Other(raw)))
            }

            #[inline]
            fn encode(&self, out: &mut bytes::BytesMut) -> Result<(), $crate::Error> {
                match self {
                    $(Self::$Variant(value) => $crate::Payload::encode(value, out),)*
                    $(Self::$Else(value) => $crate::Payload::encode(value, out),)?
                    Self::Other(raw) => $crate::Payload::encode(&raw.value(), out),
                }
            }

            #[inline]
            fn flags(&self) -> u16 {
                match self {
                    $(Self::$Variant(value) => $crate::Payload::flags(value),)*
                    $(Self::$Else(value) => $crate::Payload::flags(value),)?
                    Self::Other(raw) => raw.flags(),
                }
            }
        }
    };
    (@keys $($key:literal)*) => { &[$($key),*] };
    (@no_keys $($key:literal)*) => { &[] };
}

/// Message types: `RTM_NEWLINK = 16: IfInfoMsg, Ifla;` in a list with a doc line each. A list can have several
/// parts, each with its own base. Where requests have other attributes, these come last: `: BrPortMsg, Mdba, MdbaSetEntry;`.
macro_rules! messages {
    ($(#[$doc:meta])* pub $List:ident $(+ $base:literal {
        $($(#[doc = $message_doc:literal])* $TYPE:ident = $number:literal: $Header:ty, $Set:ty $(, $Asked:ty)?;)*
    })+) => {
        $($($(#[doc = $message_doc])* pub const $TYPE: u16 = $base + $number;)*)+
        $(#[$doc])*
        pub const $List: &[$crate::payload::MessageInfo] = &[$($($crate::payload::MessageInfo {
            number: $TYPE,
            name: stringify!($TYPE),
            doc: concat!($($message_doc),*),
            header: <$Header as $crate::Record>::FIELDS,
            set: <$Set as $crate::AttrSet<'static>>::set,
            asked: [$(<$Asked as $crate::AttrSet<'static>>::set as fn() -> _)?].first().copied(),
            #[cfg(feature = "fuzz")]
            again: |payload, out| {
                let body = $crate::payload::Headed::<'_, $Header, $Set>::parse(payload, 0)?;
                $crate::Body::write(&body, out)
            },
        },)*)+];
    };
}
