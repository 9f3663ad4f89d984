//! Waiting that ends early when somebody wants it to.

use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// Waits until the first of the signals, at most `ms`.
pub(super) async fn wait(ms: u64, signals: &[&AbortSignal]) {
    let all = js_sys::Array::of1(&AbortSignal::timeout_with_u32(ms.min(1 << 31) as u32));
    for signal in signals {
        all.push(signal);
    }
    let first = AbortSignal::any(&all);
    // Only rejections fail, and this promise has none.
    let _ = JsFuture::from(when_aborted(&first)).await;
}

/// A promise that resolves when the signal aborts, for signals of our own.
pub(super) fn when_aborted(signal: &AbortSignal) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, _| {
        if signal.aborted() {
            let _ = resolve.call0(&resolve);
        } else {
            signal.set_onabort(Some(&resolve));
        }
    })
}
