import type { Address, Hex } from 'viem';
import type { ClientRole } from './clients.ts';
import type { Scope } from './scope.ts';

/** Why an access is allowed. It is written into the access log with the access. */
export type Basis =
  /** `role`: of the client whose token it is; absent where no token was given. */
  | { readonly kind: 'staff'; readonly role?: ClientRole }
  | { readonly kind: 'subject'; readonly subject: Address }
  | { readonly kind: 'consent'; readonly id: Hex; readonly subject: Address; readonly grantee: number }
  /** An app that was allowed to act for a member of staff, for a patient, or by itself, within its scopes. */
  | { readonly kind: 'app'; readonly for: 'staff' | 'subject' | 'system' }
  /** A declared emergency (its id), of this organisation's own staff or of another organisation. */
  | { readonly kind: 'emergency'; readonly id: string }
  | { readonly kind: 'system' };

/**
 * Who acts, for which organisation, for what purpose and on what basis: made once per request, and the only way to a repository.
 */
export interface Authority {
  /** A FHIR reference (`Practitioner/…`, `Patient/…`, `Organization/…`, `Device/…`) of who acts. */
  readonly actor: string;
  /** The name that a patient sees in her access log; null where none is known. */
  readonly display: string | null;
  /** Directory id of the organisation on whose behalf the actor acts. */
  readonly organization: number;
  /** HL7 v3 PurposeOfUse code, such as TREAT. */
  readonly purpose: string;
  readonly basis: Basis;
  readonly scope: Scope;
  /** What the authority may do to records. */
  readonly actions: ReadonlySet<'read' | 'write'>;
  /** The app through which the actor acts. */
  readonly app?: { readonly id: string; readonly name: string };
  /** The message of another system, by `sender|id`, that is being carried out. */
  readonly message?: string;
  /** True for software acting without a person. */
  readonly automatic: boolean;
  /** IP address from which the request came; absent for what no request began. */
  readonly address?: string;
  readonly requestId: string;
}
