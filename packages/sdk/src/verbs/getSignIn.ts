import type { Deployment } from '@anamnesis/ledger/portable';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What somebody who signs in may do. */
export type PersonKind = 'patient' | 'clinician' | 'registrar' | 'operator' | 'auditor';

/** Somebody who signs in by a click on her name, where the node is a demonstration. */
export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly kind: PersonKind;
  /** `Practitioner/…` or `Patient/…`. */
  readonly fhirUser: string;
}

/** What a portal must know before anybody signs in. It is the node's word: a verifier pins its deployment elsewhere. */
export interface SignInInfo {
  readonly organization: { readonly id: number; readonly name: string; readonly country: string };
  readonly ledger: {
    /** Where a browser reaches the ledger; none where the operator gave none out. */
    readonly rpcUrls: readonly string[];
    readonly chainId: number;
    /** Name of the chain policy (`chainPolicy`). */
    readonly policy: string;
    readonly deployment: Deployment;
  };
  /** None outside of demonstrations. */
  readonly demo: readonly DemoPerson[];
  readonly webauthn: { readonly rpId: string };
}

/** Asks how one signs in at a node (`GET /api/v1/sign-in`, public). Throws RequestError `network`. */
export async function getSignIn(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<SignInInfo> {
  const reply = await connection.request({ path: `${API_BASE}/sign-in`, authenticated: false, ...options });
  return reply.body() as SignInInfo;
}
