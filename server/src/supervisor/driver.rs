//! Carries out what [`machine`](super::machine) decides: processes, signals, sockets, files.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use tokio::net::TcpSocket;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::control::{SupervisorStatus, ToWorker};
use super::identity::{Identity, IdentityError};
use super::machine::{Action, Ended, Event, Machine, SupervisorLimits};
use super::pid_file::PidFile;
use super::process::Worker;
use super::program::Program;
use super::record::{ReloadRecord, SupervisorRecord, WorkerRecord};
use super::service_manager::ServiceManager;
use crate::runtime_contract::EnvFileError;

/// Connections that may wait to be accepted, as in the socket unit.
const BACKLOG: u32 = 4_096;

/// Events that may wait for the supervisor.
const WAITING: usize = 64;

/// What a supervisor is made of.
#[derive(Debug)]
pub struct Supervisor {
    /// The worker's program.
    pub program: Program,
    /// Address to listen on, unless a socket was handed over.
    pub address: SocketAddr,
    /// The socket that the service manager handed over.
    pub socket: Option<TcpListener>,
    /// What it allows.
    pub limits: SupervisorLimits,
    /// The file with its identity.
    pub pid_file: PathBuf,
}

/// Why the supervisor can't start.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The address can't be bound.
    #[error("BIND_ADDR {address} can't be bound: {cause}; is another server running there?")]
    Bind { address: SocketAddr, cause: std::io::Error },
    /// The identity of this process can't be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Anything else that the system refuses.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Supervisor {
    /// Supervises until it is stopped; returns the exit code.
    ///
    /// Prints `listening on http://…` on standard output once the first worker is ready.
    ///
    /// # Errors
    /// The address can't be bound, or the system refuses what a supervisor needs.
    pub async fn run(self) -> Result<i32, SupervisorError> {
        let mut signals = Signals::new()?;
        let address = self.address;
        let listener = match self.socket {
            Some(socket) => socket,
            None => listen(address).map_err(|cause| SupervisorError::Bind { address, cause })?,
        };
        listener.set_nonblocking(true)?;
        let (events, mut happened) = mpsc::channel(WAITING);
        let record = SupervisorRecord {
            identity: Identity::of_this_process()?,
            worker: None,
            generation: 0,
            guarded: false,
            crashes_in_window: 0,
            last_reload: None,
        };
        let manager = ServiceManager::from_environment();
        let mut pings = manager.pings();
        let mut driver = Driver {
            machine: Machine::new(self.limits, Instant::now()),
            program: self.program,
            program_before: None,
            unreadable_settings: None,
            listener,
            manager,
            events,
            workers: BTreeMap::new(),
            pid_file: PidFile::new(self.pid_file, Timestamp::now()),
            record,
            told: None,
            has_announced: false,
        };
        let mut event = Event::Begin;
        loop {
            if let Some(code) = driver.take_in(event).await {
                driver.pid_file.remove(&driver.record);
                tracing::info!(code, "the supervisor has stopped");
                return Ok(code);
            }
            let next_tick = tokio::time::Instant::from_std(driver.machine.next_tick());
            event = loop {
                tokio::select! {
                    event = signals.next() => break event,
                    // The supervisor holds a sender itself: the channel never ends.
                    Some(event) = happened.recv() => break event,
                    () = tokio::time::sleep_until(next_tick) => break Event::Tick,
                    () = next_ping(&mut pings) => driver.manager.ping(),
                }
            };
        }
    }
}

/// A listening socket with a backlog for all clients of a plant that reconnect at once.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart finds the address free, whatever connections it had before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

async fn next_ping(pings: &mut Option<tokio::time::Interval>) {
    match pings {
        Some(pings) => {
            pings.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// Signals to the supervisor.
struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
    is_stopping: bool,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            is_stopping: false,
        })
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            _ = self.hang_up.recv() => return Event::Reload,
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        match std::mem::replace(&mut self.is_stopping, true) {
            false => Event::Stop,
            true => Event::Hurry,
        }
    }
}

struct Driver {
    machine: Machine,
    program: Program,
    /// The program before the reload in progress, in case that it fails.
    program_before: Option<Program>,
    /// Why the settings of the reload in progress can't be read: no worker is started without them.
    unreadable_settings: Option<EnvFileError>,
    listener: TcpListener,
    manager: ServiceManager,
    events: mpsc::Sender<Event>,
    workers: BTreeMap<u64, Worker>,
    pid_file: PidFile,
    record: SupervisorRecord,
    /// The last state that was sent to the workers.
    told: Option<SupervisorStatus>,
    has_announced: bool,
}

impl Driver {
    /// Handles an event and its immediate consequences; returns the exit code at the end.
    async fn take_in(&mut self, event: Event) -> Option<i32> {
        let mut waiting = vec![event];
        while let Some(event) = waiting.pop() {
            match event {
                Event::Stop => self.manager.stopping(),
                Event::Ended(generation, how) => self.note_end(generation, how),
                _ => {}
            }
            for action in self.machine.handle(event, Instant::now(), fastrand::f64()) {
                match action {
                    Action::Start(generation) => waiting.extend(self.start(generation)),
                    Action::Finished(code) => return Some(code),
                    action => self.carry_out(action),
                }
            }
        }
        self.publish();
        None
    }

