//! A step of a longer run: a headline, the time it took, and an error that names what failed.

use std::{process::Command, time::Instant};

use anyhow::{Context, Result, bail};

/// Runs `work` under a headline and says how long it took.
pub(crate) fn step(headline: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("\n==> {headline}");
    let started = Instant::now();
    work().with_context(|| format!("{headline} failed"))?;
    eprintln!("    {headline}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a command to its end; anything but success is an error with the line that was run.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_is_named_with_its_status() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program`");
    }

    #[test]
    fn a_failed_step_is_named_before_its_cause() {
        let error = step("fmt", || bail!("two spaces")).unwrap_err();
        assert_eq!(format!("{error:#}"), "fmt failed: two spaces");
    }
}
