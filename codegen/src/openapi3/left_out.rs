//! What of a swagger no code can be made of: told once, by the row that wants it or as a remark.

use std::cell::Cell;

/// An operation, or one parameter of it, that the converted document does not have.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The `operationId`, empty where there is none.
    pub operation: String,
    /// The parameter, where the rest of the operation can be called.
    pub parameter: Option<String>,
    route: String,
    reason: String,
    told: Cell<bool>,
}

impl LeftOut {
    pub(super) fn new(operation: &str, route: &str, parameter: Option<String>, reason: String) -> Self {
        Self { operation: operation.into(), parameter, route: route.into(), reason, told: Cell::new(false) }
    }

    /// What is wrong, for whoever wants to use it; it is no remark any more.
    pub fn problem(&self) -> String {
        self.told.set(true);
        let (what, reason) = (self.what(), &self.reason);
        if self.parameter.is_some() {
            format!("{what} cannot be sent: it {reason}")
        } else {
            format!("{what} cannot be called: {reason}")
        }
    }

    /// The remark, unless it was told as a problem.
    pub fn remark(&self) -> Option<String> {
        let (what, reason) = (self.what(), &self.reason);
        let it = if self.parameter.is_some() { "it " } else { "" };
        (!self.told.get()).then(|| format!("{what} is left out: {it}{reason}"))
    }

    fn what(&self) -> String {
        match (&self.parameter, self.operation.as_str()) {
            (Some(name), _) => format!("the parameter `{name}` of {}", self.route),
            (None, "") => self.route.clone(),
            (None, id) => format!("`{id}` ({})", self.route),
        }
    }
}
