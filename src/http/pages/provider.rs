//! `/providers/{provider}`: a provider, its services and every version it ever published.

use super::{Line, STYLESHEET, html};
use crate::app::App;
use crate::db::disclosure::Listing;
use crate::db::{self, registry};
use crate::disclosure::template;
use crate::domain::names::Slug;
use crate::http::problem::Problem;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    status_line: String,
    name: String,
    notice: Option<(&'static str, &'static str)>,
    public_note: Option<String>,
    contact: Option<String>,
    services: Vec<ServiceSection>,
}

struct ServiceSection {
    key: String,
    name: String,
    lines: Vec<Line>,
}

pub async fn show(app: web::Data<App>, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = match Slug::parse(&path) {
        Ok(key) => registry::find_provider(&app.pool, &key).await?,
        Err(_) => None,
    };
    let Some(provider) = found else {
        return Err(Problem::not_found("there is no provider of this name"));
    };
    let mut lines: Vec<Line> = db::disclosure::list(&app.pool, Listing::Provider(provider.id))
        .await?
        .into_iter()
        .map(Line::from)
        .collect();
    let mut services = Vec::new();
    for service in registry::services(&app.pool, provider.id).await? {
        let (own, others) = lines.into_iter().partition(|line| line.service_key == service.key.as_str());
        lines = others;
        services.push(ServiceSection { key: service.key.to_string(), name: service.name, lines: own });
    }
    html(&ProviderPage {
        home: "",
        stylesheet: STYLESHEET,
        status_line: template::public().status_line(),
        name: provider.legal_name,
        notice: provider.kind.notice(),
        public_note: provider.public_note,
        contact: provider.contact,
        services,
    })
}
