//! A thread that transcribes one utterance after the other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pipeline::{glance, transcribe};
use super::types::{Cancel, ModelFacts, Options, Outcome, RecognizeError, Transcriber};
use crate::speech::clock::lock;

/// Utterances that may wait. More means that the machine is too slow, and waiting would only make it worse.
pub const QUEUE_UTTERANCES: usize = 4;

/// Why an utterance was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error(
        "speech comes faster than it can be understood here: speak more slowly, or choose a smaller speech model"
    )]
    Busy,
    #[error("speech cannot be understood, since the speech model could not be loaded: type instead")]
    NoModel,
}

/// What the thread reports.
#[derive(Debug)]
pub enum RecognizerEvent {
    /// The model is loaded.
    Ready { facts: ModelFacts, took: Duration },
    /// The model could not be loaded; nothing will be transcribed.
    Failed(RecognizeError),
    /// An utterance is done.
    Done { id: u64, outcome: Result<Outcome, RecognizeError>, finished: Instant },
    /// A glance at an utterance is over; it took so long, even when it was given up.
    Glanced { id: u64, outcome: Result<Outcome, RecognizeError>, took: Duration },
}

struct Job {
    id: u64,
    samples: Vec<f32>,
    options: Options,
    submitted: Instant,
    cancel: Cancel,
    /// Only a caption.
    glance: bool,
}

/// What both sides know of the work.
#[derive(Default)]
struct Load {
    /// The model is loaded.
    ready: AtomicBool,
    /// Jobs that wait or are worked at.
    jobs: AtomicUsize,
}

/// The thread's handle. Dropping it stops the work at hand and waits for the thread.
pub struct Recognizer {
    jobs: Option<SyncSender<Job>>,
    /// Cancelled when the recogniser is dropped.
    closing: Cancel,
    current: Arc<Mutex<Option<Cancel>>>,
    load: Arc<Load>,
    /// The last glance. A mutex, since it is changed behind a shared reference; nothing waits under it.
    glance: Mutex<Option<Cancel>>,
    thread: Option<JoinHandle<()>>,
}

impl Recognizer {
    /// Starts the thread, which loads the model first. `report` is called on that thread and must not block for long.
    pub fn spawn(
        load: impl FnOnce() -> Result<Box<dyn Transcriber>, RecognizeError> + Send + 'static,
        report: impl FnMut(RecognizerEvent) + Send + 'static,
    ) -> Result<Self, RecognizeError> {
        let (jobs, queue) = sync_channel(QUEUE_UTTERANCES);
        let closing = Cancel::default();
        let current = Arc::new(Mutex::new(None));
        let shared = Arc::<Load>::default();
        let thread = std::thread::Builder::new()
            .name("speech-recognize".into())
            .spawn({
                let (closing, current) = (closing.clone(), Arc::clone(&current));
                let shared = Arc::clone(&shared);
                move || work(load, report, queue, &closing, (&current, &shared))
            })
            .map_err(RecognizeError::Thread)?;
        let (load, glance) = (shared, Mutex::default());
        Ok(Self { jobs: Some(jobs), closing, current, load, glance, thread: Some(thread) })
    }

    /// Queues an utterance under a number. The returned handle gives it up; the samples come back when there is no room.
    /// A glance that is under way is given up for it.
    pub fn submit(
        &self,
        id: u64,
        samples: Vec<f32>,
        options: Options,
    ) -> Result<Cancel, (NotTaken, Vec<f32>)> {
        self.look_away();
        self.send(id, samples, options, false)
    }

    /// Looks at an utterance that is still being spoken, when there is nothing else to do: says whether it does. What is
    /// submitted afterwards does not wait for it.
    pub fn glance(&self, id: u64, samples: Vec<f32>, options: Options) -> bool {
        if !self.load.ready.load(Ordering::Acquire) || self.load.jobs.load(Ordering::Acquire) > 0 {
            return false;
        }
        let Ok(cancel) = self.send(id, samples, options, true) else { return false };
        *lock(&self.glance) = Some(cancel);
        true
    }

    /// Gives up the glance that is under way, if there is one.
    pub fn look_away(&self) {
        if let Some(glance) = lock(&self.glance).take() {
            glance.cancel();
        }
    }

