import type { Address, Hex } from 'viem';
import type { Grant } from '../terms/index.ts';

/** For how long access is asked: this visit (24 hours), this episode (90 days), or on and on. The patient decides otherwise if she likes. */
export type RequestPreset = 'visit' | 'episode' | 'ongoing';
export type RequestState = 'requested' | 'granted' | 'denied' | 'withdrawn' | 'undeliverable' | 'expired';

/** What an organisation asks of a patient, in the form in which one node tells the other. */
export interface AccessWish {
  /** Random, made by the organisation that asks. */
  readonly id: string;
  readonly subject: Address;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  /** Names of record categories and of sensitive classes (spec/codes.json). */
  readonly categories: readonly string[];
  readonly sensitive: readonly string[];
  readonly preset: RequestPreset;
  /** The person who asks, as her organisation names her (`recipientOf(reference)` names her in terms); null when the organisation asks as such. */
  readonly practitioner: { readonly reference: string; readonly name: string } | null;
  /** What she wants to say to the patient: plain text, to be shown as text and never as HTML. */
  readonly note: string;
  /** Seconds since 1970 after which it is no longer worth answering. */
  readonly expiresAt: number;
}

/** What came of fetching under a granted request. */
export type FetchOutcome =
  | { readonly released: number; readonly verified: number; readonly failed: number }
  | { readonly error: string };

/** A request for access as either side sees it: the patient's portal and the clinician's. */
export interface RequestedAccess extends AccessWish {
  readonly state: RequestState;
  /** Directory ids of who holds the records and of who asks. */
  readonly custodian: number;
  readonly grantee: number;
  /** Whether the other organisation has it. */
  readonly delivered: boolean;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number | null;
  /** Id of the consent that it ended in. */
  readonly consent: Hex | null;
  /** The consent itself, at the organisation that asked. */
  readonly grant?: Grant;
  /** Id of the Patient at the organisation that asked, where she has one there. It is told to nobody else. */
  readonly patient?: string;
  /** Where fetching was asked for. */
  readonly fetched?: FetchOutcome;
}
