//! An old submission sealed anew, to the keys that a later version of its form names. FORMAT §12.1.
//!
//! Threat: somebody who left knows old keys, and may have kept file keys as well. So nothing that was sealed is carried over: every
//! part is decrypted to its end and sealed under a fresh file key. What the customer agreed to and answered stays as it was.

use alloc::string::String;
use alloc::vec::Vec;

use crate::age::{AgeError, Identity, file, header::Header};
use crate::envelope::{Envelope, Head};
use crate::form::Form;
use crate::id::{Digest, PartName};
use crate::json::Value;
use crate::open::{Main, OpenError, front, json_of, read_group, unlock, vouched};
use crate::part::{self, Content, PartPlan};
use crate::seal::readers;

/// Why a submission stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// The later version is of another form.
    #[error("the later version is of another form")]
    OtherForm,
    /// Its parts are not those of its form, in the form's order.
    #[error("its parts are not those of its form")]
    Parts,
    /// A part does not open.
    #[error("part {part}: {cause}")]
    Open {
        /// Which.
        part: PartName,
        /// Why.
        cause: OpenError,
    },
    /// A part cannot be sealed to the later version's keys.
    #[error("part {part}: {cause}")]
    Seal {
        /// Which.
        part: PartName,
        /// Why.
        cause: AgeError,
    },
    /// The main part has no room for the lengths of the others.
    #[error("the main part is larger than the form allows")]
    TooLarge,
    /// Found when the result was checked: a part has not the readers it should have.
    #[error("part {part}: not the readers that the later version names")]
    Readers {
        /// Which.
        part: PartName,
    },
    /// Found when the result was checked: a part says something else than it said before.
    #[error("part {part}: not what it was before")]
    Differs {
        /// Which.
        part: PartName,
    },
}

/// Seals every part anew; `form` is the one that the customer filled, `later` the one whose keys are to read.
///
/// # Errors
/// [`ResealError`]; nothing is returned unless every part opened.
pub fn reseal(
    form: &Form,
    later: &Form,
    envelope: &Envelope<'_>,
    keys: &[Identity],
    rng: &mut impl rand_core::TryCryptoRng,
) -> Result<Vec<u8>, ResealError> {
    let opened = Texts::open(form, envelope, keys)?;
    if form.name() != later.name() {
        return Err(ResealError::OtherForm);
    }
    let head = envelope.head();
    let count = form.parts().len();
    let mut seal = |index: usize, text: &[u8]| {
        let plan = &form.parts()[index];
        let label = part::label(&head.form(), &head.id(), plan.name(), index, count);
        let prepared = file::Prepared::new(Some((part::LABEL, &label)), &readers(later, plan), rng);
        let prepared = prepared.map_err(|cause| ResealError::Seal { part: plan.name().clone(), cause })?;
        Ok(prepared.seal(text))
    };
    let mut parts = Vec::with_capacity(count);
    for (index, text) in opened.others.iter().enumerate() {
        parts.push(seal(index + 1, text)?);
    }
    let main = opened.main_naming(form, &parts)?;
    parts.insert(0, seal(0, &main)?);
    let lengths = form.parts().iter().zip(&parts).map(|(plan, part)| (plan.name().clone(), part.len() as u64));
    let mut bytes = Head::new(head.form(), head.id(), head.receipt(), lengths.collect()).encode();
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    Ok(bytes)
}

/// Whether `resealed` says what `envelope` says, to the readers of `later` and nobody else.
///
/// # Errors
/// [`ResealError`] with the first difference.
pub fn verify(
    form: &Form,
    later: &Form,
    envelope: &Envelope<'_>,
    resealed: &Envelope<'_>,
    keys: &[Identity],
) -> Result<(), ResealError> {
    let (before, after) = (envelope.head(), resealed.head());
    let main = PartName::main();
    if (before.form(), before.id(), before.receipt()) != (after.form(), after.id(), after.receipt()) {
        return Err(ResealError::Differs { part: main });
    }
    let (old, new) = (Texts::open(form, envelope, keys)?, Texts::open(form, resealed, keys)?);
    if without_manifest(&old.main) != without_manifest(&new.main) {
        return Err(ResealError::Differs { part: main });
    }
    for (plan, (one, other)) in form.parts()[1..].iter().zip(old.others.iter().zip(&new.others)) {
        if one != other {
            return Err(ResealError::Differs { part: plan.name().clone() });
        }
    }
    for (plan, (_, bytes)) in form.parts().iter().zip(resealed.parts()) {
        if !has_readers(later, plan, bytes) {
            return Err(ResealError::Readers { part: plan.name().clone() });
        }
    }
    Ok(())
}