    fn send(
        &self,
        id: u64,
        samples: Vec<f32>,
        options: Options,
        glance: bool,
    ) -> Result<Cancel, (NotTaken, Vec<f32>)> {
        let cancel = Cancel::default();
        let job = Job { id, samples, options, submitted: Instant::now(), cancel: cancel.clone(), glance };
        // Counted first, or it might be done before it counts.
        self.load.jobs.fetch_add(1, Ordering::AcqRel);
        let refused = match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => return Ok(cancel),
            Some(Err(TrySendError::Full(job))) => (NotTaken::Busy, job.samples),
            Some(Err(TrySendError::Disconnected(job))) => (NotTaken::NoModel, job.samples),
            None => (NotTaken::NoModel, Vec::new()),
        };
        self.load.jobs.fetch_sub(1, Ordering::AcqRel);
        Err(refused)
    }
}

impl Drop for Recognizer {
    fn drop(&mut self) {
        self.closing.cancel();
        if let Some(current) = lock(&self.current).take() {
            current.cancel();
        }
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the speech recogniser panicked");
        }
    }
}

fn work(
    load: impl FnOnce() -> Result<Box<dyn Transcriber>, RecognizeError>,
    mut report: impl FnMut(RecognizerEvent),
    // By value and after `report`: it is gone, and more work refused, before whoever is reported to sees the end.
    queue: Receiver<Job>,
    closing: &Cancel,
    (current, shared): (&Mutex<Option<Cancel>>, &Load),
) {
    let begun = Instant::now();
    let mut model = match load() {
        Ok(model) => model,
        Err(e) => return report(RecognizerEvent::Failed(e)),
    };
    shared.ready.store(true, Ordering::Release);
    report(RecognizerEvent::Ready { facts: model.facts().clone(), took: begun.elapsed() });
    while let Ok(job) = queue.recv() {
        *lock(current) = Some(job.cancel.clone());
        if closing.is_cancelled() {
            return;
        }
        let queued = job.submitted.elapsed();
        let begun = Instant::now();
        let run = if job.glance { glance } else { transcribe };
        let outcome = if job.cancel.is_cancelled() {
            Err(RecognizeError::Cancelled)
        } else {
            run(model.as_mut(), &job.samples, &job.options, &job.cancel)
        };
        shared.jobs.fetch_sub(1, Ordering::AcqRel);
        if job.glance {
            report(RecognizerEvent::Glanced { id: job.id, outcome, took: begun.elapsed() });
            continue;
        }
        let outcome = outcome.map(|mut outcome| {
            match &mut outcome {
                Outcome::Text(transcript) => transcript.stages.queued = queued,
                Outcome::Nothing { stages, .. } => stages.queued = queued,
            }
            outcome
        });
        report(RecognizerEvent::Done { id: job.id, outcome, finished: Instant::now() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::recognize::pipeline::tests::Fake;
    use crate::speech::recognize::types::{DecodeRequest, Decoded};

    const PATIENCE: Duration = Duration::from_secs(10);

    fn speech() -> Vec<f32> {
        (0..16_000).map(|i| (i as f32 * 0.3).sin() * 0.2).collect()
    }

    #[test]
    fn utterances_come_back_in_order_under_their_numbers() {
        let (tx, rx) = std::sync::mpsc::sync_channel(16);
        let recognizer = Recognizer::spawn(
            || Ok(Box::new(Fake::new(&["one", "two"]))),
            move |event| tx.send(event).unwrap(),
        )
        .unwrap();
        recognizer.submit(7, speech(), Options::default()).unwrap();
        recognizer.submit(8, speech(), Options::default()).unwrap();
        assert!(matches!(rx.recv_timeout(PATIENCE).unwrap(), RecognizerEvent::Ready { .. }));
        for (number, text) in [(7, "one"), (8, "two")] {
            let RecognizerEvent::Done { id, outcome: Ok(Outcome::Text(transcript)), .. } =
                rx.recv_timeout(PATIENCE).unwrap()
            else {
                panic!("no transcript")
            };
            assert_eq!((id, transcript.text.as_str()), (number, text));
        }
    }

    /// Takes long for whatever it hears, unless it is given up.
    struct Slow(ModelFacts, Duration);

    impl Transcriber for Slow {
        fn facts(&self) -> &ModelFacts {
            &self.0
        }

        fn decode(
            &mut self,
            _: &[f32],
            _: &DecodeRequest,
            cancel: &Cancel,
        ) -> Result<Decoded, RecognizeError> {
            let until = Instant::now() + self.1;
            while Instant::now() < until {
                if cancel.is_cancelled() {
                    return Err(RecognizeError::Cancelled);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(Decoded { text: "slowly".into(), tokens: 1, ..Decoded::default() })
        }
    }

    /// How long an utterance takes that is submitted while nothing is done, and while it is being looked at.
    #[test]
    fn what_is_submitted_does_not_wait_for_a_glance() {
        let (tx, rx) = std::sync::mpsc::sync_channel(16);
        let facts = Fake::new(&[]).facts;
        let slow = Slow(facts, Duration::from_millis(300));
        let recognizer =
            Recognizer::spawn(move || Ok(Box::new(slow)), move |event| tx.send(event).unwrap()).unwrap();
        assert!(matches!(rx.recv_timeout(PATIENCE).unwrap(), RecognizerEvent::Ready { .. }));
        let mut times = Vec::new();
        for looked_at in [false, true] {
            if looked_at {
                assert!(recognizer.glance(9, speech(), Options::default()));
                assert!(!recognizer.glance(9, speech(), Options::default()), "one at a time");
                std::thread::sleep(Duration::from_millis(50));
            }
            let begun = Instant::now();
            recognizer.submit(1, speech(), Options::default()).unwrap();
            assert!(!recognizer.glance(9, speech(), Options::default()), "there is something else to do");
            let mut given_up = false;
            loop {
                match rx.recv_timeout(PATIENCE).unwrap() {
                    RecognizerEvent::Glanced { id: 9, outcome: Err(RecognizeError::Cancelled), .. } => {
                        given_up = true;
                    }
                    RecognizerEvent::Done { id: 1, outcome: Ok(Outcome::Text(_)), .. } => break,
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(given_up, looked_at);
            times.push(begun.elapsed().as_secs_f64());
        }
        // A glance that were waited for would make it nearly two.
        let ratio = times[1] / times[0];
        println!("with a glance under way a transcription takes {ratio:.3} times as long");
        assert!(ratio < 1.4, "{times:?}");
    }

    #[test]
    fn a_glance_is_reported_as_one_and_waits_for_the_model() {
        let (tx, rx) = std::sync::mpsc::sync_channel(16);
        let (open, gate) = std::sync::mpsc::sync_channel::<()>(1);
        let load = move || {
            gate.recv().unwrap();
            Ok(Box::new(Fake::new(&["where is", "where is it"])) as Box<dyn Transcriber>)
        };
        let recognizer = Recognizer::spawn(load, move |event| tx.send(event).unwrap()).unwrap();
        assert!(!recognizer.glance(3, speech(), Options::default()), "there is no model yet");
        open.send(()).unwrap();
        assert!(matches!(rx.recv_timeout(PATIENCE).unwrap(), RecognizerEvent::Ready { .. }));
        assert!(recognizer.glance(3, speech(), Options::default()));
        let RecognizerEvent::Glanced { id: 3, outcome: Ok(Outcome::Text(seen)), .. } =
            rx.recv_timeout(PATIENCE).unwrap()
        else {
            panic!("nothing was seen")
        };
        assert_eq!(seen.text, "where is");
    }

    #[test]
    fn a_model_that_cannot_be_loaded_is_reported_and_takes_no_work() {
        let (tx, rx) = std::sync::mpsc::sync_channel(16);
        let recognizer =
            Recognizer::spawn(|| Err(RecognizeError::NotBuiltIn), move |event| tx.send(event).unwrap())
                .unwrap();
        assert!(matches!(rx.recv_timeout(PATIENCE).unwrap(), RecognizerEvent::Failed(_)));
        // The sender is dropped when the thread is over.
        assert!(rx.recv_timeout(PATIENCE).is_err());
        assert_eq!(recognizer.submit(1, speech(), Options::default()).unwrap_err().0, NotTaken::NoModel);
    }

    #[test]
    fn more_than_the_queue_holds_is_refused_and_cancelled_work_is_given_up() {
        let (tx, rx) = std::sync::mpsc::sync_channel(16);
        let (open, gate) = std::sync::mpsc::sync_channel::<()>(1);
        let recognizer = Recognizer::spawn(
            move || {
                gate.recv().unwrap();
                Ok(Box::new(Fake::new(&["one"])))
            },
            move |event| tx.send(event).unwrap(),
        )
        .unwrap();
        let handles: Vec<_> = (0..QUEUE_UTTERANCES as u64)
            .map(|id| recognizer.submit(id, speech(), Options::default()).unwrap())
            .collect();
        assert_eq!(recognizer.submit(99, speech(), Options::default()).unwrap_err().0, NotTaken::Busy);
        for handle in &handles[1..] {
            handle.cancel();
        }
        open.send(()).unwrap();
        let mut given_up = 0;
        for _ in 0..=QUEUE_UTTERANCES {
            if let RecognizerEvent::Done { outcome: Err(RecognizeError::Cancelled), .. } =
                rx.recv_timeout(PATIENCE).unwrap()
            {
                given_up += 1;
            }
        }
        assert_eq!(given_up, QUEUE_UTTERANCES - 1);
    }
}
