//! A form's definition: what the owner writes and what a published form repeats. FORMAT §5.1.
//!
//! One grammar reads both, so that what was checked before signing is what a page accepts.

use crate::age::{Recipient, Suite};
use crate::field::Field;
use crate::id::{FormDigest, FormName};
use crate::json::{self, JsonError, Spelling, Value};
use crate::limits;
use crate::part::{self, Content, OWNER, PartPlan};
use crate::purpose::Purpose;
use crate::shape::{Misfit, MisfitCause, Shape};
use crate::text::Text;
use crate::time::{Span, Time};
use crate::wording;

/// A form as its owner defines it.
#[derive(Debug, Clone)]
pub struct Definition {
    name: FormName,
    version: u32,
    languages: Vec<String>,
    title: Text,
    controller: Controller,
    country: String,
    backup_days: u64,
    processors: Vec<Processor>,
    recipients: Vec<Party>,
    rights_contact: String,
    rights_url: Option<String>,
    purposes: Vec<Purpose>,
    fields: Vec<Field>,
    roles: Vec<Role>,
    customer_reads: bool,
    endpoint: Option<String>,
    source: Vec<(String, Value)>,
    valid: Span,
}

/// Why a definition cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefinitionError {
    /// Larger than a form may be.
    TooLarge,
    /// Not JSON.
    Json(JsonError),
    /// JSON, but not a definition: every misfit.
    Misfits(Vec<Misfit>),
}

/// Who asks: the controller of UU PDP Art. 1(4).
#[derive(Debug, Clone, Default)]
pub struct Controller {
    name: String,
    address: String,
    contact: String,
    email: Option<String>,
    phone: Option<String>,
    whatsapp: Option<String>,
    website: Option<String>,
}

/// Who processes for the controller (UU PDP Art. 51).
#[derive(Debug, Clone)]
pub struct Processor {
    name: String,
    country: String,
    task: Text,
}

/// Who else receives data, and why.
#[derive(Debug, Clone)]
pub struct Party {
    name: String,
    reason: Text,
}

/// A set of keys that read the same fields.
#[derive(Debug, Clone)]
pub struct Role {
    id: String,
    name: Option<Text>,
    keys: Vec<Recipient>,
}

impl Definition {
    /// Reads what an owner wrote, in any valid spelling of JSON.
    ///
    /// # Errors
    /// [`DefinitionError`]; all misfits at once.
    pub fn parse(bytes: &[u8]) -> Result<Self, DefinitionError> {
        if bytes.len() > limits::FORM_BYTES {
            return Err(DefinitionError::TooLarge);
        }
        let value = json::parse(bytes, Spelling::Any).map_err(DefinitionError::Json)?;
        let mut shape = Shape::default();
        shape.keys(&value, &[KEYS, &["valid_days"]]);
        shape.need(&value, "segel", |shape, value| {
            if value.as_text() != Some("definition/1") {
                shape.refuse(MisfitCause::NotA { what: "\"definition/1\"" });
            }
        });
        let days = shape.may(&value, "valid_days", |shape, value| shape.integer(value, 1, 3650)).unwrap_or(365);
        let definition = Self::read(&mut shape, &value, days);
        if let Some(definition) = &definition {
            definition.check_wording(&mut shape);
            shape.at("fields", |shape| definition.check_plan(shape));
        }
        finish(shape, definition).map_err(DefinitionError::Misfits)
    }

