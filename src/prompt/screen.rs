//! Shows the log above the line that is typed: in batches, and of a flood the last lines, so that typing stays smooth.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustyline::ExternalPrinter;

use super::output::LogOutput;

/// Lines that wait to be shown at most; of more the oldest are left out.
const MOST: usize = 200;

/// Shows nothing: up a line, and down again.
const NOTHING: &str = "\u{1b}[A\n";

/// How long the editor is waited for at the end.
const LAST: Duration = Duration::from_secs(2);

/// From one batch to the next at least.
const PACE: Duration = Duration::from_millis(50);

/// Takes the line that is typed off the screen, also in the middle of being drawn.
pub(super) const NO_LINE: &str = "\r\u{1b}[J\u{1b}[?2026l";

/// Lines on their way to the screen.
pub(super) struct Screen {
    waiting: Mutex<WaitingLines>,
    /// Something is to be shown where nothing was.
    filled: Condvar,
    /// The phase is another. It wakes nobody for a line: that would cost a flood more than its lines.
    turned: Condvar,
    colour: bool,
}

#[derive(Default)]
struct WaitingLines {
    lines: VecDeque<String>,
    left_out: usize,
    /// What is shown beside the lines is another than before.
    stale: bool,
    /// What was given to the printer last, which may not have shown it.
    printing: String,
    phase: ScreenPhase,
    /// No line is typed any more.
    left: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum ScreenPhase {
    #[default]
    Open,
    /// What waits is shown, and no more.
    Ending,
    /// All was shown: the line is not drawn again.
    Shown,
    /// The editor draws no more.
    Still,
}

impl Screen {
    pub(super) fn new(colour: bool) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            turned: Condvar::new(),
            colour,
        }
    }

    /// Shows what comes by a printer, until the screen ends.
    pub(super) fn print_by(&self, mut printer: impl ExternalPrinter) {
        let mut goes_on = true;
        while goes_on {
            let waiting = self.waiting();
            let waiting = self.filled.wait_while(waiting, |waiting| waiting.is_idle());
            let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            goes_on = waiting.phase == ScreenPhase::Open;
            let batch = waiting.next();
            drop(waiting);
            if printer.print(batch).is_err() {
                return;
            }
            let waiting = self.waiting();
            let is_open = |waiting: &mut WaitingLines| waiting.phase == ScreenPhase::Open;
            drop(self.turned.wait_timeout_while(waiting, PACE, is_open));
        }
        // The printer holds one batch: that it takes another after the last says that the last is being shown.
        if printer.print(NOTHING.to_owned()).is_ok() {
            let mut waiting = self.waiting();
            waiting.printing.clear();
            waiting.turn(ScreenPhase::Shown);
            drop(waiting);
            self.turned.notify_all();
            // The line may have been drawn before that was said: it is drawn once more.
            let _ = printer.print(NOTHING.to_owned());
        }
    }

    /// The line is about to be drawn. Does not return once all was shown: the screen is the shell's then.
    pub(super) fn draw_line(&self) {
        let mut waiting = self.waiting();
        if matches!(waiting.phase, ScreenPhase::Open | ScreenPhase::Ending) {
            return;
        }
        waiting.turn(ScreenPhase::Still);
        drop(waiting);
        self.turned.notify_all();
        loop {
            thread::park();
        }
    }

    /// No line is typed any more.
    pub(super) fn leave(&self) {
        self.waiting().left = true;
        self.turned.notify_all();
    }

    /// Nothing is shown above a line any more. Gives what was not shown.
    pub(super) fn end(&self) -> String {
        let mut waiting = self.waiting();
        waiting.turn(ScreenPhase::Ending);
        self.filled.notify_all();
        self.turned.notify_all();
        let is_ending = |waiting: &mut WaitingLines| match waiting.phase {
            ScreenPhase::Shown => !waiting.left,
            phase => phase != ScreenPhase::Still,
        };
        let waited = self.turned.wait_timeout_while(waiting, LAST, is_ending);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let printing = std::mem::take(&mut waiting.printing);
        printing + &waiting.take()
    }

    fn fill(&self, fill: impl FnOnce(&mut WaitingLines)) {
        let mut waiting = self.waiting();
        let was_idle = waiting.is_idle();
        fill(&mut waiting);
        drop(waiting);
        if was_idle {
            self.filled.notify_all();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, WaitingLines> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WaitingLines {
    fn is_idle(&self) -> bool {
        self.lines.is_empty() && !self.stale && self.phase == ScreenPhase::Open
    }

    /// The next batch for the printer.
    fn next(&mut self) -> String {
        self.stale = false;
        let batch = self.take();
        self.printing.clone_from(&batch);
        if batch.is_empty() {
            NOTHING.to_owned()
        } else {
            batch
        }
    }

    fn turn(&mut self, phase: ScreenPhase) {
        self.phase = self.phase.max(phase);
    }

    fn put(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            self.lines.push_back(line.to_owned());
        }
        while self.lines.len() > MOST && self.lines.pop_front().is_some() {
            self.left_out += 1;
        }
    }

    fn take(&mut self) -> String {
        let mut batch = match std::mem::take(&mut self.left_out) {
            0 => String::new(),
            1 => "… 1 line not shown …\n".to_owned(),
            more => format!("… {more} lines not shown …\n"),
        };
        batch.extend(self.lines.drain(..));
        batch
    }
}

impl LogOutput for Screen {
    fn log(&self, lines: &str) {
        self.fill(|waiting| waiting.put(lines));
    }

    fn tell(&self, text: &str) {
        self.log(text);
    }

    fn draw(&self) {
        self.fill(|waiting| waiting.stale = true);
    }

    fn colour(&self) -> bool {
        self.colour
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct Printed(Arc<Mutex<Vec<String>>>);

    impl ExternalPrinter for Printed {
        fn print(&mut self, batch: String) -> rustyline::Result<()> {
            self.0.lock().unwrap().push(batch);
            Ok(())
        }
    }

    #[test]
    fn of_a_flood_the_last_lines_are_shown() {
        let screen = Arc::new(Screen::new(false));
        for number in 0..1000 {
            screen.log(&format!("{number}\n"));
        }
        // The editor shows none of them.
        screen.waiting().turn(ScreenPhase::Still);
        let shown = screen.end();
        assert!(
            shown.starts_with("… 800 lines not shown …\n800\n"),
            "{shown}"
        );
        assert_eq!(shown.lines().count(), MOST + 1);
    }

    #[test]
    fn what_comes_is_printed_to_the_end() {
        let screen = Arc::new(Screen::new(false));
        let shown = Arc::new(Mutex::new(Vec::new()));
        let printer = Printed(Arc::clone(&shown));
        screen.log("a\nb\n");
        screen.leave();
        let by = Arc::clone(&screen);
        let thread = std::thread::spawn(move || by.print_by(printer));
        assert_eq!(screen.end(), "");
        thread.join().unwrap();
        let shown = shown.lock().unwrap().concat();
        assert_eq!(shown.replace(NOTHING, ""), "a\nb\n");
    }

    #[test]
    fn the_line_is_not_drawn_behind_the_end() {
        let screen = Arc::new(Screen::new(false));
        let shown = Arc::new(Mutex::new(Vec::new()));
        let printer = Printed(Arc::clone(&shown));
        screen.draw_line();
        let by = Arc::clone(&screen);
        let printing = thread::spawn(move || by.print_by(printer));
        let by = Arc::clone(&screen);
        let drawn = thread::spawn(move || {
            loop {
                by.draw_line();
            }
        });
        screen.log("a\n");
        assert_eq!(screen.end(), "");
        printing.join().unwrap();
        assert_eq!(screen.waiting().phase, ScreenPhase::Still);
        assert!(!drawn.is_finished());
    }

    /// Draws the line before it has said that it took a batch, as an editor that is quick does.
    struct Quick(Arc<Screen>);

    impl ExternalPrinter for Quick {
        fn print(&mut self, _: String) -> rustyline::Result<()> {
            let by = Arc::clone(&self.0);
            let drawn = thread::spawn(move || by.draw_line());
            while !drawn.is_finished() && self.0.waiting().phase != ScreenPhase::Still {
                thread::yield_now();
            }
            Ok(())
        }
    }

    #[test]
    fn a_quick_editor_is_not_waited_for() {
        let screen = Arc::new(Screen::new(false));
        let by = Arc::clone(&screen);
        let printing = thread::spawn(move || by.print_by(Quick(Arc::clone(&by))));
        assert_eq!(screen.end(), "");
        printing.join().unwrap();
        assert_eq!(screen.waiting().phase, ScreenPhase::Still);
    }

    #[test]
    fn another_status_is_drawn_at_once() {
        let screen = Screen::new(false);
        assert!(screen.waiting().is_idle());
        screen.draw();
        assert!(!screen.waiting().is_idle());
        assert_eq!(screen.waiting().next(), NOTHING);
        assert!(screen.waiting().is_idle());
    }
}
