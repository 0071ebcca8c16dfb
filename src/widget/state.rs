//! What the form is doing, and what follows from what happens: a pure function, tested without a browser. The view only draws it.

use segel_core::answers::Problem;
use segel_core::{Choice, Choices};

/// Where the customer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The form is being fetched.
    Loading,
    /// There is no form to fill, and why.
    Refused(&'static str),
    /// The question whether the person is 18.
    Age,
    /// Somebody under 18: nothing is collected.
    TooYoung,
    /// Fields and purposes.
    Filling,
    /// Everything once more, and the sentence that is agreed to.
    Review,
    /// Sealing and sending.
    Sending,
    /// Sealed, but not stored, and why. The same bytes wait to be sent again.
    Unsent(Trouble),
    /// Stored; the receipt is shown.
    Done,
}

/// Why sending failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No answer from the server.
    NoConnection,
    /// The server asks to wait.
    Busy,
    /// The server's answer does not confirm these bytes.
    NotConfirmed,
    /// The form was replaced or has expired: what was sealed is of no use any more.
    Outdated,
    /// The server refuses, for a reason that waiting does not mend.
    Refused,
    /// Nothing was sealed: no randomness, or a file that changed while it was read.
    NotSealed,
}

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Where the customer stands.
    pub(crate) phase: Phase,
    /// The language shown.
    pub(crate) language: String,
    /// Answers to the purposes; there from the moment the form is.
    pub(crate) choices: Option<Choices>,
    /// What must be mended.
    pub(crate) problems: Vec<Problem>,
    prepared: bool,
}

