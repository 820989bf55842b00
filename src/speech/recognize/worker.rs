//! A thread that transcribes one utterance after the other.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pipeline::transcribe;
use super::types::{Cancel, ModelFacts, Options, Outcome, RecognizeError, Transcriber};

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
}

struct Job {
    id: u64,
    samples: Vec<f32>,
    options: Options,
    submitted: Instant,
    cancel: Cancel,
}

/// The thread's handle. Dropping it stops the work at hand and waits for the thread.
pub struct Recognizer {
    jobs: Option<SyncSender<Job>>,
    /// Cancelled when the recogniser is dropped.
    closing: Cancel,
    current: std::sync::Arc<std::sync::Mutex<Option<Cancel>>>,
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
        let current = std::sync::Arc::new(std::sync::Mutex::new(None));
        let thread = std::thread::Builder::new()
            .name("speech-recognize".into())
            .spawn({
                let (closing, current) = (closing.clone(), std::sync::Arc::clone(&current));
                move || work(load, report, queue, &closing, &current)
            })
            .map_err(RecognizeError::Thread)?;
        Ok(Self { jobs: Some(jobs), closing, current, thread: Some(thread) })
    }

    /// Queues an utterance under a number. The returned handle gives it up; the samples come back when there is no room.
    pub fn submit(
        &self,
        id: u64,
        samples: Vec<f32>,
        options: Options,
    ) -> Result<Cancel, (NotTaken, Vec<f32>)> {
        let cancel = Cancel::default();
        let job = Job { id, samples, options, submitted: Instant::now(), cancel: cancel.clone() };
        match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => Ok(cancel),
            Some(Err(TrySendError::Full(job))) => Err((NotTaken::Busy, job.samples)),
            Some(Err(TrySendError::Disconnected(job))) => Err((NotTaken::NoModel, job.samples)),
            None => Err((NotTaken::NoModel, Vec::new())),
        }
    }
}

impl Drop for Recognizer {
    fn drop(&mut self) {
        self.closing.cancel();
        if let Some(current) = crate::speech::clock::lock(&self.current).take() {
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
    current: &std::sync::Mutex<Option<Cancel>>,
) {
    let begun = Instant::now();
    let mut model = match load() {
        Ok(model) => model,
        Err(e) => return report(RecognizerEvent::Failed(e)),
    };
    report(RecognizerEvent::Ready { facts: model.facts().clone(), took: begun.elapsed() });
    while let Ok(job) = queue.recv() {
        *crate::speech::clock::lock(current) = Some(job.cancel.clone());
        if closing.is_cancelled() {
            return;
        }
        let queued = job.submitted.elapsed();
        let outcome = if job.cancel.is_cancelled() {
            Err(RecognizeError::Cancelled)
        } else {
            transcribe(model.as_mut(), &job.samples, &job.options, &job.cancel)
        };
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
