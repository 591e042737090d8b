//! rmcp's `ServerHandler`: no more than the translation between its types and ours.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult,
        ErrorCode, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerConfig, Tool,
    },
    service::RequestContext,
};
use tokio_util::sync::CancellationToken;

use super::{Server, calls, surface};
use crate::{
    caller::Caller,
    error::{Error, Kind},
    telemetry::trace::Parent,
    tools::{self, Answer},
    view::text::{clean, clip},
};

/// How long a client may keep the list of tools, in milliseconds: it only changes with a restart.
const LIST_TTL: u64 = 300_000;

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        surface::describe(&self.app)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        #[cfg(feature = "conformance-fixtures")]
        if let Some(tool) = super::fixtures::tools().into_iter().find(|tool| tool.name == name) {
            return Some(tool);
        }
        tools::find(name).map(surface::tool)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        // Some clients send an empty cursor with the first request.
        if request.and_then(|request| request.cursor).is_some_and(|cursor| !cursor.is_empty()) {
            return Err(ErrorData::invalid_params("unknown cursor: the list has one page", None));
        }
        let tools = surface::tools(&self.app);
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = self.caller(&context);
        #[cfg(feature = "conformance-fixtures")]
        if let Some(answer) = calls::caught(super::fixtures::tools::call(&request, &context)).await {
            return answer;
        }
        let Some(row) = tools::find(&request.name) else {
            calls::unknown(&request.name, Kind::NotFound.word(), &caller);
            let names = self.app.policy.visible().map(|row| row.name);
            let hint = crate::suggest::did_you_mean(&request.name, names);
            let name = clip(&clean(&request.name), 80);
            return Err(ErrorData::invalid_params(format!("Unknown tool: {name}{hint}"), None));
        };
        let session_gone = context.extensions.get::<CancellationToken>().cloned().unwrap_or_default();
        // A call that is given up closes its connection to Argo CD.
        let ended = async {
            tokio::select! {
                () = context.ct.cancelled() => "the caller cancelled",
                () = session_gone.cancelled() => "the session ended",
            }
        };
        let arguments = request.arguments.unwrap_or_default();
        // rmcp reserves room for a call in every session; a boxed call takes room only while it runs.
        let result = Box::pin(calls::run_until(&self.app, row, arguments, &caller, ended)).await;
        let address = result.as_ref().err().and_then(Error::address);
        if let Some(required) = address.and_then(|address| self.shown.show(address, &context)) {
            return Ok(required.into());
        }
        Ok(result_of(result).into())
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ListPromptsResult, ErrorData> {
        Ok(super::fixtures::prompts::list())
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn get_prompt(
        &self,
        request: rmcp::model::GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::GetPromptResponse, ErrorData> {
        super::fixtures::prompts::get(&request)
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ListResourcesResult, ErrorData> {
        Ok(super::fixtures::prompts::resources())
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ListResourceTemplatesResult, ErrorData> {
        Ok(super::fixtures::prompts::templates())
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn read_resource(
        &self,
        request: rmcp::model::ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ReadResourceResponse, ErrorData> {
        super::fixtures::prompts::resource(&request.uri)
    }

    #[cfg(feature = "conformance-fixtures")]
    #[allow(deprecated, reason = "the suite tests it")]
    async fn subscribe(
        &self,
        _: rmcp::model::SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    #[cfg(feature = "conformance-fixtures")]
    #[allow(deprecated, reason = "the suite tests it")]
    async fn unsubscribe(
        &self,
        _: rmcp::model::UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    #[cfg(feature = "conformance-fixtures")]
    #[allow(deprecated, reason = "the suite tests it")]
    async fn set_level(
        &self,
        _: rmcp::model::SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn complete(
        &self,
        request: rmcp::model::CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::CompleteResult, ErrorData> {
        super::fixtures::prompts::complete(&request)
    }

    #[cfg(feature = "conformance-fixtures")]
    fn accepted_subscription_filter(
        &self,
        requested: &rmcp::model::SubscriptionFilter,
    ) -> Option<rmcp::model::SubscriptionFilter> {
        Some(requested.supported_by(&super::fixtures::capabilities()))
    }

    #[cfg(feature = "conformance-fixtures")]
    async fn listen(&self, context: rmcp::service::SubscriptionContext) -> Result<(), ErrorData> {
        super::fixtures::listen(context).await;
        Ok(())
    }

    /// Called for unknown methods, and for known ones whose parameters rmcp cannot read: the two get different answers.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        const ALWAYS: &[&str] = &["server/discover", "tools/call", "tools/list"];
        const LEGACY: &[&str] = &["initialize", "ping"];
        let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let method = request.method.as_str();
        if method == "tools/call" {
            let name = request.params.as_ref().and_then(|params| params.get("name")?.as_str());
            calls::unknown(name.unwrap_or_default(), Kind::Arguments.word(), &self.caller(&context));
        }
        if ALWAYS.contains(&method) || (!modern && LEGACY.contains(&method)) {
            let wants = if method == "tools/call" { wanted(request.params.as_ref()) } else { "" };
            return Err(ErrorData::invalid_params(format!("Invalid params for {method}{wants}"), None));
        }
        Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            format!("Method not found: {}", clip(&clean(method), 80)),
            None,
        ))
    }
}

/// What is wrong with the parameters of a call.
fn wanted(params: Option<&serde_json::Value>) -> &'static str {
    let of = |name: &str| params.and_then(|params| params.get(name));
    match (of("name"), of("arguments")) {
        (None, _) => ": `name` is missing, which tool it is",
        (Some(name), _) if !name.is_string() => ": `name` must be a text, the name of a tool",
        (_, Some(arguments)) if !arguments.is_object() => ": `arguments` must be a JSON object",
        _ => "",
    }
}

impl Server {
    /// What the transport found out about the caller; if it finds out nothing, the name that the client gave itself.
    fn caller(&self, context: &RequestContext<RoleServer>) -> Caller {
        let mut caller = (self.caller)(&context.extensions).unwrap_or_else(|| {
            let name = context.client_info().map(|client| format!("{}/{}", client.name, client.version));
            Caller::process(name.unwrap_or_default())
        });
        // The span that the client names is nearer than that of a proxy in between.
        let said = |key: &str| context.meta.get(key).and_then(serde_json::Value::as_str);
        let parent = said("traceparent").and_then(|parent| Parent::new(parent, said("tracestate")));
        caller.trace = parent.or(caller.trace);
        caller
    }
}

/// A tool result: text always, the structure where JSON was asked for, errors as `isError`.
fn result_of(result: Result<Answer, Error>) -> CallToolResult {
    match result {
        Ok(answer) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
            result.structured_content = answer.structured.filter(serde_json::Value::is_object);
            result
        }
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    }
}
