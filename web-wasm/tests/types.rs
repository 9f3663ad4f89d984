//! The TypeScript declarations are those of the Rust types that queries take and return, and the
//! facts that pages know are those of the core.
//!
//! `UPDATE_TYPES=1 cargo nextest run -p web-wasm types` writes both.

use std::collections::BTreeMap;
use std::path::Path;

use compute_core::downtime::DowntimeView;
use compute_core::equipment::EquipmentView;
use compute_core::facts::{Facts, facts};
use compute_core::field_contract::{FIELDS, Field};
use compute_core::history::HistoryView;
use compute_core::hold_history::HoldHistoryTable;
use compute_core::lot::{FieldValue, LotTable};
use compute_core::memory::{FlowQuery, PlantChanges, ShiftFlow, Span};
use compute_core::production_day::NamedRange;
use compute_core::{
    change_queries, downtime_queries, equipment_queries, history_queries, hold_history_queries,
    lot_queries,
};
use ts_rs::{Config, TS, TypeVisitor};

/// Declarations by name.
#[derive(Default)]
struct Declarations(BTreeMap<String, String>);

impl Declarations {
    /// Adds what a query takes and returns.
    fn query<T, Q: TS + 'static, R: TS + 'static>(&mut self, _: fn(&T, &Q) -> R) {
        self.visit::<Q>();
        self.visit::<R>();
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let config = Config::default();
        let is_declared = T::output_path().is_some();
        if is_declared && self.0.insert(T::ident(&config), T::decl(&config)).is_some() {
            return;
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn declared() -> String {
    let mut declarations = Declarations::default();
    macro_rules! add {
        ($table:ident: $($name:ident $js:ident ($argument:ident) -> $result:tt;)*) => {
            $(declarations.query($table::$name);)*
        };
    }
    lot_queries!(add);
    equipment_queries!(add);
    history_queries!(add);
    hold_history_queries!(add);
    downtime_queries!(add);
    change_queries!(add);
    declarations.visit::<Span>();
    declarations.visit::<FlowQuery>();
    declarations.visit::<ShiftFlow>();
    declarations.query(LotTable::overview);
    declarations.visit::<Field>();
    declarations.visit::<Facts>();
    declarations.visit::<NamedRange>();
    // The type of a record names it in a text.
    declarations.visit::<FieldValue>();
    let mut text =
        "// Made from the types of compute-core by web-wasm/tests/types.rs; not written by hand.\n"
            .to_owned();
    for declaration in declarations.0.values() {
        text.push_str("export ");
        text.push_str(declaration);
        text.push('\n');
    }
    let datasets = FIELDS.chunk_by(|a, b| a.dataset == b.dataset).map(|fields| {
        let keys: Vec<String> =
            fields.iter().map(|field| format!("\"{}\"", field.api_key)).collect();
        format!("{}: {};", fields[0].dataset, keys.join(" | "))
    });
    let datasets: Vec<String> = datasets.collect();
    text.push_str(&format!("export type FieldNames = {{ {} }};\n", datasets.join(" ")));
    text
}

/// The facts as a module, so that pages have them before the engine is loaded.
fn facts_module() -> String {
    let facts = serde_json::to_string_pretty(&facts()).unwrap();
    [
        "// Levels, states and bounds that compute-core decides.",
        "// Made from it by web-wasm/tests/types.rs; not written by hand.",
        "import type { Facts } from \"mes-compute\";\n",
        &format!("export const FACTS: Facts = {facts};\n"),
    ]
    .join("\n")
}

#[test]
fn what_is_made_from_the_core_follows_it() {
    let made =
        [("types/compute.d.ts", declared()), ("../frontend/src/contract/facts.ts", facts_module())];
    for (file, made) in made {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        if std::env::var_os("UPDATE_TYPES").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            kept, made,
            "{file}: run this test with UPDATE_TYPES=1 and look at the difference"
        );
    }
}
