/** What a page may do with a published form of Segel. */

/**
 * `true` given, `false` refused; what is left out is not answered, which is never a yes. `"@guardian"` beside the purposes says that a parent or
 * guardian fills the form for a child, where the form allows it.
 */
export type Choices = { "@guardian"?: "parent" | "guardian" } & { [purpose: string]: boolean | "parent" | "guardian" | undefined };

/** Text of a field (a number as `1500.5`, a date as `2000-02-29`, whatever the language), an option's id, or ids of options. */
export type Values = Record<string, string | string[]>;

/** Files of a `file` field, in order. */
export type Files = Record<string, Iterable<File> | ArrayLike<File>>;

/** A text in each language of the form. */
export type Text = Record<string, string>;

export type Kind =
  | "text" | "long_text" | "name" | "phone" | "email" | "date" | "province" | "city" | "number" | "choice" | "choices" | "file"
  | "address" | "postcode" | "nik";

export interface Field {
  id: string;
  kind: Kind;
  label: Text;
  reason: Text;
  hint?: Text;
  purposes: string[];
  required: boolean;
  /** Who is asked, where a guardian may fill the form; left out: both. */
  of?: "guardian" | "adult";
  roles?: string[];
  max?: number;
  options?: { id: string; label: Text }[];
  files?: number;
  max_bytes?: number;
  accept?: string[];
  image?: number;
  /** For `date`: the date on which somebody was born. */
  birth?: boolean;
}

export interface Purpose {
  id: string;
  required: boolean;
  basis: string[];
  text: Text;
  question: Text;
  profiling?: boolean;
  /** Neither asked nor given where a guardian fills the form; a profiling purpose never is. */
  adults?: boolean;
  retention: { max: string; until?: Text };
  consent_valid?: string;
}

/** The notice as it was signed; its digest is in every consent record. */
export interface Notice {
  summary: string;
  /** What a parent or guardian states and agrees to, where one may fill the form. */
  guardian?: string;
  sections: { heading: string; text: string }[];
}

/** The signed body of the form, as FORMAT.md section 5 describes it. */
export interface Definition {
  name: string;
  version: number;
  languages: string[];
  title: Text;
  children: "block" | "guardian";
  controller: { name: string; address: string; contact: string; email?: string; phone?: string; whatsapp?: string; website?: string };
  purposes: Purpose[];
  fields: Field[];
  notice: Record<string, Notice>;
  not_before: string;
  not_after: string;
  endpoint?: string;
}

/** What a person can mend in one field. `limit` is the figure of the cause, or 0: characters to take away, files, bytes of a file. */
export interface Problem {
  field: string;
  cause:
    | "required" | "too_long" | "control" | "phone" | "email" | "date" | "number" | "postcode" | "nik" | "option" | "files"
    | "file_size" | "file_type" | "file_name" | "birth" | "kind";
  limit: number;
}

/** Ids of the fields that are asked, and the answers in the spelling that is sealed, or what is to be mended. */
export type Checked = { asked: string[] } & ({ answers: Record<string, unknown>; problems?: undefined } | { answers?: undefined; problems: Problem[] });

/** A sealed submission. `blob` is what the server stores; `secret` is the customer's and is never sent. */
export interface Sealed {
  blob: Blob;
  id: string;
  digest: string;
  number: string;
  secret: string;
}

/**
 * Codes: of loading, of a form that is refused, of values that do not fit and of sealing, of sending. The fourth line is told by an existing
 * form's `segel-error` alone, the fifth by `segel-error` where the answers could not be sealed.
 */
export type Code =
  | "insecure" | "old" | "missing" | "altered"
  | "owner" | "other_owner" | "form_signature" | "form_head" | "form_json" | "form_misfit" | "form_too_large" | "not_a_form" | "newer_kit" | "expired"
  | "sealing" | "values" | "answers" | "notice" | "consent" | "randomness" | "clock" | "file_changed" | "file_missing" | "too_large" | "order" | "picture" | "aborted"
  | "named_input" | "no_place" | "no_envelope" | "unknown_field"
  | "unsealed"
  | "offline" | "slow" | "busy" | "down" | "unconfirmed" | "outdated" | "closed" | "rejected";

export class SegelError extends Error {
  readonly code: Code;
}

export interface SealingForm {
  /** A copy of what the owner signed. */
  readonly definition: Definition;
  /** The notice in a language of the form. Throws `notice` for another. */
  notice(language: string): Notice;
  /** Say that this notice is in the customer's view. Nothing is sealed without it. */
  shown(language: string): void;
  /**
   * What a file field may take of a file: where the field has `image`, a picture made small and without what a camera wrote into it. `seal` takes
   * no other file there. Rejects with `picture` if it is no picture that this browser can read.
   */
  picture(field: string, file: File): Promise<File>;
  /** Do the key work while the customer types; `false` if there is no randomness. */
  prepare(): boolean;
  /** Ids of the fields that are asked under these choices. Hide the others; what they hold is not sealed. */
  asked(choices?: Choices): string[];
  /** Check what was filled in. Throws `values` for what no field or purpose of the form takes. */
  check(what: { choices?: Choices; values?: Values; files?: Files }): Checked;
  /** Seal. Required purposes must be `true` in `choices`. Rejects with a `SegelError`. */
  seal(what: {
    language: string;
    choices?: Choices;
    values?: Values;
    files?: Files;
    /** Hears the share of the files that is sealed, from 0 to 1. */
    progress?: (share: number) => void;
  }): Promise<Sealed>;
  /** Send what was sealed to the form's own address. Rejects with a `SegelError`; the same sealed bytes may be sent again. */
  send(sealed: Sealed): Promise<{ receivedAt: string }>;
  /** Free the module's memory. */
  close(): void;
}

/**
 * Load and verify a published form. `owner` is the fingerprint that `segel publish` prints. With `worker`, files of 8 MiB and more are sealed
 * in a worker, which the page's policy must allow: `worker-src blob:; trusted-types segel`. Rejects with a `SegelError`.
 */
export function open(what: { src: string; owner: string; signal?: AbortSignal; worker?: boolean }): Promise<SealingForm>;
