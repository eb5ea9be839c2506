/**
 * What happened, told without telling anything of it: a kind and the id of what it is about, never a name, a value or a word of a record. Who may read what
 * it is about asks for it.
 */
export interface PortalEvent {
  readonly kind: EventKind;
  /** Id of what it is about. */
  readonly ref: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Every kind of event. */
export type EventKind =
  /** A request for access came or changed; ref: its id. */
  | 'request'
  | 'request-answered'
  /** A consent was given, refused or ended; ref: its id, or the subject. */
  | 'consents'
  | 'consent-ending'
  /** An organisation read for the first time; ref: its Directory id. */
  | 'new-reader'
  /** Emergency access was declared, or its review is due; ref: its id. */
  | 'emergency'
  | 'emergency-review'
  /** Guardians or a recovery of the account; ref: the recovery's or the account's id. */
  | 'guardian'
  | 'recovery'
  /** What was received from another organisation came, changed or locked; ref: `custodian/subject`. */
  | 'received'
  /** A log was sealed up to a size; ref: `records/size` or `access/size`. */
  | 'seal'
  /** A note or a correction came or was answered; ref: `Type/id`. */
  | 'note'
  /** The account's file or locks were changed by another device; ref: the account's id. */
  | 'account';

/** Who is told: one person by her FHIR reference, all staff, operators, auditors, or everybody who is signed in. */
export type Audience = `Patient/${string}` | `Practitioner/${string}` | 'staff' | 'operators' | 'auditors' | 'everyone';
