import { RequestError } from '@anamnesis/sdk';

/** What kept an emergency from being opened, as a key of the words; null: something that any page may meet. */
export function problemOf(error: unknown): 'behind' | 'none' | 'nobody' | 'notYou' | null {
  if (!(error instanceof RequestError)) return null;
  if (error.status === 503) return 'behind';
  if (error.status !== 422) return null;
  const said = error.issues[0]?.diagnostics ?? '';
  if (/\bslot\b/.test(said)) return 'none';
  return /no such Patient/.test(said) ? 'nobody' : 'notYou';
}
