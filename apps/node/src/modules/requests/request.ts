import {
  AnamnesisError,
  CATEGORIES,
  checks,
  type Grant,
  isNameOf,
  maskOf,
  namesOf,
  PURPOSES,
  SENSITIVE,
} from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';

/** For how long access is asked: this visit (24 hours), this episode (90 days), or on and on. The patient decides otherwise if she likes. */
export const PRESETS = { visit: 86_400, episode: 90 * 86_400, ongoing: 5 * 365 * 86_400 } as const;
export type Preset = keyof typeof PRESETS;

/** What an organisation asks of a patient, in the form in which one node tells the other. */
export interface Wish {
  /** Random, made by the organisation that asks. */
  readonly id: string;
  readonly subject: Address;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  /** Names of record categories and of sensitive classes (spec/codes.json). */
  readonly categories: readonly string[];
  readonly sensitive: readonly string[];
  readonly preset: Preset;
  /** The person who asks, as her organisation names her; null when the organisation asks as such. */
  readonly practitioner: { readonly reference: string; readonly name: string } | null;
  /** What she wants to say to the patient. */
  readonly note: string;
  /** Seconds since 1970 after which it is no longer worth answering. */
  readonly expiresAt: number;
}

export type RequestState = 'requested' | 'granted' | 'denied' | 'withdrawn' | 'undeliverable' | 'expired';

/** What came of fetching under a granted request. */
export type Fetched =
  | { readonly released: number; readonly verified: number; readonly failed: number }
  | { readonly error: string };

/** A request as either side sees it. */
export interface AccessRequest extends Wish {
  readonly state: RequestState;
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
  readonly fetched?: Fetched;
}

const { address, fail, list, nullable, object, oneOf, text, whole } = checks('request-malformed');
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PRACTITIONER = /^Practitioner\/[A-Za-z0-9.-]{1,64}$/;
/** A line or a few: no control characters but the newline. */
const plain =
  (max: number) =>
  (value: unknown, path: string): string => {
    const said = text(0, max)(value, path);
    return /^(\P{Cc}|\n)*$/u.test(said) && said.isWellFormed() ? said : fail(path, 'plain text');
  };
const named =
  (table: typeof CATEGORIES | typeof SENSITIVE, least: number) =>
  (value: unknown, path: string): string[] => {
    const names = list(text(1, 40), 32)(value, path);
    try {
      if (names.length < least) return fail(path, 'at least one');
      return namesOf(table, maskOf(table, names));
    } catch (error) {
      if (error instanceof AnamnesisError && error.code === 'code-unknown')
        return fail(path, 'names of spec/codes.json');
      throw error;
    }
  };

/** A wish from another node. Throws AnamnesisError `request-malformed`. */
export const checkWish = object<Wish>({
  id: (value, path) => (typeof value === 'string' && ID.test(value) ? value : fail(path, 'a random UUID')),
  subject: address,
  purpose: (value, path) =>
    typeof value === 'string' && isNameOf(PURPOSES, value) ? value : fail(path, 'a PurposeOfUse'),
  categories: named(CATEGORIES, 1),
  sensitive: named(SENSITIVE, 0),
  preset: oneOf('visit', 'episode', 'ongoing'),
  practitioner: nullable(
    object<NonNullable<Wish['practitioner']>>({
      reference: (value, path) =>
        typeof value === 'string' && PRACTITIONER.test(value)
          ? value
          : fail(path, 'a reference such as Practitioner/7'),
      name: plain(200),
    }),
  ),
  note: plain(2000),
  expiresAt: whole(0, 2 ** 48 - 1),
});
