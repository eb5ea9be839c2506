import type { Hex } from 'viem';

export type AccessAction =
  | 'read'
  | 'search'
  | 'create'
  | 'update'
  | 'delete'
  | 'release'
  | 'refusal'
  | 'grant'
  | 'revoke'
  | 'emergency'
  | 'login'
  /** A token was issued by a consent. */
  | 'token'
  /** Records, or all that was kept about a patient, were erased: keys, salts and contents. */
  | 'erase'
  /** An operator decided about the node itself. */
  | 'decision';

/** One access, as the module that it happened in tells it. */
export interface AccessEntry {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly action: AccessAction;
  readonly outcome: 'success' | 'refused';
  /** FHIR reference of who acted. */
  readonly actor: string;
  /** The name that the patient sees; null where none is known. */
  readonly display: string | null;
  /** Directory id of the organisation on whose behalf. */
  readonly organization: number;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  /** Why it was allowed: `staff`, `subject`, `consent`, `app`, `system`, `emergency`. */
  readonly basis: string;
  /** True for software acting without a person. */
  readonly automatic: boolean;
  /** Ids of the patients concerned: each gets an AuditEvent of her own with all `entities`, so these must be hers. Empty: nobody's. */
  readonly patients: readonly string[];
  /** What was touched: `type/id/_history/version`, or `type/id` where there was no version to see. */
  readonly entities: readonly string[];
  /** The search as it was asked. */
  readonly query?: string;
  readonly consentId?: Hex;
  /** Why, or what came of it, in words without anything clinical. */
  readonly description?: string;
  /** The app through which the actor acted. */
  readonly app?: { readonly id: string; readonly name: string };
  /** The message of another system, by `sender|id`, that was carried out. */
  readonly message?: string;
  /** IP address of the client, where a request came over the network. */
  readonly address?: string;
  readonly requestId: string;
}
