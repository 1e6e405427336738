//! Shows the log above the line that is typed: in batches, and of a flood the last lines, so that typing stays smooth.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustyline::ExternalPrinter;

use super::output::LogOutput;

/// Lines that wait to be shown at most; of more the oldest are left out.
const MOST: usize = 200;

/// Shows nothing: up a line, and down again.
const NOTHING: &str = "\u{1b}[A\n";

/// How long the editor is waited for at the end.
const LAST: Duration = Duration::from_millis(500);

/// From one batch to the next at least.
const PACE: Duration = Duration::from_millis(50);

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
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ScreenPhase {
    #[default]
    Open,
    /// What waits is shown, and no more.
    Ending,
    Ended,
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
    pub(super) fn print_by(self: &Arc<Self>, mut printer: impl ExternalPrinter) {
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
        // The printer holds one batch: that it takes a second one after the last says that the last was shown.
        for _ in 0..2 {
            if printer.print(NOTHING.to_owned()).is_err() {
                return;
            }
        }
        self.waiting().printing.clear();
        self.waiting().phase = ScreenPhase::Ended;
        self.turned.notify_all();
    }

    /// Nothing is shown above a line any more. Gives what was not shown.
    pub(super) fn end(&self) -> String {
        let mut waiting = self.waiting();
        waiting.phase = ScreenPhase::Ending;
        self.filled.notify_all();
        self.turned.notify_all();
        let is_ending = |waiting: &mut WaitingLines| waiting.phase == ScreenPhase::Ending;
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
        let by = Arc::clone(&screen);
        let thread = std::thread::spawn(move || by.print_by(printer));
        assert_eq!(screen.end(), "");
        thread.join().unwrap();
        let shown = shown.lock().unwrap().concat();
        assert_eq!(shown.replace(NOTHING, ""), "a\nb\n");
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