    /// The body of a published form, in canonical JSON: this definition with readers, notice, parts and dates. FORMAT §5.4.
    /// `owners` are the owner's recipient and the spares', all of `suite`.
    ///
    /// # Errors
    /// [`Misfit`]s where keys are missing, too many, of another suite, or where a part cannot be planned.
    pub fn publish(
        &self,
        owners: &[Recipient],
        suite: Suite,
        not_before: Time,
        previous: Option<FormDigest>,
    ) -> Result<String, Vec<Misfit>> {
        let mut shape = Shape::default();
        let parts = shape.at("fields", |shape| self.check_plan(shape));
        let mut entries: Vec<(String, Value)> = self
            .source
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "segel" | "roles" | "valid_days"))
            .cloned()
            .collect();
        let notices = self.languages.iter().map(|language| {
            let notice = wording::notice(self, language).unwrap_or(Value::Null);
            (language.clone(), notice)
        });
        let mut add = |key: &str, value| entries.push((String::from(key), value));
        add("notice", Value::object(notices.collect()));
        add("segel", Value::text("form/1"));
        add("suite", Value::text(suite.as_str()));
        add("not_before", Value::Text(not_before.text()));
        add("not_after", Value::Text(not_before.plus(self.valid).text()));
        if let Some(previous) = previous {
            add("previous", Value::Text(crate::id::hex(previous.digest().as_bytes())));
        }
        add("parts", parts_value(&parts));
        add("roles", Value::List(self.role_values(&mut shape, owners, suite)));
        shape.finish(Value::object(entries).encode())
    }

    /// Reads the keys that both spellings of a form share; `None` where a misfit leaves nothing to go on with.
    pub(crate) fn read(shape: &mut Shape, value: &Value, valid_days: i64) -> Option<Self> {
        let languages = shape.need(value, "languages", |shape, value| {
            shape.some(value, limits::LANGUAGES, |shape, value| {
                shape.matching(value, "two small letters like id", is_language)
            })
        });
        let text = |shape: &mut Shape, value: &Value| Text::read(shape, value, &languages);
        let name = shape.need(value, "name", |shape, value| {
            let text = shape
                .matching(value, "a name like daftar: small letters, digits, -", |text| FormName::parse(text).is_ok());
            FormName::parse(&text).ok()
        });
        let version = shape.need(value, "version", |shape, value| shape.integer(value, 1, 1_000_000)) as u32;
        let title = shape.need(value, "title", text);
        let controller = shape.need(value, "controller", Controller::read);
        let (country, backup_days) = shape.need(value, "storage", |shape, value| {
            shape.keys(value, &[&["country", "backup_days"]]);
            let days = shape.need(value, "backup_days", |shape, value| shape.integer(value, 0, 400));
            (shape.need(value, "country", read_country), days as u64)
        });
        shape.need(value, "children", |shape, value| {
            if value.as_text() != Some("block") {
                shape.refuse(MisfitCause::NotOneOf { known: "block" });
            }
        });
        let purposes = shape.need(value, "purposes", |shape, value| read_purposes(shape, value, &languages));
        let roles = shape.may(value, "roles", |shape, value| {
            shape.list(value, limits::ROLES + 1, |shape, value| Role::read(shape, value, &languages))
        });
        let roles = roles.unwrap_or_default();
        let fields = shape.need(value, "fields", |shape, value| {
            shape.some(value, limits::FIELDS, |shape, value| Field::read(shape, value, &languages))
        });
        let (rights_contact, rights_url) = shape.need(value, "rights", |shape, value| {
            shape.keys(value, &[&["contact", "url"]]);
            let url = shape.may(value, "url", read_link);
            (shape.need(value, "contact", |shape, value| shape.shown(value, limits::TEXT_BYTES)), url)
        });
        let processors = shape.may(value, "processors", |shape, value| {
            shape.list(value, 32, |shape, value| Processor::read(shape, value, &languages))
        });
        let recipients = shape.may(value, "recipients", |shape, value| {
            shape.list(value, 32, |shape, value| Party::read(shape, value, &languages))
        });
        let customer_reads = shape.may(value, "customer_reads", Shape::truth).unwrap_or(false);
        let endpoint = shape.may(value, "endpoint", |shape, value| {
            shape.matching(value, "an https address or a path that begins with one /", is_endpoint)
        });
        let definition = Self {
            name: name?,
            version,
            languages,
            title,
            controller,
            country,
            backup_days,
            processors: processors.unwrap_or_default(),
            recipients: recipients.unwrap_or_default(),
            rights_contact,
            rights_url,
            purposes,
            fields,
            roles,
            customer_reads,
            endpoint,
            source: value.as_object()?.to_vec(),
            valid: Span::days(valid_days as u16),
        };
        definition.check_references(shape);
        Some(definition)
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &FormName {
        &self.name
    }

    /// Its version, from 1.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Its languages; the first is authoritative.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// What the form is called.
    #[must_use]
    pub const fn title(&self) -> &Text {
        &self.title
    }

    /// Who asks.
    #[must_use]
    pub const fn controller(&self) -> &Controller {
        &self.controller
    }

    /// Country where ciphertext is stored, ISO 3166.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// Days after deletion until backups are gone.
    #[must_use]
    pub const fn backup_days(&self) -> u64 {
        self.backup_days
    }

    /// Who processes for the controller.
    #[must_use]
    pub fn processors(&self) -> &[Processor] {
        &self.processors
    }

    /// Who else receives data.
    #[must_use]
    pub fn recipients(&self) -> &[Party] {
        &self.recipients
    }

    /// Where a person turns to use their rights.
    #[must_use]
    pub fn rights_contact(&self) -> &str {
        &self.rights_contact
    }

    /// The page for it, if there is one.
    #[must_use]
    pub fn rights_url(&self) -> Option<&str> {
        self.rights_url.as_deref()
    }

    /// What data is asked for, at least one required.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// What is asked, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Sets of keys: in a published form `owner` first, in a definition without it.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Whether the customer's receipt opens the submission too.
    #[must_use]
    pub const fn customer_reads(&self) -> bool {
        self.customer_reads
    }

    /// Where submissions are posted, if not at the form's own address.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The purpose of that id.
    #[must_use]
    pub fn purpose(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id() == id)
    }

    /// The field of that id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id() == id)
    }

    fn check_references(&self, shape: &mut Shape) {
        let mut seen = Vec::new();
        for field in &self.fields {
            shape.at("fields", |shape| shape.at(field.id(), |shape| self.check_field(shape, field, &mut seen)));
        }
        let mut seen = Vec::new();
        for role in &self.roles {
            shape.at("roles", |shape| shape.at(role.id(), |shape| shape.once(&mut seen, role.id())));
        }
    }

    fn check_field<'d>(&self, shape: &mut Shape, field: &'d Field, seen: &mut Vec<&'d str>) {
        shape.once(seen, field.id());
        let purposes = field.purposes().iter().map(|id| self.purpose(id));
        if purposes.clone().any(|purpose| purpose.is_none()) {
            shape.at("purposes", |shape| shape.refuse(MisfitCause::UnknownReference));
        } else if field.required() && !purposes.flatten().any(Purpose::required) {
            shape.at("required", |shape| shape.refuse(MisfitCause::RequiredForOptional));
        }
        if field.roles().iter().any(|id| id == OWNER || !self.roles.iter().any(|role| role.id() == id)) {
            shape.at("roles", |shape| shape.refuse(MisfitCause::UnknownReference));
        }
    }

    fn check_wording(&self, shape: &mut Shape) {
        if self.languages.iter().any(|language| !matches!(language.as_str(), "id" | "en")) {
            shape.at("languages", |shape| shape.refuse(MisfitCause::NoWording));
        }
        if self.roles.iter().any(|role| role.id() == OWNER) {
            shape.at("roles", |shape| shape.at(OWNER, |shape| shape.refuse(MisfitCause::Reserved)));
        }
    }

    /// The parts that follow from the fields; a misfit is recorded and gives none.
    pub(crate) fn check_plan(&self, shape: &mut Shape) -> Vec<PartPlan> {
        let mut roles: Vec<&str> = self.roles.iter().map(Role::id).collect();
        roles.push(OWNER);
        part::plan(&self.fields, &self.purposes, &roles).unwrap_or_else(|cause| {
            shape.refuse(cause);
            Vec::new()
        })
    }

    fn role_values(&self, shape: &mut Shape, owners: &[Recipient], suite: Suite) -> Vec<Value> {
        let keys = |keys: &[Recipient]| Value::List(keys.iter().map(|key| Value::Text(key.to_text())).collect());
        let mut all: Vec<&Recipient> = owners.iter().collect();
        all.extend(self.roles.iter().flat_map(|role| &role.keys));
        shape.at("roles", |shape| {
            if owners.is_empty() || owners.len() > limits::ROLE_KEYS {
                shape.at(OWNER, |shape| shape.refuse(MisfitCause::TooMany { max: limits::ROLE_KEYS }));
            }
            if all.iter().any(|key| key.suite() != suite) {
                shape.refuse(MisfitCause::MixedSuites);
            }
            if all.iter().enumerate().any(|(index, key)| all[..index].contains(key)) {
                shape.refuse(MisfitCause::Duplicate);
            }
        });
        let owner = vec![(String::from("id"), Value::text(OWNER)), (String::from("keys"), keys(owners))];
        let staff = self.source.iter().find(|(key, _)| key == "roles").and_then(|(_, roles)| roles.as_list());
        std::iter::once(Value::object(owner)).chain(staff.unwrap_or_default().iter().cloned()).collect()
    }
}

