//! Protocol Buffers: `.proto` files, compiled here by protox, and their messages ↔ the JSON mapping of proto3, by
//! prost-reflect. Files are handed in. Knows no paths but the names that `import` has.

mod count;
mod entries;
mod json;

use std::collections::HashMap;
use std::fmt;

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, SerializeOptions};
use protox::file::{File, FileResolver, GoogleFileResolver};

use super::decode::DecodeError;
use super::{MAX_JSON_DEPTH, json_depth};

/// How it is called in sentences.
const WHAT: &str = "protobuf message";

/// How many files may be imported, by one another, all in all.
const MOST_FILES: usize = 1000;

/// The messages of some `.proto` files.
#[derive(Clone, Debug, Default)]
pub struct Descriptors {
    pools: Vec<DescriptorPool>,
}

/// A message that `.proto` files describe.
#[derive(Clone)]
pub struct MessageType {
    descriptor: MessageDescriptor,
    /// Somewhere in it members come in any order.
    has_maps: bool,
}

impl fmt::Debug for MessageType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("MessageType")
            .field(&self.name())
            .finish()
    }
}

impl Descriptors {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { pools: Vec::new() }
    }

    /// Compiles a file and what it imports. `import` gives the text of the file that an `import` names, if there is one.
    ///
    /// # Errors
    /// A clause with its place: `api.proto:3:1: …`; what `import` says.
    pub fn add(
        &mut self,
        name: &str,
        source: &str,
        import: impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<(), String> {
        let files = ProtoFiles::read(name, source, import)?;
        let mut compiler = protox::Compiler::with_file_resolver(files);
        let opened = compiler.open_file(name).map(|_| ());
        opened.map_err(|error| told(name, &error))?;
        self.pools.push(compiler.descriptor_pool());
        Ok(())
    }

    /// The message of that full name (`pkg.Type`).
    #[must_use]
    pub fn message(&self, name: &str) -> Option<MessageType> {
        let name = name.trim_start_matches('.');
        let mut found = self
            .pools
            .iter()
            .filter_map(|pool| pool.get_message_by_name(name));
        found.next().map(|descriptor| MessageType {
            has_maps: has_maps(&descriptor),
            descriptor,
        })
    }

    /// The full names of all messages of the files themselves, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let messages = self.pools.iter().flat_map(DescriptorPool::all_messages);
        let own = messages.filter(|message| {
            !message.is_map_entry() && !message.full_name().starts_with("google.protobuf.")
        });
        let mut names: Vec<String> = own.map(|message| message.full_name().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl MessageType {
    /// Its full name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.descriptor.full_name()
    }

    /// A message as compact JSON of at most `limit` bytes: fields by their JSON names, those without presence at their
    /// defaults, members of maps in the order of their names.
    ///
    /// # Errors
    /// It is not such a message, is cut off, too deep or too large.
    pub fn decode(&self, bytes: &[u8], limit: usize) -> Result<String, DecodeError> {
        count::count(bytes, &self.descriptor).map_err(|count::TooMany| {
            let most = count::MOST_VALUES;
            DecodeError::Malformed(format!("the {WHAT} has more than {most} values"))
        })?;
        let message = DynamicMessage::decode(self.descriptor.clone(), bytes);
        let message = message.map_err(|error| self.malformed(&error))?;
        let mut out = json::Limited::new(limit);
        let options = SerializeOptions::new().skip_default_fields(false);
        let mut writer = serde_json::Serializer::new(&mut out);
        let written = message.serialize_with_options(&mut writer, &options);
        if out.is_full() {
            return Err(DecodeError::TooLarge { what: WHAT, limit });
        }
        written.map_err(|error| self.malformed(&error))?;
        let text = out.into_string();
        if json_depth(&text) > MAX_JSON_DEPTH {
            let why = format!("the {WHAT} has more than {MAX_JSON_DEPTH} levels");
            return Err(DecodeError::Malformed(why));
        }
        if self.has_maps {
            return Ok(json::ordered(&text, &self.descriptor).unwrap_or(text));
        }
        Ok(text)
    }

    /// JSON as a message; fields may have either of their names.
    ///
    /// # Errors
    /// A clause: it is not JSON, or not such a message.
    pub fn encode(&self, json: &str) -> Result<Vec<u8>, String> {
        let value =
            super::read_json(json).map_err(|error| format!("it is not valid JSON: {error}"))?;
        let value = json::plain(value)?;
        let message = DynamicMessage::deserialize(self.descriptor.clone(), value);
        let message = message.map_err(|error| format!("it is not a {}: {error}", self.name()))?;
        let mut bytes = message.encode_to_vec();
        if self.has_maps {
            entries::order(&mut bytes, &self.descriptor);
        }
        Ok(bytes)
    }

    /// The field that either of its names names: its JSON name, and the message that it holds, if it holds messages.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(String, Option<Self>)> {
        let by_name = self.descriptor.get_field_by_name(name);
        let field = by_name.or_else(|| self.descriptor.get_field_by_json_name(name))?;
        let inner = match field.kind() {
            Kind::Message(descriptor) => Some(Self {
                has_maps: self.has_maps,
                descriptor,
            }),
            _ => None,
        };
        Some((field.json_name().to_owned(), inner))
    }

    /// The names of its fields, as the file has them.
    pub fn field_names(&self) -> impl Iterator<Item = String> + '_ {
        self.descriptor
            .fields()
            .map(|field| field.name().to_owned())
    }

    /// Whether its JSON is its fields, by their names: a map's has keys of its own, and that of `google.protobuf.Any` and
    /// its like is special.
    #[must_use]
    pub fn has_named_fields(&self) -> bool {
        let is_special = self.name().starts_with("google.protobuf.");
        !is_special && !self.descriptor.is_map_entry()
    }

    fn malformed(&self, error: &impl fmt::Display) -> DecodeError {
        let error = error.to_string();
        let why = error.strip_prefix("failed to decode Protobuf message: ");
        let why = why.unwrap_or(&error);
        DecodeError::Malformed(format!("it is not a {}: {why}", self.name()))
    }
}

