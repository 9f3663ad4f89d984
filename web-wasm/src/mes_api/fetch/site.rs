//! The state of one origin in this tab: breaker, listeners, waiting requests, and the channel to
//! other tabs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::slice;

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal, BroadcastChannel};

use super::super::breaker::{Admission, Pause, Phase};
use super::super::origin::Origin;
use super::super::tabs;
use super::attempt::{Call, aborted};
use super::channel::{self, Message, Permit};
use super::flight::Flights;
use super::options::option;
use super::wait::{now_ms, wait};
use crate::error::set;

/// An origin without any response for this long is announced as silent, in ms.
const SILENCE_MS: u64 = 5_000;

/// What all `MesApi` of one origin share.
pub(super) struct Site {
    name: String,
    origin: RefCell<Origin>,
    /// Code of the last degraded response.
    reason: RefCell<String>,
    listeners: RefCell<Vec<Function>>,
    /// Aborted, and replaced, whenever the breaker changes.
    changed: RefCell<AbortController>,
    channel: RefCell<Option<BroadcastChannel>>,
    pub(super) flights: Flights,
    /// Requests under way, waiting ones included.
    active: Cell<u32>,
    /// When the origin responded last, in ms since 1970.
    responded_ms: Cell<u64>,
    /// Since when nothing responds, in ms since 1970; `None` while that was not announced.
    silent_since_ms: Cell<Option<u64>>,
}

