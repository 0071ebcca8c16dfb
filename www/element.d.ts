import type { Code } from "./api.js";

/** Where the customer stands. */
export type Phase = "loading" | "refused" | "age" | "young" | "filling" | "review" | "sending" | "unsent" | "done";

/** `<segel-form src owner lang>`: a published form in a closed shadow root. */
export interface SegelFormElement extends HTMLElement {
  /** Where the customer stands. */
  readonly phase: Phase;
  /** Forget everything and begin again. */
  reset(): void;
  addEventListener<K extends keyof SegelEvents>(
    type: K, listener: (this: SegelFormElement, event: SegelEvents[K]) => unknown, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Events of the element; they bubble and tell no answer. */
export interface SegelEvents {
  /** The form is verified and drawn. */
  "segel-ready": CustomEvent<null>;
  /** The customer went on to another step. */
  "segel-step": CustomEvent<{ phase: Phase }>;
  /** The server stored the submission. */
  "segel-sent": CustomEvent<{ number: string; receivedAt: string; choices: { purpose: string; given: boolean }[] }>;
  /** There is no form, or a submission was not sealed or stored. */
  "segel-error": CustomEvent<{ code: Code }>;
}

declare global {
  interface HTMLElementTagNameMap {
    "segel-form": SegelFormElement;
  }
}
