//! The static table the server dispatches on, as Rust.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::{
    args::{Arg, Place},
    operations,
    release::Release,
    schema,
    shape::Shape,
    table::{Call, Effect, Run, Tool},
};

/// The source of `table.rs`: `ROWS`, and per handled tool a struct with exactly the calls it may make.
pub fn generate(tools: &[Tool]) -> TokenStream {
    let rows = tools.iter().map(row);
    let handles = tools.iter().filter(|tool| matches!(tool.run, Run::Handled(..))).map(handle);
    quote! {
        /// Every row of the table, in its order.
        pub static ROWS: &[crate::tools::Row] = &[#(#rows),*];
        #(#handles)*
    }
}

fn row(tool: &Tool) -> TokenStream {
    let Tool { toolset, name, title, about, destructive_when, idempotent, open_world, default, rbac, .. } = tool;
    let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
    let effect = match tool.effect {
        Effect::Read => quote!(Read),
        Effect::Write => quote!(Write),
        Effect::Destructive => quote!(Destructive),
    };
    let schema = schema::of(&tool.args).to_string();
    let since = release(tool.since);
    let example = tool.example.to_string();
    let args = tool.args.iter().map(arg);
    let calls = tool.calls.iter().map(call);
    let run = match &tool.run {
        Run::Pure(view) => {
            let view = view.tokens();
            quote!(crate::tools::Run::Pure(#view))
        }
        Run::Handled(module, view) => {
            let (module, calls) = (format_ident!("{module}"), handle_name(tool));
            let view = match view.as_ref().map(|view| view.tokens()) {
                Some(view) => quote!(Some(#view)),
                None => quote!(None),
            };
            quote!(crate::tools::Run::Handled(
                |session, request| Box::pin(crate::tools::#module::run(#calls { session }, request)), #view
            ))
        }
    };
    let also = match &tool.also {
        Some(also) => {
            let also = also.tokens();
            quote!(Some(&#also))
        }
        None => quote!(None),
    };
    quote! {
        crate::tools::Row {
            toolset: #toolset, name: #name, title: #title, about: #about, effect: crate::tools::Effect::#effect,
            destructive_when: &[#(#destructive_when),*], idempotent: #idempotent, open_world: #open_world,
            default: #default, rbac: &[#(#rbac),*], since: #since, example: #example, schema: #schema,
            args: &[#(#args),*], calls: &[#(#calls),*], also: #also, run: #run,
        }
    }
}

fn handle_name(tool: &Tool) -> proc_macro2::Ident {
    format_ident!("{}Calls", tool.name.to_upper_camel_case())
}

fn handle(tool: &Tool) -> TokenStream {
    let name = handle_name(tool);
    let about = format!("The calls of `{}`, and its only way to Argo CD.", tool.name);
    let roles: BTreeSet<&String> = tool.calls.iter().map(|call| &call.role).collect();
    let methods = roles.into_iter().map(|role| {
        let operations: Vec<&str> =
            tool.calls.iter().filter(|call| call.role == *role).map(|call| call.operation.as_str()).collect();
        let about = format!(
            "Sends `{}` with what the request gives it, and reads the whole answer.",
            operations.join("` or `")
        );
        let method = operations::ident(role);
        quote! {
            #[doc = #about]
            pub async fn #method(&self, request: &crate::tools::Request) -> Result<bytes::Bytes, crate::error::Error> {
                request.bytes(#role, &self.session).await
            }
        }
    });
    quote! {
        #[doc = #about]
        pub struct #name {
            session: crate::argocd::Session,
        }
        impl #name {
            #(#methods)*
        }
    }
}

fn call(call: &Call) -> TokenStream {
    let (role, operation) = (&call.role, operations::static_name(&call.operation));
    let since = release_tokens(call.since);
    let names = call.constants.iter().map(|(name, _)| name);
    let values = call.constants.iter().map(|(_, value)| value.to_string());
    let releases = call.fields.iter().map(|(since, _)| release_tokens(*since));
    let fields = call.fields.iter().map(|(_, fields)| fields);
    quote! {
        crate::tools::Call {
            role: #role, since: #since, operation: &crate::argocd::operations::#operation,
            constants: &[#((#names, #values)),*], fields: &[#((#releases, #fields)),*],
        }
    }
}

fn arg(arg: &Arg) -> TokenStream {
    let Arg { name, aliases, required, filled, choices, needs, .. } = arg;
    let (unsent, why) = (arg.unsent.iter().map(|(part, _)| part), arg.unsent.iter().map(|(_, why)| why));
    let names = format_ident!("{}", format!("{:?}", arg.names));
    let shape = shape(&arg.shape);
    let range = match arg.range {
        Some((low, high)) => quote!(Some((#low, #high))),
        None => quote!(None),
    };
    let default = match &arg.default {
        Some(value) => {
            let json = Value::to_string(value);
            quote!(Some(#json))
        }
        None => quote!(None),
    };
    let since = release(arg.since);
    let targets = arg.targets.iter().map(|target| {
        let (call, place) = (target.call, place(&target.place));
        quote!(crate::tools::Target { call: #call, place: #place })
    });
    quote! {
        crate::tools::Arg {
            name: #name, aliases: &[#(#aliases),*], required: #required, shape: #shape, choices: &[#(#choices),*],
            range: #range, default: #default, names: crate::tools::Names::#names, since: #since, targets: &[#(#targets),*],
            needs: &[#(#needs),*], unsent: &[#((#unsent, #why)),*], filled: #filled,
        }
    }
}

fn place(place: &Place) -> TokenStream {
    match place {
        Place::Parameter(name) => quote!(crate::tools::Place::Parameter(#name)),
        Place::Body(keys) => quote!(crate::tools::Place::Body(&[#(#keys),*])),
        Place::Resource(fields) => {
            let names = fields.iter().map(|(field, _)| field);
            let places = fields.iter().map(|(_, inner)| self::place(inner));
            quote!(crate::tools::Place::Resource(&[#((#names, #places)),*]))
        }
    }
}

fn shape(of: &Shape) -> TokenStream {
    let inner = match of {
        Shape::Text => quote!(Text),
        Shape::Integer => quote!(Integer),
        Shape::Number => quote!(Number),
        Shape::Boolean => quote!(Boolean),
        Shape::Any => quote!(Any),
        Shape::List(items) => {
            let items = shape(items);
            quote!(List(&#items))
        }
        Shape::Map(values) => {
            let values = shape(values);
            quote!(Map(&#values))
        }
        Shape::Resource => quote!(Resource),
        Shape::Open(keys, rest) => {
            let names = keys.iter().map(|(key, _)| key);
            let shapes = keys.iter().map(|(_, child)| shape(child));
            let rest = shape(rest);
            quote!(Open(&[#((#names, #shapes)),*], &#rest))
        }
        Shape::Object(keys) => {
            let names = keys.iter().map(|(key, _)| key);
            let shapes = keys.iter().map(|(_, child)| shape(child));
            quote!(Object(&[#((#names, #shapes)),*]))
        }
    };
    quote!(crate::tools::Shape::#inner)
}

fn release(release: Option<Release>) -> TokenStream {
    match release {
        Some(release) => {
            let tokens = release_tokens(release);
            quote!(Some(#tokens))
        }
        None => quote!(None),
    }
}

/// A release as the runtime has it.
pub fn release_tokens(release: Release) -> TokenStream {
    let Release { major, minor, patch } = release;
    quote!(crate::release::Release::new(#major, #minor, #patch))
}
