//! The other tabs: a channel for notices and a lock for the probe. Browsers without them,
//! and pages that may not use them, work alone.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

use super::super::breaker::Phase;
use super::super::tabs::Notice;
use super::options::option;
use crate::error::set;

/// Messages from other tabs.
pub(super) enum Message {
    /// A new tab requests the state.
    Question,
    /// A breaker changed, for this reason.
    Changed(Notice, String),
}

/// Opens the channel of an origin and passes on what comes.
pub(super) fn open(
    name: &str,
    mut hear: impl FnMut(Message) + 'static,
) -> Option<BroadcastChannel> {
    if option(&js_sys::global(), "BroadcastChannel").is_undefined() {
        return None;
    }
    let channel = BroadcastChannel::new(name).ok()?;
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Ok(data) = event.data().dyn_into::<Array>() {
            hear(read(&data));
        }
    });
    channel.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
    let _ = channel.post_message(&Array::new());
    // An open channel would keep Node from exiting.
    if let Ok(unref) = option(&channel, "unref").dyn_into::<Function>() {
        let _ = unref.call0(&channel);
    }
    Some(channel)
}

/// Sends to the other tabs; ignored on a closed channel.
pub(super) fn tell(channel: &BroadcastChannel, notice: &Notice, reason: &str) {
    let (kind, at) = match notice.phase {
        Phase::Closed => (0, 0),
        Phase::Open { probe_at_ms } => (1, probe_at_ms),
        Phase::Probing { until_ms } => (2, until_ms),
    };
    let numbers = [notice.changed_ms, kind, at, notice.failures.into(), notice.not_before_ms];
    let data: Array = numbers.iter().map(|number| JsValue::from(*number as f64)).collect();
    data.push(&reason.into());
    let _ = channel.post_message(&data);
}

fn read(data: &Array) -> Message {
    if data.length() == 0 {
        return Message::Question;
    }
    let number = |index| data.get(index).as_f64().unwrap_or(0.0) as u64;
    let phase = match number(1) {
        0 => Phase::Closed,
        1 => Phase::Open { probe_at_ms: number(2) },
        _ => Phase::Probing { until_ms: number(2) },
    };
    let notice = Notice {
        changed_ms: number(0),
        phase,
        failures: number(3).min(u64::from(u32::MAX)) as u32,
        not_before_ms: number(4),
    };
    Message::Changed(notice, data.get(5).as_string().unwrap_or_default())
}

/// The right to probe; others get it when this is dropped.
pub(super) struct Permit(Option<Function>);

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Takes the lock of the probe; nothing while another tab holds it.
pub(super) async fn permit(name: &str) -> Option<Permit> {
    let locks = option(&option(&js_sys::global(), "navigator"), "locks");
    let Ok(request) = option(&locks, "request").dyn_into::<Function>() else {
        return Some(Permit(None));
    };
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let mut answer = None;
    let answered = Promise::new(&mut |resolve, _| answer = Some(resolve));
    let granted = Closure::once_into_js(move |lock: JsValue| {
        if let Some(answer) = answer {
            let _ = answer.call1(&JsValue::UNDEFINED, &lock.is_null().into());
        }
        if lock.is_null() { JsValue::UNDEFINED } else { held.into() }
    });
    let options = js_sys::Object::new();
    set(&options, "ifAvailable", &true.into());
    let arguments = Array::of3(&name.into(), &options, &granted);
    let Ok(requested) = Reflect::apply(&request, &locks, &arguments) else {
        return Some(Permit(None));
    };
    // Where locks are not allowed, the promise of the request is rejected.
    match JsFuture::from(Promise::race(&Array::of2(&answered, &requested))).await {
        Ok(taken) if taken.is_truthy() => None,
        _ => Some(Permit(release)),
    }
}
