//! For operators: whether the server is alive, whether it takes requests, and what it has done.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    routing::get,
};
use serde_json::json;

use super::gates::Gates;
use crate::{telemetry::metrics, transport::message::refusal::json_response};

/// `/healthz` and `/readyz`, outside of all gates.
pub fn probes(gates: &Arc<Gates>) -> Router {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(Arc::clone(gates))
}

/// `/metrics`
pub async fn page() -> Response<Body> {
    let mut response = Response::new(Body::from(metrics::page()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
    response
}

async fn healthz() -> Response<Body> {
    json_response(StatusCode::OK, &json!({ "status": "ok" }))
}

async fn readyz(State(gates): State<Arc<Gates>>) -> Response<Body> {
    if gates.draining.is_cancelled() {
        return json_response(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "draining" }));
    }
    json_response(StatusCode::OK, &json!({ "status": "ok" }))
}
