import { hkdfSync } from 'node:crypto';
import { fromBase64Url } from '@anamnesis/protocol';
import type { SmartContext } from '../smart/index.ts';

/** What patients' accounts work with: one for a node. */
export interface AccountsContext {
  readonly smart: SmartContext;
  /** Wraps what the organisation keeps for patients: keys of locks, guardians' shares. */
  readonly vaultKey: Uint8Array;
}

/** Opens the accounts of a node. `keys`: of its key file. */
export function openAccounts(smart: SmartContext, keys: { readonly master: string }): AccountsContext {
  const master = fromBase64Url(keys.master) ?? '';
  return { smart, vaultKey: new Uint8Array(hkdfSync('sha256', master, '', 'anamnesis/accounts/vault', 32)) };
}
