//! The table of routes while it is filled.
//!
//! A route can only be added together with its [`Access`], so that none is without one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Ref, RefOr};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::access::{Access, Effect, admit, forbid_storing};
use super::ignored::{self, Known, known_for};
use crate::auth::role::Role;

pub struct Routes<S> {
    router: OpenApiRouter<S>,
    declared: HashMap<(Method, String), Access>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: OpenApiRouter::default(), declared: HashMap::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Adds routes that need `access`.
    pub fn with<const N: usize>(
        mut self,
        access: Access,
        routes: [UtoipaMethodRouter<S>; N],
    ) -> Self {
        for (schemas, mut paths, methods) in routes {
            // All handlers of one entry have one path.
            let mut known = Vec::new();
            for (path, item) in &mut paths.paths {
                for (method, operation) in operations(item) {
                    describe(operation, access);
                    known.push((method.clone(), Arc::new(Known::of(operation, &schemas))));
                    self.declared.insert((method, path.clone()), access);
                }
            }
            let guarded = methods.route_layer(from_fn(move |request: Request, next: Next| {
                let known = known_for(&known, request.method()).cloned().unwrap_or_default();
                async move {
                    let mut response = match admit(access, request).await {
                        Ok(request) => ignored::told(known, request, next).await,
                        Err(error) => error.into_response(),
                    };
                    if access.is_private {
                        forbid_storing(response.headers_mut());
                    }
                    response
                }
            }));
            self.router = self.router.routes((schemas, paths, guarded));
        }
        self
    }

    /// Router and description.
    pub fn into_router(self) -> OpenApiRouter<S> {
        self.router
    }

    /// Every route and what it needs.
    pub fn declared(self) -> HashMap<(Method, String), Access> {
        self.declared
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
        (Method::OPTIONS, item.options.as_mut()),
        (Method::HEAD, item.head.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
        (Method::TRACE, item.trace.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Adds the rejections of the guard to the description.
fn describe(operation: &mut Operation, access: Access) {
    let mut refusals = Vec::new();
    if access.role.is_some() {
        refusals.extend([("401", "Unauthorized"), ("403", "Forbidden")]);
        refusals.push(("503", "ServiceUnavailable"));
    }
    if access.effect != Effect::Reads {
        refusals.extend([("403", "Forbidden"), ("413", "PayloadTooLarge")]);
        refusals.push(("503", "ServiceUnavailable"));
    }
    for (status, name) in refusals {
        let reference = RefOr::Ref(Ref::new(format!("#/components/responses/{name}")));
        operation.responses.responses.entry(status.to_owned()).or_insert(reference);
    }
    let role = access.role.map_or("anyone", Role::name);
    let effect = match access.effect {
        Effect::Reads => "reads",
        Effect::Changes => "changes",
        Effect::SignsIn => "signs in",
    };
    let said = ExtensionsBuilder::new().add("x-role", role).add("x-effect", effect).build();
    operation.extensions.get_or_insert_default().merge(said);
}
