//! The table of everything that is served: the one place from which both the service and
//! [`ROUTES`] are made, so that nothing is served without an entry.

use super::problem::Problem;
use super::{api, openapi, pages};
use crate::domain::terms::Scope;
use actix_web::{HttpRequest, HttpResponse, Resource, guard, web};

/// One method of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// In capitals; HEAD is taken wherever GET is, and has no line of its own.
    pub method: &'static str,
    /// With its parameters in braces. A parameter is one segment: a name that holds `/` is sent
    /// percent-encoded (`%2F`).
    pub path: &'static str,
    pub access: Access,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// Whoever presents a key with this scope.
    Key(Scope),
}

use Access::{Key, Public};

/// Makes [`ROUTES`] and `configure` from one list.
macro_rules! routes {
    ($($path:literal { $($method:ident $access:expr => $handler:path;)+ })+) => {
        /// Every route, in the order in which they are tried.
        pub const ROUTES: &[RouteInfo] = &[$($(
            RouteInfo { method: stringify!($method), path: $path, access: $access },
        )+)+];

        /// Serves every route.
        pub(super) fn configure(config: &mut web::ServiceConfig) {
            $(config.service(resource($path)$(.route(method!($method).to($handler)))+);)+
        }
    };
}

macro_rules! method {
    (GET) => {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    };
    (POST) => {
        web::post()
    };
    (PUT) => {
        web::put()
    };
    (DELETE) => {
        web::delete()
    };
}

