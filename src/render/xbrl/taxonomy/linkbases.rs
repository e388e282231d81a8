//! Labels of elements and roles, the order of presentation, and the definition of cubes.

use super::super::documentation::DOCUMENTATION_LANGUAGES;
use super::super::names::{Axis, BASE, ENTRY_FILE};
use super::cubes::{Cube, DEFAULTS, MEMBERS};
use super::elements::Element;
use super::{Role, role_address};
use crate::text::LABEL_LANGUAGES;
use askama::Template;

#[derive(Template)]
#[template(path = "xbrl/label.xml")]
struct Labels<'a> {
    language: &'static str,
    entry: &'static str,
    elements: Vec<Labelled<'a>>,
}

/// A name, and what it means where that is written in the language.
struct Labelled<'a> {
    name: &'a str,
    label: &'a str,
    documentation: Option<&'a str>,
}

/// The labels of elements, a file for each language.
pub(super) fn labels(elements: &[Element]) -> Result<Vec<(String, String)>, askama::Error> {
    let file = |at: usize| {
        let language = LABEL_LANGUAGES[at].as_str();
        let documented = DOCUMENTATION_LANGUAGES.iter().position(|other| other.as_str() == language);
        let elements = elements.iter().filter(|element| element.has_labels()).map(|element| Labelled {
            name: &element.name,
            label: &element.labels[at],
            documentation: documented.map(|at| element.documentation[at].as_str()),
        });
        let text = Labels { language, entry: ENTRY_FILE, elements: elements.collect() }.render()?;
        Ok((format!("label-{language}.xml"), text))
    };
    (0..LABEL_LANGUAGES.len()).map(file).collect()
}

#[derive(Template)]
#[template(path = "xbrl/role_label.xml")]
struct RoleLabels<'a> {
    /// Of labels; documentation is in the first of them.
    languages: [&'static str; LABEL_LANGUAGES.len()],
    entry: &'static str,
    roles: &'a [Role],
}

/// The labels of roles, in all languages.
pub(super) fn role_labels(roles: &[Role]) -> Result<String, askama::Error> {
    RoleLabels { languages: LABEL_LANGUAGES.map(|language| language.as_str()), entry: ENTRY_FILE, roles }
        .render()
}

#[derive(Template)]
#[template(path = "xbrl/relations.xml")]
struct Relations {
    /// `presentation` or `definition`.
    kind: &'static str,
    entry: &'static str,
    /// Roles that the links are in or point to.
    roles: Vec<String>,
    arcroles: Vec<(&'static str, &'static str)>,
    base: &'static str,
    links: Vec<Link>,
}

/// The relations of one role.
struct Link {
    role: String,
    /// Elements, each once.
    ends: Vec<String>,
    arcs: Vec<Arc>,
}

struct Arc {
    arcrole: &'static str,
    from: String,
    to: String,
    order: usize,
    /// Attributes of the arc beyond these, as they are written.
    more: String,
}

impl Link {
    fn new(role: &str, arcs: Vec<Arc>) -> Link {
        let mut ends: Vec<String> = Vec::new();
        for end in arcs.iter().flat_map(|arc| [&arc.from, &arc.to]) {
            if !ends.contains(end) {
                ends.push(end.clone());
            }
        }
        Link { role: role_address(role), ends, arcs }
    }
}

fn arcs<'a>(
    arcrole: &'static str,
    from: &'a str,
    to: impl Iterator<Item = String> + 'a,
) -> impl Iterator<Item = Arc> + 'a {
    to.zip(1..).map(move |(to, order)| Arc { arcrole, from: from.to_owned(), to, order, more: String::new() })
}

