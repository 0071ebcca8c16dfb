// What the form is doing, and what follows from what happens: a pure function, tested without a browser. The view only draws it.
//
// Phases: loading, refused (why), age, young, filling, review, sending, unsent (trouble), done.
// Effects: draw (draw the state; true moves the focus to what is new), reveal (show which fields are asked now), prepare (key work
// ahead of time), check (read and check the fields), seal (seal and send), send (send the sealed bytes again), forget.

export const begin = (language) => ({ phase: "loading", language, choices: {}, problems: [], prepared: false });

// What waiting or asking again can mend; the same sealed bytes are sent again.
const WAITS = ["offline", "slow", "busy", "down", "unconfirmed"];
export const waits = (trouble) => WAITS.includes(trouble);
export const canRetry = (trouble) => waits(trouble) || trouble === "unsealed";
// What the customer can mend.
export const canChange = (trouble) => ["too_large", "rejected"].includes(trouble);

// The state after an event, and what is to be done about it. An event that cannot happen in a phase changes nothing: a double click
// sends once.
export function step(state, event) {
  const go = (change, ...effects) => [{ ...state, ...change }, effects];
  const at = (phase, type) => state.phase === phase && event.type === type;
  // While something is on its way there is little to read; what comes next is in the new language.
  if (event.type === "language") return go({ language: event.language }, ...(["loading", "sending"].includes(state.phase) ? [] : [["draw", false]]));
  // What a draft brings back is answers. Age and consent are asked again: whoever can write a draft must not choose for the customer.
  if (at("loading", "loaded")) return go({ phase: "age", restored: event.draft }, ["draw", false]);
  if (at("loading", "waiting")) return go({ phase: "sending" }, ["draw", false], ["send"]);
  if (at("loading", "refused")) return go({ phase: "refused", why: event.why }, ["draw", false]);
  if (at("age", "adult")) return go({ phase: event.adult ? "filling" : "young" }, ["draw", true]);
  // Who fills the form for a child goes with the choices, wherever they go.
  if (at("age", "guardian")) return go({ phase: "filling", choices: { "@guardian": event.relation } }, ["draw", true]);
  if (at("young", "back")) return go({ phase: "age" }, ["draw", true]);
  if (at("filling", "chosen")) {
    const choices = { ...state.choices, [event.purpose]: event.given };
    return go({ choices, prepared: true }, ["reveal"], ...prepare(state));
  }
  if (at("filling", "typed")) return go({ prepared: true }, ...prepare(state));
  if (at("filling", "submit")) return go({}, ["check"]);
  if (at("filling", "checked")) {
    return go({ phase: event.problems.length ? "filling" : "review", problems: event.problems }, ["draw", true]);
  }
  // A file that can no longer be read.
  if (at("sending", "checked")) return go({ phase: "filling", problems: event.problems, prepared: false }, ["draw", true]);
  if (at("review", "back")) return go({ phase: "filling" }, ["draw", true]);
  if (at("review", "agree")) return go({ phase: "sending" }, ["draw", true], ["seal"]);
  if (at("sending", "stored") || at("unsent", "stored")) return go({ phase: "done" }, ["draw", true], ["forget"]);
  const { trouble, kept } = event;
  if (at("sending", "failed") || at("filling", "failed")) return go({ phase: "unsent", from: state.phase, trouble, kept, retrying: false }, ["draw", true]);
  // Tried again by itself: who reads or copies the key meanwhile is not disturbed.
  if (at("unsent", "failed")) return go({ trouble, kept, retrying: false }, ...(trouble === state.trouble ? [] : [["draw", false]]));
  if (at("unsent", "retry")) {
    // What was not sealed is begun again from the review, or what could not be checked from the fields, with new keys; sealed bytes are sent
    // again as they are.
    if (state.trouble === "unsealed") return go({ phase: state.from === "filling" ? "filling" : "review", prepared: false }, ["draw", true]);
    if (!waits(state.trouble)) return go({});
    const send = state.retrying ? [] : [["send"]];
    return event.quiet ? go({ retrying: true }, ...send) : go({ phase: "sending" }, ["draw", true], ...send);
  }
  if (at("unsent", "back") && canChange(state.trouble)) return go({ phase: "filling", prepared: false }, ["draw", true]);
  return go({});
}

const prepare = (state) => (state.prepared ? [] : [["prepare"]]);