thread_local! {
    static SITES: RefCell<Vec<Rc<Site>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn controller() -> AbortController {
    // Every browser that runs wasm with AbortSignal.any has the constructor.
    AbortController::new().unwrap_or_else(|_| JsValue::UNDEFINED.unchecked_into())
}

impl Site {
    /// The site of a base URL; relative ones are those of the page.
    pub(super) fn of(base_url: &str) -> Rc<Self> {
        let page = option(&option(&js_sys::global(), "location"), "href").as_string();
        let url = match &page {
            Some(page) => web_sys::Url::new_with_base(base_url, page),
            None => web_sys::Url::new(base_url),
        };
        let name = format!("mes-api {}", url.map(|url| url.origin()).unwrap_or_default());
        if let Some(known) =
            SITES.with_borrow(|all| all.iter().find(|site| site.name == name).cloned())
        {
            return known;
        }
        let site = Rc::new(Self {
            name: name.clone(),
            origin: RefCell::default(),
            reason: RefCell::default(),
            listeners: RefCell::default(),
            changed: RefCell::new(controller()),
            channel: RefCell::default(),
            flights: Flights::default(),
            active: Cell::new(0),
            responded_ms: Cell::new(0),
            silent_since_ms: Cell::new(None),
        });
        let hearing = site.clone();
        *site.channel.borrow_mut() = channel::open(&name, move |message| hearing.hear(message));
        SITES.with_borrow_mut(|all| all.push(site.clone()));
        site
    }

    fn hear(&self, message: Message) {
        match message {
            Message::Question => {
                if self.origin.borrow().breaker.phase() != Phase::Closed {
                    self.tell();
                }
            }
            Message::Changed(notice, reason) => {
                let (now, random) = (now_ms(), js_sys::Math::random());
                *self.reason.borrow_mut() = reason;
                self.observe(|origin| tabs::hear(&mut origin.breaker, &notice, now, random));
            }
        }
    }

    fn tell(&self) {
        if let Some(channel) = &*self.channel.borrow() {
            let notice = tabs::notice(&self.origin.borrow().breaker);
            channel::tell(channel, &notice, &self.reason.borrow());
        }
    }

    /// Remembers why requests to the origin pause: the server's reason, else the code of the error.
    pub(super) fn blame(&self, error: &JsValue) {
        let reason = option(error, "degradedReason").as_string();
        *self.reason.borrow_mut() =
            reason.or_else(|| option(error, "code").as_string()).unwrap_or_default();
    }

    /// Changes the state, wakes waiting requests and notifies pages.
    fn observe<T>(&self, act: impl FnOnce(&mut Origin) -> T) -> (T, bool) {
        let (before, out, after) = {
            let mut origin = self.origin.borrow_mut();
            let before = tabs::notice(&origin.breaker);
            let out = act(&mut origin);
            (before, out, tabs::notice(&origin.breaker))
        };
        if before.changed_ms == after.changed_ms {
            return (out, false);
        }
        self.changed.replace(controller()).abort();
        match (before.phase, after.phase) {
            (Phase::Closed, Phase::Closed) | (_, Phase::Probing { .. }) => {}
            (_, Phase::Closed) => self.emit("recovered", &[]),
            (_, Phase::Open { probe_at_ms }) => {
                let listeners = self.listeners.borrow().clone();
                self.tell_degraded(&listeners, probe_at_ms);
            }
        }
        (out, true)
    }

    /// Changes the state, and notifies the other tabs as well.
    pub(super) fn update<T>(&self, act: impl FnOnce(&mut Origin) -> T) -> T {
        let (out, changed) = self.observe(act);
        if changed {
            self.tell();
        }
        out
    }

    /// Waits until the call may be sent; with a permit it is the probe. Also returns when the
    /// caller has aborted, which the attempt checks.
    pub(super) async fn admitted(&self, call: &Call, pause: &mut Pause) -> Option<Permit> {
        let safe = call.is_safe();
        loop {
            if aborted(call).is_some() {
                return None;
            }
            let (now, random) = (now_ms(), js_sys::Math::random());
            // The lock comes first: only its holder may announce a probe.
            let due = safe && self.origin.borrow().breaker.probe_is_due(now);
            let permit = if due { channel::permit(&self.name).await } else { None };
            if due && permit.is_none() {
                tabs::yield_probe(&mut self.origin.borrow_mut().breaker, now, random);
            }
            let admission = self.update(|origin| origin.admit(safe, pause, now, random));
            match admission {
                Admission::Go => return None,
                Admission::Probe => return permit,
                Admission::WaitMs(ms) => {
                    drop(permit);
                    self.wait_for_change(ms, call.signal.as_ref()).await;
                }
            }
        }
    }

    async fn wait_for_change(&self, ms: u64, signal: Option<&AbortSignal>) {
        let changed = self.changed.borrow().signal();
        match signal {
            Some(signal) => wait(ms, &[&changed, signal]).await,
            None => wait(ms, &[&changed]).await,
        }
    }

    /// Adds a listener; the same one may be added twice.
    pub(super) fn listen(&self, callback: Function) {
        self.listeners.borrow_mut().push(callback.clone());
        let phase = self.origin.borrow().breaker.phase();
        if let Phase::Open { probe_at_ms } = phase {
            self.tell_degraded(slice::from_ref(&callback), probe_at_ms);
        }
        if let Some(since_ms) = self.silent_since_ms.get() {
            call_back(&[callback], "silent", &[("since", JsValue::from(since_ms as f64))]);
        }
    }

    fn tell_degraded(&self, listeners: &[Function], probe_at_ms: u64) {
        let reason = self.reason.borrow().as_str().into();
        let at = JsValue::from(probe_at_ms as f64);
        call_back(listeners, "degraded", &[("reason", reason), ("retryAt", at)]);
    }

    /// Removes a listener.
    pub(super) fn unlisten(&self, callback: &Function) {
        let mut all = self.listeners.borrow_mut();
        if let Some(at) = all.iter().position(|one| one == callback) {
            all.remove(at);
        }
    }

    /// Counts requests under way.
    pub(super) fn loading(&self, url: &str, change: i32) {
        self.active.set(self.active.get().saturating_add_signed(change));
        self.emit("loading", &[("url", url.into()), ("active", self.active.get().into())]);
        if self.active.get() == 0 {
            self.end_silence();
        }
    }

    /// Watches one attempt until `ended`, and announces an origin that responds to nothing.
    pub(super) async fn watch(&self, sent_ms: u64, ended: &AbortSignal) {
        let mut since_ms = sent_ms;
        loop {
            wait((since_ms + SILENCE_MS).saturating_sub(now_ms()), &[ended]).await;
            let responded_ms = self.responded_ms.get();
            if ended.aborted() {
                return;
            }
            if responded_ms <= since_ms {
                break;
            }
            since_ms = responded_ms;
        }
        if self.silent_since_ms.get().is_none() {
            self.silent_since_ms.set(Some(since_ms));
            self.emit("silent", &[("since", JsValue::from(since_ms as f64))]);
        }
    }

    /// Counts a response of any kind.
    pub(super) fn responded(&self) {
        self.responded_ms.set(now_ms());
        self.end_silence();
    }

    fn end_silence(&self) {
        if self.silent_since_ms.take().is_some() {
            self.emit("silent", &[("since", JsValue::UNDEFINED)]);
        }
    }

    /// Notifies every listener.
    pub(super) fn emit(&self, kind: &str, details: &[(&str, JsValue)]) {
        // A copy: listeners may be added and removed by a call.
        let listeners = self.listeners.borrow().clone();
        call_back(&listeners, kind, details);
    }
}

/// Calls the listeners and ignores what they throw.
fn call_back(listeners: &[Function], kind: &str, details: &[(&str, JsValue)]) {
    let event = js_sys::Object::new();
    set(&event, "type", &kind.into());
    for (name, value) in details {
        set(&event, name, value);
    }
    for listener in listeners {
        let _ = listener.call1(&JsValue::UNDEFINED, &event);
    }
}
