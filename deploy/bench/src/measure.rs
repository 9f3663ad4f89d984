//! Times of short work.

use std::hint::black_box;
use std::time::Instant;

/// Median ms of one call over 15 samples, each long enough for the clock.
pub(crate) fn median_ms<T>(mut work: impl FnMut() -> T) -> f64 {
    const SAMPLES: usize = 15;
    const SAMPLE_MS: f64 = 8.0;
    let mut calls = 1_u32;
    loop {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(work());
        }
        if start.elapsed().as_secs_f64() * 1000.0 > SAMPLE_MS || calls > 1 << 20 {
            break;
        }
        calls *= 2;
    }
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(work());
            }
            start.elapsed().as_secs_f64() * 1000.0 / f64::from(calls)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}
