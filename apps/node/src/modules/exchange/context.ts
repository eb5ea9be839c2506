import type { JWK } from 'jose';
import type { ConsentContext } from '../consent/index.ts';
import type { Directory, PeerLimits } from '../directory/index.ts';
import type { RecordsContext } from '../records/index.ts';

/** What exchanging with other organisations needs besides the request: the same for every request of a node. */
export interface ExchangeContext extends ConsentContext, RecordsContext {
  /** Absolute base of the FHIR API without a slash at the end. */
  readonly base: string;
  readonly directory: Pick<Directory, 'peer' | 'sync'>;
  /** Our token endpoint, as our profile names it: the audience of what callers sign. */
  readonly tokenUrl: string;
  /** Our profile, as the Directory names it: the issuer of what we sign. */
  readonly profileUrl: string;
  /** Our private ES384 key; its public half is in our profile. */
  readonly signingKey: JWK;
  /** What a peer may cost us. */
  readonly limits: PeerLimits;
}
