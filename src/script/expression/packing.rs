//! What packs values and undoes it: gzip, zlib, deflate, MessagePack, CBOR.

use jaq_core::{Cv, Error, ValXs, native};
use jaq_json::Val;

use super::bytes::{bytes, decoded, of_bytes};
use super::machine::{Bounds, Machine};
use super::spelled::{from_datum, to_datum};
use crate::format::datum::Datum;
use crate::format::decode::DecodeError;
use crate::format::deflate::{self, Coding};
use crate::format::{cbor, msgpack};

pub(super) fn gzip(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    pack(cv, Coding::Gzip, "gzip")
}

pub(super) fn gunzip(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    unpack(cv, Coding::Gzip, "gunzip")
}

pub(super) fn zlib(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    pack(cv, Coding::Zlib, "zlib")
}

pub(super) fn unzlib(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    unpack(cv, Coding::Zlib, "unzlib")
}

pub(super) fn deflate(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    pack(cv, Coding::Deflate, "deflate")
}

pub(super) fn inflate(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    unpack(cv, Coding::Deflate, "inflate")
}

fn pack<'a>(cv: Cv<'a, Machine>, coding: Coding, name: &str) -> ValXs<'a, Val> {
    of_bytes(cv, name, |bounds, input| {
        bounds.in_time();
        // Text may become some bytes longer, and never by much.
        if input.len() / 2 > bounds.supply.left() {
            return Err(bounds.supply.too_large());
        }
        let packed = deflate::deflate(coding, input).map_err(|error| told(bounds, &error))?;
        bytes(bounds, packed)
    })
}

fn unpack<'a>(cv: Cv<'a, Machine>, coding: Coding, name: &str) -> ValXs<'a, Val> {
    of_bytes(cv, name, |bounds, input| {
        bounds.in_time();
        let unpacked = deflate::inflate(coding, input, bounds.supply.left());
        decoded(bounds, unpacked.map_err(|error| told(bounds, &error))?)
    })
}

pub(super) fn tomsgpack(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    write(cv, msgpack::write)
}

pub(super) fn frommsgpack(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    read(cv, "frommsgpack", msgpack::read)
}

pub(super) fn tocbor(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    write(cv, cbor::write)
}

pub(super) fn fromcbor(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    read(cv, "fromcbor", cbor::read)
}

fn write(
    (context, input): Cv<'_, Machine>,
    write: fn(&Datum<'_>) -> Result<Vec<u8>, String>,
) -> ValXs<'_, Val> {
    let bounds = context.data().bounds;
    bounds.in_time();
    let written = to_datum(bounds, &input).and_then(|datum| write(&datum).map_err(Error::str));
    native::bome(written.and_then(|written| bytes(bounds, written)))
}

fn read<'a>(
    cv: Cv<'a, Machine>,
    name: &str,
    read: for<'b> fn(&'b [u8], usize) -> Result<Datum<'b>, DecodeError>,
) -> ValXs<'a, Val> {
    of_bytes(cv, name, |bounds, input| {
        bounds.in_time();
        let datum = read(input, bounds.supply.left()).map_err(|error| told(bounds, &error))?;
        bounds.supply.take(input.len())?;
        Ok(from_datum(&datum))
    })
}

fn told(bounds: &Bounds, error: &DecodeError) -> Error<Val> {
    match error {
        DecodeError::TooLarge { .. } => bounds.supply.too_large(),
        DecodeError::Malformed(why) => Error::str(why),
    }
}
