//! Making JSON values, and reading and changing them by pointers. Made for little code, not for speed.

use serde_json::{Map, Value};

use super::gather::Gather;

/// As `serde_json::json!`, which would make the program some hundred kilobytes larger: every key and value of it is
/// code that builds. Here the shape is one text with a `?` for each value, and the code is a list of what stands there.
macro_rules! json {
    ({ $($members:tt)* }) => { json!(@object ["{",] [] $($members)* ; end) };
    ([ $($items:tt)* ]) => { json!(@array ["[",] [] $($items)* ; end) };
    ($value:expr) => { $crate::json::Json::json(&$value) };

    (@object [$($shape:tt)*] [$($holes:tt)*] , $($rest:tt)*) => { json!(@object [$($shape)*] [$($holes)*] $($rest)*) };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : null $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":null\n,",] [$($holes)*] $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : { $($inner:tt)* } $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":{",] [$($holes)*] $($inner)* ; object $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : [ $($inner:tt)* ] $($rest:tt)*) => {
        json!(@array [$($shape)* $key, ":[",] [$($holes)*] $($inner)* ; object $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : $value:literal , $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":", stringify!($value), "\n,",] [$($holes)*] $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : $value:literal ; $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":", stringify!($value), "\n,",] [$($holes)*] ; $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : $value:expr , $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":?,",] [$($holes)* (&$value)] $($rest)*)
    };
    (@object [$($shape:tt)*] [$($holes:tt)*] $key:literal : $value:expr ; $($rest:tt)*) => {
        json!(@object [$($shape)* $key, ":?,",] [$($holes)* (&$value)] ; $($rest)*)
    };
    (@array [$($shape:tt)*] [$($holes:tt)*] , $($rest:tt)*) => { json!(@array [$($shape)*] [$($holes)*] $($rest)*) };
    (@array [$($shape:tt)*] [$($holes:tt)*] { $($inner:tt)* } $($rest:tt)*) => {
        json!(@object [$($shape)* "{",] [$($holes)*] $($inner)* ; array $($rest)*)
    };
    (@array [$($shape:tt)*] [$($holes:tt)*] $value:literal , $($rest:tt)*) => {
        json!(@array [$($shape)* stringify!($value), "\n,",] [$($holes)*] $($rest)*)
    };
    (@array [$($shape:tt)*] [$($holes:tt)*] $value:literal ; $($rest:tt)*) => {
        json!(@array [$($shape)* stringify!($value), "\n,",] [$($holes)*] ; $($rest)*)
    };
    (@array [$($shape:tt)*] [$($holes:tt)*] $value:expr , $($rest:tt)*) => {
        json!(@array [$($shape)* "?,",] [$($holes)* (&$value)] $($rest)*)
    };
    (@array [$($shape:tt)*] [$($holes:tt)*] $value:expr ; $($rest:tt)*) => {
        json!(@array [$($shape)* "?,",] [$($holes)* (&$value)] ; $($rest)*)
    };
    // An end, and what it is in.
    (@object [$($shape:tt)*] $holes:tt ; end) => { json!(@build [$($shape)* "},",] $holes) };
    (@array [$($shape:tt)*] $holes:tt ; end) => { json!(@build [$($shape)* "],",] $holes) };
    (@object [$($shape:tt)*] $holes:tt ; $in:ident $($rest:tt)*) => { json!(@$in [$($shape)* "},",] $holes $($rest)*) };
    (@array [$($shape:tt)*] $holes:tt ; $in:ident $($rest:tt)*) => { json!(@$in [$($shape)* "],",] $holes $($rest)*) };
    (@build [$($shape:tt)*] [$($hole:tt)*]) => { $crate::json::build(concat!($($shape)*), &[$($hole),*]) };
}

/// A value of that shape: members and items end with commas, keys stand bare and have no colons in them, and each `?`
/// is the next of `holes`.
#[inline(never)]
pub(super) fn build(shape: &'static str, holes: &[&dyn Json]) -> Value {
    Shape { rest: shape, holes: holes.iter() }.value()
}

/// A shape that is being read.
struct Shape<'a> {
    rest: &'static str,
    holes: std::slice::Iter<'a, &'a dyn Json>,
}

