//! The filters that jq does not have: one table of them, which `filters` registers, and completion and the reference
//! read.

use jaq_core::RunPtr;
use jaq_core::native::{self, Fun, v};

use super::digests::{
    hmac_sha1, hmac_sha256, hmac_sha512, jwt, jwt_hs256, jwt_hs256_with, md5, sha1, sha256, sha512,
};
use super::encodings::{
    base64, base64d, base64url, base64urld, hex, hexd, now, plus, tobytes, uuid,
};
use super::machine::Machine;
use super::packing::{
    deflate, fromcbor, frommsgpack, gunzip, gzip, inflate, tocbor, tomsgpack, unzlib, zlib,
};
use super::times::PLUS;

/// A filter that jq does not have, or has otherwise.
#[derive(Clone, Copy)]
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// The names of its parameters.
    pub parameters: &'static [&'static str],
    /// What it does, in a line.
    pub does: &'static str,
    /// An expression with it.
    pub example: &'static str,
    /// What that gives.
    pub gives: &'static str,
    run: RunPtr<Machine>,
}

/// These filters, in the order in which they are told.
pub const FILTERS: &[Filter] = &[
    filter(
        "md5",
        &[],
        "The MD5 of text or bytes, as bytes.",
        r#""abc" | md5 | @hex"#,
        r#""900150983cd24fb0d6963f7d28e17f72""#,
        md5,
    ),
    filter(
        "sha1",
        &[],
        "The SHA-1 of text or bytes, as bytes.",
        r#""abc" | sha1 | @hex"#,
        r#""a9993e364706816aba3e25717850c26c9cd0d89d""#,
        sha1,
    ),
    filter(
        "sha256",
        &[],
        "The SHA-256 of text or bytes, as bytes.",
        r#""abc" | sha256 | @base64"#,
        r#""ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=""#,
        sha256,
    ),
    filter(
        "sha512",
        &[],
        "The SHA-512 of text or bytes, as bytes.",
        r#""abc" | sha512 | @hex | .[:16]"#,
        r#""ddaf35a193617aba""#,
        sha512,
    ),
    filter(
        "hmac_sha1",
        &["KEY"],
        "The HMAC of text or bytes, with a key of text or bytes, as bytes.",
        r#""what do ya want for nothing?" | hmac_sha1("Jefe") | @hex"#,
        r#""effcdf6ae5eb2fa2d27416d5f184df9c259a7c79""#,
        hmac_sha1,
    ),
    filter(
        "hmac_sha256",
        &["KEY"],
        "As hmac_sha1, with SHA-256.",
        r#""what do ya want for nothing?" | hmac_sha256("Jefe") | @base64"#,
        r#""W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=""#,
        hmac_sha256,
    ),
    filter(
        "hmac_sha512",
        &["KEY"],
        "As hmac_sha1, with SHA-512.",
        r#""what do ya want for nothing?" | hmac_sha512("Jefe") | @hex | .[:16]"#,
        r#""164b7a7bfcf819e2""#,
        hmac_sha512,
    ),
    filter(
        "jwt_hs256",
        &["KEY"],
        "A signed token (RFC 7519, HS256) of an object of claims.",
        r#"{sub: "ann"} | jwt_hs256("key") | jwt.payload.sub"#,
        r#""ann""#,
        jwt_hs256,
    ),
    filter(
        "jwt_hs256",
        &["KEY", "HEADER"],
        "As jwt_hs256(KEY), with more in its header.",
        r#"{} | jwt_hs256("key"; {kid: "k1"}) | jwt.header.kid"#,
        r#""k1""#,
        jwt_hs256_with,
    ),
    filter(
        "jwt",
        &[],
        "What a token says: `{header, payload}`. Its signature is not verified.",
        r#""eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ." | jwt.payload.sub"#,
        r#""ann""#,
        jwt,
    ),
    filter(
        "@hex",
        &[],
        "Text or bytes as hexadecimal digits.",
        r#""AB" | @hex"#,
        r#""4142""#,
        hex,
    ),
    filter(
        "@hexd",
        &[],
        "Hexadecimal digits as what they stand for: text where that is UTF-8, else bytes.",
        r#""4142" | @hexd"#,
        r#""AB""#,
        hexd,
    ),
    filter(
        "@base64",
        &[],
        "Text or bytes as base64.",
        r#""AB" | @base64"#,
        r#""QUI=""#,
        base64,
    ),
    filter(
        "@base64d",
        &[],
        "Base64 as what it stands for: text where that is UTF-8, else bytes.",
        r#""QUI=" | @base64d"#,
        r#""AB""#,
        base64d,
    ),
    filter(
        "@base64url",
        &[],
        "Text or bytes as base64 of URLs, without padding.",
        r#""~~~?" | @base64url"#,
        r#""fn5-Pw""#,
        base64url,
    ),
    filter(
        "@base64urld",
        &[],
        "Base64 of URLs as what it stands for: text where that is UTF-8, else bytes.",
        r#""fn5-Pw" | @base64urld"#,
        r#""~~~?""#,
        base64urld,
    ),
    filter(
        "tobytes",
        &[],
        "Text, or numbers from 0 to 255, as bytes.",
        "[1, 255] | tobytes | @hex",
        r#""01ff""#,
        tobytes,
    ),
    filter(
        "gzip",
        &[],
        "Text or bytes, packed as gzip.",
        r#""abc" | gzip | gunzip"#,
        r#""abc""#,
        gzip,
    ),
    filter(
        "gunzip",
        &[],
        "What gzip holds: text where that is UTF-8, else bytes.",
        r#""H4sIAAAAAAAC/0tMSgYAwkEkNQMAAAA=" | @base64d | gunzip"#,
        r#""abc""#,
        gunzip,
    ),
    filter(
        "deflate",
        &[],
        "Text or bytes, packed as bare deflate (RFC 1951).",
        r#""abc" | deflate | inflate"#,
        r#""abc""#,
        deflate,
    ),
    filter(
        "inflate",
        &[],
        "What bare deflate holds: text where that is UTF-8, else bytes.",
        r#""S0xKBgA=" | @base64d | inflate"#,
        r#""abc""#,
        inflate,
    ),
    filter(
        "zlib",
        &[],
        "Text or bytes, packed as zlib (RFC 1950).",
        r#""abc" | zlib | unzlib"#,
        r#""abc""#,
        zlib,
    ),
    filter(
        "unzlib",
        &[],
        "What zlib holds: text where that is UTF-8, else bytes.",
        r#""eJxLTEoGAAJNASc=" | @base64d | unzlib"#,
        r#""abc""#,
        unzlib,
    ),
    filter(
        "tomsgpack",
        &[],
        "A value as MessagePack.",
        "{a: 1} | tomsgpack | @hex",
        r#""81a16101""#,
        tomsgpack,
    ),
    filter(
        "frommsgpack",
        &[],
        "The value that MessagePack holds; its bytes are bytes.",
        r#""81a16101" | @hexd | frommsgpack.a"#,
        "1",
        frommsgpack,
    ),
    filter(
        "tocbor",
        &[],
        "A value as CBOR.",
        "{a: 1} | tocbor | @hex",
        r#""a1616101""#,
        tocbor,
    ),
    filter(
        "fromcbor",
        &[],
        "The value that CBOR holds; its bytes are bytes.",
        r#""a1616101" | @hexd | fromcbor.a"#,
        "1",
        fromcbor,
    ),
    filter(
        "uuid",
        &[],
        "A random UUID (version 4).",
        "uuid | length",
        "36",
        uuid,
    ),
    filter(
        "now",
        &[],
        "Seconds since 1970, by the clock of the session.",
        "now | type",
        r#""number""#,
        now,
    ),
];

const fn filter(
    name: &'static str,
    parameters: &'static [&'static str],
    does: &'static str,
    example: &'static str,
    gives: &'static str,
    run: RunPtr<Machine>,
) -> Filter {
    Filter {
        name,
        parameters,
        does,
        example,
        gives,
        run,
    }
}

/// Those that stand in for one of jaq's.
pub(super) const REPLACED: [&str; 4] = ["@base64", "@base64d", "now", "tobytes"];

/// Them, as jaq takes them.
pub(super) fn funs() -> impl Iterator<Item = Fun<Machine>> {
    let plus: (_, _, RunPtr<Machine>) = (PLUS, 2, plus);
    let filters = FILTERS
        .iter()
        .map(|filter| (filter.name, filter.parameters.len(), filter.run));
    filters
        .chain(std::iter::once(plus))
        .map(|(name, arity, run)| native::run::<Machine>((name, v(arity), run)))
}

#[cfg(test)]
mod tests;
