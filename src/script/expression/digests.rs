//! Hashes, and what is signed with them: `md5` … `sha512`, `hmac_…`, tokens (RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jaq_core::{Cv, Error, ValXs, native};
use jaq_json::{Map, Val};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::bytes::{Made, bytes, kind, of_bytes, pieces, taken, text};
use super::encodings::BASE64URL;
use super::facts::json;
use super::machine::{Bounds, Machine};
use super::spelled::to_json;

pub(super) fn md5(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    digest::<Md5>(cv, "md5")
}

pub(super) fn sha1(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    digest::<Sha1>(cv, "sha1")
}

pub(super) fn sha256(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    digest::<Sha256>(cv, "sha256")
}

pub(super) fn sha512(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    digest::<Sha512>(cv, "sha512")
}

fn digest<'a, D: Digest>(cv: Cv<'a, Machine>, name: &str) -> ValXs<'a, Val> {
    of_bytes(cv, name, |bounds, input| {
        let mut digest = D::new();
        pieces(bounds, input).for_each(|piece| digest.update(piece));
        bytes(bounds, digest.finalize().to_vec())
    })
}

pub(super) fn hmac_sha1(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    hmac::<Hmac<Sha1>>(cv, "hmac_sha1")
}

pub(super) fn hmac_sha256(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    hmac::<Hmac<Sha256>>(cv, "hmac_sha256")
}

pub(super) fn hmac_sha512(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    hmac::<Hmac<Sha512>>(cv, "hmac_sha512")
}

fn hmac<'a, M: Mac + KeyInit>(mut cv: Cv<'a, Machine>, name: &str) -> ValXs<'a, Val> {
    let key = cv.0.pop_var();
    of_bytes(cv, name, |bounds, input| {
        let key = taken(&format!("{name}(KEY)"), &key)?;
        bytes(bounds, signature::<M>(bounds, key, input)?)
    })
}

fn signature<M: Mac + KeyInit>(
    bounds: &Bounds,
    key: &[u8],
    input: &[u8],
) -> Result<Vec<u8>, Error<Val>> {
    // RFC 2104 takes keys of any length.
    let mut mac = M::new_from_slice(key).map_err(|_| Error::str("this key cannot be used"))?;
    pieces(bounds, input).for_each(|piece| mac.update(piece));
    Ok(mac.finalize().into_bytes().to_vec())
}

pub(super) fn jwt_hs256((mut context, claims): Cv<'_, Machine>) -> ValXs<'_, Val> {
    let key = context.pop_var();
    let bounds = context.data().bounds;
    native::bome(token(bounds, &claims, &key, None))
}

pub(super) fn jwt_hs256_with((mut context, claims): Cv<'_, Machine>) -> ValXs<'_, Val> {
    let header = context.pop_var();
    let key = context.pop_var();
    let bounds = context.data().bounds;
    native::bome(token(bounds, &claims, &key, Some(header)))
}

fn token(bounds: &Bounds, claims: &Val, key: &Val, more: Option<Val>) -> Made {
    let key = taken("jwt_hs256(KEY)", key)?;
    if !matches!(claims, Val::Obj(_)) {
        let error = format!(
            "`jwt_hs256` takes an object of claims, not {}",
            kind(claims)
        );
        return Err(Error::str(error));
    }
    let mut header = Map::default();
    let own = [("alg", "HS256"), ("typ", "JWT")];
    header
        .extend(own.map(|(name, value)| (Val::from(name.to_owned()), Val::from(value.to_owned()))));
    match more {
        None => {}
        Some(Val::Obj(more)) => {
            let algorithm = Val::from("alg".to_owned());
            if more
                .get(&algorithm)
                .is_some_and(|other| header.get(&algorithm) != Some(other))
            {
                return Err(Error::str("the `alg` of what `jwt_hs256` makes is HS256"));
            }
            header.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        Some(other) => {
            let error = format!(
                "the header of `jwt_hs256` is an object, not {}",
                kind(&other)
            );
            return Err(Error::str(error));
        }
    }
    let encode = |value: &Val| to_json(bounds, value).map(|json| URL_SAFE_NO_PAD.encode(json));
    let [header, claims] = [encode(&Val::obj(header))?, encode(claims)?];
    let signed = format!("{header}.{claims}");
    let signature = signature::<Hmac<Sha256>>(bounds, key, signed.as_bytes())?;
    text(
        bounds,
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
    )
}

pub(super) fn jwt(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    of_bytes(cv, "jwt", |bounds, token| {
        let fault = || {
            Error::str(
                "this is not a token: `jwt` takes three parts of base64url, with dots between",
            )
        };
        let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
        let [header, payload, _] = parts.as_slice() else {
            return Err(fault());
        };
        let mut members = Map::default();
        for (name, part) in [("header", header), ("payload", payload)] {
            let decoded = BASE64URL.decode(part).map_err(|_| fault())?;
            bounds.supply.take(decoded.len())?;
            let decoded = String::from_utf8(decoded).ok();
            let value = decoded
                .and_then(|decoded| json(&decoded))
                .ok_or_else(|| Error::str(format!("the {name} of this token is not valid JSON")))?;
            members.insert(Val::from(name.to_owned()), value);
        }
        Ok(Val::obj(members))
    })
}