/// Number and type of the reader stanzas of one part are those that `later` gives it.
fn has_readers(later: &Form, plan: &PartPlan, bytes: &[u8]) -> bool {
    let Ok(header) = Header::parse(bytes) else { return false };
    let stanzas = &header.stanzas()[1..];
    stanzas.len() == readers(later, plan).len() && stanzas.iter().all(|stanza| stanza.kind() == later.suite().as_str())
}

/// What the parts of a submission say.
struct Texts {
    main: Value,
    /// The plaintexts of the other parts, in the form's order.
    others: Vec<zeroize::Zeroizing<Vec<u8>>>,
}

impl Texts {
    /// Opens every part and holds it against form and manifest, as chapter 10 says.
    fn open(form: &Form, envelope: &Envelope<'_>, keys: &[Identity]) -> Result<Self, ResealError> {
        let plans = form.parts();
        let failed = |plan: &PartPlan| {
            let part = plan.name().clone();
            move |cause| ResealError::Open { part, cause }
        };
        if envelope.head().form() != form.digest() {
            return Err(failed(&plans[0])(OpenError::OtherForm));
        }
        if !envelope.head().parts().iter().map(|(name, _)| name).eq(plans.iter().map(PartPlan::name)) {
            return Err(ResealError::Parts);
        }
        let text = front(form, envelope, 0).and_then(|part| unlock(part, keys));
        let value = text.and_then(|text| json_of(&plans[0], &text)).map_err(failed(&plans[0]))?;
        let main = Main::read(form, envelope, &value).map_err(failed(&plans[0]))?;
        let mut others = Vec::with_capacity(plans.len());
        for ((index, plan), entry) in plans.iter().enumerate().skip(1).zip(&main.manifest) {
            let text = vouched(form, envelope, index, entry).and_then(|part| unlock(part, keys));
            let text = text.map_err(failed(plan))?;
            if let Content::Json { .. } = plan.content() {
                read_group(form, plan, &text, &main.choices).map_err(failed(plan))?;
            }
            others.push(text);
        }
        Ok(Self { main: value, others })
    }

    /// The padded text of the main part with a manifest of `parts`, all but itself.
    fn main_naming(&self, form: &Form, parts: &[Vec<u8>]) -> Result<zeroize::Zeroizing<Vec<u8>>, ResealError> {
        let entry = |(plan, bytes): (&PartPlan, &Vec<u8>)| {
            let length = i64::try_from(bytes.len()).map_err(|_| ResealError::TooLarge)?;
            Ok(Value::object(alloc::vec![
                (String::from("length"), Value::Int(length)),
                (String::from("name"), Value::text(plan.name().as_str())),
                (String::from("sha256"), Value::text(&crate::id::hex(Digest::of(bytes).as_bytes()))),
            ]))
        };
        let manifest = form.parts()[1..].iter().zip(parts).map(entry).collect::<Result<Vec<Value>, ResealError>>()?;
        let mut entries = without_manifest(&self.main);
        entries.push((String::from("parts"), Value::List(manifest)));
        let Content::Json { size } = form.parts()[0].content() else { return Err(ResealError::Parts) };
        let text = part::pad(Value::object(entries).encode(), *size).ok_or(ResealError::TooLarge)?;
        Ok(zeroize::Zeroizing::new(text))
    }
}

