//! One running program.

use anyhow::{Context as _, Result, anyhow};
use rustix::{
    fd::OwnedFd,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use std::{
    fs::OpenOptions,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// A program that runs, and is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    /// Names the process even after its number has been given to another one.
    process: OwnedFd,
    status: watch::Receiver<Option<ExitStatus>>,
}

impl Child {
    /// Starts a program whose output goes to the end of `log`. `on_exit` is woken when it ends.
    ///
    /// Linux ties "kill me when my parent ends" to the *thread* that starts the program, so each
    /// has a thread of its own that waits for it; it needs no runtime, and outlives any.
    pub(crate) fn start(mut command: Command, log: &Path, on_exit: Arc<Notify>) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // A terminal sends Ctrl-C to its whole group: the order of stopping is ours to choose.
        command.process_group(0);

        let (started, starting) = mpsc::channel();
        let (ended, status) = watch::channel(None);
        thread::Builder::new().name("child".to_owned()).spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return drop(started.send(Err(error))),
            };
            let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty());
            let lost = process.is_err();
            let _ = started.send(process.map_err(Into::into));
            if lost {
                let _ = child.kill();
            }
            if let Ok(status) = child.wait() {
                ended.send_replace(Some(status));
            }
            on_exit.notify_waiters();
        })?;
        let process = starting.recv().context("the thread that starts programs ended")??;
        Ok(Self { process, status })
    }

    /// How it ended, once it has.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        *self.status.borrow()
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) -> Result<ExitStatus> {
        let mut status = self.status.clone();
        let ended = status.wait_for(Option::is_some).await.context("it cannot be waited for")?;
        ended.ok_or_else(|| anyhow!("it cannot be waited for"))
    }

    /// Asks it to stop (SIGTERM), and kills it when it has not after `grace`.
    pub(crate) async fn stop(&self, grace: Duration) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(grace, self.ended()).await.is_err() {
            self.kill().await;
        }
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub(crate) async fn kill(&self) {
        self.signal(Signal::KILL);
        let _ = self.ended().await;
    }

    fn signal(&self, signal: Signal) {
        // It fails only where the process has ended, which is what a signal is for.
        let _ = pidfd_send_signal(&self.process, signal);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
