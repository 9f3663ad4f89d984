//! What proxies in front of the server write into a request: `X-Forwarded-For`, `-Host` and `-Port`,
//! and `Forwarded` (RFC 7239) where the first is missing. Pure; who believes it decides elsewhere.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// Entries of a header that may hold several, and may come several times.
fn listed<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Values of a parameter in `Forwarded`.
fn parameter<'a>(headers: &'a HeaderMap, wanted: &'static str) -> impl Iterator<Item = &'a str> {
    listed(headers, "forwarded").filter_map(move |entry| {
        entry.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
        })
    })
}

/// The peer that each proxy saw, the outermost first; `None` for an invalid address.
pub fn clients(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    if headers.contains_key("x-forwarded-for") {
        return listed(headers, "x-forwarded-for").map(address).collect();
    }
    parameter(headers, "for").map(address).collect()
}

/// Names that proxies were asked under, with ports as they were written.
pub fn hosts(headers: &HeaderMap) -> Vec<&str> {
    listed(headers, "x-forwarded-host").chain(parameter(headers, "host")).collect()
}

/// Ports that proxies were asked at.
pub fn ports(headers: &HeaderMap) -> Vec<u16> {
    listed(headers, "x-forwarded-port").filter_map(|port| port.parse().ok()).collect()
}

/// An address in any of the forms that proxies write: alone, with a port, in brackets, in quotes, with
/// an IPv6 zone. An IPv4 address in IPv6 is the IPv4 address.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"').trim();
    let bare = |text: &str| {
        let text = text.trim();
        let without_zone = text.split_once('%').map_or(text, |(address, _)| address);
        without_zone.parse::<IpAddr>().ok()
    };
    let found = if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let is_port = after.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        (after.is_empty() || is_port).then(|| bare(inside)).flatten()
    } else {
        let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
        bare(text).or_else(with_port)
    };
    found.map(|address| address.to_canonical())
}

/// Whether an address is of this machine or of a private network, where proxies are.
pub fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || is_local(v6),
    }
}

/// Unique local (fc00::/7) or link-local (fe80::/10).
fn is_local(v6: Ipv6Addr) -> bool {
    let first = v6.segments()[0];
    first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    #[test]
    fn every_form_of_an_address_is_the_address() {
        for (written, expected) in [
            ("10.0.0.1", Some("10.0.0.1")),
            (" 10.0.0.1 ", Some("10.0.0.1")),
            ("10.0.0.1:4711", Some("10.0.0.1")),
            ("\"10.0.0.1:4711\"", Some("10.0.0.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:4711", Some("2001:db8::1")),
            ("\"[2001:db8::1]:4711\"", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25eth0]:80", Some("fe80::1")),
            ("::ffff:10.0.0.1", Some("10.0.0.1")),
            ("[::ffff:10.0.0.1]:80", Some("10.0.0.1")),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
            ("10.0.0.1:port", None),
            ("[2001:db8::1]x", None),
            ("[2001:db8::1", None),
            ("proxy.plant", None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(address(written), expected, "{written:?}");
        }
    }

    #[test]
    fn what_proxies_wrote_is_listed_outermost_first() {
        let seen = |lines: &[(&'static str, &str)]| -> Vec<String> {
            let all = clients(&headers(lines));
            all.iter().map(|one| one.map_or("-".to_owned(), |one| one.to_string())).collect()
        };
        let both = [("x-forwarded-for", "6.6.6.6, 1.1.1.1:80"), ("x-forwarded-for", "[::1]:2")];
        assert_eq!(seen(&both), ["6.6.6.6", "1.1.1.1", "::1"]);
        let standard = "for=192.0.2.43;proto=https, For=\"[2001:db8::1]:4711\" ; by=10.0.0.1";
        assert_eq!(seen(&[("forwarded", standard)]), ["192.0.2.43", "2001:db8::1"]);
        assert_eq!(seen(&[("forwarded", "proto=http")]), [""; 0]);
        let two = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "2.2.2.2")];
        assert_eq!(seen(&two), ["2.2.2.2"]);
        assert_eq!(seen(&[]), [""; 0]);
        let asked = headers(&[
            ("x-forwarded-host", "mes.plant:8443"),
            ("x-forwarded-port", "8443"),
            ("forwarded", "for=1.1.1.1;host=\"mes.plant\""),
        ]);
        assert_eq!(
            (hosts(&asked), ports(&asked)),
            (vec!["mes.plant:8443", "mes.plant"], vec![8443])
        );
    }

    #[test]
    fn proxies_are_on_this_machine_or_in_a_private_network() {
        for near in
            ["127.0.0.1", "::1", "10.1.2.3", "172.20.0.1", "192.168.1.1", "fd00::1", "fe80::1"]
        {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
        assert!(is_near("::ffff:10.0.0.1".parse().unwrap()));
    }
}
