//! Binding as a user: the name to bind with, and the meaning of the result code.

use ldap3::{Ldap, dn_escape};

use super::DirectoryError;
use super::settings::USER;

/// Result codes that mean a wrong name or password, or an account that may not sign in: constraint
/// violation (a locked account, too many attempts), no such object, invalid DN, inappropriate
/// authentication, invalid credentials (in Active Directory also locked, disabled and expired
/// ones), unwilling to perform (a locked or disabled account).
const WRONG: [u32; 6] = [19, 32, 34, 48, 49, 53];

/// The name to bind with. In a distinguished name other characters are special than in `user@realm`.
pub fn filled_template(template: &str, name: &str) -> String {
    if template.contains('=') {
        template.replace(USER, &dn_escape(name))
    } else {
        template.replace(USER, name)
    }
}

/// Whether the directory accepts this name and password.
pub async fn bound(ldap: &mut Ldap, name: &str, password: &str) -> Result<bool, DirectoryError> {
    let answer = ldap.simple_bind(name, password).await?;
    if WRONG.contains(&answer.rc) {
        if let Some(why) = refused_for(answer.rc, &answer.text) {
            tracing::warn!(name, why, "the directory refused a sign-in");
        }
        return Ok(false);
    }
    // Every other result, including a referral, is an error.
    answer.success()?;
    Ok(true)
}

/// Why an account may not sign in, other than by a wrong password. For administrators only: the
/// response to the user does not contain it.
fn refused_for(code: u32, text: &str) -> Option<&'static str> {
    // Active Directory: "80090308: LdapErr: DSID-0C09042A, comment: …, data 775, v3839".
    let data = text.split("data ").nth(1).map(|rest| rest.split([',', ' ']).next().unwrap_or(rest));
    match (code, data) {
        (49, Some("530")) => Some("it may not sign in at this time"),
        (49, Some("531")) => Some("it may not sign in from here"),
        (49, Some("532")) => Some("its password has expired"),
        (49, Some("533")) => Some("it is disabled"),
        (49, Some("701")) => Some("it has expired"),
        (49, Some("773")) => Some("its password has to be changed first"),
        (49, Some("775")) => Some("it is locked"),
        (19, _) => Some("it is locked, or had too many attempts (constraint violation)"),
        (53, _) => Some("it is locked or disabled (unwilling to perform)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ldap3::ldap_escape;

    use super::*;

    #[test]
    fn refusals_for_other_reasons_than_a_wrong_password_are_named() {
        let locked = "80090308: LdapErr: DSID-0C09, comment: Accept, data 775, v3839";
        assert_eq!(refused_for(49, locked), Some("it is locked"));
        assert_eq!(refused_for(49, "data 52e, v1"), None, "a wrong password");
        assert_eq!(refused_for(49, "data"), None);
    }

    #[test]
    fn names_are_escaped_for_where_they_go() {
        let dn = "uid={user},ou=people,dc=plant";
        assert_eq!(filled_template(dn, "chen"), "uid=chen,ou=people,dc=plant");
        let hostile = filled_template(dn, "chen,ou=admins");
        assert!(hostile.starts_with("uid=chen\\"), "{hostile}");
        assert_eq!(filled_template("{user}@plant.example", "chen"), "chen@plant.example");
        assert_eq!(ldap_escape("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
    }
}
