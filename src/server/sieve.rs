//! What a server can check of a submission without a key, while it arrives. FORMAT §11.
//!
//! The same rules as [`Envelope::check`](segel_core::Envelope::check), but in one pass over bytes that are not kept: of each part the age
//! header is looked at and the rest counted. So an attachment of 100 MB costs 48 KiB here, and what is wrong ends the transfer where it is
//! wrong.

use segel_core::Form;
use segel_core::age::Suite;
use segel_core::age::header::Header;
use segel_core::envelope::{CheckError, DecodeError, Head, PartFault};
use segel_core::id::{Digest, DigestBuilder, SubmissionId};
use segel_core::limits::{AGE_HEADER_BYTES, HEAD_BYTES};
use segel_core::part::{self, Content, PartPlan};

use crate::reject::Reject;

/// A submission on its way through.
pub(crate) struct Sieve<'f, G> {
    form: &'f Form,
    /// Who may go on, once it is known whose submission it is.
    gate: G,
    digest: DigestBuilder,
    /// The head or a part's header, until it is whole.
    buffer: Vec<u8>,
    head: Option<Head>,
    part: usize,
    /// Bytes of the part that were seen.
    seen: u64,
}

impl<'f, G: Fn(&SubmissionId) -> Result<(), Reject>> Sieve<'f, G> {
    /// For a submission of `form` that `gate` lets pass: asked once, behind the head and before anything else is looked at.
    pub(crate) fn new(form: &'f Form, gate: G) -> Self {
        Self { form, gate, digest: DigestBuilder::default(), buffer: Vec::new(), head: None, part: 0, seen: 0 }
    }

    /// Looks at further bytes.
    ///
    /// # Errors
    /// [`Reject`] as soon as it is certain.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Reject> {
        self.digest.update(bytes);
        self.pass(bytes)
    }

    /// Whose submission it was, and the digest of all its bytes.
    ///
    /// # Errors
    /// [`Reject`] if it is not whole.
    pub(crate) fn finish(mut self) -> Result<(SubmissionId, Digest), Reject> {
        if self.head.is_none() {
            self.open()?;
        }
        match self.head {
            Some(head) if self.part == head.parts().len() => Ok((head.id(), self.digest.finish())),
            _ => Err(DecodeError::Truncated { missing: 1 }.into()),
        }
    }

    fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Reject> {
        while !bytes.is_empty() {
            bytes = if self.head.is_none() { self.pass_head(bytes)? } else { self.pass_part(bytes)? };
        }
        Ok(())
    }

    /// Takes what belongs to the head; returns the rest.
    fn pass_head<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Reject> {
        // One byte more than a head may have tells one that is too long from one that is not there yet.
        let (taken, rest) = bytes.split_at(bytes.len().min(HEAD_BYTES + 1 - self.buffer.len()));
        self.buffer.extend_from_slice(taken);
        let ended = self.buffer.windows(2).any(|pair| pair == b"\n\n");
        if ended || self.buffer.len() > HEAD_BYTES {
            self.open()?;
        }
        Ok(rest)
    }

    /// Reads the head, and lets what stands behind it in the buffer through.
    fn open(&mut self) -> Result<(), Reject> {
        let (head, length) = Head::parse(&self.buffer)?;
        if head.form() != self.form.digest() {
            return Err(CheckError::OtherForm.into());
        }
        if length as u64 + head.parts_len() > self.form.max_envelope() {
            return Err(Reject::TooLarge);
        }
        let names = self.form.parts().iter().map(PartPlan::name);
        if !names.eq(head.parts().iter().map(|(name, _)| name)) {
            return Err(CheckError::Parts.into());
        }
        for (index, (plan, (_, length))) in self.form.parts().iter().zip(head.parts()).enumerate() {
            if !fits(self.form, plan, index, *length) {
                return Err(fault(plan, PartFault::Length));
            }
        }
        (self.gate)(&head.id())?;
        self.head = Some(head);
        let rest = std::mem::take(&mut self.buffer).split_off(length);
        self.pass(&rest)
    }

    /// Takes what belongs to the part at hand; returns the rest.
    fn pass_part<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Reject> {
        let lengths = self.head.as_ref().map(Head::parts).unwrap_or_default();
        let Some((_, length)) = lengths.get(self.part) else { return Err(DecodeError::TrailingBytes.into()) };
        let (length, header) = (*length, (*length).min(AGE_HEADER_BYTES as u64 + 1));
        let wanted = if self.seen < header { header } else { length } - self.seen;
        let (taken, rest) = bytes.split_at(bytes.len().min(usize::try_from(wanted).unwrap_or(usize::MAX)));
        if self.seen < header {
            self.buffer.extend_from_slice(taken);
        }
        self.seen += taken.len() as u64;
        if self.seen == header && !self.buffer.is_empty() {
            self.check_header()?;
            self.buffer.clear();
        }
        if self.seen == length {
            (self.part, self.seen) = (self.part + 1, 0);
        }
        Ok(rest)
    }

    /// Label and readers, as the form wants them.
    fn check_header(&self) -> Result<(), Reject> {
        let (Some(head), Some(plan)) = (&self.head, self.form.parts().get(self.part)) else { return Ok(()) };
        let header = Header::parse(&self.buffer).map_err(|error| fault(plan, PartFault::Header(error)))?;
        let label = part::label(&head.form(), &head.id(), plan.name(), self.part, self.form.parts().len());
        let labelled = header.stanzas().first().is_some_and(|stanza| {
            stanza.kind() == part::LABEL && stanza.body().is_empty() && stanza.args().iter().copied().eq(&label)
        });
        if !labelled {
            return Err(fault(plan, PartFault::Label));
        }
        let share = if self.form.suite() == Suite::X25519 { X25519_SHARE } else { HYBRID_SHARE };
        let readers = &header.stanzas()[1..];
        let right = readers.iter().filter(|stanza| {
            let shape = stanza.args().len() == 1 && stanza.args()[0].len() == share && stanza.body().len() == 32;
            shape && stanza.kind() == self.form.suite().as_str()
        });
        let expected = self.form.readers(plan);
        if right.count() == expected && readers.len() == expected {
            return Ok(());
        }
        Err(fault(plan, PartFault::Readers { expected, found: readers.len() }))
    }
}

fn fits(form: &Form, plan: &PartPlan, index: usize, length: u64) -> bool {
    match plan.content() {
        Content::Json { size } => length == form.sealed_len(index, *size as u64),
        Content::File { max, .. } => (form.sealed_len(index, 0)..=form.sealed_len(index, *max)).contains(&length),
        _ => false,
    }
}

fn fault(plan: &PartPlan, fault: PartFault) -> Reject {
    CheckError::Part { part: plan.name().clone(), fault }.into()
}

/// Characters of a key share in a stanza: 32 bytes in base64 without padding.
const X25519_SHARE: usize = 43;
/// The same for 1 120 bytes.
const HYBRID_SHARE: usize = 1494;