impl Controller {
    fn read(shape: &mut Shape, value: &Value) -> Self {
        shape.keys(value, &[&["name", "address", "contact", "email", "phone", "whatsapp", "website"]]);
        let controller = Self {
            name: shape.need(value, "name", read_line),
            address: shape.need(value, "address", read_line),
            contact: shape.need(value, "contact", read_line),
            email: shape.may(value, "email", read_line),
            phone: shape.may(value, "phone", read_line),
            whatsapp: shape.may(value, "whatsapp", read_line),
            website: shape.may(value, "website", read_link),
        };
        if controller.email.is_none() && controller.phone.is_none() && controller.whatsapp.is_none() {
            shape.refuse(MisfitCause::NoContact);
        }
        controller
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The person who answers.
    #[must_use]
    pub fn contact(&self) -> &str {
        &self.contact
    }

    /// E-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Phone number.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }

    /// WhatsApp number.
    #[must_use]
    pub fn whatsapp(&self) -> Option<&str> {
        self.whatsapp.as_deref()
    }

    /// Web site, https.
    #[must_use]
    pub fn website(&self) -> Option<&str> {
        self.website.as_deref()
    }
}

impl Processor {
    fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Self {
        shape.keys(value, &[&["name", "country", "task"]]);
        Self {
            name: shape.need(value, "name", read_line),
            country: shape.need(value, "country", read_country),
            task: shape.need(value, "task", |shape, value| Text::read(shape, value, languages)),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its country, ISO 3166.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// What it does.
    #[must_use]
    pub const fn task(&self) -> &Text {
        &self.task
    }
}

impl Party {
    fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Self {
        shape.keys(value, &[&["name", "reason"]]);
        Self {
            name: shape.need(value, "name", read_line),
            reason: shape.need(value, "reason", |shape, value| Text::read(shape, value, languages)),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it receives data.
    #[must_use]
    pub const fn reason(&self) -> &Text {
        &self.reason
    }
}

impl Role {
    fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Self {
        shape.keys(value, &[&["id", "name", "keys"]]);
        let id = shape.need(value, "id", Shape::id);
        let name = if id == OWNER && value.get("name").is_none() {
            None
        } else {
            Some(shape.need(value, "name", |shape, value| Text::read(shape, value, languages)))
        };
        let keys = shape.need(value, "keys", |shape, value| shape.some(value, limits::ROLE_KEYS, read_key));
        Self { id, name, keys: keys.into_iter().flatten().collect() }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it; the owner has none.
    #[must_use]
    pub const fn name(&self) -> Option<&Text> {
        self.name.as_ref()
    }

    /// Its keys, never none.
    #[must_use]
    pub fn keys(&self) -> &[Recipient] {
        &self.keys
    }
}

/// The value once no misfit is left; without a value there is always one.
pub(crate) fn finish<T>(mut shape: Shape, value: Option<T>) -> Result<T, Vec<Misfit>> {
    if value.is_none() {
        shape.refuse(MisfitCause::WrongType { wanted: "a form definition" });
    }
    shape.finish(value).map(Option::into_iter).and_then(|mut value| value.next().ok_or_else(Vec::new))
}

/// `parts` as a published form carries it. FORMAT §5.4.
pub(crate) fn parts_value(parts: &[PartPlan]) -> Value {
    let part = |part: &PartPlan| {
        let roles = Value::List(part.roles().iter().map(|role| Value::text(role)).collect());
        let bound = match part.content() {
            Content::Json { size } => (String::from("size"), Value::Int(*size as i64)),
            Content::File { max, .. } => (String::from("max"), Value::Int(*max as i64)),
        };
        Value::object(vec![
            (String::from("name"), Value::text(part.name().as_str())),
            (String::from("roles"), roles),
            bound,
        ])
    };
    Value::List(parts.iter().map(part).collect())
}

fn read_purposes(shape: &mut Shape, value: &Value, languages: &[String]) -> Vec<Purpose> {
    let purposes = shape.some(value, limits::PURPOSES, |shape, value| Purpose::read(shape, value, languages));
    let purposes: Vec<Purpose> = purposes.into_iter().flatten().collect();
    let mut seen = Vec::new();
    for purpose in &purposes {
        shape.once(&mut seen, purpose.id());
    }
    if !purposes.iter().any(Purpose::required) {
        shape.refuse(MisfitCause::NoRequiredPurpose);
    }
    purposes
}

fn read_key(shape: &mut Shape, value: &Value) -> Option<Recipient> {
    let text = value.as_text().unwrap_or_default();
    Recipient::parse(text).map_err(|error| shape.refuse(MisfitCause::Key(error))).ok()
}

fn read_line(shape: &mut Shape, value: &Value) -> String {
    shape.shown(value, limits::TEXT_BYTES)
}

fn read_country(shape: &mut Shape, value: &Value) -> String {
    let fits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    shape.matching(value, "a country as two capital letters like ID", fits)
}

fn read_link(shape: &mut Shape, value: &Value) -> String {
    shape.matching(value, "an https address without user name", is_link)
}

fn is_language(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// An https address with a host, without user information (which could pass for the host) and without anything a page
/// could stumble over.
fn is_link(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(is_host_and_path)
}

fn is_endpoint(text: &str) -> bool {
    let path = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(is_address_byte);
    let local = text.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1") && is_host_and_path(rest)
    });
    text.len() <= 500 && (path || local || is_link(text))
}

fn is_host_and_path(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte))
        && rest.bytes().all(is_address_byte)
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte)
}

/// Keys of a definition that a published form has too.
pub(crate) const KEYS: &[&str] = &[
    "segel",
    "name",
    "version",
    "languages",
    "title",
    "controller",
    "storage",
    "processors",
    "recipients",
    "children",
    "rights",
    "purposes",
    "fields",
    "roles",
    "customer_reads",
    "endpoint",
];
