import {
  CATEGORIES,
  type ConsentTerms,
  type Grant,
  maskOf,
  maskOfAll,
  type ProxyLink,
  SENSITIVE,
} from '@anamnesis/protocol';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { Probe } from './records.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** What may be released, by a rule that knows the records from a table of its own and nothing of the node. */
export type Oracle = (one: Probe) => boolean;

/** What a case is made of: terms that differ from "everything, to treat, for an hour", directives that are active meanwhile, who asks, and what may come. */
export interface Case {
  readonly name: string;
  readonly terms?: Partial<ConsentTerms> | (() => Partial<ConsentTerms>);
  readonly directives?: readonly object[];
  /** Set up after the consent was taken in. */
  readonly afterwards?: (at: ProbeWorld, grant: Grant) => Promise<void>;
  readonly chain?: (at: ProbeWorld) => Promise<{ chain: ProxyLink[]; by: PrivateKeyAccount }>;
  readonly purpose?: string;
  readonly practitioner?: string;
  /** In a declared emergency in place of a consent. */
  readonly emergency?: 'first' | 'rest';
  readonly grantee?: 2 | 3;
  /** Staff of the custodian in place of another organisation. */
  readonly staff?: true;
  /** `refused`: not even a token, or no answer under it. */
  readonly released: Oracle | 'refused';
}

export const now = () => Math.floor(Date.now() / 1000);
export const year = (value: number) => Date.UTC(value, 0, 1) / 1000;
export const classes = (...names: string[]) => maskOf(SENSITIVE, names);
export const everyClass = maskOfAll(SENSITIVE);
export const only = (...names: string[]) => ({ categories: maskOf(CATEGORIES, names) });

export const mine: Oracle = ({ patient }) => patient === 'maria';
export const and =
  (...all: Oracle[]): Oracle =>
  (one) =>
    all.every((oracle) => oracle(one));
export const not =
  (oracle: Oracle): Oracle =>
  (one) =>
    !oracle(one);
/** Of classes that are named; what is unclassified only when all are. */
export const within =
  (...names: string[]): Oracle =>
  ({ classes: own }) =>
    own.every((name) => names.includes(name));
export const inCategory =
  (...names: string[]): Oracle =>
  ({ category }) =>
    names.includes(category);
export const inYears =
  (from: number, until: number): Oracle =>
  (one) =>
    one.type === 'Patient' || (one.year !== null && one.year >= from && one.year < until);

export const open = { sensitive: everyClass };
/** What a directive denies by an index that older versions do not have is withheld of every older version. */
export const current: Oracle = ({ old }) => !old;
export const SILVA = 'Practitioner/silva';