fn without_manifest(main: &Value) -> Vec<(String, Value)> {
    main.as_object().unwrap_or_default().iter().filter(|(key, _)| key != "parts").cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::age::Suite;
    use crate::open::{Flag, open, open_file, open_resealed};
    use crate::sample::{PHOTO, Shop, rebuild, rng, time};
    use crate::{Definition, part::OWNER};

    /// The next version of a shop's form, with this cashier in place of the old one.
    fn later(shop: &Shop, cashier: &Identity, edit: impl FnOnce(String) -> String) -> Form {
        let text = include_str!("../../tests/vectors/forms/kecil.json");
        let text = text.replace("KASIR", &cashier.recipient().to_text()).replace("\"version\": 1", "\"version\": 2");
        let definition = Definition::parse(edit(text).as_bytes()).unwrap();
        let owner = [shop.owner.recipient()];
        let suite = shop.owner.identity().suite();
        let previous = Some(shop.form.digest());
        let body = definition.publish(&owner, suite, time("2026-12-01T00:00:00Z"), previous).unwrap();
        shop.owner.sign(&body).unwrap()
    }

    fn cashier(suite: Suite) -> Identity {
        Identity::generate(suite, &mut rng(40)).unwrap()
    }

    #[test]
    fn the_new_key_opens_what_the_old_one_did_and_the_old_one_nothing() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let (shop, new) = (Shop::new(suite), cashier(suite));
            let later = later(&shop, &new, |text| text);
            let bytes = shop.submission(5);
            let before = Envelope::parse(&bytes).unwrap();
            let resealed = reseal(&shop.form, &later, &before, &shop.keys(), &mut rng(41)).unwrap();
            let after = Envelope::parse(&resealed).unwrap();
            assert_eq!(verify(&shop.form, &later, &before, &after, &shop.keys()), Ok(()));
            let opened = |envelope: &Envelope<'_>, key: &Identity| {
                let opened = open_resealed(&shop.form, &later, envelope, core::slice::from_ref(key), None);
                opened.map(|opened| (opened.answers().to_vec(), opened.sealed_at(), opened.flags().to_vec()))
            };
            let old = open(&shop.form, &before, core::slice::from_ref(&shop.cashier), None).unwrap();
            // Answers have no Debug: a failing test must not print them either.
            assert!(opened(&after, &new) == Ok((old.answers().to_vec(), old.sealed_at(), Vec::new())));
            assert!(opened(&after, &shop.cashier) == Err(OpenError::NoKey));
            for (_, part) in after.parts() {
                assert_eq!(file::open(part, core::slice::from_ref(&shop.cashier)).unwrap_err(), AgeError::NoMatch);
            }
            let whole = open(&shop.form, &after, &shop.keys(), None).unwrap();
            let photo = PartName::parse("file-foto-1").unwrap();
            assert_eq!(open_file(&shop.form, &after, &whole, &photo, &shop.keys()).unwrap().as_slice(), PHOTO);
        }
    }

    #[test]
    fn a_re_sealed_one_is_held_against_both_forms_without_a_key() {
        let (shop, new) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let later = later(&shop, &new, |text| text);
        let bytes = shop.submission(5);
        let before = Envelope::parse(&bytes).unwrap();
        let resealed = reseal(&shop.form, &later, &before, &shop.keys(), &mut rng(41)).unwrap();
        let check = |bytes: &[u8], later| Envelope::parse(bytes).unwrap().check_resealed(&shop.form, later);
        assert_eq!((check(&resealed, Some(&later)), check(&resealed, None)), (Ok(()), Ok(())));
        let renamed = later_without_staff(&shop);
        assert!(check(&resealed, Some(&renamed)).is_err());
        let other = rebuild(&resealed, |parts| {
            parts[0].1 = Envelope::parse(&shop.submission(6)).unwrap().parts().next().unwrap().1.to_vec()
        });
        for later in [Some(&later), None] {
            assert!(matches!(check(&other, later), Err(crate::envelope::CheckError::Part { .. })));
        }
    }

    #[test]
    fn no_sealed_byte_is_carried_over() {
        let (shop, new) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let later = later(&shop, &new, |text| text);
        let bytes = shop.submission(5);
        let before = Envelope::parse(&bytes).unwrap();
        let resealed = reseal(&shop.form, &later, &before, &shop.keys(), &mut rng(41)).unwrap();
        for ((_, old), (_, new)) in before.parts().zip(Envelope::parse(&resealed).unwrap().parts()) {
            let payload = |bytes: &[u8]| bytes[Header::parse(bytes).unwrap().len()..].to_vec();
            let (old, new) = (payload(old), payload(new));
            assert!(old.windows(16).all(|piece| !new.windows(16).any(|other| other == piece)));
        }
    }

    #[test]
    fn a_role_that_left_reads_nothing_and_a_new_one_gets_nothing_of_old_submissions() {
        let (shop, other) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let renamed = later(&shop, &other, |text| text.replace("\"kasir\"", "\"gudang\""));
        let bytes = shop.submission(5);
        let before = Envelope::parse(&bytes).unwrap();
        let resealed = reseal(&shop.form, &renamed, &before, &shop.keys(), &mut rng(41)).unwrap();
        let after = Envelope::parse(&resealed).unwrap();
        for (_, part) in after.parts() {
            assert_eq!(Header::parse(part).unwrap().stanzas().len(), 2, "the label and the {OWNER}");
            assert_eq!(file::open(part, core::slice::from_ref(&other)).unwrap_err(), AgeError::NoMatch);
        }
    }

    #[test]
    fn without_the_later_version_the_readers_are_flagged() {
        let (shop, new) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let two = later(&shop, &new, |text| {
            let key = new.recipient().to_text();
            text.replace(&format!("[\"{key}\"]"), &format!("[\"{key}\", \"{}\"]", shop.cashier.recipient().to_text()))
        });
        let bytes = shop.submission(5);
        let before = Envelope::parse(&bytes).unwrap();
        let resealed = reseal(&shop.form, &two, &before, &shop.keys(), &mut rng(41)).unwrap();
        let after = Envelope::parse(&resealed).unwrap();
        let main = PartName::main();
        let flags = open(&shop.form, &after, &shop.keys(), None).unwrap().flags().to_vec();
        assert_eq!(flags, [Flag::Readers { part: main, expected: 2, found: 3 }]);
        let flags = open_resealed(&shop.form, &two, &after, &shop.keys(), None).unwrap().flags().to_vec();
        assert!(flags.is_empty(), "{flags:?}");
    }

    #[test]
    fn what_does_not_open_whole_stays_as_it_was() {
        let (shop, new) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let later = later(&shop, &new, |text| text);
        let bytes = shop.submission(5);
        let mut random = rng(41);
        let mut outcome = |bytes: &[u8], keys: &[Identity]| {
            reseal(&shop.form, &later, &Envelope::parse(bytes).unwrap(), keys, &mut random).unwrap_err()
        };
        let open = |part: &str, cause| ResealError::Open { part: PartName::parse(part).unwrap(), cause };
        assert_eq!(outcome(&bytes, core::slice::from_ref(&shop.cashier)), open("for-owner", OpenError::NoKey));
        let flipped = rebuild(&bytes, |parts| *parts[2].1.last_mut().unwrap() ^= 1);
        assert_eq!(outcome(&flipped, &shop.keys()), open("file-foto-1", OpenError::NotInManifest));
        let swapped = rebuild(&bytes, |parts| parts.swap(2, 3));
        assert_eq!(outcome(&swapped, &shop.keys()), ResealError::Parts);
        let other = Shop::with(Suite::X25519, |text| text.replace("\"kecil\"", "\"lain\""));
        let envelope = Envelope::parse(&bytes).unwrap();
        let elsewhere = reseal(&shop.form, &other.form, &envelope, &shop.keys(), &mut random);
        assert_eq!(elsewhere.unwrap_err(), ResealError::OtherForm);
    }

    #[test]
    fn a_result_that_is_not_what_it_should_be_is_noticed() {
        let (shop, new) = (Shop::new(Suite::X25519), cashier(Suite::X25519));
        let later = later(&shop, &new, |text| text);
        let (one, two) = (shop.submission(5), shop.submission(6));
        let (one, two) = (Envelope::parse(&one).unwrap(), Envelope::parse(&two).unwrap());
        let resealed = reseal(&shop.form, &later, &one, &shop.keys(), &mut rng(41)).unwrap();
        let after = Envelope::parse(&resealed).unwrap();
        let verdict = |before: &Envelope<'_>, after: &Envelope<'_>, later: &Form| {
            verify(&shop.form, later, before, after, &shop.keys()).unwrap_err()
        };
        let main = PartName::main();
        assert_eq!(verdict(&two, &after, &later), ResealError::Differs { part: main.clone() });
        let renamed = later_without_staff(&shop);
        assert_eq!(verdict(&one, &after, &renamed), ResealError::Readers { part: main });
    }

    fn later_without_staff(shop: &Shop) -> Form {
        later(shop, &cashier(Suite::X25519), |text| text.replace("\"kasir\"", "\"gudang\""))
    }

    #[test]
    fn a_failing_source_of_randomness_seals_nothing() {
        struct Broken;
        impl rand_core::TryRng for Broken {
            type Error = core::fmt::Error;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                Err(core::fmt::Error)
            }
        }
        impl rand_core::TryCryptoRng for Broken {}
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let envelope = Envelope::parse(&bytes).unwrap();
        let error = reseal(&shop.form, &shop.form, &envelope, &shop.keys(), &mut Broken).unwrap_err();
        assert!(matches!(error, ResealError::Seal { cause: AgeError::Randomness, .. }), "{error:?}");
    }
}
