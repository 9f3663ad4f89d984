//! A Redis with a replica, and three sentinels that exchange them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpStream;

use crate::example_files::filled;
use crate::process::{Process, Service, Stop, User, locate};
use crate::{Done, because, free_port, until};

const PATIENCE: Duration = Duration::from_secs(60);
const PACKAGE: &str = "redis-server";
/// Name of the group that the sentinels watch.
pub(crate) const GROUP: &str = "mes";
const SENTINELS: usize = 3;

/// A Redis server.
#[derive(Debug)]
struct Node {
    name: &'static str,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Redis {
    sentinels: Vec<(u16, Process)>,
    nodes: [Node; 2],
    password: String,
}

impl Node {
    async fn start(&mut self, password: &str, replica_of: Option<u16>) -> Done {
        let replica = replica_of.map(|port| format!("replicaof 127.0.0.1 {port}\n"));
        let text = filled(
            "redis.conf",
            &[
                ("bind 10.0.0.20", "bind 127.0.0.1"),
                ("port 6379", &format!("port {}", self.port)),
                ("PASSWORD", password),
            ],
        )?;
        // A copy, because a Redis that becomes a primary writes that into its file.
        let file = self.folder.join("redis.conf");
        let folder = self.folder.display();
        let text = format!("{text}dir {folder}\n{}", replica.unwrap_or_default());
        because(&file, std::fs::write(&file, text))?;
        let mut server =
            Service::new(&locate("redis-server", PACKAGE)?, User::Own, Stop::Terminate);
        server.command.arg(&file);
        let log = self.folder.with_extension("log");
        let mut process = Process::start(self.name, server, log)?;
        let (port, password) = (self.port, password.to_owned());
        let answers = async || ask(port, Some(&password), "PING").await.is_ok();
        let ready = process.ready(PATIENCE, answers).await;
        self.process = Some(process);
        ready
    }
}

impl Redis {
    /// Starts the primary, its replica and the sentinels, and waits until each knows the others.
    ///
    /// # Errors
    /// A part can't start; names it.
    pub(crate) async fn start(folder: &Path, password: String) -> Result<Self, String> {
        User::Own.make_folder(folder)?;
        let node = |name| -> Result<Node, String> {
            let folder = folder.join(name);
            User::Own.make_folder(&folder)?;
            Ok(Node { name, folder, port: free_port()?, process: None })
        };
        let mut nodes = [node("redis1")?, node("redis2")?];
        let primary = nodes[0].port;
        nodes[0].start(&password, None).await?;
        nodes[1].start(&password, Some(primary)).await?;
        let mut this = Self { sentinels: Vec::new(), nodes, password };
        this.replicated().await?;
        for number in 1..=SENTINELS {
            let sentinel = this.sentinel(folder, number).await?;
            this.sentinels.push(sentinel);
        }
        this.watched().await?;
        Ok(this)
    }

    async fn sentinel(&self, folder: &Path, number: usize) -> Result<(u16, Process), String> {
        let port = free_port()?;
        let text = filled(
            "sentinel.conf",
            &[
                ("10.0.0.41", "127.0.0.1"),
                ("port 26379", &format!("port {port}")),
                ("10.0.0.20 6379", &format!("127.0.0.1 {}", self.nodes[0].port)),
                ("PASSWORD", &self.password),
                ("GROUP", GROUP),
            ],
        )?;
        // A sentinel writes what it learns into its file.
        let name = format!("sentinel{number}");
        let file = folder.join(format!("{name}.conf"));
        because(&file, std::fs::write(&file, format!("dir {}\n{text}", folder.display())))?;
        let program = locate("redis-server", PACKAGE)?;
        let mut sentinel = Service::new(&program, User::Own, Stop::Terminate);
        sentinel.command.arg(&file).arg("--sentinel");
        let log = folder.join(format!("{name}.log"));
        let mut process = Process::start(&name, sentinel, log)?;
        process.ready(PATIENCE, async || ask(port, None, "PING").await.is_ok()).await?;
        Ok((port, process))
    }

    /// Waits until every sentinel knows the replica and the other sentinels.
    async fn watched(&self) -> Done {
        for (port, _) in &self.sentinels {
            until("known to the sentinels", PATIENCE, async || {
                let known = ask(*port, None, &format!("SENTINEL MASTER {GROUP}")).await?;
                let number = |field: &str| {
                    let mut lines = known.lines().skip_while(|line| *line != field);
                    lines.nth(1).and_then(|number| number.parse::<usize>().ok())
                };
                let sentinels = number("num-other-sentinels");
                Ok(number("num-slaves") == Some(1) && sentinels == Some(SENTINELS - 1))
            })
            .await?;
        }
        Ok(())
    }

    /// Port of the primary, as the first sentinel names it.
    async fn primary_port(&self) -> Result<u16, String> {
        let (port, _) = &self.sentinels[0];
        let question = format!("SENTINEL GET-MASTER-ADDR-BY-NAME {GROUP}");
        let named = ask(*port, None, &question).await?;
        let port = named.lines().last().and_then(|port| port.parse().ok());
        port.ok_or_else(|| format!("the sentinel names no primary: {named:?}"))
    }

