//! Weighted lists of RFC 9110 §12.4.2: `Accept-Encoding`, `Accept-Language`.

use axum::http::{HeaderMap, HeaderName};

/// The items of a header as (lower-case item, weight in thousandths). An item whose weight cannot
/// be read counts as not acceptable (0); empty items are left out.
pub fn weighted_items<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = (String, u16)> + use<'h> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next()?.to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .map_or(1000, thousandths);
            (!name.is_empty()).then_some((name, weight))
        })
}

/// `0.85` → 850; anything that is not a number between 0 and 1 → 0.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        // `as` is exact here: the product is between 0 and 1000.
        Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    fn items(value: &str) -> Vec<(String, u16)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        weighted_items(&headers, &header::ACCEPT_ENCODING).collect()
    }

    #[test]
    fn weights_are_read_and_nonsense_counts_as_refused() {
        assert_eq!(items("br"), [("br".into(), 1000)]);
        assert_eq!(items("GZip;q=0.5 , br; q=0.25"), [("gzip".into(), 500), ("br".into(), 250)]);
        for nonsense in ["br;q=2", "br;q=-1", "br;q=", "br;q=NaN", "br;q=1e9"] {
            assert_eq!(items(nonsense), [("br".into(), 0)], "{nonsense}");
        }
        assert_eq!(items(" , ;q=1,"), []);
    }
}
