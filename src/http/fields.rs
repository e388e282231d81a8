//! What the handlers of small JSON bodies share: reading the body, the names in an address, and the
//! query of a list.

use super::body;
use super::problem::Problem;
use crate::db::declared::Page;
use crate::domain::names::{Name, Slug};
use crate::domain::problem::ProblemCode;
use crate::ingest::fields::Fields;
use actix_web::{HttpRequest, web};

pub use crate::domain::registry::MAX_NAME_CHARS;

/// Most characters of texts that providers register.
pub const MAX_NOTE_CHARS: usize = 1000;

/// Reads a body that is one JSON object, with a reader that notes every fault; all are told together.
pub async fn read<T>(
    request: &HttpRequest,
    payload: web::Payload,
    known: &[&str],
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Problem> {
    expect_json(request)?;
    let body = body::read(request, payload).await?;
    of_body(&body.decode()?, known, read)
}

fn of_body<T>(
    body: &[u8],
    known: &[&str],
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Problem> {
    let mut fields = Fields::read(body, known)?;
    let value = read(&mut fields);
    fields.finish(value).map_err(Problem::invalid_fields)
}

/// The same with the whole body as JSON text, for work that reads it again.
pub async fn read_whole<T>(
    request: &HttpRequest,
    payload: web::Payload,
    known: &[&str],
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<(T, String), Problem> {
    expect_json(request)?;
    let body = body::read(request, payload).await?;
    let body = body.decode()?;
    let value = of_body(&body, known, read)?;
    // It was read as an object, so it is JSON; blanks are left out.
    let whole: serde_json::Value =
        serde_json::from_slice(&body).map_err(|error| Problem::internal(&error))?;
    Ok((value, whole.to_string()))
}

fn expect_json(request: &HttpRequest) -> Result<(), Problem> {
    if body::media_type(request) != "application/json" {
        let detail = "send Content-Type application/json";
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
    }
    Ok(())
}

/// A name of a new thing, from the address that it is put to.
pub fn new_slug(text: &str) -> Result<Slug, Problem> {
    Slug::parse(text).map_err(|error| invalid_name(&error))
}

/// The same for what is named as the provider's own systems write it.
pub fn new_name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(|error| invalid_name(&error))
}

fn invalid_name(error: &crate::domain::names::NameError) -> Problem {
    Problem::new(ProblemCode::InvalidName, format!("the name in the address {error}"))
}

/// What there is none of under a name. The name is repeated in no more than its first characters.
pub fn nothing_named(what: &str, name: &str) -> Problem {
    let name: String = name.chars().filter(|character| !character.is_control()).take(128).collect();
    Problem::not_found(format!("there is no {what} '{name}'"))
}

/// Which part of a list is asked for: `limit`, and `cursor` as the answer before named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    pub limit: usize,
    cursor: Option<String>,
}

/// Entries of a list where the query does not say how many, and at most.
pub const DEFAULT_LIMIT: usize = 100;
pub const MAX_LIMIT: usize = 500;

impl PageQuery {
    /// Reads the query; other parameters are refused by name.
    pub fn of(request: &HttpRequest) -> Result<PageQuery, Problem> {
        let refuse = |detail: String| Problem::new(ProblemCode::InvalidRequest, detail);
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map_err(|_| refuse("the query of the address cannot be read".to_owned()))?;
        let (mut limit, mut cursor) = (None, None);
        for (name, value) in query.into_inner() {
            let place = match name.as_str() {
                "limit" => &mut limit,
                "cursor" => &mut cursor,
                _ => {
                    let name: String = name.chars().take(40).collect();
                    return Err(refuse(format!("'{name}' is not a parameter; there are limit and cursor")));
                }
            };
            if place.replace(value).is_some() {
                return Err(refuse(format!("'{name}' stands twice")));
            }
        }
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| refuse(format!("limit must be a whole number from 1 to {MAX_LIMIT}")))?,
        };
        Ok(PageQuery { limit, cursor })
    }

    /// The name after which a list by name goes on.
    pub fn after(&self) -> Result<Option<&str>, Problem> {
        match self.cursor.as_deref() {
            Some(cursor) if Name::parse(cursor).is_err() => Err(invalid_cursor()),
            cursor => Ok(cursor),
        }
    }

    /// The number of entries before the page, in a list that only grows at its end.
    fn skip(&self) -> Result<usize, Problem> {
        let parse = |cursor: &str| cursor.parse::<u32>().map_err(|_| invalid_cursor());
        self.cursor.as_deref().map_or(Ok(0), |cursor| parse(cursor).map(|skip| skip as usize))
    }

    /// Rows to ask for: one more than is shown tells whether there are more.
    pub fn rows(&self) -> i64 {
        self.limit as i64 + 1
    }

    /// Cuts what was found to the page; answers the cursor of the next one, where there are more.
    pub fn cut_by_name<T>(&self, found: &mut Vec<T>, name: impl Fn(&T) -> &str) -> Option<String> {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        found.last().filter(|_| has_more).map(|last| name(last).to_owned())
    }

    /// The same for a list of tellings.
    pub fn cut_tellings<T>(&self, found: &mut Vec<T>) -> Result<Option<String>, Problem> {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = self.skip()? + self.limit;
        Ok(has_more.then(|| next.to_string()))
    }

    /// The page of a list of tellings.
    pub fn tellings(&self) -> Result<Page, Problem> {
        Ok(Page { skip: self.skip()? as i64, limit: self.rows() })
    }
}

fn invalid_cursor() -> Problem {
    let detail = "the cursor is none of ours; send 'next_cursor' of the answer before, or none";
    Problem::new(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn page(query: &str) -> Result<PageQuery, Problem> {
        PageQuery::of(&TestRequest::with_uri(&format!("/v1/models{query}")).to_http_request())
    }

    #[test]
    fn a_page_has_bounds_and_no_unknown_parameters() {
        assert_eq!(page("").unwrap(), PageQuery { limit: 100, cursor: None });
        assert_eq!(page("?limit=500&cursor=a%2Fb").unwrap().after().unwrap(), Some("a/b"));
        for bad in ["?limit=0", "?limit=501", "?limit=x", "?limit=1&limit=1", "?page=2", "?limit="] {
            assert!(page(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_that_is_none_of_ours_is_refused() {
        assert!(page("?cursor=%00").unwrap().after().is_err());
        assert!(page("?cursor=-1").unwrap().skip().is_err());
        assert!(page("?cursor=99999999999999999999").unwrap().skip().is_err());
        assert_eq!(page("?cursor=7").unwrap().skip().unwrap(), 7);
    }
}
