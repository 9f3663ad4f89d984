//! Identical reads under way share one request.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, AbortSignal};

use super::site::Site;
use super::wait::when_aborted;
use crate::error::error;

/// The work of a request; boxed, so that every kind of answer shares one copy of this code.
pub(super) type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// A request that several callers wait for.
pub(super) struct Flight {
    key: String,
    answer: Promise,
    /// Stops the request; for the last caller that gives up.
    stop: AbortController,
    callers: Cell<u32>,
}

/// The answer of the flight with this key, which `depart` starts unless it is under way. Giving up ends the request only when nobody else
/// waits for it.
///
/// # Errors
/// That of the request, or ABORTED.
pub(super) async fn join(
    site: &Rc<Site>,
    key: String,
    signal: Option<&AbortSignal>,
    depart: impl FnOnce(AbortSignal) -> Work,
) -> Result<JsValue, JsValue> {
    if signal.is_some_and(AbortSignal::aborted) {
        return Err(gave_up());
    }
    wait_for(&*board(site, key, depart)?, signal).await
}

fn board(
    site: &Rc<Site>,
    key: String,
    depart: impl FnOnce(AbortSignal) -> Work,
) -> Result<Rc<Flight>, JsValue> {
    let under_way = site
        .flights
        .borrow()
        .iter()
        .find(|flight| flight.key == key && !flight.stop.signal().aborted())
        .cloned();
    if let Some(flight) = under_way {
        return Ok(flight);
    }
    let stop = AbortController::new()?;
    let (work, landing, mine) = (depart(stop.signal()), site.clone(), stop.clone());
    let answer = future_to_promise(async move {
        let result = work.await;
        landing.flights.borrow_mut().retain(|flight| flight.stop != mine);
        result
    });
    let flight = Rc::new(Flight { key, answer, stop, callers: Cell::new(0) });
    site.flights.borrow_mut().push(flight.clone());
    Ok(flight)
}

async fn wait_for(flight: &Flight, signal: Option<&AbortSignal>) -> Result<JsValue, JsValue> {
    flight.callers.set(flight.callers.get() + 1);
    let either = Array::of1(&flight.answer);
    // Listens through a signal of our own, which goes away with this call.
    let own = signal.map(|signal| AbortSignal::any(&Array::of1(signal)));
    if let Some(own) = &own {
        either.push(&when_aborted(own));
    }
    let result = JsFuture::from(Promise::race(&either)).await;
    flight.callers.set(flight.callers.get() - 1);
    if own.is_some_and(|own| own.aborted()) {
        if flight.callers.get() == 0 {
            flight.stop.abort();
        }
        return Err(gave_up());
    }
    result
}

fn gave_up() -> JsValue {
    error("ABORTED", "the request was aborted")
}
