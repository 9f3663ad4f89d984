//! The page itself, in both languages.

use crate::http::html::escaped;
use crate::http::language::Language;

/// The message about the previous attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Name or password are wrong.
    Wrong,
    /// What was typed can't be a name.
    NoName,
    /// Too many attempts; seconds until the next one.
    Wait(u32),
    /// Signing in is not possible at this time.
    Unavailable,
    /// The same, because the disk of the application's database is full.
    Full,
}

pub(super) struct Page<'a> {
    pub language: Language,
    pub token: &'a str,
    pub next: &'a str,
    pub name: &'a str,
    pub said: Option<Said>,
}

/// The words of a language.
struct Words {
    title: &'static str,
    name: &'static str,
    password: &'static str,
    send: &'static str,
    back: &'static str,
}

const CHINESE: Words =
    Words {
        title: "登入", name: "帳號", password: "密碼", send: "登入", back: "返回儀表板"
    };

const ENGLISH: Words = Words {
    title: "Sign in",
    name: "Name",
    password: "Password",
    send: "Sign in",
    back: "Back to the dashboards",
};

impl Said {
    fn words(self, language: Language) -> String {
        match (self, language) {
            (Self::Wrong, Language::TraditionalChinese) => "帳號或密碼錯誤".to_owned(),
            (Self::Wrong, Language::English) => "The name or the password is wrong".to_owned(),
            (Self::NoName, Language::TraditionalChinese) => {
                "帳號不可空白、過長，或含有控制字元及不可見字元".to_owned()
            }
            (Self::NoName, Language::English) => {
                "A name is needed, of at most 128 bytes, without control or invisible characters"
                    .to_owned()
            }
            (Self::Wait(secs), Language::TraditionalChinese) => {
                format!("嘗試次數過多；請於 {secs} 秒後再試")
            }
            (Self::Wait(secs), Language::English) => {
                format!("Too many attempts; try again in {secs} s")
            }
            (Self::Full, Language::TraditionalChinese) => {
                "目前無法登入：應用程式資料庫磁碟已滿，請通知管理員；儀表板仍可使用".to_owned()
            }
            (Self::Full, Language::English) => {
                "Signing in is not possible: the disk of the application's database is full. Tell an \
                 administrator. The dashboards go on."
                    .to_owned()
            }
            (Self::Unavailable, Language::TraditionalChinese) => {
                "目前無法登入，請稍後再試；儀表板仍可使用".to_owned()
            }
            (Self::Unavailable, Language::English) => {
                "Signing in is not possible at this time; try again shortly. The dashboards continue to work."
                    .to_owned()
            }
        }
    }
}

impl Page<'_> {
    /// The page as text.
    pub fn html(&self) -> String {
        let words = match self.language {
            Language::TraditionalChinese => CHINESE,
            Language::English => ENGLISH,
        };
        let said = self.said.map_or(String::new(), |said| {
            let text = escaped(&said.words(self.language));
            format!("<p class=\"said\" role=\"alert\">{text}</p>\n")
        });
        let (name_focus, password_focus) =
            if self.name.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · MES Dashboard</title>\n\
             <link rel=\"icon\" href=\"../favicon.svg\">\n\
             <link rel=\"stylesheet\" href=\"login/page.css\">\n</head>\n<body>\n<main>\n\
             <h1>MES Dashboard</h1>\n{said}\
             <form method=\"post\" action=\"login\">\n\
             <input type=\"hidden\" name=\"csrf_token\" value=\"{token}\">\n\
             <input type=\"hidden\" name=\"next\" value=\"{next}\">\n\
             <label>{label_name}<input name=\"username\" value=\"{name}\" autocomplete=\"username\" \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"128\" required{name_focus}></label>\n\
             <label>{label_password}<input name=\"password\" type=\"password\" \
             autocomplete=\"current-password\" maxlength=\"1024\" required{password_focus}></label>\n\
             <button>{send}</button>\n</form>\n<p><a href=\"../\">{back}</a></p>\n</main>\n</body>\n</html>\n",
            lang = self.language.tag(),
            title = words.title,
            token = escaped(self.token),
            next = escaped(self.next),
            label_name = words.name,
            name = escaped(self.name),
            label_password = words.password,
            send = words.send,
            back = words.back,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_outside_stays_text() {
        let hostile = "\"><script>alert('x')</script>&";
        let page = Page {
            language: Language::English,
            token: hostile,
            next: hostile,
            name: hostile,
            said: Some(Said::Wrong),
        };
        let html = page.html();
        assert!(!html.contains("<script") && !html.contains("alert('"), "{html}");
        assert_eq!(html.matches("&quot;&gt;&lt;script&gt;").count(), 3);
        assert!(!html.contains("style=") && !html.contains("onclick"));
    }

    #[test]
    fn both_languages_say_everything() {
        for language in [Language::English, Language::TraditionalChinese] {
            for said in [Said::Wrong, Said::NoName, Said::Wait(8), Said::Unavailable, Said::Full] {
                let page = Page { language, token: "t", next: "/", name: "", said: Some(said) };
                let html = page.html();
                assert!(html.contains(&format!("lang=\"{}\"", language.tag())));
                assert!(html.contains("role=\"alert\"") && html.contains("autofocus"));
            }
        }
    }
}