impl Shape<'_> {
    /// Reads as far as a sign, and over it.
    fn to(&mut self, sign: &str) -> &'static str {
        let (before, rest) = self.rest.split_once(sign).unwrap_or((self.rest, ""));
        self.rest = rest;
        before
    }

    /// Whether what follows is the end of a list or an object; then it is read.
    fn ends(&mut self) -> bool {
        let ends = self.rest.is_empty() || self.rest.starts_with(['}', ']']);
        if ends {
            self.to(",");
        }
        ends
    }

    fn value(&mut self) -> Value {
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            let mut members = Map::new();
            while !self.ends() {
                let key = self.to(":").to_owned();
                members.insert(key, self.value());
            }
            return Value::Object(members);
        }
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.rest = rest;
            let mut items = vec![];
            while !self.ends() {
                items.push(self.value());
            }
            return Value::Array(items);
        }
        if let Some(rest) = self.rest.strip_prefix("?,") {
            self.rest = rest;
            return self.holes.next().map_or(Value::Null, Json::json);
        }
        self.to("\n,").parse().unwrap_or_default()
    }
}

/// What can stand in JSON.
pub(super) trait Json {
    /// It as a value.
    fn json(&self) -> Value;
}

impl Json for str {
    #[inline(never)]
    fn json(&self) -> Value {
        Value::String(self.to_owned())
    }
}

impl Json for String {
    fn json(&self) -> Value {
        self.as_str().json()
    }
}

impl Json for Value {
    #[inline(never)]
    fn json(&self) -> Value {
        self.clone()
    }
}

impl Json for bool {
    fn json(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Json for $number {
            #[inline(never)]
            fn json(&self) -> Value {
                Value::from(*self)
            }
        })*
    };
}

numbers!(i32 i64 u8 u16 u32 usize);

impl<T: Json + ?Sized> Json for &T {
    fn json(&self) -> Value {
        (**self).json()
    }
}

impl<T: Json> Json for Option<T> {
    #[inline(never)]
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::json)
    }
}

impl<T: Json> Json for [T] {
    #[inline(never)]
    fn json(&self) -> Value {
        Value::Array(self.iter().map(Json::json).gather())
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(&self) -> Value {
        self.as_slice().json()
    }
}

/// The text there; empty when there is none.
#[inline(never)]
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number there.
#[inline(never)]
pub(super) fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// Whether `true` stands there.
#[inline(never)]
pub(super) fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// The list there; empty when there is none.
#[inline(never)]
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Its members, if it is an object.
pub(super) fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Texts in one, with something between them.
#[inline(never)]
pub(super) fn joined(parts: &[String], between: &str) -> String {
    let mut all = String::new();
    for part in parts {
        if !all.is_empty() {
            all.push_str(between);
        }
        all.push_str(part);
    }
    all
}

/// A part of a JSON pointer as it stands in the object (RFC 6901).
pub(super) fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// Sets a value, making the objects on the way to it.
#[inline(never)]
pub(super) fn set(value: &mut Value, pointer: &str, new: &dyn Json) {
    let mut at = value;
    for key in pointer.split('/').skip(1) {
        at = member(at, &unescaped(key));
    }
    *at = new.json();
}

/// Puts what somebody says of an application into its metadata.
#[inline(never)]
pub(super) fn describe(metadata: &mut Value, said: Option<&Value>) {
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(value) = said.and_then(|said| said.get(key)) {
            put(metadata, key, value);
        }
    }
}

/// Sets a member, whatever its name is.
#[inline(never)]
pub(super) fn put(value: &mut Value, key: &str, new: &dyn Json) {
    *member(value, key) = new.json();
}

/// The place of a member, in what is an object from then on.
pub(super) fn member<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map.entry(key).or_insert(Value::Null),
        other => other,
    }
}

/// Takes a member away.
pub(super) fn remove(value: &mut Value, pointer: &str, key: &str) -> Option<Value> {
    value.pointer_mut(pointer)?.as_object_mut()?.shift_remove(key)
}

/// Drops members that say nothing: null, and empty texts, lists and objects.
#[inline(never)]
pub(super) fn without_empty(value: Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !empty(value)).object(),
        other => other,
    }
}
