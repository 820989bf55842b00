//! What the relay says about itself over HTTP. Every answer ends its connection, so that none is held for nothing.

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::greeting::Caller;
use super::server::Shared;
use super::status::Status;

/// The media type of the figures.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What proxies add to a request that is not their own.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// `/healthz`, `/readyz` and `/metrics`; anything else is not found.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_for_this_machine))
        .fallback(nothing)
}

/// Makes an answer the last one of its connection.
pub async fn ending(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether a proxy asks for somebody else.
pub fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED.iter().any(|name| headers.contains_key(*name))
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here: see docs/operations.md\n").into_response()
}

/// The process lives.
async fn health(State(shared): State<Shared>) -> Response {
    let hub = &shared.hub;
    axum::Json(serde_json::json!({
        "status": if shared.stop.is_cancelled() { "stopping" } else { "ok" },
        "connections": hub.peers.count(),
        "open_conversations": hub.lobby.count(),
        "loaded_conversations": hub.loaded(),
    }))
    .into_response()
}

/// Clients may come: the store takes records, and the relay is not stopping.
async fn ready(State(shared): State<Shared>) -> Response {
    let stopping = shared.stop.is_cancelled();
    let status = Status::of(&shared.hub, stopping);
    let code = if status.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let text = serde_json::json!({ "ready": status.ready, "stopping": stopping, "store": status.store });
    (code, axum::Json(text)).into_response()
}

async fn metrics_for_this_machine(
    shared: State<Shared>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
) -> Response {
    // A proxy on this machine asks for others, and says so.
    if is_forwarded(&headers) || !caller.address.ip().to_canonical().is_loopback() {
        return (StatusCode::FORBIDDEN, "the figures are for this machine: ask from 127.0.0.1\n")
            .into_response();
    }
    metrics(shared).await
}

/// The figures for Prometheus.
pub async fn metrics(State(shared): State<Shared>) -> Response {
    let status = Status::of(&shared.hub, shared.stop.is_cancelled());
    let kind: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, OPEN_METRICS)];
    (kind, shared.hub.metrics.text(&status)).into_response()
}

/// The relay as it is now.
pub async fn status(State(shared): State<Shared>) -> axum::Json<Status> {
    axum::Json(Status::of(&shared.hub, shared.stop.is_cancelled()))
}