routes! {
    "/v1/records" {
        POST Key(Scope::RecordsWrite) => api::ingest::records;
    }
    "/v1/windows" {
        POST Key(Scope::RecordsWrite) => api::ingest::windows;
    }
    "/v1/totals" {
        GET Key(Scope::Read) => api::totals::tasks;
    }
    "/v1/totals/stages" {
        GET Key(Scope::Read) => api::totals::stages;
    }
    "/v1/totals/units" {
        GET Key(Scope::Read) => api::totals::units;
    }
    "/v1/batches" {
        GET Key(Scope::Read) => api::batches::list;
    }
    "/v1/batches/{batch}" {
        GET Key(Scope::Read) => api::batches::show;
    }
    "/v1/batches/{batch}/faults" {
        GET Key(Scope::Read) => api::batches::faults;
    }
    "/v1/findings" {
        GET Key(Scope::Read) => api::findings::list;
    }
    "/v1/disclosures" {
        GET Public => api::disclosures::list;
        POST Key(Scope::DisclosuresWrite) => api::disclosures::build;
    }
    "/v1/disclosures/{number}/versions/{version}/publish" {
        POST Key(Scope::DisclosuresWrite) => api::disclosures::publish;
    }
    "/v1/disclosures/{number}/versions/{version}/evidence.zip" {
        GET Key(Scope::Read) => api::disclosures::evidence;
    }
    "/v1/jobs" {
        GET Key(Scope::DisclosuresWrite) => api::jobs::list;
    }
    "/v1/jobs/{job}" {
        GET Key(Scope::DisclosuresWrite) => api::jobs::show;
        DELETE Key(Scope::DisclosuresWrite) => api::jobs::cancel;
    }
    "/v1/disclosures/{number}/difference" {
        GET Public => api::difference::show;
    }
    "/v1/authority-packs" {
        GET Key(Scope::DisclosuresWrite) => api::authority_packs::list;
        POST Key(Scope::DisclosuresWrite) => api::authority_packs::post;
    }
    "/v1/authority-packs/{number}/{version}/{file}" {
        GET Key(Scope::DisclosuresWrite) => api::authority_packs::file;
    }
    "/v1/notes" {
        POST Key(Scope::Read) => api::notes::create;
    }
    "/v1/impacts" {
        GET Key(Scope::Read) => api::impacts::list;
    }
    "/v1/services" {
        GET Key(Scope::Read) => api::services::list;
    }
    "/v1/services/{service}" {
        GET Key(Scope::Read) => api::services::show;
        PUT Key(Scope::RegistryWrite) => api::services::put;
    }
    "/v1/services/{service}/served" {
        GET Key(Scope::Read) => api::services::list_served;
    }
    "/v1/services/{service}/served/{month}" {
        PUT Key(Scope::RegistryWrite) => api::services::put_served;
    }
    "/v1/services/{service}/texts" {
        GET Key(Scope::Read) => api::service_texts::list;
    }
    "/v1/services/{service}/texts/{field}/{language}" {
        GET Key(Scope::Read) => api::service_texts::show;
        PUT Key(Scope::RegistryWrite) => api::service_texts::put;
        DELETE Key(Scope::RegistryWrite) => api::service_texts::delete;
    }
    "/v1/services/{service}/models/{model}/energy" {
        GET Public => api::model_energy::read;
    }
    "/v1/models" {
        GET Key(Scope::Read) => api::models::list;
    }
    "/v1/models/{model}" {
        GET Key(Scope::Read) => api::models::show;
        PUT Key(Scope::RegistryWrite) => api::models::put;
    }
    "/v1/models/{model}/coefficients" {
        GET Key(Scope::Read) => api::models::list_coefficients;
        POST Key(Scope::RegistryWrite) => api::models::post_coefficient;
    }
    "/v1/models/{model}/training" {
        GET Key(Scope::Read) => api::training::list_training;
        POST Key(Scope::RegistryWrite) => api::training::post_training;
    }
    "/v1/models/{model}/inference-compute" {
        GET Key(Scope::Read) => api::training::list_inference_compute;
        POST Key(Scope::RegistryWrite) => api::training::post_inference_compute;
    }
    "/v1/sites" {
        GET Key(Scope::Read) => api::sites::list;
    }
    "/v1/sites/{site}" {
        GET Key(Scope::Read) => api::sites::show;
        PUT Key(Scope::RegistryWrite) => api::sites::put;
    }
    "/v1/sites/{site}/factors" {
        GET Key(Scope::Read) => api::sites::list_factors;
        POST Key(Scope::RegistryWrite) => api::sites::post_factor;
    }
    "/v1/sites/{site}/boundary" {
        GET Key(Scope::Read) => api::site_boundary::list;
        POST Key(Scope::RegistryWrite) => api::site_boundary::post;
    }
    "/v1/sites/{site}/hardware" {
        GET Key(Scope::Read) => api::sites::list_hardware;
        POST Key(Scope::RegistryWrite) => api::sites::post_hardware;
    }
    "/v1/sites/{site}/embodied" {
        GET Key(Scope::Read) => api::embodied::list;
        POST Key(Scope::RegistryWrite) => api::embodied::post;
    }
    "/v1/water-factors" {
        GET Key(Scope::Read) => api::water_factors::list;
        POST Key(Scope::RegistryWrite) => api::water_factors::post;
    }
    "/v1/contracts" {
        GET Key(Scope::Read) => api::contracts::list;
        POST Key(Scope::RegistryWrite) => api::contracts::post;
    }
    "/v1/contracts/{contract}" {
        GET Key(Scope::Read) => api::contracts::show;
    }
    "/v1/budgets" {
        GET Key(Scope::Read) => api::budgets::list;
        POST Key(Scope::RegistryWrite) => api::budgets::post;
    }
    "/v1/budgets/{budget}" {
        GET Key(Scope::Read) => api::budgets::show;
    }
    "/v1/budgets/{budget}/burn" {
        GET Key(Scope::Read) => api::budgets::burn;
    }
    "/v1/budgets/{budget}/events" {
        GET Key(Scope::Read) => api::budgets::events;
    }
    "/v1/factors" {
        GET Public => api::factors::sets;
    }
    "/v1/factors/coverage" {
        GET Public => api::factors::coverage;
    }
    "/v1/factors/hours" {
        GET Public => api::factor_hours::hours;
    }
    "/v1/equivalents" {
        GET Public => api::equivalents::show;
    }
    "/" {
        GET Public => pages::register::show;
    }
    "/providers/{provider}" {
        GET Public => pages::provider::show;
    }
    "/disclosures/{number}" {
        GET Public => pages::disclosure::latest;
    }
    "/disclosures/{number}/{version}" {
        GET Public => pages::disclosure::show;
    }
    "/disclosures/{number}/{version}/changes" {
        GET Public => pages::changes::show;
    }
    "/disclosures/{number}/{version}/{file}" {
        GET Public => pages::disclosure::file;
    }
    "/factors" {
        GET Public => pages::factors::show;
    }
    "/factors/{zone}" {
        GET Public => pages::factors::zone;
    }
    "/templates" {
        GET Public => pages::templates::show;
    }
    "/templates/{template}/{file}" {
        GET Public => pages::templates::file;
    }
    "/templates/{template}/{version}/schema.json" {
        GET Public => pages::templates::schema;
    }
    "/method" {
        GET Public => pages::method::show;
    }
    "/problems" {
        GET Public => pages::problems::show;
    }
    "/docs" {
        GET Public => pages::docs::show;
    }
    "/assets/docs.css" {
        GET Public => pages::assets::docs_stylesheet;
    }
    "/assets/factors.css" {
        GET Public => pages::assets::factors_stylesheet;
    }
    "/assets/site.css" {
        GET Public => pages::assets::stylesheet;
    }
    "/favicon.ico" {
        GET Public => pages::assets::favicon;
    }
    "/openapi.json" {
        GET Public => openapi::show;
    }
    "/healthz" {
        GET Public => api::health::alive;
    }
    "/readyz" {
        GET Public => api::health::ready;
    }
}

/// A path that refuses, by name, the methods it does not take.
fn resource(path: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move |request| method_not_allowed(request, path)))
}

/// The methods of a path as the header `Allow` names them.
fn methods_of(path: &str) -> String {
    let methods = ROUTES.iter().filter(|route| route.path == path).map(|route| match route.method {
        "GET" => "GET, HEAD",
        other => other,
    });
    methods.collect::<Vec<_>>().join(", ")
}

async fn method_not_allowed(request: HttpRequest, path: &str) -> Result<HttpResponse, Problem> {
    let detail = format!("{} is not taken at this address", request.method());
    Err(Problem::method_not_allowed(detail, &methods_of(path)))
}

pub(super) async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found(format!("there is nothing at {}", request.path())))
}
