//! progenitor's client: typed requests, free-form bodies, answers as byte streams, our path encoder.
//!
//! Answers stay bytes because the swagger's response types disagree with the wire: typed ones fail on real answers
//! or lose what they do not know.

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;
use serde_json::{Value, json};
use syn::{Item, UseTree, punctuated::Punctuated};

use crate::api::{Api, Parameter};

/// The source of `client.rs` for the operations that `used` names.
///
/// # Errors
/// A sentence when progenitor refuses the document or no longer imports the path encoder that is replaced.
pub fn generate(api: &Api, used: &dyn Fn(&str) -> bool) -> Result<String, String> {
    let document = serde_json::from_value(prune(&api.document, used))
        .map_err(|error| format!("the converted document is not OpenAPI 3: {error}"))?;
    let settings = GenerationSettings::default()
        .with_interface(InterfaceStyle::Builder)
        .with_inner_type(quote!(crate::argocd::Connection))
        .with_hooks(HooksMode::Expected)
        .clone();
    let tokens = Generator::new(&settings)
        .generate_tokens(&document)
        .map_err(|error| format!("progenitor refuses the document: {error}"))?;
    let mut file: syn::File =
        syn::parse2(tokens).map_err(|error| format!("progenitor's code does not parse: {error}"))?;
    replace_path_encoder(&mut file)?;
    file.items.push(hooks());
    Ok(prettyplease::unparse(&file))
}

fn prune(document: &Value, used: &dyn Fn(&str) -> bool) -> Value {
    let mut document = document.clone();
    let id = |operation: &Value| operation.get("operationId").and_then(Value::as_str).is_some_and(used);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|_, operation| id(operation));
            for operation in item.values_mut() {
                if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
                    *schema = json!({});
                }
                for response in operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten() {
                    *response.1 = json!({ "description": "", "content": { "*/*": {} } });
                }
                // Requiredness is the table's matter; progenitor would turn it into panicking defaults. A type is what
                // `Wire` gives: formats and words would become types of their own.
                for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                    let Parameter { in_path, kind, .. } = Parameter::read(parameter);
                    if let Some(map) = parameter.as_object_mut() {
                        map.insert("required".into(), json!(in_path));
                        map.insert("schema".into(), kind.schema(in_path));
                    }
                }
            }
        }
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        *schemas = json!({});
    }
    document
}

/// progenitor-client's `encode_path` leaves `:`, `+`, `\` and dot segments alone; Argo CD's router and every proxy on
/// the way read those.
fn replace_path_encoder(file: &mut syn::File) -> Result<(), String> {
    let mut found = false;
    for item in &mut file.items {
        if let Item::Use(import) = item
            && let UseTree::Path(path) = &mut import.tree
            && path.ident == "progenitor_client"
            && let UseTree::Group(group) = &mut *path.tree
        {
            let is_encoder = |tree: &UseTree| matches!(tree, UseTree::Name(name) if name.ident == "encode_path");
            found |= group.items.iter().any(is_encoder);
            group.items = group.items.iter().filter(|tree| !is_encoder(tree)).cloned().collect::<Punctuated<_, _>>();
        }
    }
    if !found {
        return Err(
            "progenitor no longer imports `encode_path`: look at replace_path_encoder in codegen/src/client.rs".into(),
        );
    }
    file.items.insert(
        0,
        syn::parse_quote!(
            use crate::argocd::path::encode_path;
        ),
    );
    Ok(())
}

/// Everything that goes out passes `argocd::exec`.
fn hooks() -> Item {
    syn::parse_quote! {
        impl ClientHooks<crate::argocd::Connection> for Client {
            async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
                crate::argocd::exec::execute(&self.client, &self.inner, request, info.operation_id).await
            }
        }
    }
}
