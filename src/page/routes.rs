//! Which request gets which answer.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post};
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;

use super::access::{Access, Gate, PageKeys, query};
use super::answer::{answer, json, picture, refusal, words};
use super::commands::Commands;
use super::hub::Hub;
use super::pictures::{NamedPicture, named_picture};
use super::runs::PageRuns;
use super::{assets, stream};
use crate::runner;

/// Bytes of a command at most: a script or a message that one types.
const COMMAND: usize = 4 << 20;

/// Commands that are done at the same time.
const AT_ONCE: usize = 16;

const REFUSED: &str = "Open the address that `voiden open` has printed.";

#[derive(Clone)]
struct Serving {
    gate: Gate,
    commands: Commands,
    streams: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
}

pub(super) fn router(keys: PageKeys, port: u16, hub: Arc<Hub>, runs: Arc<PageRuns>) -> Router {
    let serving = Serving {
        gate: Gate::new(keys, port),
        commands: Commands { hub, runs },
        streams: Arc::new(Semaphore::new(stream::STREAMS)),
        at_once: Arc::new(Semaphore::new(AT_ONCE)),
    };
    Router::new()
        .route("/", get(page))
        .route("/assets/{name}", get(asset))
        .route("/picture", get(picture_of))
        .route("/api/events", get(events))
        .route("/api/{command}", post(command))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(DefaultBodyLimit::max(COMMAND))
        .layer(from_fn_with_state(serving.clone(), guard))
        .with_state(serving)
}

/// Lets nobody through who may not; what is behind it is told how far it may go.
async fn guard(State(serving): State<Serving>, mut request: Request, next: Next) -> Response<Body> {
    let access = serving
        .gate
        .judge(request.method(), request.uri(), request.headers());
    let needs_second = request.uri().path().starts_with("/api/");
    if access == Access::None || (needs_second && access != Access::Command) {
        return words(StatusCode::FORBIDDEN, REFUSED);
    }
    request.extensions_mut().insert(access);
    let response = next.run(request).await;
    if response
        .headers()
        .contains_key(header::X_CONTENT_TYPE_OPTIONS)
    {
        return response;
    }
    // What the library answers by itself: a body that is too large, a path that is not UTF-8.
    refusal(
        response.status(),
        "the request cannot be read, or is too large",
    )
}

async fn page(State(serving): State<Serving>, request: Request) -> Response<Body> {
    let knows = request.extensions().get() == Some(&Access::Address);
    let token = knows.then(|| serving.gate.keys().header());
    let mut response = answer(
        StatusCode::OK,
        "text/html; charset=utf-8",
        assets::page(token),
    );
    if knows && let Ok(cookie) = HeaderValue::try_from(serving.gate.cookie()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn asset(Path(name): Path<String>) -> Response<Body> {
    match assets::asset(&name) {
        Some((kind, text)) => answer(StatusCode::OK, kind, text),
        None => nothing().await,
    }
}

async fn picture_of(State(serving): State<Serving>, uri: Uri) -> Response<Body> {
    let asked = |name: &str| {
        let decoded = percent_decode_str(query(&uri, name)?).decode_utf8();
        decoded.ok().map(String::from)
    };
    let document = asked("document").and_then(|id| id.parse().ok());
    let named = document.and_then(|id| serving.commands.hub.named(id));
    let picked = asked("path").and_then(|target| named_picture(&target));
    let (Some(named), Some(NamedPicture { path, kind })) = (named, picked) else {
        return nothing().await;
    };
    let folders = serving.commands.hub.folders();
    let read = blocking(move || runner::picture(&named, &folders, &path)).await;
    match read.flatten() {
        Some(bytes) => picture(kind, bytes),
        None => nothing().await,
    }
}

async fn events(State(serving): State<Serving>) -> Response<Body> {
    stream::events(&serving.commands.hub, &serving.streams)
}

async fn command(
    State(serving): State<Serving>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response<Body> {
    let Ok(_turn) = serving.at_once.acquire().await else {
        return nothing().await;
    };
    let done = blocking(move || serving.commands.perform(&name, &body)).await;
    match done {
        Some(Ok(value)) => json(StatusCode::OK, &value),
        Some(Err((status, sentence))) => refusal(status, &sentence),
        None => refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the command was not done",
        ),
    }
}

async fn nothing() -> Response<Body> {
    words(StatusCode::NOT_FOUND, "There is nothing here.")
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(act).await.ok()
}
