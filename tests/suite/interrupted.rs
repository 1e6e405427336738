//! A run that is stopped while a secret is to come shows nothing of it, in no block.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use voiden::runner::{Named, News, ReportedDocument, Reporter, Runner, Settings};

use crate::memory;

const DOCUMENT: &str = r#"```/wss-server s
ws://127.0.0.1:0/

-> json {"type": "login", "token": "hidden-1"}
-> json {"type": "other", "token": "hidden-2"}
```

```/wss
{{s.url}}

<- json {"type": "login", "token": "{{$any as session}}"}
-- times 2
-- secret session
```
"#;

/// All that is told of events.
#[derive(Default)]
struct Told(Mutex<String>);

impl Reporter for Told {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        if let News::Event { event, .. } = news {
            let mut told = self.0.lock().unwrap();
            writeln!(told, "{:?}", event.kind).unwrap();
        }
    }
}

#[test]
fn a_secret_that_was_taken_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stopped.md");
    std::fs::write(&path, DOCUMENT).unwrap();
    let named = Named {
        path: path.clone(),
        shown: "stopped.md".to_owned(),
        selectors: Vec::new(),
        text: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (stop, stopped) = watch::channel(false);
    let (network, settings) = (memory::network(), Settings::default());
    let told = Arc::new(Told::default());
    let reporter: Arc<dyn Reporter> = Arc::clone(&told) as _;
    runtime.block_on(async {
        let runner = Runner::new(settings.clone())
            .reporter(Arc::clone(&reporter))
            .until(stopped.clone());
        let run = runner.run_on(&network, &named);
        let interrupt = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stop.send(true).unwrap();
        };
        let (ran, ()) = tokio::join!(run, interrupt);
        assert!(!ran.unwrap().refused);
    });
    runtime.shutdown_background();
    let told = told.0.lock().unwrap();
    assert!(told.contains("{{session}}"), "{told}");
    assert!(!told.contains("hidden"), "{told}");
}
