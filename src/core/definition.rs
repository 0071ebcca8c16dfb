//! A form's definition: what the owner writes and what a published form repeats. FORMAT §5.1.
//!
//! One grammar reads both, so that what was checked before signing is what a page accepts.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::age::{Recipient, Suite};
use crate::field::{self, Field, Kind};
use crate::id::{FormDigest, FormName};
use crate::json::{self, JsonError, Spelling, Value};
use crate::limits;
use crate::part::{self, OWNER, PartPlan};
use crate::pattern::Pattern;
use crate::purpose::{self, Basis, Purpose};
use crate::shape::{ID, Keys, Misfit, MisfitCause, Need, Rule, Shape};
use crate::text::Text;
use crate::time::{Span, Time};
use crate::wording;

/// A form as its owner defines it: the JSON that passed the grammar, and views of it.
#[derive(Debug, Clone)]
pub struct Definition {
    value: Value,
    name: FormName,
    languages: Vec<String>,
    purposes: Vec<Purpose>,
    fields: Vec<Field>,
    roles: Vec<Role>,
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
#[derive(Debug, Clone, Copy)]
pub struct Controller<'v>(&'v Value);

/// Who processes for the controller (UU PDP Art. 51).
#[derive(Debug, Clone, Copy)]
pub struct Processor<'v>(&'v Value);

/// Who else receives data, and why.
#[derive(Debug, Clone, Copy)]
pub struct Party<'v>(&'v Value);

/// A set of keys that read the same fields.
#[derive(Debug, Clone)]
pub struct Role {
    value: Value,
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
        let mut shape = Shape::new(languages(&value));
        shape.hold(&value, &Rule::Object(&[KEYS, OWN_KEYS]));
        let definition = Self::read(&mut shape, value);
        if let Some(definition) = &definition {
            definition.check_wording(&mut shape);
            definition.check_plan(&mut shape);
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
        let parts = self.check_plan(&mut shape);
        let mut entries = Vec::new();
        for (key, value) in self.value.as_object().unwrap_or_default() {
            if !matches!(key.as_str(), "segel" | "roles" | "valid_days") {
                entries.push((key.clone(), value.clone()));
            }
        }
        let notices = self.languages.iter().map(|language| {
            let notice = wording::notice(self, language).unwrap_or(Value::Null);
            (language.clone(), notice)
        });
        let valid = Span::days(self.value.int_at("valid_days").unwrap_or(VALID_DAYS) as u16);
        let mut add = |key: &str, value| entries.push((String::from(key), value));
        add("notice", Value::object(notices.collect()));
        add("segel", Value::text("form/1"));
        add("suite", Value::text(suite.as_str()));
        add("not_before", Value::Text(not_before.text()));
        add("not_after", Value::Text(not_before.plus(valid).text()));
        if let Some(previous) = previous {
            add("previous", Value::Text(crate::id::hex(previous.digest().as_bytes())));
        }
        add("parts", json::parse(part::encode(&parts).as_bytes(), Spelling::Canonical).unwrap_or(Value::Null));
        add("roles", Value::List(self.role_values(&mut shape, owners, suite)));
        shape.finish(Value::object(entries).encode())
    }

    /// The definition in a value that was held against [`KEYS`]; `None` where a misfit leaves nothing to go on with.
    pub(crate) fn read(shape: &mut Shape, value: Value) -> Option<Self> {
        let mut definition = Self {
            name: FormName::parse(value.text_at("name")).ok()?,
            languages: languages(&value),
            purposes: Vec::new(),
            fields: Vec::new(),
            roles: Vec::new(),
            value: Value::Null,
        };
        for purpose in value.list_at("purposes") {
            definition.purposes.push(Purpose(purpose.clone()));
        }
        for field in value.list_at("fields") {
            definition.fields.push(Field(field.clone()));
        }
        for role in value.list_at("roles") {
            definition.roles.push(Role::read(role));
        }
        definition.value = value;
        definition.check(shape);
        Some(definition)
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &FormName {
        &self.name
    }

    /// Its version, from 1.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.value.int_at("version").unwrap_or(1) as u32
    }

