//! Speech that is decoded beside the frames, one utterance after the other: more than any visitor says.

#[cfg(feature = "voice")]
pub use real::Decoding;

#[cfg(not(feature = "voice"))]
pub struct Decoding;

#[cfg(not(feature = "voice"))]
impl Decoding {
    pub fn start() -> anyhow::Result<Self> {
        anyhow::bail!("this measurement was built without the feature `voice`")
    }
    pub fn count(&self) -> u32 {
        0
    }
    pub fn mean_ms(&self) -> f64 {
        0.0
    }
}

#[cfg(feature = "voice")]
mod real {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
    use std::thread::JoinHandle;
    use std::time::{Duration, Instant};

    use anyhow::{Result, bail};
    use avatardesk::speech::file;
    use avatardesk::speech::recognize::whisper::{ModelSource, Whisper};
    use avatardesk::speech::recognize::{Options, Recognizer, RecognizerEvent};

    /// How long the model may take to be loaded.
    const LOADED_WITHIN: Duration = Duration::from_secs(20);

    #[derive(Default)]
    struct Told {
        ready: AtomicBool,
        count: AtomicU32,
        took_us: AtomicU64,
    }

    /// The product's recogniser with the embedded model, which never rests.
    pub struct Decoding {
        told: Arc<Told>,
        end: Arc<AtomicBool>,
        feeder: Option<JoinHandle<()>>,
    }

    impl Decoding {
        pub fn start() -> Result<Self> {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let question = file::read(&root.join("assets/sounds/question-en.wav"))?;
            let model = root.join("assets/models/desk-en.bin.zst");
            let told = Arc::<Told>::default();
            let report = {
                let told = Arc::clone(&told);
                move |event| match event {
                    RecognizerEvent::Ready { .. } => told.ready.store(true, Ordering::Release),
                    RecognizerEvent::Done { .. } => {
                        told.count.fetch_add(1, Ordering::Release);
                    }
                    _ => {}
                }
            };
            let load = move || Ok(Box::new(Whisper::load(&ModelSource::File(model))?) as Box<_>);
            let recognizer = Recognizer::spawn(load, report)?;
            let until = Instant::now() + LOADED_WITHIN;
            while !told.ready.load(Ordering::Acquire) {
                if Instant::now() > until {
                    bail!("the embedded speech model was not loaded within {LOADED_WITHIN:?}");
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let end = Arc::<AtomicBool>::default();
            let feeder = std::thread::spawn({
                let (told, end) = (Arc::clone(&told), Arc::clone(&end));
                move || {
                    let mut id = 0;
                    while !end.load(Ordering::Acquire) {
                        let (before, begun) = (told.count.load(Ordering::Acquire), Instant::now());
                        id += 1;
                        if recognizer.submit(id, question.clone(), Options::default()).is_err() {
                            return;
                        }
                        while told.count.load(Ordering::Acquire) == before && !end.load(Ordering::Acquire) {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                        told.took_us.fetch_add(took, Ordering::Release);
                    }
                }
            });
            Ok(Self { told, end, feeder: Some(feeder) })
        }

        /// Utterances so far.
        pub fn count(&self) -> u32 {
            self.told.count.load(Ordering::Acquire)
        }

        pub fn mean_ms(&self) -> f64 {
            self.told.took_us.load(Ordering::Acquire) as f64 / 1000.0 / f64::from(self.count().max(1))
        }
    }

    impl Drop for Decoding {
        fn drop(&mut self) {
            self.end.store(true, Ordering::Release);
            if let Some(feeder) = self.feeder.take() {
                drop(feeder.join());
            }
        }
    }
}