    /// Starts a worker; returns its end if the start failed.
    fn start(&mut self, generation: u64) -> Option<Event> {
        if self.unreadable_settings.is_some() {
            return Some(Event::Ended(generation, Ended::NotStarted));
        }
        let beside = self.machine.serving().is_some();
        let events = self.events.clone();
        match Worker::start(&self.program, &self.listener, generation, beside, events) {
            Ok(worker) => {
                tracing::info!(generation, pid = worker.pid, "worker started");
                worker.say(ToWorker::Status(self.status()));
                self.workers.insert(generation, worker);
                None
            }
            Err(error) => {
                let program = self.program.path.display();
                tracing::error!(generation, %program, %error, "the worker can't be started");
                Some(Event::Ended(generation, Ended::NotStarted))
            }
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Serves(generation) => {
                tracing::info!(generation, "the worker serves");
                self.announce();
                self.manager.ready("serving");
            }
            Action::Drain(generation, within) => {
                let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
                self.with(generation, |worker| worker.say(ToWorker::Drain { within_ms }));
            }
            Action::Kill(generation) => {
                tracing::warn!(generation, "the worker is ended");
                self.with(generation, Worker::kill);
            }
            Action::ReloadBegan(number) => {
                tracing::info!(number, "reload");
                self.manager.reloading();
                self.read_settings();
                self.record.last_reload = Some(ReloadRecord {
                    number,
                    requested_at: Timestamp::now(),
                    completed_at: None,
                    success: false,
                    reason: None,
                });
            }
            Action::ReloadEnded(number, failure) => {
                // Settings that no worker could use must not meet one that has to start in need.
                if let Some(before) = self.program_before.take().filter(|_| failure.is_some()) {
                    self.program = before;
                }
                let unreadable = self.unreadable_settings.take();
                let reason = failure.map(|failure| {
                    unreadable.map_or_else(|| failure.to_string(), |error| error.to_string())
                });
                if let Some(reload) = &mut self.record.last_reload {
                    reload.completed_at = Some(Timestamp::now());
                    reload.success = failure.is_none();
                    reload.reason.clone_from(&reason);
                }
                match reason {
                    None => tracing::info!(number, "reloaded"),
                    Some(reason) => {
                        tracing::error!(
                            number,
                            reason,
                            "the reload failed; the worker before it stays"
                        );
                        self.manager.ready(&format!("the last reload failed: {reason}"));
                    }
                }
            }
            Action::Guarded(true) => {
                tracing::error!("worker keeps failing; guarded mode, restart interval raised");
                self.manager.status("guarded mode: worker keeps failing");
            }
            Action::Guarded(false) => tracing::info!("guarded mode ended"),
            Action::Start(_) | Action::Finished(_) => {}
        }
    }

    fn read_settings(&mut self) {
        match self.program.with_fresh_settings() {
            Ok(fresh) => {
                self.program_before = Some(std::mem::replace(&mut self.program, fresh));
            }
            Err(error @ EnvFileError::File { .. }) => {
                tracing::error!(%error, "the settings stay as they were");
            }
            Err(error @ EnvFileError::Lines { .. }) => self.unreadable_settings = Some(error),
        }
    }

    fn with(&self, generation: u64, order: impl FnOnce(&Worker)) {
        if let Some(worker) = self.workers.get(&generation) {
            order(worker);
        }
    }

    fn note_end(&mut self, generation: u64, how: Ended) {
        if self.workers.remove(&generation).is_some() {
            tracing::info!(generation, ?how, "worker ended");
        }
    }

    /// The one line that scripts wait for.
    fn announce(&mut self) {
        if std::mem::replace(&mut self.has_announced, true) {
            return;
        }
        let said = self.listener.local_addr().and_then(|address| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "listening on http://{address}")?;
            out.flush()
        });
        if let Err(error) = said {
            tracing::warn!(%error, "standard output takes nothing");
        }
    }

    fn status(&self) -> SupervisorStatus {
        SupervisorStatus {
            pid: self.record.identity.pid,
            generation: self.record.generation,
            guarded: self.record.guarded,
            crashes_in_window: self.record.crashes_in_window,
            last_reload: self.record.last_reload.clone(),
        }
    }

    /// Publishes the current state to the file and the workers.
    fn publish(&mut self) {
        let serving = self.machine.serving().and_then(|generation| {
            let worker = self.workers.get(&generation)?;
            Some(WorkerRecord { pid: worker.pid, started_at: worker.started_at, generation })
        });
        self.record.worker = serving;
        self.record.generation = self.machine.generation();
        self.record.guarded = self.machine.is_guarded();
        let failures = self.machine.failures_in_window();
        self.record.crashes_in_window = u32::try_from(failures).unwrap_or(u32::MAX);
        self.pid_file.write(&self.record, Timestamp::now());
        let now = self.status();
        if self.told.as_ref() != Some(&now) {
            for worker in self.workers.values() {
                worker.say(ToWorker::Status(now.clone()));
            }
            self.told = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::listen;

    #[tokio::test]
    async fn a_plant_that_comes_back_at_once_waits_to_be_accepted() {
        const BROWSERS: usize = 1_024;
        rlimit::increase_nofile_limit(2 * BROWSERS as u64).unwrap();
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(2)).unwrap();
        let waiting: Vec<TcpStream> = (0..BROWSERS).map(connect).collect();
        assert_eq!(waiting.len(), BROWSERS);
    }
}
