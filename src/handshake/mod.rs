//! HTTP/1.1 as the opening handshake speaks it: heads and bodies read within bounds, a client's request, what a server's
//! answer must have, and what a server makes of a request. Knows no way to a server; only reading touches a stream.

mod accept;
mod body;
mod cookie_date;
mod cookies;
mod deflate;
mod extensions;
mod framing;
mod head;
mod headers;
mod request;
mod response;
mod status;

pub(crate) use accept::{
    Refusal, asks_for_upgrade, request_target, require_host, require_websocket, response_head,
    switching_protocols, websocket_key,
};
pub use body::BodyBounds;
pub(crate) use body::{BodyError, read_body, read_refusal_body};
pub use cookies::CookieJar;
pub(crate) use deflate::accept_deflate;
pub(crate) use framing::Framing;
pub(crate) use head::{
    HeadError, RequestHead, ResponseHead, read_request_head, read_response_head,
};
pub(crate) use headers::{
    add_cookies, basic_credentials, header_elements, header_values, push_header,
};
pub use request::UpgradeOptions;
pub(crate) use request::UpgradeRequest;
pub(crate) use status::reason_phrase;
