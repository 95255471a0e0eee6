//! Podman: how it is called, and what it says of its containers and images.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::data::{RuntimeData, data};
use crate::stack::oci::find;

/// How much of what it complains is passed on, in bytes.
const COMPLAINT: usize = 2048;

/// Podman with a runtime.
#[derive(Debug)]
pub(super) struct Podman {
    program: PathBuf,
    /// The runtime and its flags, which every command is told.
    global: Vec<String>,
    /// Settings of ours, where the user has none.
    settings: Option<PathBuf>,
}

/// Arguments with what is filled in.
pub(super) fn filled(arguments: &[String], values: &[(&str, &str)]) -> Vec<String> {
    let fill = |argument: &String| {
        values.iter().fold(argument.clone(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    };
    arguments.iter().map(fill).collect()
}

impl Podman {
    /// Podman as it is on PATH, with this runtime; `None` if it is not there.
    pub(super) fn new(runtime: &RuntimeData, program: &Path, filtered: bool) -> Option<Self> {
        let mut global = vec![format!("--runtime={}", program.display())];
        let filtered = runtime.filtered.iter().filter(|_| filtered);
        global.extend(
            runtime
                .flags
                .iter()
                .chain(filtered)
                .map(|flag| format!("--runtime-flag={flag}")),
        );
        Some(Self {
            program: find(&data().program)?,
            global,
            settings: None,
        })
    }

    /// Where the user has no settings, podman raises limits as only the most privileged may: it is told to keep to those
    /// that are there.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn settle(&mut self, file: PathBuf) -> io::Result<()> {
        let own = |name: &str| std::env::var(name).unwrap_or_default();
        let config = Some(own("XDG_CONFIG_HOME")).filter(|folder| !folder.is_empty());
        let config = config.unwrap_or_else(|| format!("{}/.config", own("HOME")));
        let there = |path: &String| Path::new(&path.replace("{config}", &config)).exists();
        if std::env::var_os("CONTAINERS_CONF").is_some() || data().settings.iter().any(there) {
            return Ok(());
        }
        let ours = fs::read_to_string("/proc/self/limits")?;
        let limits = data().limits.iter().filter_map(|limit| {
            let line = ours.lines().find_map(|line| line.strip_prefix(&limit.shown))?;
            let hard: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
            let most: u64 = fs::read_to_string(&limit.most).ok()?.trim().parse().ok()?;
            let hard = hard.min(most);
            Some(format!("\"{}={hard}:{hard}\"", limit.name))
        });
        let limits = limits.collect::<Vec<_>>().join(", ");
        fs::write(&file, format!("[containers]\ndefault_ulimits = [{limits}]\n"))?;
        self.settings = Some(file);
        Ok(())
    }

    /// A command, not started yet, with nothing to read; keys that are typed here are not for it.
    pub(super) fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.global)
            .args(arguments)
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(settings) = &self.settings {
            command.env("CONTAINERS_CONF", settings);
        }
        command
    }

    /// What a command prints, or else complains.
    pub(super) fn run(&self, arguments: &[String]) -> Result<String, String> {
        Self::output(&mut self.command(arguments))
    }

    /// What a command prints that is started in this folder, or else complains.
    pub(super) fn run_in(&self, folder: &Path, arguments: &[String]) -> Result<String, String> {
        Self::output(self.command(arguments).current_dir(folder))
    }

    fn output(command: &mut Command) -> Result<String, String> {
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let from = output.stderr.len().saturating_sub(COMPLAINT);
        let complaint = String::from_utf8_lossy(output.stderr.get(from..).unwrap_or_default());
        match complaint.trim() {
            "" => Err(output.status.to_string()),
            complaint => Err(complaint.to_owned()),
        }
    }

    /// The command for whoever cleans up later, in whatever environment.
    pub(super) fn recorded(&self, arguments: &[String]) -> Vec<String> {
        let pair = |name: &str, value: OsString| format!("{name}={}", value.to_string_lossy());
        let ours = self
            .settings
            .iter()
            .map(|file| pair("CONTAINERS_CONF", file.clone().into()));
        let known = data()
            .environment
            .iter()
            .filter_map(|name| Some(pair(name, std::env::var_os(name)?)));
        std::iter::once("env".to_owned())
            .chain(known)
            .chain(ours)
            .chain([self.program.to_string_lossy().into_owned()])
            .chain(self.global.iter().cloned())
            .chain(arguments.iter().cloned())
            .collect()
    }

    /// What it knows of a container.
    pub(super) fn inspect(&self, container: &str) -> Result<Value, String> {
        self.first(&filled(&data().calls.inspect, &[("container", container)]))
    }

    /// What it knows of an image.
    pub(super) fn image(&self, image: &str) -> Result<Value, String> {
        self.first(&filled(&data().calls.image, &[("image", image)]))
    }

    /// Sends a signal to the container's first process.
    pub(super) fn signal(&self, container: &str, number: i32) {
        let number = number.to_string();
        // One that has just ended takes none.
        let _ = self.run(&filled(
            &data().calls.kill,
            &[("container", container), ("signal", &number)],
        ));
    }

    fn first(&self, arguments: &[String]) -> Result<Value, String> {
        let said: Value = serde_json::from_str(&self.run(arguments)?).map_err(|error| error.to_string())?;
        said.get(0).cloned().ok_or_else(|| "nothing was said of it".to_owned())
    }
}
