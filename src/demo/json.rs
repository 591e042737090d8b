//! Making JSON values, and reading and changing them by pointers. Made for little code, not for speed.

use serde_json::{Map, Value};

/// As `serde_json::json!`, which would make the program some hundred kilobytes larger: every key and value of it is
/// code, here it is an entry of a list.
macro_rules! json {
    ({ $($members:tt)* }) => { json!(@object [] $($members)*) };
    ([ $($items:tt)* ]) => { json!(@array [] $($items)*) };
    (null) => { serde_json::Value::Null };
    (@object [$($done:tt)*]) => { $crate::json::object(&mut [$($done)*]) };
    (@object [$($done:tt)*] $key:literal : null $(, $($rest:tt)*)?) => {
        json!(@object [$($done)* ($key, serde_json::Value::Null),] $($($rest)*)?)
    };
    (@object [$($done:tt)*] $key:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        json!(@object [$($done)* ($key, json!({ $($inner)* })),] $($($rest)*)?)
    };
    (@object [$($done:tt)*] $key:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        json!(@object [$($done)* ($key, json!([ $($inner)* ])),] $($($rest)*)?)
    };
    (@object [$($done:tt)*] $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        json!(@object [$($done)* ($key, json!($value)),] $($($rest)*)?)
    };
    (@array [$($done:tt)*]) => { serde_json::Value::Array(vec![$($done)*]) };
    (@array [$($done:tt)*] { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        json!(@array [$($done)* json!({ $($inner)* }),] $($($rest)*)?)
    };
    (@array [$($done:tt)*] $value:expr $(, $($rest:tt)*)?) => {
        json!(@array [$($done)* json!($value),] $($($rest)*)?)
    };
    ($value:expr) => { $crate::json::Json::json(&$value) };
}

/// An object of these members.
#[inline(never)]
pub(super) fn object(members: &mut [(&'static str, Value)]) -> Value {
    Value::Object(members.iter_mut().map(|(key, value)| ((*key).to_owned(), value.take())).collect())
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
        self.iter().map(Json::json).collect()
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

/// Sets a value, making the objects on the way to it.
#[inline(never)]
pub(super) fn set(value: &mut Value, path: &[&str], new: Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(map) = value.as_object_mut() {
        set(map.entry(*key).or_insert(Value::Null), rest, new);
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
        Value::Object(map) => Value::Object(map.into_iter().filter(|(_, value)| !empty(value)).collect()),
        other => other,
    }
}

/// What `kubectl apply` makes of a live object: what is desired is set, what was applied before and is desired no
/// more goes, and what others added stays.
pub(super) fn three_way(live: &Value, applied: &Value, desired: &Value) -> Value {
    let (Some(live_map), Some(desired_map)) = (live.as_object(), desired.as_object()) else {
        return desired.clone();
    };
    let before = |key: &str| applied.get(key).unwrap_or(&Value::Null);
    let mut merged: Map<String, Value> = live_map
        .iter()
        .filter(|(key, _)| desired_map.contains_key(*key) || before(key).is_null())
        .map(|(key, value)| {
            let desired = desired_map.get(key);
            (key.clone(), desired.map_or_else(|| value.clone(), |desired| three_way(value, before(key), desired)))
        })
        .collect();
    for (key, value) in desired_map.iter().filter(|(key, _)| !live_map.contains_key(*key)) {
        merged.insert(key.clone(), value.clone());
    }
    Value::Object(merged)
}
