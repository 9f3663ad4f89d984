//! Which process it is: a pid alone is given to somebody else some day.

use std::io::ErrorKind;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One process of one boot of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// Process id.
    pub pid: u32,
    /// Start time: clock ticks since boot, from `/proc/PID/stat`.
    pub start_time: u64,
    /// The boot id, from `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
}

/// Why a process can't be identified.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It has ended; another may have its pid.
    #[error("the process {pid} that was started then has ended")]
    Gone {
        /// Its pid.
        pid: u32,
    },
    /// The system has no such information.
    #[error("{path} can't be read: {cause}")]
    Unknown {
        /// The file that was read.
        path: String,
        cause: std::io::Error,
    },
}

/// Why a process was not signalled.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// It isn't, or can't be shown to be, the one that is meant.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The system refuses.
    #[error("process {pid} can't be signalled: {cause}")]
    Refused {
        /// Its pid.
        pid: u32,
        cause: Errno,
    },
}

impl Identity {
    /// Of this process.
    ///
    /// # Errors
    /// The system doesn't say.
    pub fn of_this_process() -> Result<Self, IdentityError> {
        Self::of(std::process::id())
    }

    /// Of the process that has this pid now.
    ///
    /// # Errors
    /// The process does not exist, or its identity can't be read.
    pub fn of(pid: u32) -> Result<Self, IdentityError> {
        Ok(Self { pid, start_time: start_time(pid)?, boot_id: boot_id()? })
    }

    /// Whether this process runs: same boot, same pid, same start.
    ///
    /// # Errors
    /// The process has ended, or its identity can't be read.
    pub fn verify(&self) -> Result<(), IdentityError> {
        if Self::of(self.pid)? == *self {
            Ok(())
        } else {
            Err(IdentityError::Gone { pid: self.pid })
        }
    }

    /// Sends a signal to this process and to no other.
    ///
    /// The handle is opened first and the identity compared afterwards: if the pid is reused in
    /// between, the handle is that of the old process, and no other process is signalled.
    ///
    /// # Errors
    /// It has ended, or the system refuses.
    pub fn signal(&self, signal: Signal) -> Result<(), SignalError> {
        let gone = || IdentityError::Gone { pid: self.pid };
        let refused = |cause| match cause {
            Errno::SRCH => gone().into(),
            cause => SignalError::Refused { pid: self.pid, cause },
        };
        let number = i32::try_from(self.pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        let handle = pidfd_open(number, PidfdFlags::empty()).map_err(refused)?;
        self.verify()?;
        pidfd_send_signal(handle, signal).map_err(refused)
    }
}

fn boot_id() -> Result<String, IdentityError> {
    let path = "/proc/sys/kernel/random/boot_id";
    let unknown = |cause| IdentityError::Unknown { path: path.to_owned(), cause };
    Ok(std::fs::read_to_string(path).map_err(unknown)?.trim().to_owned())
}

fn start_time(pid: u32) -> Result<u64, IdentityError> {
    let path = format!("/proc/{pid}/stat");
    // Names of programs need not be UTF-8.
    let line = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(cause)
            if cause.kind() == ErrorKind::NotFound
                || cause.raw_os_error() == Some(Errno::SRCH.raw_os_error()) =>
        {
            return Err(IdentityError::Gone { pid });
        }
        Err(cause) => return Err(IdentityError::Unknown { path, cause }),
    };
    match parse_stat(&line) {
        Some(("Z" | "X" | "x", _)) => Err(IdentityError::Gone { pid }),
        Some((_, start_time)) => Ok(start_time),
        None => Err(IdentityError::Unknown { path, cause: ErrorKind::InvalidData.into() }),
    }
}

/// State and start time of a line of `/proc/PID/stat`. The program's name, in brackets, may hold
/// brackets and blanks itself: it ends at the last bracket.
fn parse_stat(line: &str) -> Option<(&str, u64)> {
    let (_, fields) = line.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    // Field 22 of the line; the state is field 3.
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::sleeper::Sleeper;
    use super::*;

    #[test]
    fn the_start_is_found_behind_any_name() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        for name in ["sleep", "a b", "a) S 1 (b", "))", "", "\u{fffd}"] {
            assert_eq!(parse_stat(&format!("77 ({name}) {rest}")), Some(("S", 4711)), "{name}");
        }
        for torn in ["", "77", "77 (sleep", "77 (sleep)", "77 (sleep) S 1 2", "77 (x) S ) y"] {
            assert_eq!(parse_stat(torn), None, "{torn}");
        }
    }

    #[test]
    fn this_process_is_itself() {
        let this = Identity::of_this_process().unwrap();
        assert_eq!(this.pid, std::process::id());
        assert!(this.start_time > 0 && this.boot_id.len() == 36, "{this:?}");
        this.verify().unwrap();
    }

    #[test]
    fn only_the_process_that_is_meant_is_signalled() {
        let mut sleeper = Sleeper::start();
        let truth = Identity::of(sleeper.id()).unwrap();
        let forged = [
            Identity { start_time: truth.start_time + 1, ..truth.clone() },
            Identity { boot_id: "another boot".to_owned(), ..truth.clone() },
        ];
        for forged in &forged {
            let refusal = forged.signal(Signal::KILL).unwrap_err();
            assert!(matches!(refusal, SignalError::Identity(IdentityError::Gone { .. })));
        }
        truth.verify().unwrap();
        assert!(!sleeper.has_ended(), "nobody signalled it");
        truth.signal(Signal::KILL).unwrap();
        sleeper.0.wait().unwrap();
        assert!(matches!(truth.verify(), Err(IdentityError::Gone { .. })));
        assert!(truth.signal(Signal::KILL).is_err());
    }

    #[test]
    fn one_that_ended_and_was_not_collected_has_ended() {
        let mut sleeper = Sleeper::start();
        let truth = Identity::of(sleeper.id()).unwrap();
        sleeper.0.kill().unwrap();
        // Only its parent's `wait`, which comes later, lets go of the pid.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while truth.verify().is_ok() {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
        assert!(truth.signal(Signal::HUP).is_err());
    }

    #[test]
    fn pids_that_nobody_has_are_gone() {
        for pid in [0, u32::MAX, i32::MAX as u32] {
            let nobody = Identity { pid, start_time: 1, boot_id: boot_id().unwrap() };
            assert!(matches!(
                nobody.signal(Signal::HUP),
                Err(SignalError::Identity(IdentityError::Gone { .. }))
            ));
        }
    }
}
