//! Many clients that run one block again and again, and their figures. Knows no terminal and no file; decides nothing but
//! whether limits are met.

mod figures;
mod interval;
mod json;
mod limit;
mod page;
mod rate_limiter;
mod run;
mod series;
mod session_counter;
mod settings;
mod table;
mod times;
mod worker;

pub use figures::{FailureExample, Figures, Latencies};
pub use json::json;
pub use limit::{JudgedLimit, Limit, LimitError, MeasuredLimit};
pub use page::page;
pub use run::{LoadOutcome, LoadProgress, Workers, run};
pub use settings::{LoadEnd, LoadSettings};
pub use table::table;
