//! `avatardesk doctor --tune`: decodes a spoken question with each speech model that is here, and chooses one.

use anyhow::{Context, Result};

#[cfg(feature = "voice")]
use super::tuning::Measured;
use super::tuning::{IN_TIME_MS, Tuning, cores};
use crate::config::{Settings, SpeechModel};

/// Measures, says what it measured, and keeps the choice.
pub fn tune(settings: &Settings) -> Result<()> {
    super::common::make_data_dir(settings)?;
    println!(
        "decoding a spoken question of three seconds with each speech model; this takes a minute or two"
    );
    let measured = measure(settings)?;
    let tuning = Tuning::new(cores(), measured)
        .context("no speech model could be measured: `avatardesk model fetch` fetches one")?;
    let here = super::speech_model::fetched(settings);
    let chosen = tuning.model(&here).context("the speech models have changed meanwhile: try again")?;
    let run = tuning.best(chosen).context("the chosen model was not measured")?;
    println!(
        "\nchosen: {chosen} with {} of {} threads: 95 of 100 texts within {} ms",
        run.threads,
        cores(),
        run.p95_ms
    );
    if run.p95_ms > IN_TIME_MS {
        println!(
            "that is slow (no more than {IN_TIME_MS} ms would be right): stop what else runs here and measure again, or fetch a smaller model"
        );
    }
    let path = tuning.write(&settings.data)?;
    println!("kept in {}; a kiosk that is running uses it from its next start on", path.display());
    if settings.model != SpeechModel::Auto {
        println!("but the settings name a speech model themselves (`speech.model`), and that one serves");
    }
    Ok(())
}

#[cfg(feature = "voice")]
fn measure(settings: &Settings) -> Result<Vec<Measured>> {
    use super::speech_model;
    use super::tuning::{EMBEDDED, THREADS_MAX};
    use crate::speech::recognize::whisper::{ModelSource, Whisper};

    let clip = clip(settings)?;
    let mut measured = Vec::new();
    let built_in = speech_model::embedded(settings).ok().map(|path| (EMBEDDED, path));
    let fetched = speech_model::fetched(settings).into_iter();
    let fetched = fetched.filter_map(|name| speech_model::path_of(settings, name).map(|path| (name, path)));
    for (name, path) in built_in.into_iter().chain(fetched) {
        let mut model = match Whisper::load(&ModelSource::File(path)) {
            Ok(model) => model,
            Err(error) => {
                println!("{name:<14} cannot be used: {error}");
                continue;
            }
        };
        for threads in 1..=cores().min(THREADS_MAX) {
            model.set_threads(threads);
            let p95_ms = time(&mut model, &clip)?;
            println!("{name:<14} {threads} thread(s): {p95_ms} ms");
            measured.push(Measured { model: name.to_owned(), threads, p95_ms });
        }
    }
    Ok(measured)
}

/// The question that is shipped, as the endpointer would cut it: with silence before and behind, three seconds in all.
#[cfg(feature = "voice")]
fn clip(settings: &Settings) -> Result<Vec<f32>> {
    use crate::speech::audio::SAMPLE_RATE;

    const QUESTION: &str = "sounds/question-en.wav";
    let spoken = crate::speech::file::read(&settings.assets.join(QUESTION))?;
    let rate = SAMPLE_RATE as usize;
    let mut clip = vec![0.0; rate * 6 / 10];
    clip.extend(spoken);
    clip.resize(rate * 3, 0.0);
    Ok(clip)
}

/// Within how many milliseconds 95 of 100 texts are there.
#[cfg(feature = "voice")]
fn time(model: &mut crate::speech::recognize::whisper::Whisper, clip: &[f32]) -> Result<u64> {
    use std::time::{Duration, Instant};

    use crate::speech::recognize::{Cancel, Options, transcribe};

    /// Decodings, after one that does not count; fewer when they take longer than this altogether.
    const RUNS: usize = 20;
    const RUNS_MIN: usize = 3;
    const WITHIN: Duration = Duration::from_secs(10);

    let options = Options { language: Some("en".to_owned()), vocabulary: None };
    let mut once = || -> Result<u64> {
        let begun = Instant::now();
        transcribe(model, clip, &options, &Cancel::default())?;
        Ok(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    };
    once()?;
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < RUNS && (times.len() < RUNS_MIN || begun.elapsed() < WITHIN) {
        times.push(once()?);
    }
    times.sort_unstable();
    let place = (times.len() * 95).div_ceil(100).saturating_sub(1);
    times.get(place).copied().context("nothing was decoded")
}

/// Without the feature there is no recogniser.
#[cfg(not(feature = "voice"))]
fn measure(_: &Settings) -> Result<Vec<super::tuning::Measured>> {
    anyhow::bail!(
        "this program was built without the feature `voice`: build it with `cargo build --features voice`"
    )
}