fn used_roles(links: &[Link]) -> Vec<String> {
    let prefix = role_address("");
    links.iter().filter_map(|link| link.role.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// Which elements stand below which on a screen.
pub(super) fn presentation() -> Result<String, askama::Error> {
    const BELOW: &str = "http://www.xbrl.org/2003/arcrole/parent-child";
    let mut links: Vec<Link> = Cube::all()
        .into_iter()
        .map(|cube| {
            let axes = arcs(BELOW, cube.heading(), cube.axes().into_iter().map(Axis::name));
            let first = cube.axes().len();
            let items = arcs(BELOW, cube.heading(), cube.items().into_iter())
                .map(|arc| Arc { order: arc.order + first, ..arc });
            Link::new(&cube.role(), axes.chain(items).collect())
        })
        .collect();
    let members = Axis::ALL.into_iter().filter(|axis| !axis.is_typed()).flat_map(|axis| {
        let (name, domain) = (axis.name(), axis.domain());
        let head: Vec<Arc> = arcs(BELOW, &name, [domain.clone()].into_iter()).collect();
        let members: Vec<Arc> =
            arcs(BELOW, &domain, axis.members().into_iter().map(|(name, _)| name)).collect();
        head.into_iter().chain(members)
    });
    links.push(Link::new(MEMBERS, members.collect()));
    let roles = used_roles(&links);
    Relations { kind: "presentation", entry: ENTRY_FILE, roles, arcroles: Vec::new(), base: BASE, links }
        .render()
}

const ALL: &str = "http://xbrl.org/int/dim/arcrole/all";
const CUBE_AXIS: &str = "http://xbrl.org/int/dim/arcrole/hypercube-dimension";
const AXIS_DOMAIN: &str = "http://xbrl.org/int/dim/arcrole/dimension-domain";
const DOMAIN_MEMBER: &str = "http://xbrl.org/int/dim/arcrole/domain-member";
const AXIS_DEFAULT: &str = "http://xbrl.org/int/dim/arcrole/dimension-default";

/// Which axes the facts of which elements have.
pub(super) fn definition() -> Result<String, askama::Error> {
    let mut links: Vec<Link> = Cube::all().into_iter().map(cube_link).collect();
    links.push(Link::new(MEMBERS, members()));
    let defaults = Axis::ALL
        .into_iter()
        .filter(|axis| axis.has_default())
        .flat_map(|axis| arcs(AXIS_DEFAULT, &axis.name(), [axis.domain()].into_iter()).collect::<Vec<Arc>>());
    links.push(Link::new(DEFAULTS, defaults.collect()));
    let roles = used_roles(&links);
    let arcroles = [ALL, CUBE_AXIS, AXIS_DOMAIN, DOMAIN_MEMBER, AXIS_DEFAULT];
    let arcroles = arcroles.map(|arcrole| (arcrole, arcrole.rsplit('/').next().unwrap_or_default()));
    Relations { kind: "definition", entry: ENTRY_FILE, roles, arcroles: arcroles.to_vec(), base: BASE, links }
        .render()
}

/// The heading has the cube, the cube has the axes, and the items below the heading have the cube by that.
fn cube_link(cube: Cube) -> Link {
    let closed = " xbrldt:closed=\"true\" xbrldt:contextElement=\"scenario\"";
    let mut all: Vec<Arc> = arcs(ALL, cube.heading(), [cube.name()].into_iter())
        .map(|arc| Arc { more: closed.to_owned(), ..arc })
        .collect();
    let name = cube.name();
    all.extend(cube.axes().into_iter().zip(1..).map(|(axis, order)| Arc {
        arcrole: CUBE_AXIS,
        from: name.clone(),
        to: axis.name(),
        order,
        more: if axis.is_typed() {
            String::new()
        } else {
            format!(" xbrldt:targetRole=\"{}\"", role_address(MEMBERS))
        },
    }));
    all.extend(arcs(DOMAIN_MEMBER, cube.heading(), cube.items().into_iter()));
    Link::new(&cube.role(), all)
}

fn members() -> Vec<Arc> {
    let explicit = Axis::ALL.into_iter().filter(|axis| !axis.is_typed());
    explicit
        .flat_map(|axis| {
            // The head of all task types is a member; other heads only hold the list together.
            let usable = if axis.has_default() { "" } else { " xbrldt:usable=\"false\"" };
            let (name, domain) = (axis.name(), axis.domain());
            let head: Vec<Arc> = arcs(AXIS_DOMAIN, &name, [domain.clone()].into_iter())
                .map(|arc| Arc { more: usable.to_owned(), ..arc })
                .collect();
            let names = axis.members().into_iter().map(|(name, _)| name);
            let members: Vec<Arc> = arcs(DOMAIN_MEMBER, &domain, names).collect();
            head.into_iter().chain(members)
        })
        .collect()
}
