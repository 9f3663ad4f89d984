//! Identical concurrent reads share one request.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, AbortSignal};

use super::wait::when_aborted;
use crate::error::error;

/// The future of a request; boxed, so that every kind of response shares one copy of this code.
pub(super) type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// A request that several callers wait for.
pub(super) struct Flight {
    key: String,
    answer: Promise,
    /// Aborts the request when the last caller has aborted.
    stop: AbortController,
    callers: Cell<u32>,
}

/// The requests of one origin that are under way.
pub(super) type Flights = Rc<RefCell<Vec<Rc<Flight>>>>;

/// Waits for the request with this key, which `depart` starts unless it is under way. An abort ends
/// the request only when no other caller waits for it.
///
/// # Errors
/// That of the request, or ABORTED.
pub(super) async fn join(
    flights: &Flights,
    key: String,
    signal: Option<&AbortSignal>,
    depart: impl FnOnce(AbortSignal) -> Work,
) -> Result<JsValue, JsValue> {
    if signal.is_some_and(AbortSignal::aborted) {
        return Err(gave_up());
    }
    wait_for(&*board(flights, key, depart)?, signal).await
}

fn board(
    flights: &Flights,
    key: String,
    depart: impl FnOnce(AbortSignal) -> Work,
) -> Result<Rc<Flight>, JsValue> {
    let under_way = flights
        .borrow()
        .iter()
        .find(|flight| flight.key == key && !flight.stop.signal().aborted())
        .cloned();
    if let Some(flight) = under_way {
        return Ok(flight);
    }
    let stop = AbortController::new()?;
    let (work, landing, mine) = (depart(stop.signal()), flights.clone(), stop.clone());
    let answer = future_to_promise(async move {
        let result = work.await;
        landing.borrow_mut().retain(|flight| flight.stop != mine);
        result
    });
    let flight = Rc::new(Flight { key, answer, stop, callers: Cell::new(0) });
    flights.borrow_mut().push(flight.clone());
    Ok(flight)
}

async fn wait_for(flight: &Flight, signal: Option<&AbortSignal>) -> Result<JsValue, JsValue> {
    flight.callers.set(flight.callers.get() + 1);
    let either = Array::of1(&flight.answer);
    // Listens through a derived signal, which is dropped with this call.
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
