//! Asks the relay that runs with a data directory, through the file that it leaves there.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::relay::{CONTROL_FILE, ControlFile, EraseRequest, Erased, Status};

/// How long the relay may take for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The longest answer, in bytes.
const ANSWER_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A relay that runs.
pub struct Control {
    file: ControlFile,
    agent: ureq::Agent,
}

impl Control {
    /// The relay of this directory. An error says that none runs.
    pub fn find(dir: &Path) -> Result<Self> {
        let path = dir.join(CONTROL_FILE);
        let text = std::fs::read(&path).with_context(|| nobody(dir))?;
        let file = serde_json::from_slice(&text).with_context(|| {
            format!("{} is not what a relay writes: start the relay again", path.display())
        })?;
        let config = ureq::Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).proxy(None);
        let agent = config.http_status_as_error(false).build().into();
        Ok(Self { file, agent })
    }

    /// How it is.
    pub fn status(&self, dir: &Path) -> Result<Status> {
        let asked = self.agent.get(self.url("status")).header("Authorization", self.secret()).call();
        read(asked.with_context(|| nobody(dir))?)
    }

    /// Lets it forget a visitor.
    pub fn erase(&self, request: EraseRequest) -> Result<Erased> {
        let body = serde_json::to_string(&request)?;
        let asked = self
            .agent
            .post(self.url("erase"))
            .header("Authorization", self.secret())
            .header("Content-Type", "application/json")
            .send(body);
        read(asked.context("the relay does not answer: is it stopping?")?)
    }

    fn url(&self, what: &str) -> String {
        format!("http://{}/{what}", self.file.address)
    }

    fn secret(&self) -> String {
        format!("Bearer {}", self.file.password)
    }
}

fn nobody(dir: &Path) -> String {
    format!(
        "no relay runs with {}: start it with `avatardesk relay`, or name another with `--data`",
        dir.display()
    )
}

fn read<T: serde::de::DeserializeOwned>(mut response: ureq::http::Response<ureq::Body>) -> Result<T> {
    let status = response.status();
    let text = response.body_mut().with_config().limit(ANSWER_MAX_BYTES).read_to_string()?;
    if !status.is_success() {
        bail!("the relay says {status}: {}", text.trim());
    }
    Ok(serde_json::from_str(&text)?)
}
