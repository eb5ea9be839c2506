import { AnamnesisError } from './errors.ts';
import {
  ACTIONS,
  CATEGORIES,
  EMERGENCY_OUTCOMES,
  EMERGENCY_REASONS,
  PROXY_KINDS,
  PURPOSES,
  ROLES,
  SENSITIVE,
  STREAMS,
} from './generated/codes.ts';

export { ACTIONS, CATEGORIES, EMERGENCY_OUTCOMES, EMERGENCY_REASONS, PROXY_KINDS, PURPOSES, ROLES, SENSITIVE, STREAMS };

export type Category = (typeof CATEGORIES)[number]['name'];
export type SensitiveClass = (typeof SENSITIVE)[number]['name'];
export type Purpose = (typeof PURPOSES)[number]['name'];
export type Action = (typeof ACTIONS)[number]['name'];
export type Role = (typeof ROLES)[number]['name'];
export type ProxyKind = (typeof PROXY_KINDS)[number]['name'];
export type EmergencyReason = (typeof EMERGENCY_REASONS)[number]['name'];
export type EmergencyOutcome = (typeof EMERGENCY_OUTCOMES)[number]['name'];
/** The two Merkle logs that every organisation keeps. */
export type Log = (typeof STREAMS)[number]['name'];
/** What a leaf of a log is called in its commitment. */
export type Kind = (typeof STREAMS)[number]['kind'];

/** A table of named bits, such as `CATEGORIES`. */
export type BitTable = readonly { readonly bit: number; readonly name: string }[];
type NameIn<T extends BitTable> = T[number]['name'];

/**
 * The bit mask of some names of a table.
 * @throws AnamnesisError `code-unknown` for a name that the table does not have.
 */
export function maskOf<const T extends BitTable>(table: T, names: Iterable<NameIn<T> | (string & {})>): number {
  let mask = 0;
  for (const name of names) mask |= 1 << bitOf(table, name);
  return mask >>> 0;
}

/** Every bit of a table: for instance "all categories". */
export function maskOfAll(table: BitTable): number {
  return maskOf(
    table,
    table.map((code) => code.name),
  );
}

/**
 * The names of a bit mask, in the order of the table.
 * @throws AnamnesisError `code-unknown` when the mask has a bit that the table does not name: what is not understood is not granted.
 */
export function namesOf<const T extends BitTable>(table: T, mask: number): NameIn<T>[] {
  let rest = mask >>> 0;
  if (rest !== mask) throw new AnamnesisError('code-unknown', 'A bit mask is a whole number of at most 32 bits');
  const names: NameIn<T>[] = [];
  for (const { bit, name } of table) {
    if ((rest & (1 << bit)) === 0) continue;
    names.push(name);
    rest = (rest & ~(1 << bit)) >>> 0;
  }
  if (rest !== 0) throw new AnamnesisError('code-unknown', `The code table names no bit ${31 - Math.clz32(rest)}`);
  return names;
}

/** True for a name of the table; narrows a string from outside. */
export function isNameOf<const T extends BitTable>(table: T, name: string): name is NameIn<T> {
  return table.some((code) => code.name === name);
}

/** A table of numbered codes, such as `EMERGENCY_REASONS`. */
export type NumberTable = readonly { readonly number: number; readonly name: string }[];

/**
 * The number of a name in a table.
 * @throws AnamnesisError `code-unknown` for a name that the table does not have.
 */
export function numberOf<const T extends NumberTable>(table: T, name: T[number]['name']): number {
  const code = table.find((entry) => entry.name === name);
  if (!code) throw unknownName(table, name);
  return code.number;
}

/**
 * The name of a number in a table.
 * @throws AnamnesisError `code-unknown` for a number that the table does not have.
 */
export function nameOf<const T extends NumberTable>(table: T, number: number): T[number]['name'] {
  const code = table.find((entry) => entry.number === number);
  if (!code) throw new AnamnesisError('code-unknown', `The code table has no number ${number}`);
  return code.name;
}

/** The number of a log's stream on the ledger (`Checkpoints`): 0 records, 1 access. */
export function streamOf(log: Log): number {
  return log === 'records' ? 0 : 1;
}

function bitOf(table: BitTable, name: string): number {
  const code = table.find((entry) => entry.name === name);
  if (!code) throw unknownName(table, name);
  return code.bit;
}

function unknownName(table: readonly { readonly name: string }[], name: string): AnamnesisError {
  const known = table.map((code) => code.name).join(', ');
  return new AnamnesisError('code-unknown', `The code table has no such name: ${name.slice(0, 40)}. It has: ${known}`);
}
