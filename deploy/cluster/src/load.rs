//! Clients that ask all the time, keep what they were given in mind, and forgive nothing.

use std::collections::{BTreeMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{Span, Timestamp};
use tokio_util::task::AbortOnDropHandle;

use crate::contract::{Contract, Verdict};
use crate::http::{Answer, Client, Origin};
use crate::versions::{Clocks, Seen};

/// Failures of one step whose words are kept.
const KEPT_NOTES: usize = 3;

/// What a client asks for.
#[derive(Debug)]
struct Question {
    /// As the description of the API writes it.
    path: &'static str,
    asked: Asked,
    /// The dataset whose version the answer has; none for what is queried in the database.
    dataset: Option<&'static str>,
    /// How often it is asked, of the sum of all.
    weight: u32,
}

/// How a path becomes an address.
#[derive(Debug)]
enum Asked {
    As(&'static str),
    /// With a range of days.
    OfDays,
    /// With the id of a job in its end.
    OfJob,
}

const fn published(path: &'static str, dataset: &'static str, weight: u32) -> Question {
    Question { path, asked: Asked::As(path), dataset: Some(dataset), weight }
}

const fn of_days(path: &'static str) -> Question {
    Question { path, asked: Asked::OfDays, dataset: None, weight: 1 }
}

/// Clients that ask the same kind of questions, each at an address of its own.
struct Crowd {
    clients: u8,
    /// Requests per second of all of them.
    rate: u32,
    questions: &'static [Question],
    /// Third part of their addresses.
    network: u8,
}

/// What pages show: published data, which is there whatever happens.
const PAGES: Crowd = Crowd {
    clients: 20,
    rate: 190,
    questions: &[
        published("/api/wip/overview/summary", "wip", 40),
        published("/api/wip/overview/matrix", "wip", 10),
        published("/api/hold-overview/summary", "wip", 10),
        published("/api/resource/status/summary", "equipment", 20),
        published("/api/resource/status/matrix", "equipment", 5),
        Question {
            path: "/api/snapshot/{dataset}",
            asked: Asked::As("/api/snapshot/wip"),
            dataset: Some("wip"),
            weight: 3,
        },
    ],
    network: 1,
};

/// What is queried in the database: within the limit of queries per client, and refused while there is
/// no database.
const QUERIES: Crowd = Crowd {
    clients: 10,
    rate: 10,
    questions: &[
        of_days("/api/resource/history/summary"),
        of_days("/api/hold-history/overview"),
        of_days("/api/downtime/summary"),
        Question {
            path: "/api/job-query/txn/{job_id}",
            asked: Asked::OfJob,
            dataset: None,
            weight: 3,
        },
    ],
    network: 2,
};

/// Requests per second of all clients.
pub(crate) const RATE: u32 = PAGES.rate + QUERIES.rate;

/// Ranges of days that are queried.
const RANGES: i64 = 12;

impl Crowd {
    fn any_question(&self) -> &'static Question {
        let sum: u32 = self.questions.iter().map(|question| question.weight).sum();
        let mut place = fastrand::u32(..sum);
        let at_place = |question: &&Question| {
            let is_it = place < question.weight;
            place = place.saturating_sub(question.weight);
            is_it
        };
        self.questions.iter().find(at_place).unwrap_or(&self.questions[0])
    }
}

impl Question {
    fn address(&self, jobs: &[String]) -> String {
        let day = |days: i64| {
            let moment = Timestamp::now() - Span::new().hours(24 * days);
            moment.strftime("%Y-%m-%d").to_string()
        };
        match self.asked {
            Asked::As(address) => address.to_owned(),
            Asked::OfDays => {
                let last = fastrand::i64(2..2 + RANGES);
                format!("{}?start_date={}&end_date={}", self.path, day(last + 7), day(last))
            }
            Asked::OfJob => {
                let job = fastrand::choice(jobs).map_or("", String::as_str);
                self.path.replace("{job_id}", job)
            }
        }
    }
}

/// Version of an answer, and the plant's clock in it, where it has one.
fn version(answer: &Answer) -> (String, String) {
    let header = |name| answer.header(name).to_owned();
    if !answer.header("x-mes-version").is_empty() {
        return (header("x-mes-version"), header("x-mes-sys-date"));
    }
    let body = answer.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (text(&body["meta"]["data_version"]), text(&body["data"]["dataUpdateDate"]))
}

/// What all clients found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Requests, and those of them for published data.
    pub(crate) requests: u64,
    pub(crate) published: u64,
    /// Requests for published data that were not answered with it.
    pub(crate) failed: u64,
    /// Answers that the contract does not have, and requests without any.
    pub(crate) undeclared: u64,
    /// Older data after newer data.
    pub(crate) regressions: u64,
    /// Answers other than 200 and 304, by step and by what they are.
    pub(crate) refused: BTreeMap<(&'static str, String), u64>,
    /// The first failures of each step.
    pub(crate) notes: Vec<(&'static str, String)>,
    pub(crate) versions: BTreeMap<&'static str, HashSet<String>>,
    /// Times of answers for published data, in µs.
    pub(crate) times_us: Vec<u32>,
    clocks: Clocks,
    step: &'static str,
}

impl Tally {
    fn note_failure(&mut self, what: String) {
        *self.refused.entry((self.step, what.clone())).or_default() += 1;
    }

    fn keep(&mut self, what: &str) {
        let of_step = self.notes.iter().filter(|(step, _)| *step == self.step);
        if of_step.count() < KEPT_NOTES {
            self.notes.push((self.step, what.to_owned()));
        }
    }

    fn note(
        &mut self,
        question: &Question,
        took: Duration,
        answer: Result<(Verdict, Answer), String>,
        seen: &mut Seen,
    ) {
        self.requests += 1;
        self.published += u64::from(question.dataset.is_some());
        let (verdict, answer) = match answer {
            Ok((verdict, answer)) => (verdict, Some(answer)),
            Err(why) => (Verdict::Undeclared(format!("{}: {why}", question.path)), None),
        };
        match (&verdict, question.dataset, answer) {
            (Verdict::Answered, Some(dataset), Some(answer)) => {
                self.times_us.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
                let (version, clock) = version(&answer);
                let noted = seen.note(dataset, &version, &clock, &mut self.clocks);
                self.versions.entry(dataset).or_default().insert(version);
                if let Err(regression) = noted {
                    self.regressions += 1;
                    self.keep(&format!("{}: {regression}", question.path));
                }
            }
            (Verdict::Answered, ..) => {}
            (Verdict::Refused(code), dataset, _) => {
                self.note_failure(code.clone());
                if dataset.is_some() {
                    self.failed += 1;
                    self.keep(&format!("{code} at {}", question.path));
                }
            }
            (Verdict::Undeclared(what), dataset, _) => {
                self.note_failure("undeclared".to_owned());
                self.undeclared += 1;
                self.failed += u64::from(dataset.is_some());
                self.keep(what);
            }
        }
    }
}

/// Clients at work; they end when this is dropped.
pub(crate) struct Load {
    tally: Arc<Mutex<Tally>>,
    _clients: Vec<AbortOnDropHandle<()>>,
}

impl Load {
    /// Starts them; `jobs` are ids of jobs that there are.
    pub(crate) fn start(origin: &Origin, contract: Contract, jobs: Vec<String>) -> Self {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let (contract, jobs) = (Arc::new(contract), Arc::new(jobs));
        let mut clients = Vec::new();
        for crowd in [&PAGES, &QUERIES] {
            for number in 1..=crowd.clients {
                let from = Ipv4Addr::new(127, 0, crowd.network, number);
                let client = Client::coming_from(origin.clone(), from);
                let asking = ask(crowd, client, contract.clone(), jobs.clone(), tally.clone());
                clients.push(AbortOnDropHandle::new(tokio::spawn(asking)));
            }
        }
        Self { tally, _clients: clients }
    }

    /// What was found so far.
    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What fails from now on is counted under this step.
    pub(crate) fn enter(&self, step: &'static str) {
        self.tally().step = step;
    }
}

async fn ask(
    crowd: &'static Crowd,
    mut client: Client,
    contract: Arc<Contract>,
    jobs: Arc<Vec<String>>,
    tally: Arc<Mutex<Tally>>,
) {
    let mut seen = Seen::default();
    let pause = Duration::from_secs(1) * u32::from(crowd.clients) / crowd.rate;
    let mut due = Instant::now();
    loop {
        // Spread, so that clients don't come together.
        due = (due + pause.mul_f64(2.0 * fastrand::f64())).max(Instant::now() - pause);
        tokio::time::sleep_until(due.into()).await;
        let question = crowd.any_question();
        let start = Instant::now();
        let answer = client.get(&question.address(&jobs)).await;
        let took = start.elapsed();
        let judged = answer.map(|answer| (contract.judge(question.path, &answer), answer));
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.note(question, took, judged, &mut seen);
    }
}
