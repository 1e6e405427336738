//! Answers over HTTP: however their bytes arrive, they mean the same; what is read of them is bounded; and what is wrong
//! with one is said in words.

use voiden::http::{HttpRequest, exchange};

use super::peer::Peer;

/// Bytes of a body that are read at most, before and after it is decoded.
const LIMIT: usize = 256;

/// The input is what a server sends.
pub(crate) fn holds(input: &[u8]) {
    let runtime = super::peer::runtime();
    for method in ["GET", "HEAD"] {
        let [first, rest @ ..] =
            [1, 7, 64, usize::MAX].map(|length| runtime.block_on(ask(method, input, length)));
        for other in rest {
            assert_eq!(first, other);
        }
    }
}

async fn ask(method: &str, input: &[u8], length: usize) -> Result<String, ()> {
    let request = HttpRequest {
        method: method.to_owned(),
        url: "http://h/".to_owned(),
        headers: Vec::new(),
        cookies: None,
        body: None,
    };
    let (stream, _) = Peer::sending(input, length);
    let mut told = Vec::new();
    let answer = exchange(Box::new(stream), &request, LIMIT, |head| {
        told.push(head.clone());
    })
    .await;
    match answer {
        Ok((response, body)) => {
            assert!(body.len() <= LIMIT);
            assert!(method != "HEAD" || body.is_empty());
            assert_eq!(told, std::slice::from_ref(&response));
            Ok(format!("{response:?} {body:?}"))
        }
        Err(error) => {
            assert!(!error.reason.is_empty());
            assert!(!error.reason.chars().any(char::is_control), "{error:?}");
            // The reason shows how much had come when it was found.
            Err(())
        }
    }
}
