//! A document in, a document out: order, variables, secrets, servers first, re-read, replace.
//! Knows every room of the chain; refuses to know how progress is told (a [`Reporter`] hears it) and what was typed.

mod active_run;
mod address;
mod append;
mod beside;
mod carry;
mod chain;
mod checker;
mod client;
mod compare;
mod defaults;
mod difference;
mod disk;
mod document_run;
mod document_status;
mod edit;
mod entry;
mod env_file;
mod event_sink;
mod execute;
mod execution;
mod find;
mod findings;
mod fingerprint;
mod fixed_ports;
mod folder;
mod idle_masks;
mod list;
mod live;
mod masking;
mod missing;
mod named;
mod network;
mod parsed;
mod plan;
mod ports;
mod record;
mod reporter;
mod rerun;
mod reveal;
mod routes;
mod save;
mod scripted;
mod secret_buffer;
mod secrets;
mod select;
mod serving;
mod settings;
mod side_by_side;
mod target;
mod target_run;
mod target_steps;
mod text;
mod tidy;
mod variables;
mod view;

pub use active_run::{ActiveRun, DocumentSnapshot};
pub use append::{append, can_append};
pub use beside::{environments, has_picture, named_folders, picture};
pub use carry::{CarriedOver, carry_over};
pub use checker::{CheckedText, TextChecker, unready};
pub use document_status::DocumentStatus;
pub use edit::{NotSaved, ScriptEdit, check_edit, save_edit};
pub use entry::Runner;
pub use find::{find, folders};
pub use findings::{Finding, Findings};
pub use fixed_ports::{RunIntent, fixed_ports};
pub use folder::as_named;
pub use list::{ListedBlock, list};
pub use live::{
    EntryOutcome, LiveCommand, LiveEntry, LiveListener, LiveNews, LiveOrigin, LiveOutcome,
    LiveStatus, LiveVariable, NeededBlock,
};
pub use named::{Named, Selector};
pub use network::Network;
pub use parsed::role;
pub use ports::Ports;
pub use reporter::{
    BlockInfo, BlockResult, DocumentResult, Kept, News, Origin, ReportedDocument, Reporter,
    Verdict, exit_status,
};
pub use rerun::{Rerun, RerunScope, rerun, snapshot};
pub use scripted::{ScriptedDocument, read_scripts};
pub use settings::{EnvFile, NameGlobs, Settings, WriteBack};
pub use target::{SessionEars, Target, TargetClient, TargetHere};
pub use target_run::NotLoaded;
pub use target_steps::{TargetPlan, TargetStep};
pub use text::{Outcome, run_text};
pub use tidy::{TidiedDocument, save_tidied, tidy, tidy_text};
pub use variables::is_name;
pub use view::{BlockView, DocumentView, PlacedProblem, view};
