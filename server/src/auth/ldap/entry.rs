//! The entry of a user: its distinguished name, its groups and its account names.

use ldap3::{Ldap, Scope, SearchEntry, ldap_escape};

use super::DirectoryError;
use super::settings::{DirectorySettings, USER, USER_DN};
use crate::user_name::{UserName, canonical};

/// Attributes that name an account whatever the filter asks for.
const ACCOUNT_NAMES: [&str; 2] = ["uid", "sAMAccountName"];

/// A user's entry.
pub struct Entry {
    pub dn: String,
    pub groups: Vec<String>,
    /// Canonical; the first one is the user name here. Empty when the entry has none.
    pub names: Vec<String>,
}

impl Entry {
    /// The only entry of a user. Referrals are not followed.
    pub async fn find(
        settings: &DirectorySettings,
        name_attributes: &[String],
        ldap: &mut Ldap,
        typed: &UserName,
    ) -> Result<Option<Self>, DirectoryError> {
        let filter = settings.user_filter.replace(USER, &ldap_escape(typed.asked.as_str()));
        let base = &settings.base_dn;
        let mut wanted = vec!["memberOf"];
        wanted.extend(name_attributes.iter().map(String::as_str));
        let found = ldap.search(base, Scope::Subtree, &filter, wanted).await?;
        let (entries, _) = found.success()?;
        let mut entries = entries.into_iter().filter(|entry| !entry.is_ref());
        let (Some(entry), None) = (entries.next(), entries.next()) else { return Ok(None) };
        let entry = SearchEntry::construct(entry);
        let values = |wanted: &str| {
            let found = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map_or(&[][..], |(_, values)| values.as_slice())
        };
        let mut names: Vec<String> = Vec::new();
        for attribute in name_attributes {
            let read = values(attribute).iter().filter_map(|value| canonical(value).ok());
            let mut read: Vec<String> = read.collect();
            // The typed name where the account has several; else the smallest one, so that the
            // choice is stable.
            read.sort_by_key(|name| (*name != typed.canonical, name.clone()));
            names.extend(read);
        }
        Ok(Some(Self { groups: values("memberOf").to_vec(), dn: entry.dn, names }))
    }

    /// The groups that the entry lists and those that the filter finds.
    pub async fn all_groups(
        self,
        settings: &DirectorySettings,
        ldap: &mut Ldap,
        name: &str,
    ) -> Result<Vec<String>, DirectoryError> {
        let mut groups = self.groups;
        if !settings.group_filter.is_empty() {
            let filter = settings
                .group_filter
                .replace(USER_DN, &ldap_escape(self.dn.as_str()))
                .replace(USER, &ldap_escape(name));
            let base = &settings.group_base_dn;
            // "1.1" asks for no attribute at all.
            let found = ldap.search(base, Scope::Subtree, &filter, vec!["1.1"]).await?;
            let (found, _) = found.success()?;
            let found = found.into_iter().filter(|group| !group.is_ref());
            groups.extend(found.map(|group| SearchEntry::construct(group).dn));
        }
        Ok(groups)
    }
}

/// Attributes that a filter compares with the user's name, and those that name an account anyway.
pub fn name_attributes(filter: &str) -> Vec<String> {
    let compared = filter.match_indices("={user})").filter_map(|(at, _)| {
        let attribute = filter[..at].rsplit('(').next()?.trim_end_matches('~').trim();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-.;".contains(&b);
        (!attribute.is_empty() && attribute.bytes().all(is_plain)).then_some(attribute)
    });
    let mut all: Vec<String> = Vec::new();
    for attribute in compared.chain(ACCOUNT_NAMES) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(attribute)) {
            all.push(attribute.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_an_account_follows_from_the_filter() {
        for (filter, expected) in [
            ("(uid={user})", &["uid", "sAMAccountName"][..]),
            ("(&(objectClass=person)(cn={user}))", &["cn", "uid", "sAMAccountName"]),
            (
                "(|(sAMAccountName={user})(userPrincipalName={user}))",
                &["sAMAccountName", "userPrincipalName", "uid"],
            ),
            ("(mail={user}@plant.example)", &["uid", "sAMAccountName"]),
        ] {
            assert_eq!(name_attributes(filter), expected, "{filter}");
        }
    }
}
