//! One function per operation that hands wire values to progenitor's builder, and a static that describes it.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::api::{Api, Operation, Parameter, ParameterKind};

/// The source of `operations.rs` for the operations that `used` names.
pub fn generate(api: &Api, used: &dyn Fn(&str) -> bool) -> TokenStream {
    let operations: Vec<&Operation> = api.operations.values().filter(|operation| used(&operation.id)).collect();
    let statics = operations.iter().map(|operation| static_name(&operation.id));
    let items = operations.iter().map(|operation| item(operation));
    let release = api.release.to_string();
    quote! {
        /// The Argo CD release this client was generated from.
        pub const RELEASE: &str = #release;
        /// Every generated operation.
        pub static ALL: &[&crate::argocd::Operation] = &[#(&#statics),*];
        #(#items)*
    }
}

fn item(operation: &Operation) -> TokenStream {
    let (name, method) = (static_name(&operation.id), ident(&operation.id));
    let (id, verb, path) = (&operation.id, &operation.method, &operation.path);
    let about = format!("`{}`", operation.route());
    let parameters = operation.parameters.iter().map(|parameter| {
        let (name, in_path) = (&parameter.name, parameter.in_path);
        quote!((#name, #in_path))
    });
    let sets = operation.parameters.iter().map(set);
    let has_body = operation.body.is_some();
    let body = has_body.then(|| quote!(request = request.body(wire.body());));
    quote! {
        #[doc = #about]
        pub static #name: crate::argocd::Operation = crate::argocd::Operation {
            id: #id, method: #verb, path: #path, parameters: &[#(#parameters),*], body: #has_body,
            send: |connection, mut wire| Box::pin(async move {
                let client = crate::argocd::client::Client::new_with_client(
                    &connection.base_url.clone(),
                    connection.http.clone(),
                    connection,
                );
                let mut request = client.#method();
                #(#sets)*
                #body
                wire.finish()?;
                crate::argocd::reply::settle(request.send().await).await
            }),
        };
    }
}

fn set(parameter: &Parameter) -> TokenStream {
    let (name, setter, empty) = (&parameter.name, ident(&parameter.name), parameter.send_empty);
    if parameter.in_path {
        return match parameter.kind {
            ParameterKind::Int32 => quote!(request = request.#setter(wire.number_segment::<i32>(#name)?);),
            ParameterKind::Int64 => quote!(request = request.#setter(wire.number_segment::<i64>(#name)?);),
            _ => quote!(request = request.#setter(wire.segment(#name)?);),
        };
    }
    let value = match parameter.kind {
        ParameterKind::Text => quote!(wire.text(#name, #empty)),
        ParameterKind::Boolean => quote!(wire.boolean(#name)?),
        ParameterKind::Int32 => quote!(wire.integer::<i32>(#name)?),
        ParameterKind::Int64 => quote!(wire.integer::<i64>(#name)?),
        ParameterKind::Texts => quote!(wire.texts(#name)),
        ParameterKind::Integers => quote!(wire.integers(#name)?),
    };
    quote!(if let Some(value) = #value { request = request.#setter(value); })
}

/// The method or setter that progenitor makes of a name.
pub fn ident(name: &str) -> Ident {
    let snake = name.replace(|c: char| !c.is_alphanumeric() && c != '_', "-").to_snake_case();
    syn::parse_str(&snake).unwrap_or_else(|_| format_ident!("{snake}_"))
}

/// The static that describes an operation: `APPLICATION_SERVICE_LIST`.
pub fn static_name(id: &str) -> Ident {
    format_ident!("{}", id.to_shouty_snake_case())
}
