import type { Code } from "./api.js";

/** Events of a `<form data-segel-form>`; they bubble and tell no answer. */
export interface SegelExistingEvents {
  /** The form is verified; notice and questions are drawn. */
  "segel-ready": CustomEvent<null>;
  /** The answers are sealed and the customer has the key; they go when the customer goes on from there. */
  "segel-sealed": CustomEvent<{ number: string }>;
  /** Nothing can be sealed on this page. */
  "segel-error": CustomEvent<{ code: Code }>;
}

declare global {
  interface HTMLFormElement {
    addEventListener<K extends keyof SegelExistingEvents>(
      type: K, listener: (this: HTMLFormElement, event: SegelExistingEvents[K]) => unknown, options?: boolean | AddEventListenerOptions,
    ): void;
  }
}
