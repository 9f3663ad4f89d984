//! | variable | meaning | default |
//! |---|---|---|
//! | `DATABASE_URL` | the MES tables: `sqlite:PATH` or `postgres://…` | – |
//! | `MES_SCHEMA` | schema put before every table name | none |
//! | `MES_TABLE_LOTS` | work in progress | `DW_MES_LOT_V` |
//! | `MES_TABLE_RESOURCES` | equipment master | `DW_MES_RESOURCE` |
//! | `MES_TABLE_EQUIPMENT_STATUS` | real-time rows | `DW_MES_EQUIPMENTSTATUS_WIP_V` |
//! | `MES_TABLE_WORKCENTERS` | workcenter mapping | `DW_MES_SPEC_WORKCENTER_V` |

use clap::Args;

use crate::source::TableNames;

/// The MES tables.
#[derive(Args, Clone)]
pub struct DatabaseSettings {
    /// Database with the MES tables: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Schema put before every table name
    #[arg(long, env = "MES_SCHEMA", value_parser = identifier)]
    pub mes_schema: Option<String>,
    /// Table or view with the lots
    #[arg(long, env = "MES_TABLE_LOTS", default_value = "DW_MES_LOT_V", value_parser = identifier)]
    pub mes_table_lots: String,
    /// Table or view with the equipment master
    #[arg(long, env = "MES_TABLE_RESOURCES", default_value = "DW_MES_RESOURCE", value_parser = identifier)]
    pub mes_table_resources: String,
    /// Table or view with the real-time equipment rows
    #[arg(long, env = "MES_TABLE_EQUIPMENT_STATUS", default_value = "DW_MES_EQUIPMENTSTATUS_WIP_V", value_parser = identifier)]
    pub mes_table_equipment_status: String,
    /// Table or view that maps specs to workcenters
    #[arg(long, env = "MES_TABLE_WORKCENTERS", default_value = "DW_MES_SPEC_WORKCENTER_V", value_parser = identifier)]
    pub mes_table_workcenters: String,
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {:?}", self.redacted_url(), self.table_names())
    }
}

/// Names go into SQL, so that only plain identifiers are taken.
fn identifier(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.');
    if !text.is_empty() && text.len() <= 128 && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err("a table name takes letters, digits, _, $ and . only".to_owned())
}

impl DatabaseSettings {
    /// Names of the source tables.
    pub fn table_names(&self) -> TableNames {
        let full = |name: &str| match &self.mes_schema {
            Some(schema) => format!("{schema}.{name}"),
            None => name.to_owned(),
        };
        TableNames {
            lots: full(&self.mes_table_lots),
            resources: full(&self.mes_table_resources),
            equipment_status: full(&self.mes_table_equipment_status),
            workcenters: full(&self.mes_table_workcenters),
        }
    }

    /// The address without its password.
    pub fn redacted_url(&self) -> String {
        let Some(address) = &self.database_url else { return "not set".to_owned() };
        match url::Url::parse(address) {
            Ok(mut url) if url.password().is_some() => {
                // Can't fail for an address that has a password.
                let _ = url.set_password(Some("***"));
                url.to_string()
            }
            Ok(_) => address.clone(),
            Err(_) => "an address that can't be read".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn only_plain_names_reach_sql() {
        assert!(identifier("dwh.DW_MES_LOT_V").is_ok());
        for hostile in ["", "a b", "x\"; drop table y", "資料"] {
            assert!(identifier(hostile).is_err(), "{hostile}");
        }
    }
}