    /// Its languages; the first is authoritative.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// What the form is called.
    #[must_use]
    pub fn title(&self) -> Text<'_> {
        text(&self.value, "title")
    }

    /// Who asks.
    #[must_use]
    pub fn controller(&self) -> Controller<'_> {
        Controller(self.value.get("controller").unwrap_or(&Value::Null))
    }

    /// Country where ciphertext is stored, ISO 3166.
    #[must_use]
    pub fn country(&self) -> &str {
        self.value.get("storage").map_or("", |storage| storage.text_at("country"))
    }

    /// Days after deletion until backups are gone.
    #[must_use]
    pub fn backup_days(&self) -> u64 {
        self.value.get("storage").and_then(|storage| storage.int_at("backup_days")).unwrap_or(0) as u64
    }

    /// Who processes for the controller.
    pub fn processors(&self) -> impl Iterator<Item = Processor<'_>> {
        self.value.list_at("processors").iter().map(Processor)
    }

    /// Who else receives data.
    pub fn recipients(&self) -> impl Iterator<Item = Party<'_>> {
        self.value.list_at("recipients").iter().map(Party)
    }

    /// Whether a parent or guardian may fill the form for a child.
    #[must_use]
    pub fn guardian_fills(&self) -> bool {
        self.value.text_at("children") == "guardian"
    }

    /// Where a person turns to use their rights.
    #[must_use]
    pub fn rights_contact(&self) -> &str {
        self.value.get("rights").map_or("", |rights| rights.text_at("contact"))
    }

    /// The page for it, if there is one.
    #[must_use]
    pub fn rights_url(&self) -> Option<&str> {
        self.value.get("rights").and_then(|rights| rights.get("url")).and_then(Value::as_text)
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
    pub fn customer_reads(&self) -> bool {
        self.value.is_set("customer_reads")
    }

    /// Where submissions are posted, if not at the form's own address.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.value.get("endpoint").and_then(Value::as_text)
    }

    /// All of it, as it was read.
    pub(crate) const fn value(&self) -> &Value {
        &self.value
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

    /// What no table can say: which parts of a definition must agree with each other.
    fn check(&self, shape: &mut Shape) {
        let controller = self.controller().0;
        if ["email", "phone", "whatsapp"].iter().all(|key| controller.get(key).is_none()) {
            shape.refuse_at("controller", MisfitCause::NoContact);
        }
        for purpose in &self.purposes {
            let before = shape.enter("purposes");
            let inner = shape.enter(purpose.id());
            purpose.check(shape);
            if self.guardian_fills() && purpose.required() && purpose.adults_only() {
                shape.refuse(MisfitCause::RequiredForAdults);
            }
            shape.leave(inner);
            shape.leave(before);
        }
        if !self.purposes.iter().any(Purpose::required) {
            shape.refuse_at("purposes", MisfitCause::NoRequiredPurpose);
        }
        for field in &self.fields {
            let before = shape.enter("fields");
            let inner = shape.enter(field.id());
            field.check(shape);
            self.check_field(shape, field);
            shape.leave(inner);
            shape.leave(before);
        }
        let about_guardian = |kinds: &[Kind]| {
            self.fields
                .iter()
                .any(|field| field.of() == "guardian" && field.required() && kinds.contains(&field.kind()))
        };
        if self.guardian_fills() && !(about_guardian(&[Kind::Name]) && about_guardian(&[Kind::Phone, Kind::Email])) {
            shape.refuse_at("fields", MisfitCause::NoGuardian);
        }
        for role in &self.roles {
            if role.id() != OWNER && role.value.get("name").is_none() {
                let before = shape.enter("roles");
                let inner = shape.enter(role.id());
                shape.refuse_at("name", MisfitCause::Missing);
                shape.leave(inner);
                shape.leave(before);
            }
        }
    }

    fn check_field(&self, shape: &mut Shape, field: &Field) {
        let (mut known, mut needed, mut legal) = (true, false, false);
        for id in field.purposes() {
            match self.purpose(id) {
                Some(purpose) => {
                    needed |= purpose.required();
                    legal |= purpose.basis().any(|basis| basis == Basis::Legal);
                }
                None => known = false,
            }
        }
        if field.kind() == Kind::Nik && !legal {
            shape.refuse_at("kind", MisfitCause::NeedsLegalGround);
        }
        if !field.of().is_empty() && !self.guardian_fills() {
            shape.refuse_at("of", MisfitCause::GuardianOnly);
        }
        if !known {
            shape.refuse_at("purposes", MisfitCause::UnknownReference);
        } else if field.required() && !needed {
            shape.refuse_at("required", MisfitCause::RequiredForOptional);
        }
        if field.roles().any(|id| id == OWNER || !self.roles.iter().any(|role| role.id() == id)) {
            shape.refuse_at("roles", MisfitCause::UnknownReference);
        }
    }

    fn check_wording(&self, shape: &mut Shape) {
        if self.languages.iter().any(|language| !matches!(language.as_str(), "id" | "en")) {
            shape.refuse_at("languages", MisfitCause::NoWording);
        }
        if self.roles.iter().any(|role| role.id() == OWNER) {
            let before = shape.enter("roles");
            shape.refuse_at(OWNER, MisfitCause::Reserved);
            shape.leave(before);
        }
    }

    /// The parts that follow from the fields; a misfit is recorded and gives none. Nothing is planned on a definition with misfits.
    pub(crate) fn check_plan(&self, shape: &mut Shape) -> Vec<PartPlan> {
        if !shape.fits() {
            return Vec::new();
        }
        let mut roles = vec![OWNER];
        for role in &self.roles {
            roles.push(role.id());
        }
        part::plan(&self.fields, &self.purposes, &roles, self.guardian_fills()).unwrap_or_else(|cause| {
            shape.refuse_at("fields", cause);
            Vec::new()
        })
    }

    fn role_values(&self, shape: &mut Shape, owners: &[Recipient], suite: Suite) -> Vec<Value> {
        let keys = |keys: &[Recipient]| Value::List(keys.iter().map(|key| Value::Text(key.to_text())).collect());
        let mut all: Vec<&Recipient> = owners.iter().collect();
        all.extend(self.roles.iter().flat_map(|role| &role.keys));
        let before = shape.enter("roles");
        if owners.is_empty() || owners.len() > limits::ROLE_KEYS {
            shape.refuse_at(OWNER, MisfitCause::TooMany { max: limits::ROLE_KEYS });
        }
        if all.iter().any(|key| key.suite() != suite) {
            shape.refuse(MisfitCause::MixedSuites);
        }
        if all.iter().enumerate().any(|(index, key)| all[..index].contains(key)) {
            shape.refuse(MisfitCause::Duplicate);
        }
        shape.leave(before);
        let owner = vec![(String::from("id"), Value::text(OWNER)), (String::from("keys"), keys(owners))];
        let staff = self.value.list_at("roles").iter().cloned();
        core::iter::once(Value::object(owner)).chain(staff).collect()
    }
}

