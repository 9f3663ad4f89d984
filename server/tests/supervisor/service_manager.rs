//! The service manager's part, played by the test.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::Signal;

use crate::client;
use crate::site::{Server, Site, wait_until};

/// The messages so far.
fn hear(socket: &UnixDatagram, said: &mut Vec<String>) {
    let mut message = [0; 4096];
    loop {
        match socket.recv(&mut message) {
            Ok(length) => said.push(String::from_utf8(message[..length].to_vec()).unwrap()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

fn open_files(pid: u32) -> Vec<String> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

#[test]
fn the_service_manager_hears_how_it_goes_and_the_worker_nothing_of_it() {
    let site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let patience = Duration::from_secs(1).as_micros().to_string();
    let path = path.to_str().unwrap();
    let mut server = site.start(&[("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", &patience)]);
    let mut said = Vec::new();
    let mut hears = |wanted: &[&str]| {
        wait_until(&wanted.join(" "), || {
            hear(&socket, &mut said);
            said.iter().any(|message| wanted.iter().all(|word| message.contains(word)))
        });
        said.clear();
    };
    hears(&["READY=1", "STATUS="]);
    hears(&["WATCHDOG=1"]);
    let environment = std::fs::read(format!("/proc/{}/environ", server.worker())).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_PID"] {
        assert!(!environment.contains(&format!("{name}=")), "{environment}");
    }
    server.signal(Signal::HUP);
    hears(&["RELOADING=1", "MONOTONIC_USEC="]);
    hears(&["READY=1"]);
    site.deploy("#!/bin/sh\nexit 3\n", 0o755);
    server.signal(Signal::HUP);
    hears(&["READY=1", "STATUS=the last reload failed"]);
    hears(&["WATCHDOG=1"]);
    server.signal(Signal::TERM);
    hears(&["STOPPING=1"]);
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn a_socket_that_is_handed_over_is_served_and_kept() {
    let site = Site::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let plain = site.command(&[]);
    // The shell's own id becomes the server's.
    let mut command = Command::new("sh");
    command
        .args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve"])
        .arg(site.program())
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(plain.get_current_dir().unwrap())
        .stdout(Stdio::piped());
    let kept = listener.try_clone().unwrap();
    command.fd_mappings(vec![FdMapping { parent_fd: listener.into(), child_fd: 3 }]).unwrap();
    let process = command.spawn().unwrap();
    drop(command);
    let mut server = Server::of(process, site.pid_file());
    assert_eq!(server.address, address);
    let link = std::fs::read_link(format!("/proc/self/fd/{}", kept.as_raw_fd())).unwrap();
    let files = open_files(server.worker());
    let held = files.iter().filter(|file| **file == *link.to_string_lossy()).count();
    assert_eq!(held, 1, "the worker has it once: {files:?}");
    server.reload().unwrap();
    assert!(client::is_well(&address));
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    // The service manager still holds the socket: new connections wait for the next server.
    let waiting = client::connect(&address);
    assert!(waiting.is_ok());
    drop(kept);
}