/// What happened.
pub(crate) enum Event {
    /// The form is here and verified.
    Loaded(Choices),
    /// It is not, and why.
    NotLoaded(&'static str),
    /// The question of age was answered.
    Adult(bool),
    /// Another language was chosen.
    Language(String),
    /// A purpose was answered.
    Chosen(String, bool),
    /// Something was typed.
    Typed,
    /// The customer wants to go on to the review.
    Submit,
    /// The answers were checked.
    Checked(Vec<Problem>),
    /// The customer wants to change something.
    Back,
    /// The customer agrees and sends.
    Agree,
    /// The server stored it.
    Stored,
    /// Sending failed.
    Failed(Trouble),
    /// Try again.
    Retry,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Draw the state; if `true`, move the focus to what is new.
    Draw(bool),
    /// Show which fields are asked now.
    Reveal,
    /// Draw keys for the submission to be, while the person types.
    Prepare,
    /// Read the fields and check them.
    Check,
    /// Seal and send.
    Seal,
    /// Send the sealed bytes again.
    Send,
    /// Forget what was typed.
    Forget,
}

impl State {
    /// Before anything is there.
    pub(crate) fn new(language: &str) -> Self {
        let language = String::from(language);
        Self { phase: Phase::Loading, language, choices: None, problems: Vec::new(), prepared: false }
    }
}

/// The state after an event, and what is to be done about it. An event that cannot happen in a phase changes nothing: a
/// double click sends once.
pub(crate) fn step(mut state: State, event: Event) -> (State, Vec<Effect>) {
    let effects = match (&state.phase, event) {
        (Phase::Loading, Event::Loaded(choices)) => {
            state.choices = Some(choices);
            state.phase = Phase::Age;
            vec![Effect::Draw(false)]
        }
        (Phase::Loading, Event::NotLoaded(why)) => {
            state.phase = Phase::Refused(why);
            vec![Effect::Draw(false)]
        }
        (Phase::Age, Event::Adult(adult)) => {
            state.phase = if adult { Phase::Filling } else { Phase::TooYoung };
            vec![Effect::Draw(true)]
        }
        (Phase::TooYoung, Event::Back) => {
            state.phase = Phase::Age;
            vec![Effect::Draw(true)]
        }
        (Phase::Sending, Event::Language(_)) => Vec::new(),
        (_, Event::Language(language)) => {
            state.language = language;
            vec![Effect::Draw(false)]
        }
        (Phase::Filling, Event::Chosen(purpose, given)) => {
            let choice = if given { Choice::Given } else { Choice::Refused };
            if let Some(choices) = &mut state.choices {
                // The view offers only the form's purposes.
                let _ = choices.set(&purpose, choice);
            }
            prepare(&mut state, Effect::Reveal)
        }
        (Phase::Filling, Event::Typed) if !state.prepared => prepare(&mut state, Effect::Prepare),
        (Phase::Filling, Event::Submit) => vec![Effect::Check],
        (Phase::Filling, Event::Checked(problems)) => {
            if problems.is_empty() {
                state.phase = Phase::Review;
            }
            state.problems = problems;
            vec![Effect::Draw(true)]
        }
        (Phase::Review, Event::Back) => {
            state.phase = Phase::Filling;
            vec![Effect::Draw(true)]
        }
        (Phase::Review, Event::Agree) => {
            state.phase = Phase::Sending;
            vec![Effect::Draw(true), Effect::Seal]
        }
        (Phase::Sending, Event::Stored) => {
            state.phase = Phase::Done;
            vec![Effect::Draw(true), Effect::Forget]
        }
        (Phase::Sending, Event::Failed(trouble)) => {
            state.phase = Phase::Unsent(trouble);
            vec![Effect::Draw(true)]
        }
        // What was not sealed is begun again from the review, with new keys; sealed bytes are sent again as they are.
        (Phase::Unsent(Trouble::NotSealed), Event::Retry) => {
            state.phase = Phase::Review;
            state.prepared = false;
            vec![Effect::Draw(true)]
        }
        (Phase::Unsent(Trouble::NoConnection | Trouble::Busy | Trouble::NotConfirmed), Event::Retry) => {
            state.phase = Phase::Sending;
            vec![Effect::Draw(true), Effect::Send]
        }
        _ => Vec::new(),
    };
    (state, effects)
}

fn prepare(state: &mut State, first: Effect) -> Vec<Effect> {
    let mut effects = vec![first];
    if !state.prepared && effects[0] != Effect::Prepare {
        effects.push(Effect::Prepare);
    }
    state.prepared = true;
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(phase: Phase) -> State {
        State { phase, ..State::new("id") }
    }

    #[test]
    fn nothing_is_asked_before_the_question_of_age() {
        let (state, effects) = step(at(Phase::Age), Event::Submit);
        assert_eq!((state.phase, effects), (Phase::Age, vec![]));
        let (state, _) = step(at(Phase::Age), Event::Adult(false));
        assert_eq!(state.phase, Phase::TooYoung);
        let (state, effects) = step(state, Event::Typed);
        assert_eq!((state.phase, effects), (Phase::TooYoung, vec![]));
    }

    #[test]
    fn a_double_click_sends_once() {
        let (state, effects) = step(at(Phase::Review), Event::Agree);
        assert_eq!(effects, [Effect::Draw(true), Effect::Seal]);
        let (state, effects) = step(state, Event::Agree);
        assert_eq!((state.phase, effects), (Phase::Sending, vec![]));
    }

    #[test]
    fn keys_are_drawn_at_the_first_key_press_and_not_again() {
        let (state, effects) = step(at(Phase::Filling), Event::Typed);
        assert_eq!(effects, [Effect::Prepare]);
        let (_, effects) = step(state, Event::Typed);
        assert_eq!(effects, []);
    }

    #[test]
    fn a_failed_sending_sends_the_same_bytes_again() {
        for trouble in [Trouble::NoConnection, Trouble::Busy, Trouble::NotConfirmed] {
            let (state, _) = step(at(Phase::Sending), Event::Failed(trouble));
            let (state, effects) = step(state, Event::Retry);
            assert_eq!((state.phase, effects), (Phase::Sending, vec![Effect::Draw(true), Effect::Send]));
        }
        for trouble in [Trouble::Outdated, Trouble::Refused] {
            let (state, effects) = step(at(Phase::Unsent(trouble)), Event::Retry);
            assert_eq!((state.phase, effects), (Phase::Unsent(trouble), vec![]));
        }
    }

    #[test]
    fn success_forgets_what_was_typed_and_cannot_be_undone() {
        let (state, effects) = step(at(Phase::Sending), Event::Stored);
        assert_eq!(effects, [Effect::Draw(true), Effect::Forget]);
        let (state, effects) = step(state, Event::Back);
        assert_eq!((state.phase, effects), (Phase::Done, vec![]));
    }

    #[test]
    fn the_language_changes_everywhere_but_while_sending() {
        for phase in [Phase::Age, Phase::Filling, Phase::Review, Phase::Done] {
            assert_eq!(step(at(phase), Event::Language("en".into())).0.language, "en");
        }
        assert_eq!(step(at(Phase::Sending), Event::Language("en".into())).0.language, "id");
    }

    #[test]
    fn problems_keep_the_customer_at_the_fields() {
        let (state, effects) = step(at(Phase::Filling), Event::Checked(vec![]));
        assert_eq!((state.phase, effects), (Phase::Review, vec![Effect::Draw(true)]));
    }
}
