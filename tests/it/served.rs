//! A provider of a test's own, served by the test program itself to a real Terraform.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::terraform::Bench;

/// The process that serves, which must not outlive its test.
pub struct Served {
    process: Child,
    /// What `TF_REATTACH_PROVIDERS` is to be.
    pub reattach: String,
}

impl Served {
    /// Starts this program once more with the test alone that serves where `variable` is set.
    pub fn by(test: &str, variable: &str, bench: &Bench) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(variable, "1");
        // Credentials and trust come from the environment, as they do where Terraform starts the provider.
        command.envs(bench.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let reattach = stdout.lines().map_while(Result::ok).find_map(|line| {
            line.split_once("TF_REATTACH_PROVIDERS='").map(|(_, json)| json.trim_end_matches('\'').to_owned())
        });
        Self { process, reattach: reattach.expect("the provider says where it is") }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