/// Whether a message holds a map, itself or in what it holds. What is of any kind may hold one.
fn has_maps(message: &MessageDescriptor) -> bool {
    let mut seen = vec![message.clone()];
    let mut next = 0;
    while let Some(message) = seen.get(next).cloned() {
        next += 1;
        if message.is_map_entry() || message.full_name() == "google.protobuf.Any" {
            return true;
        }
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind()
                && !seen.contains(&inner)
            {
                seen.push(inner);
            }
        }
    }
    false
}

/// What is wrong with a file, behind its place: shown in full an error has that, unless it is the end of the file.
fn told(name: &str, error: &protox::Error) -> String {
    let error = format!("{error:?}");
    match error.split_once(':') {
        Some((_, rest)) if rest.starts_with(|next: char| next.is_ascii_digit()) => error,
        _ => format!("{name}: {error}"),
    }
}

/// A file and all that it imports, read beforehand.
struct ProtoFiles(HashMap<String, File>);

impl ProtoFiles {
    fn read(
        name: &str,
        source: &str,
        import: impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<Self, String> {
        let built_in = GoogleFileResolver::new();
        let mut files = HashMap::new();
        let mut waiting = vec![(name.to_owned(), source.to_owned())];
        while let Some((name, source)) = waiting.pop() {
            let file = File::from_source(&name, &source).map_err(|error| told(&name, &error))?;
            for imported in &file.file_descriptor_proto().dependency {
                let is_known = files.contains_key(imported)
                    || *imported == name
                    || waiting.iter().any(|(waiting, _)| waiting == imported)
                    || built_in.open_file(imported).is_ok();
                // What is not there is told by the compiler, at its place.
                if !is_known && let Some(text) = import(imported)? {
                    waiting.push((imported.clone(), text));
                }
            }
            files.insert(name, file);
            if files.len() > MOST_FILES {
                return Err(format!("more than {MOST_FILES} files are imported"));
            }
        }
        Ok(Self(files))
    }
}

impl FileResolver for ProtoFiles {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match self.0.get(name) {
            Some(file) => Ok(file.clone()),
            None => GoogleFileResolver::new().open_file(name),
        }
    }
}

#[cfg(test)]
mod tests;
