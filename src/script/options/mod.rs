//! `@options`: their names, what they take, their defaults, and their values once variables are filled in.

mod decode;
mod line;
mod near;
mod payloads;
mod read;
mod table;
mod value;

pub use near::duration_hint;
pub use table::{OPTIONS, OptionInfo};

pub(super) use line::judge;
pub(super) use payloads::{Payloads, is_payload};
pub(super) use read::client_names;
pub(super) use table::{find, unknown};
pub(super) use value::{duration_error, is_token};

use std::time::Duration;

use super::{Fill, Mask, Packing, Pattern, Schemas, Script};
use crate::diagnostic::Diagnostic;
use crate::format::decoder::Decoder;
use crate::protocol::CompressMode;
use crate::source::Span;

/// All options of a block, read. Fields have the options' names; what is not the role's keeps its default.
#[derive(Clone, Debug)]
pub struct Options {
    /// 5 s
    pub timeout: Duration,
    /// 10 s
    pub connect_timeout: Duration,
    /// 5 s; how long an answer to a close of ours is waited for.
    pub close_timeout: Duration,
    /// none
    pub deadline: Option<Duration>,
    /// 1 s
    pub linger: Duration,
    /// In the order of preference.
    pub subprotocols: Vec<String>,
    /// Whether none of them will do as well (`none` among them).
    pub subprotocol_optional: bool,
    /// Off.
    pub compress: Option<CompressMode>,
    /// With the place of the option's line (the URL's line where it is a default of the document).
    pub never: Vec<(Pattern, Span)>,
    /// Messages left out.
    pub ignore: Vec<(Pattern, Span)>,
    /// Which messages are shown.
    pub log: ShowMessages,
    /// A file of PEM certificates, as written.
    pub cacert: Option<String>,
    /// A file of a PEM certificate chain.
    pub cert: Option<String>,
    /// A file of a PEM private key.
    pub key: Option<String>,
    /// No certificate is checked.
    pub insecure: bool,
    /// `None`: as the environment says.
    pub proxy: Option<Proxy>,
    /// Host, port, address.
    pub resolve: Vec<(String, u16, std::net::IpAddr)>,
    /// Bytes; 64 MiB.
    pub max_message: usize,
    /// No retry.
    pub retry: Option<Retry>,
    /// How many redirects are followed; 0.
    pub follow: usize,
    /// Whether the document's cookies are sent and kept.
    pub cookies: bool,
    /// Off.
    pub ping_every: Option<Duration>,
    /// What is shown as `…`.
    pub mask: Vec<Mask>,
    /// UTC.
    pub timestamps: Timestamps,
    /// 200 messages.
    pub log_messages: usize,
    /// 4 KiB.
    pub log_bytes: usize,
    /// The reason why the block is not run.
    pub skip: Option<String>,
    /// What binary messages are decoded by, one after the other.
    pub decode: Vec<Decoder>,
    /// What text messages end with.
    pub delimiter: Option<String>,
    /// What packed formats are made by and read by.
    pub packing: Packing,
    /// What messages that arrive are judged by, and what `-- schema` names.
    pub schemas: Schemas,
    /// Who may come in (servers).
    pub admission: Admission,
}

/// Who may come in to a server.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// `@auth`; one that holds is enough.
    pub auth: Vec<Auth>,
    /// `@max-clients`
    pub max_clients: Option<usize>,
    /// `@origin`; one that equals is enough.
    pub origins: Vec<String>,
}

/// `@auth`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `bearer VALUE`
    Bearer(String),
    /// `basic USER:PASSWORD`
    Basic(String),
    /// `header NAME=VALUE`
    Header(String, String),
}

/// `@proxy`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// `none`
    None,
    /// A URL with one of the schemes `http`, `https`, `socks5`, `socks5h`.
    Url(String),
}

/// `@retry TIMES every PAUSE`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first.
    pub times: u32,
    /// Between attempts.
    pub pause: Duration,
}

/// `@log`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShowMessages {
    /// Every message.
    #[default]
    All,
    /// Only those that an expectation matched.
    Matched,
}

/// `@timestamps`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timestamps {
    /// `12:03:04.101` in UTC.
    #[default]
    Utc,
    /// In the zone of the machine.
    Local,
    /// `+1.234` since Connecting.
    Offset,
    /// None.
    None,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
            deadline: None,
            linger: Duration::from_secs(1),
            subprotocols: Vec::new(),
            subprotocol_optional: false,
            compress: None,
            never: Vec::new(),
            ignore: Vec::new(),
            log: ShowMessages::default(),
            cacert: None,
            cert: None,
            key: None,
            insecure: false,
            proxy: None,
            resolve: Vec::new(),
            max_message: 64 << 20,
            retry: None,
            follow: 0,
            cookies: false,
            ping_every: None,
            mask: Vec::new(),
            timestamps: Timestamps::default(),
            log_messages: 200,
            log_bytes: 4 << 10,
            skip: None,
            decode: Vec::new(),
            delimiter: None,
            packing: Packing::default(),
            schemas: Schemas::default(),
            admission: Admission::default(),
        }
    }
}

impl Options {
    /// Reads a script's options with their variables filled in; what cannot be read keeps its default and is told.
    #[must_use]
    pub fn read(script: &Script, fill: &Fill<'_>) -> (Self, Vec<Diagnostic>) {
        let mut told = Vec::new();
        let mut options = Self {
            never: script.never.clone(),
            ignore: script.ignore.clone(),
            ..Self::default()
        };
        let mut defaults = 0;
        for line in &script.options {
            let before = options.mask.len();
            if let Err(diagnostic) = line::read(&mut options, line, fill) {
                told.push(diagnostic);
            }
            if line.default && line.name.text == "mask" {
                let given = options.mask.iter_mut().skip(before);
                given.for_each(|mask| mask.default = Some(defaults));
                defaults += 1;
            }
        }
        let payloads = Payloads::read(&script.options.iter(), fill, &mut told);
        options.decode = payloads.decode;
        options.schemas = payloads.schemas;
        options.schemas.add_all(script, fill, &mut told);
        options.packing = Packing {
            limit: options.max_message,
            ..payloads.packing
        };
        (options, told)
    }

    /// What is wrong with a default of the document (`voiden:` in front matter), with a span in `value`
    /// (an unknown name has the empty span at 0).
    #[must_use]
    pub fn check_default(name: &str, value: &str) -> Option<Diagnostic> {
        let Some(info) = find(name) else {
            return Some(table::unknown(name, Span::at(0), "", |_| true));
        };
        super::parse::default_value(info, value).err()
    }
}