impl<'v> Controller<'v> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'v str {
        self.0.text_at("name")
    }

    /// Its address.
    #[must_use]
    pub fn address(self) -> &'v str {
        self.0.text_at("address")
    }

    /// The person who answers.
    #[must_use]
    pub fn contact(self) -> &'v str {
        self.0.text_at("contact")
    }

    /// E-mail address.
    #[must_use]
    pub fn email(self) -> Option<&'v str> {
        self.0.get("email").and_then(Value::as_text)
    }

    /// Phone number.
    #[must_use]
    pub fn phone(self) -> Option<&'v str> {
        self.0.get("phone").and_then(Value::as_text)
    }

    /// WhatsApp number.
    #[must_use]
    pub fn whatsapp(self) -> Option<&'v str> {
        self.0.get("whatsapp").and_then(Value::as_text)
    }

    /// Web site, https.
    #[must_use]
    pub fn website(self) -> Option<&'v str> {
        self.0.get("website").and_then(Value::as_text)
    }
}

impl<'v> Processor<'v> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'v str {
        self.0.text_at("name")
    }

    /// Its country, ISO 3166.
    #[must_use]
    pub fn country(self) -> &'v str {
        self.0.text_at("country")
    }

    /// What it does.
    #[must_use]
    pub fn task(self) -> Text<'v> {
        text(self.0, "task")
    }
}

impl<'v> Party<'v> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'v str {
        self.0.text_at("name")
    }

    /// Why it receives data.
    #[must_use]
    pub fn reason(self) -> Text<'v> {
        text(self.0, "reason")
    }
}

impl Role {
    fn read(value: &Value) -> Self {
        let mut keys = Vec::new();
        for key in value.list_at("keys") {
            // A key that is none was refused by the grammar.
            if let Ok(key) = Recipient::parse(key.as_text().unwrap_or_default()) {
                keys.push(key);
            }
        }
        Self { value: value.clone(), keys }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.value.text_at("id")
    }

    /// What people call it; the owner has none.
    #[must_use]
    pub fn name(&self) -> Option<Text<'_>> {
        self.value.get("name").map(Text)
    }

    /// Its keys, never none.
    #[must_use]
    pub fn keys(&self) -> &[Recipient] {
        &self.keys
    }
}

