//! Arguments that a row has because of what it is.

use super::{Effect, Run};
use crate::{args::Arg, reader::Reader, shape::Shape, view::View};

/// Arguments that rows have without saying so.
pub(super) const IMPLICIT: &[&str] = &["limit", "maxBytes", "offset", "output"];

/// Arguments every row of its kind has; returns their names.
pub(super) fn add(args: &mut Vec<Arg>, effect: Option<Effect>, run: Option<&Run>, reader: &Reader<'_>) -> Vec<String> {
    let implicit = |name: &str, shape: Shape| Arg::local(name, "", shape);
    let mut added = vec![];
    if let Some(Run::Pure(view)) = run
        && let View::Table(table) = &**view
    {
        // Said once in the server's instructions instead of in every tool, as is `maxBytes`.
        let limit = Arg {
            range: Some((1, 1000)),
            default: Some(table.limit().into()),
            brief: true,
            ..implicit("limit", Shape::Integer)
        };
        added.extend([limit, Arg { range: Some((0, i64::MAX)), brief: true, ..implicit("offset", Shape::Integer) }]);
    }
    if effect == Some(Effect::Read) {
        let outputs = ["text", "json", "raw"].map(str::to_owned).to_vec();
        added.extend([
            Arg { choices: outputs, ..implicit("output", Shape::Text) },
            // An answer that is all quotes, and said twice as with `output=json`, stays below what clients take at once.
            Arg { hidden: true, range: Some((1000, 400_000)), ..implicit("maxBytes", Shape::Integer) },
        ]);
    }
    for arg in &added {
        if args.iter().any(|own| own.name == arg.name || own.aliases.contains(&arg.name)) {
            reader.error(format!("argument `{}`: every row of this kind has it already", arg.name));
        }
    }
    let names = added.iter().map(|arg| arg.name.clone()).collect();
    args.extend(added);
    names
}