    async fn primary(&self) -> Result<usize, String> {
        let port = self.primary_port().await?;
        let place = self.nodes.iter().position(|node| node.port == port);
        place.ok_or_else(|| format!("the sentinel names a Redis at {port}, which is not ours"))
    }

    /// Waits until the one that is no primary has all of the other one's data.
    async fn replicated(&self) -> Done {
        for node in &self.nodes {
            until("replicated", PATIENCE, async || {
                let said = ask(node.port, Some(&self.password), "INFO replication").await?;
                Ok(said.contains("role:master") || said.contains("master_link_status:up"))
            })
            .await?;
        }
        Ok(())
    }

    /// Ends the primary without warning and waits until the sentinels have put the other one in its
    /// place; how long that took.
    ///
    /// # Errors
    /// They do not.
    pub(crate) async fn fail_over(&mut self) -> Result<Duration, String> {
        let primary = self.primary().await?;
        if let Some(mut process) = self.nodes[primary].process.take() {
            process.kill();
        }
        let next = &self.nodes[1 - primary];
        until("another Redis in charge", PATIENCE, async || {
            let said = ask(next.port, Some(&self.password), "INFO replication").await?;
            Ok(self.primary_port().await? == next.port && said.contains("role:master"))
        })
        .await
    }

    /// Starts the one that was ended as a replica of the other.
    ///
    /// # Errors
    /// It does not start, or does not follow.
    pub(crate) async fn add_replica(&mut self) -> Done {
        let primary = self.primary().await?;
        let port = self.nodes[primary].port;
        self.nodes[1 - primary].start(&self.password, Some(port)).await?;
        self.replicated().await?;
        self.watched().await
    }

    /// Stops the primary where it is for a time shorter than the sentinels wait.
    ///
    /// # Errors
    /// There is no primary.
    pub(crate) async fn freeze_for(&self, time: Duration) -> Done {
        let primary = self.primary().await?;
        let process = self.nodes[primary].process.as_ref().ok_or("the primary is gone")?;
        process.freeze();
        tokio::time::sleep(time).await;
        process.thaw();
        Ok(())
    }

    /// What is set as `REDIS_URL`.
    pub(crate) fn url(&self) -> String {
        let sentinels: Vec<String> =
            self.sentinels.iter().map(|(port, _)| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://:{}@{}/{GROUP}/0", self.password, sentinels.join(","))
    }

    /// What there is, for a person: name, address, process id.
    pub(crate) fn parts(&self) -> Vec<(String, String, u32)> {
        let node = |node: &Node| {
            let pid = node.process.as_ref().map_or(0, Process::pid);
            (format!("Redis {}", node.name), format!("127.0.0.1:{}", node.port), pid)
        };
        let sentinel = |(number, (port, process)): (usize, &(u16, Process))| {
            let name = format!("Redis Sentinel {}", number + 1);
            (name, format!("127.0.0.1:{port}"), process.pid())
        };
        let sentinels = self.sentinels.iter().enumerate().map(sentinel);
        self.nodes.iter().map(node).chain(sentinels).collect()
    }
}

/// Sends one command and returns its answer, the parts of an array on lines of their own.
async fn ask(port: u16, password: Option<&str>, question: &str) -> Result<String, String> {
    let limit = Duration::from_secs(1);
    let asked = tokio::time::timeout(limit, exchange(port, password, question)).await;
    let answer = asked.map_err(|_| format!("Redis at {port} is silent"))?;
    answer.map_err(|error| format!("Redis at {port}: {error}"))
}

async fn exchange(port: u16, password: Option<&str>, question: &str) -> std::io::Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    let sign_in = password.map(|password| format!("AUTH {password}"));
    let mut answer = String::new();
    for line in sign_in.iter().map(String::as_str).chain([question]) {
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        answer = reply(&mut stream).await?;
    }
    Ok(answer)
}

/// One reply; an error of the server is one.
async fn reply(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<String> {
    let mut values = Vec::new();
    let mut left = 1;
    while left > 0 {
        left -= 1;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let (kind, rest) = line.trim_end().split_at_checked(1).ok_or(ErrorKind::UnexpectedEof)?;
        match (kind, rest.parse::<usize>()) {
            ("-", _) => return Err(std::io::Error::other(rest.to_owned())),
            ("*", Ok(length)) => left += length,
            ("$", Ok(length)) => {
                let mut value = vec![0; length + 2];
                stream.read_exact(&mut value).await?;
                values.push(String::from_utf8_lossy(&value[..length]).into_owned());
            }
            _ => values.push(rest.to_owned()),
        }
    }
    Ok(values.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn replies_of_all_kinds_are_read() {
        for (sent, read) in [
            ("+PONG\r\n", "PONG"),
            ("$5\r\na\r\nb\n\r\n", "a\r\nb\n"),
            ("*2\r\n$1\r\na\r\n*1\r\n:3\r\n", "a\n3"),
        ] {
            assert_eq!(reply(&mut sent.as_bytes()).await.unwrap(), read);
        }
        for wrong in ["-ERR no\r\n", "", "$5\r\na"] {
            assert!(reply(&mut wrong.as_bytes()).await.is_err(), "{wrong:?}");
        }
    }
}
