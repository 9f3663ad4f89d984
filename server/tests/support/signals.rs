//! Freezing and killing a server that a test started, by the ids of its processes.

use std::process::{Child, Command};

/// The server and the processes it has started.
fn family(server: &Child) -> Vec<u32> {
    let parent = server.id();
    let children = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(children).unwrap();
    let children = children.split_whitespace().map(|id| id.parse().unwrap());
    std::iter::once(parent).chain(children).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).args(processes.iter().map(u32::to_string));
    assert!(command.status().unwrap().success(), "kill -{name} {processes:?}");
}

/// Stops every process of the server; the system still takes connections for it.
pub fn freeze(server: &Child) {
    // The parent first, so that it starts no more.
    signal("STOP", &[server.id()]);
    signal("STOP", &family(server));
}

/// Lets a frozen server go on.
pub fn thaw(server: &Child) {
    signal("CONT", &family(server));
}

/// Ends the server without warning.
pub fn kill(server: &mut Child) {
    let family = family(server);
    signal("KILL", &family);
    server.wait().unwrap();
}
