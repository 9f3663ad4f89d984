//! Which group of the directory gives which role.

use crate::auth::role::Role;

/// Stands for every user of the directory.
const EVERYBODY: &str = "*";

/// `LDAP_ROLE_GROUPS` can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "LDAP_ROLE_GROUPS takes ROLE=GROUP parts with ';' between them, as in \
     admin=cn=mes-admins,ou=groups,dc=plant;viewer=*, got \"{0}\""
)]
pub struct InvalidGroups(String);

/// Groups with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGroups(Vec<(Role, String)>);

impl RoleGroups {
    /// Reads `ROLE=GROUP;ROLE=GROUP`; a group `*` means every user.
    ///
    /// # Errors
    /// A part that can't be read, or no part at all.
    pub fn parse(text: &str) -> Result<Self, InvalidGroups> {
        let mut all = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let read = part.split_once('=').and_then(|(role, group)| {
                let role = Role::named(&role.trim().to_ascii_lowercase())?;
                let group = group.trim();
                let is_group = group == EVERYBODY || group.contains('=');
                is_group.then(|| (role, plain(group)))
            });
            all.push(read.ok_or_else(|| InvalidGroups(part.to_owned()))?);
        }
        if all.is_empty() { Err(InvalidGroups(text.to_owned())) } else { Ok(Self(all)) }
    }

    /// The highest role that these groups give.
    pub(super) fn role_of(&self, groups: &[String]) -> Option<Role> {
        let groups: Vec<String> = groups.iter().map(|group| plain(group)).collect();
        let has = |wanted: &String| wanted == EVERYBODY || groups.contains(wanted);
        self.0.iter().filter(|(_, group)| has(group)).map(|&(role, _)| role).max()
    }
}

/// A distinguished name as it is compared: without case, and without blanks around its parts.
fn plain(name: &str) -> String {
    let parts = name.split(',').map(|part| {
        let sides: Vec<&str> = part.splitn(2, '=').map(str::trim).collect();
        sides.join("=")
    });
    parts.collect::<Vec<_>>().join(",").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_of_all_groups_counts() {
        let map = "admin=cn=MES-Admins, ou=groups,dc=plant; engineer=cn=eng,dc=plant;viewer=*";
        let roles = RoleGroups::parse(map).unwrap();
        let of = |groups: &[&str]| {
            roles.role_of(&groups.iter().map(|&group| group.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Some(Role::Viewer));
        assert_eq!(of(&["CN=eng,DC=plant"]), Some(Role::Engineer));
        let both = ["cn=eng,dc=plant", "cn=mes-admins , ou = groups, dc=PLANT"];
        assert_eq!(of(&both), Some(Role::Admin));
        assert_eq!(of(&["cn=mes-admins,ou=groups,dc=plant,dc=evil"]), Some(Role::Viewer));
        assert_eq!(of(&["cn=mes-admins"]), Some(Role::Viewer));
        let some = RoleGroups::parse("admin=cn=a,dc=plant").unwrap();
        assert_eq!(some.role_of(&["cn=b,dc=plant".to_owned()]), None);
    }

    #[test]
    fn parts_that_can_not_be_read_are_named() {
        for wrong in ["", ";", "root=cn=a", "admin", "admin=", "admin=group", "viewer=**"] {
            let error = RoleGroups::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("LDAP_ROLE_GROUPS"), "{wrong}");
        }
    }
}
