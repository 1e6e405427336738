//! Asks sessions to end now. Does not know where that comes from.

use tokio::sync::watch;

/// Asks sessions to end: each closes its connections with 1001 and ends within a second.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Option<watch::Receiver<bool>>);

impl Interrupt {
    /// The session is to end once the value is true.
    #[must_use]
    pub fn new(asked: watch::Receiver<bool>) -> Self {
        Self(Some(asked))
    }

    /// Returns once it is asked for; never where it cannot be asked for any more.
    pub(crate) async fn asked(&self) {
        if let Some(mut asked) = self.0.clone()
            && asked.wait_for(|asked| *asked).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
