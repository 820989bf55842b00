//! whisper.cpp by itself, beside ours: built from the sources that whisper-rs brings, with whisper.cpp's own settings of the build,
//! for any processor of the kind or for this very one, and run as a process.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::support::cache::cache;
use crate::support::desk::file;

/// How it is told to transcribe; `benches/peers/whisper/transcribe.cpp` says what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Defaults,
    Tuned,
}

/// A running process with a loaded model. It ends when this is dropped.
pub struct Peer {
    child: Child,
    clips: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub fn start(program: &Path, model: &Path, how: How) -> Result<Self> {
        let how = match how {
            How::Defaults => "defaults",
            How::Tuned => "tuned",
        };
        let mut child = Command::new(program)
            .arg(model)
            .arg(how)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let answers = BufReader::new(child.stdout.take().context("its output")?);
        let clips = child.stdin.take();
        Ok(Self { child, clips, answers })
    }

    /// Milliseconds and text; `max_tokens` 0: no bound.
    pub fn transcribe(&mut self, samples: &[f32], max_tokens: u32) -> Result<(f64, String)> {
        let clips = self.clips.as_mut().context("it has ended")?;
        writeln!(clips, "{max_tokens} {}", samples.len())?;
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        clips.write_all(&bytes)?;
        clips.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let (ms, text) = line.trim_end().split_once('\t').context("whisper.cpp has ended")?;
        Ok((ms.parse()?, text.trim().to_owned()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.clips = None;
        drop(self.child.wait());
    }
}

/// The program. Built when it is not in the cache; fails where cmake is missing. `native`: for this processor only, as who builds
/// whisper.cpp for themselves does; else for any that ours runs on.
pub fn build(native: bool) -> Result<PathBuf> {
    let sources = sources()?;
    let version = sources.parent().and_then(Path::file_name).context("its folder")?;
    let dir = cache()?.join(version).join(if native { "native" } else { "portable" });
    let program = dir.join("transcribe");
    let ours = file("benches/peers/whisper");
    let code = std::fs::read(ours.join("transcribe.cpp"))?;
    let built_of = dir.join("built-of.cpp");
    if program.exists() && std::fs::read(&built_of).is_ok_and(|before| before == code) {
        return Ok(program);
    }
    eprintln!("building whisper.cpp with cmake into {}", dir.display());
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(&ours).arg("-B").arg(&dir).arg("-DCMAKE_BUILD_TYPE=Release");
    configure.arg(format!("-DWHISPER_SOURCE={}", sources.display()));
    configure.arg(if native { "-DGGML_NATIVE=ON" } else { "-DGGML_NATIVE=OFF" });
    run(&mut configure).context("cmake is needed: `sudo apt-get install cmake g++`")?;
    run(Command::new("cmake").arg("--build").arg(&dir).args(["--parallel", "--target", "transcribe"]))?;
    std::fs::write(&built_of, code)?;
    Ok(program)
}

/// The sources of whisper.cpp in the crate whisper-rs-sys.
fn sources() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Of another system's crates nothing has been fetched.
    let system = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    metadata.args(["--filter-platform", &system]).current_dir(file(""));
    let told = metadata.output().context("cargo does not start")?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let packages = told.get("packages").and_then(|all| all.as_array()).context("no packages")?;
    let field = |package: &serde_json::Value, name: &str| {
        package.get(name).and_then(|value| value.as_str()).map(str::to_owned)
    };
    let manifest = packages
        .iter()
        .find(|package| field(package, "name").as_deref() == Some("whisper-rs-sys"))
        .and_then(|package| field(package, "manifest_path"))
        .context("whisper-rs-sys is not among the packages")?;
    Ok(Path::new(&manifest).with_file_name("whisper.cpp"))
}

fn run(command: &mut Command) -> Result<()> {
    let done =
        command.stdin(Stdio::null()).output().with_context(|| format!("{command:?} does not start"))?;
    ensure!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
