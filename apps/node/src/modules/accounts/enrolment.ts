import { randomInt } from 'node:crypto';
import type { Requester } from '../consent/index.ts';
import type { AccountsContext } from './context.ts';
import { AccountError } from './errors.ts';

/** What a registrar who knows the person allows: that whoever has the code makes the account of this Patient, once. */
export interface Enrolment {
  readonly patient: string;
  /** Who made it: the link of the key stands in her name. */
  readonly by: Pick<Requester, 'actor' | 'display'>;
  /** Made by an operator, for a patient who has lost her key. */
  readonly another: boolean;
  /** The account that came of it; then the code does nothing but tell so again. */
  readonly account?: string;
}

/** How long a code stands, in seconds. */
export const ENROLMENT_LIFE = 3 * 86_400;
/** How long a used one is remembered, so that an answer that was lost can be asked for again. */
const USED_LIFE = 3600;

// Crockford's base 32: no letter that looks like another.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;

/** A code that a person can read aloud: 80 random bits in four groups. */
export function newCode(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(32)] as string).join('');
  return letters.match(/.{4}/g)?.join('-') ?? letters;
}

/** The code that was meant, however it was typed; null for what is none. */
export function readCode(given: unknown): string | null {
  if (typeof given !== 'string' || given.length > 100) return null;
  const letters = given.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter)) ? letters : null;
}

/** Makes an enrolment. Returns its code, which is kept as a hash alone. */
export async function openEnrolment({ smart }: AccountsContext, enrolment: Enrolment): Promise<string> {
  const code = newCode();
  await smart.store.put('Enrolment', readCode(code) ?? '', enrolment, ENROLMENT_LIFE);
  return code;
}

/** The enrolment of a code. Wrong codes are counted by address. Throws AccountError `enrolment-unknown`; 429 after ten wrong ones. */
export async function findEnrolment(
  { smart }: AccountsContext,
  given: unknown,
  address: string,
): Promise<{ readonly code: string; readonly enrolment: Enrolment }> {
  const key = `enrolment:${address}`;
  await smart.attempts.require(key);
  const code = readCode(given);
  const entry = code === null ? null : await smart.store.get('Enrolment', code);
  if (code === null || entry === null) {
    await smart.attempts.failed(key);
    throw new AccountError('enrolment-unknown', 'The code is not known, was used, or is too old');
  }
  return { code, enrolment: entry.value as Enrolment };
}

/** Uses a code up. */
export async function useEnrolment({ smart }: AccountsContext, code: string, used: Enrolment): Promise<void> {
  await smart.store.put('Enrolment', code, used, USED_LIFE);
}
