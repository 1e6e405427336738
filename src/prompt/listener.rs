//! Hears the live session: shows its log, and keeps what the prompt has to know of it.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::output::LogOutput;
use super::record::SessionRecord;
use super::view::SessionView;
use crate::protocol::{EventKind, Frame};
use crate::report::{RED, YELLOW, line, paint};
use crate::runner::{
    LiveCommand, LiveListener, LiveNews, LiveStatus, News, ReportedDocument, Reporter,
};

/// Hears a live session.
pub(super) struct PromptListener {
    pub(super) output: Arc<dyn LogOutput>,
    pub(super) view: Arc<SessionView>,
    /// Whether messages alone are shown, as they came.
    pub(super) raw: bool,
    /// What is recorded, if anything is.
    record: Option<Arc<SessionRecord>>,
    /// What is told once the connection is open; nobody types before.
    opened: Mutex<Option<Sender<()>>>,
    /// The block that is connected to.
    target: Mutex<Option<usize>>,
    /// Ends the session, where it ends with its connection.
    commands: Mutex<Option<UnboundedSender<LiveCommand>>>,
}

impl PromptListener {
    pub(super) fn new(
        output: Arc<dyn LogOutput>,
        view: Arc<SessionView>,
        opened: Sender<()>,
        raw: Option<UnboundedSender<LiveCommand>>,
        record: Option<Arc<SessionRecord>>,
    ) -> Self {
        Self {
            output,
            view,
            raw: raw.is_some(),
            record,
            opened: Mutex::new(Some(opened)),
            target: Mutex::default(),
            commands: Mutex::new(raw),
        }
    }

    /// The session is over: who has waited for its connection waits in vain.
    pub(super) fn end(&self) {
        locked(&self.opened).take();
        locked(&self.commands).take();
    }

    fn status(&self, status: LiveStatus) {
        self.view.set_status(status);
        self.output.draw();
        match status {
            LiveStatus::Connected => {
                if let Some(opened) = locked(&self.opened).take() {
                    let _ = opened.send(());
                }
            }
            LiveStatus::Disconnected => {
                if let Some(commands) = &*locked(&self.commands) {
                    let _ = commands.send(LiveCommand::Close { linger: false });
                }
            }
            LiveStatus::Connecting => {}
        }
    }

    /// A message as it came.
    fn show_raw(&self, kind: &EventKind) {
        let EventKind::Received { frame, .. } = kind else {
            return;
        };
        match frame {
            Frame::Text(text) => self.output.bytes(format!("{}\n", text.as_str()).as_bytes()),
            Frame::Binary(bytes) => self.output.bytes(bytes),
            Frame::Decoded(decoded) => self.output.bytes(&decoded.wire),
            _ => {}
        }
    }
}

impl Reporter for PromptListener {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Remark { sentence, fatal } => {
                let (label, style) = match fatal {
                    true => ("error", RED),
                    false => ("warning", YELLOW),
                };
                let label = paint(label, style.bold(), self.output.colour_beside());
                let of = &subject.name;
                self.output.tell(&format!("{label}: {of}: {sentence}\n"));
            }
            News::Diagnostics(findings) => {
                for finding in findings.iter() {
                    let drawn = finding.drawn(self.output.colour_beside());
                    self.output.tell(&format!("{}\n", drawn.trim_end()));
                }
            }
            News::Lines { block, lines } => {
                if self.raw || *locked(&self.target) != Some(block.index) {
                    return;
                }
                let colour = self.output.colour();
                let lines = lines.iter().map(|one| line(one, colour));
                self.output.log(&lines.collect::<String>());
            }
            _ => {}
        }
    }

    fn pause(&self) {
        self.output.pause();
    }
}

impl LiveListener for PromptListener {
    fn hear(&self, news: &LiveNews<'_>) -> Vec<(String, String)> {
        match news {
            LiveNews::Head { block, script, .. } => {
                *locked(&self.target) = Some(block.index);
                self.view.learn_script(script);
            }
            LiveNews::Status(status) => self.status(*status),
            LiveNews::Event(event) => {
                if self.raw {
                    self.show_raw(&event.kind);
                } else {
                    self.view.learn(&event.kind);
                }
            }
            LiveNews::Kept { name, .. } => {
                self.view.known().names.insert((*name).to_owned());
            }
            LiveNews::Entry { .. } | LiveNews::Failed { .. } | LiveNews::Over => {}
        }
        let record = self.record.as_ref();
        record.map_or_else(Vec::new, |record| record.hear(news))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
