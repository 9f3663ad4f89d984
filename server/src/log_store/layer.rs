//! Sees every event of the program and hands it to the writer, if there is one.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::mpsc::Sender;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Logged;
use super::repeats::Repeats;

/// Longest text of an entry in bytes; more is cut off.
const TEXT_LIMIT_BYTES: usize = 8 * 1024;
/// Every request is one event of this module.
const REQUESTS: &str = "mes_dashboard::http::request";

/// Where events go.
struct Writer {
    waiting: Sender<Logged>,
    left_out: Arc<AtomicU64>,
    repeats: Repeats,
}

/// The writer of this process: events are a matter of the process, too.
static WRITER: Mutex<Option<Writer>> = Mutex::new(None);

/// From now on events go to this writer; those that it can't take are counted.
pub(super) fn send_to(waiting: Sender<Logged>, left_out: Arc<AtomicU64>) {
    let writer = Writer { waiting, left_out, repeats: Repeats::default() };
    *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
}

/// Summaries of repeated entries whose window has ended; of all of them without a time.
pub(super) fn repeated(now: Option<Timestamp>) -> Vec<Logged> {
    let mut writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    let repeats = writer.as_mut().map(|writer| &mut writer.repeats);
    repeats.map_or_else(Vec::new, |repeats| match now {
        Some(now) => repeats.due(now.as_millisecond()),
        None => repeats.rest(),
    })
}

/// A layer of the process's log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogLayer;

/// The id of the request that a span is about.
struct RequestIdOfSpan(String);

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != "request" {
            return;
        }
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let request = fields.others.get("id").and_then(Value::as_str);
        if let (Some(request), Some(span)) = (request, context.span(id)) {
            span.extensions_mut().insert(RequestIdOfSpan(request.to_owned()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() != Level::ERROR && metadata.target() == REQUESTS {
            return;
        }
        if WRITER.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let request_id = context.event_scope(event).and_then(|mut spans| {
            spans.find_map(|span| Some(span.extensions().get::<RequestIdOfSpan>()?.0.clone()))
        });
        let logged = Logged {
            at_ms: Timestamp::now().as_millisecond(),
            severity: severity(*metadata.level()),
            target: metadata.target().to_owned(),
            request_id,
            message: cut(fields.message),
            fields: cut_fields(fields.others),
        };
        let mut writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = writer.as_mut() else { return };
        let Some(logged) = writer.repeats.pass(logged) else { return };
        if writer.waiting.try_send(logged).is_err() {
            writer.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn severity(level: Level) -> i64 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

fn cut(mut text: String) -> String {
    if text.len() > TEXT_LIMIT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_LIMIT_BYTES));
        text.push('…');
    }
    text
}

fn cut_fields(fields: Map<String, Value>) -> String {
    let shortened = fields.into_iter().map(|(name, value)| match value {
        Value::String(text) => (name, cut(text).into()),
        other => (name, other),
    });
    Value::Object(shortened.collect()).to_string()
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.others.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // A String takes everything.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.add(field, format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.add(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }
}