/// The value once no misfit is left; without a value there is always one.
pub(crate) fn finish<T>(mut shape: Shape, value: Option<T>) -> Result<T, Vec<Misfit>> {
    match value {
        Some(value) => shape.finish(value),
        None => {
            shape.refuse(MisfitCause::WrongType { wanted: "a form definition" });
            Err(shape.finish(()).err().unwrap_or_default())
        }
    }
}

/// The languages that a value names, the authoritative one first; what is no language is left out and refused by the grammar.
pub(crate) fn languages(value: &Value) -> Vec<String> {
    let mut languages = Vec::new();
    for language in value.list_at("languages") {
        if let Some(text) = language.as_text() {
            languages.push(String::from(text));
        }
    }
    languages
}

fn text<'v>(value: &'v Value, key: &str) -> Text<'v> {
    Text(value.get(key).unwrap_or(&Value::Null))
}

/// Keys of a definition that a published form has too. FORMAT §5.1.
pub(crate) const KEYS: Keys = &[
    ("name", Need::Must, Rule::Like(Pattern::Name)),
    ("version", Need::Must, Rule::Integer(1, 1_000_000)),
    ("languages", Need::Must, Rule::List { of: &LANGUAGE, min: 1, max: limits::LANGUAGES, once: true }),
    ("title", Need::Must, Rule::Texts),
    ("controller", Need::Must, Rule::Object(&[CONTROLLER_KEYS])),
    ("storage", Need::Must, Rule::Object(&[STORAGE_KEYS])),
    ("processors", Need::May, Rule::List { of: &Rule::Object(&[PROCESSOR_KEYS]), min: 0, max: 32, once: false }),
    ("recipients", Need::May, Rule::List { of: &Rule::Object(&[PARTY_KEYS]), min: 0, max: 32, once: false }),
    ("children", Need::Must, Rule::Word("block, guardian")),
    ("rights", Need::Must, Rule::Object(&[RIGHTS_KEYS])),
    (
        "purposes",
        Need::Must,
        Rule::List { of: &Rule::Object(&[purpose::KEYS]), min: 1, max: limits::PURPOSES, once: true },
    ),
    ("fields", Need::Must, Rule::List { of: &Rule::Object(&[field::KEYS]), min: 1, max: limits::FIELDS, once: true }),
    ("roles", Need::May, Rule::List { of: &Rule::Object(&[ROLE_KEYS]), min: 0, max: limits::ROLES + 1, once: true }),
    ("customer_reads", Need::May, Rule::Truth),
    ("endpoint", Need::May, Rule::Like(Pattern::Endpoint)),
];
const OWN_KEYS: Keys =
    &[("segel", Need::Must, Rule::Word("definition/1")), ("valid_days", Need::May, Rule::Integer(1, 3650))];
const CONTROLLER_KEYS: Keys = &[
    ("name", Need::Must, LINE),
    ("address", Need::Must, LINE),
    ("contact", Need::Must, LINE),
    ("email", Need::May, LINE),
    ("phone", Need::May, LINE),
    ("whatsapp", Need::May, LINE),
    ("website", Need::May, LINK),
];
const STORAGE_KEYS: Keys = &[("country", Need::Must, COUNTRY), ("backup_days", Need::Must, Rule::Integer(0, 400))];
const PROCESSOR_KEYS: Keys =
    &[("name", Need::Must, LINE), ("country", Need::Must, COUNTRY), ("task", Need::Must, Rule::Texts)];
const PARTY_KEYS: Keys = &[("name", Need::Must, LINE), ("reason", Need::Must, Rule::Texts)];
const RIGHTS_KEYS: Keys = &[("contact", Need::Must, LINE), ("url", Need::May, LINK)];
const ROLE_KEYS: Keys = &[
    ("id", Need::Must, ID),
    ("name", Need::May, Rule::Texts),
    ("keys", Need::Must, Rule::List { of: &Rule::Reader, min: 1, max: limits::ROLE_KEYS, once: false }),
];
const LINE: Rule = Rule::Line(limits::TEXT_BYTES);
const LINK: Rule = Rule::Like(Pattern::Link);
const LANGUAGE: Rule = Rule::Like(Pattern::Language);
const COUNTRY: Rule = Rule::Like(Pattern::Country);
/// Days that a form is valid for if its definition does not say.
const VALID_DAYS: i64 = 365;
