//! Reading receipts with tesseract, a program of its own: off unless a path is configured. It gets a picture that this
//! program drew, no environment, little memory, one core, and some seconds; more than that, and nothing was read.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use yuanlu_app::PictureReader;

/// Reading takes so long at most.
const MOST_TIME: Duration = Duration::from_secs(12);
/// Between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// A receipt has no more text.
const MOST_TEXT: u64 = 64 * 1024;
/// Address space, in bytes.
const MOST_MEMORY: u64 = 1 << 30;
/// What it may write: it puts its input into a file of its own first.
const MOST_FILE: u64 = 32 << 20;
/// Limits a program's resources before it runs; a part of every Debian.
const PRLIMIT: &str = "/usr/bin/prlimit";

/// Tesseract at a path.
#[derive(Clone, Debug)]
pub struct Tesseract {
    /// The program.
    pub program: PathBuf,
}

impl Tesseract {
    fn command(&self) -> Command {
        let mut command = if std::path::Path::new(PRLIMIT).exists() {
            let mut limited = Command::new(PRLIMIT);
            let seconds = MOST_TIME.as_secs();
            limited.args([format!("--as={MOST_MEMORY}"), format!("--cpu={seconds}"), "--core=0".to_owned()]);
            limited.args(["--nofile=64".to_owned(), format!("--fsize={MOST_FILE}")]).arg(&self.program);
            limited
        } else {
            Command::new(&self.program)
        };
        // It needs its data only, which lies where it was installed.
        command.env_clear().env("OMP_THREAD_LIMIT", "1").env("LC_ALL", "C").current_dir("/");
        command
    }

    /// What it calls itself, and whether it reads Chinese.
    ///
    /// # Errors
    /// When it does not run.
    pub fn describe(&self) -> Result<(String, bool)> {
        let said = |argument: &str| -> Result<String> {
            let output = self.command().arg(argument).stdin(Stdio::null()).output()?;
            let text = [output.stdout, output.stderr].concat();
            match output.status.success() {
                true => Ok(String::from_utf8_lossy(&text).into_owned()),
                false => Err(Error::other("it does not run")),
            }
        };
        let version = said("--version")?.lines().next().unwrap_or_default().to_owned();
        Ok((version, said("--list-langs")?.lines().any(|line| line.trim() == "chi_sim")))
    }
}

impl PictureReader for Tesseract {
    fn read(&self, picture: &[u8]) -> Result<String> {
        let mut child = self
            .command()
            .args(["stdin", "stdout", "-l", "chi_sim+eng", "--psm", "11"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let text = std::thread::scope(|scope| {
            let heard = scope.spawn(move || {
                let mut text = Vec::new();
                match stdout {
                    Some(out) => out.take(MOST_TEXT).read_to_end(&mut text).map(|_| text),
                    None => Ok(text),
                }
            });
            scope.spawn(move || stdin.map(|mut to| to.write_all(picture)));
            let ended = wait(&mut child);
            let text = heard.join().map_err(|_| Error::other("reading was cut off"))??;
            ended.map(|()| text)
        })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Waits for the end, and brings it about when it takes too long.
fn wait(child: &mut Child) -> Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => return Err(Error::other("it ended without a word")),
            None if waited >= MOST_TIME => {
                child.kill()?;
                child.wait()?;
                return Err(Error::new(ErrorKind::TimedOut, "it took too long"));
            }
            None => std::thread::sleep(LOOK),
        }
        waited += LOOK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(name: &str, text: &str) -> Tesseract {
        let program = std::env::temp_dir().join(format!("yuanlu-reader-{}-{name}", std::process::id()));
        std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        Tesseract { program }
    }

    #[test]
    fn a_reader_that_fails_hangs_or_floods_is_ended() {
        std::env::var_os("HOME").expect("the environment of the tests holds something");
        let says = script("says", "cat >/dev/null; echo 95.00; echo \"home=$HOME\"");
        assert_eq!(says.read(b"picture").unwrap(), "95.00\nhome=\n", "it sees nothing of our environment");
        assert!(script("fails", "exit 3").read(b"picture").is_err());
        let hangs = script("hangs", "exec sleep 60");
        assert_eq!(hangs.read(b"picture").unwrap_err().kind(), ErrorKind::TimedOut);
        let floods = script("floods", "exec yes");
        assert!(floods.read(b"picture").map_or(true, |text| text.len() as u64 <= MOST_TEXT));
        let gone = Tesseract { program: "/nowhere/tesseract".into() };
        assert!(gone.read(b"picture").is_err());
        for one in [says, hangs, floods] {
            let _ = std::fs::remove_file(one.program);
        }
    }

    /// Needs `YUANLU_TEST_TESSERACT`, which `./check` sets where the Debian packages can be installed.
    #[test]
    fn tesseract_itself_reads_figures() {
        let Some(program) = std::env::var_os("YUANLU_TEST_TESSERACT").filter(|path| !path.is_empty()) else {
            eprintln!("NOT RUN: no receipt was read, because YUANLU_TEST_TESSERACT is not set");
            return;
        };
        let reader = Tesseract { program: program.into() };
        let (version, chinese) = reader.describe().unwrap();
        assert!(version.contains("tesseract") && chinese, "{version}, Chinese: {chinese}");
        let text = reader.read(include_bytes!("../tests/receipt.png")).unwrap();
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(plain.contains("95.00") && plain.contains("2026-03-10"), "{text}");
    }
}
