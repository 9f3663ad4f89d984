//! The reader's language, from `Accept-Language`.

use axum::http::{HeaderMap, header};

use super::preference::weighted_items;

/// Languages that messages exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// zh-TW, the plant's language and the default.
    TraditionalChinese,
    English,
}

impl Language {
    /// English only when the caller prefers it to Chinese; zh-TW for an absent or unknown
    /// preference.
    pub fn of(headers: &HeaderMap) -> Self {
        let (mut chinese, mut english) = (0, 0);
        for (tag, weight) in weighted_items(headers, &header::ACCEPT_LANGUAGE) {
            match tag.split('-').next().unwrap_or_default() {
                "zh" => chinese = chinese.max(weight),
                "en" => english = english.max(weight),
                _ => {}
            }
        }
        if english > chinese { Self::English } else { Self::TraditionalChinese }
    }

    /// The tag for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::TraditionalChinese => "zh-TW",
            Self::English => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_wish_wins_and_chinese_is_the_default() {
        let cases = [
            ("", Language::TraditionalChinese),
            ("en", Language::English),
            ("en-US,en;q=0.9", Language::English),
            ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", Language::TraditionalChinese),
            ("fr,en;q=0.4,zh;q=0.1", Language::English),
            ("fr", Language::TraditionalChinese),
            ("en;q=0", Language::TraditionalChinese),
            (";;;q=,en;q=x", Language::TraditionalChinese),
        ];
        for (wish, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wish.parse().unwrap());
            assert_eq!(Language::of(&headers), expected, "{wish}");
        }
    }
}
