import type { LedgerReader } from '@anamnesis/ledger';
import type { Database } from '../../storage/index.ts';
import type { LogContext } from '../audit/index.ts';

/** What deciding on consent needs besides the request: the same for every request of a node. */
export interface ConsentContext extends LogContext {
  readonly database: Database;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Where the contracts are, and the line to the ledger (only contract wallets are asked there; all else is in the database). */
  readonly reader: LedgerReader;
  /** Tells the sender that the outbox has something new. */
  readonly wakeSender: () => void;
  /** Whether this node's view of the ledger is too old to release anything on it (promise P6). */
  readonly isLedgerStale: () => boolean;
}

/** Who asks, as the access log names it. */
export interface Requester {
  /** FHIR reference of the person or program. */
  readonly actor: string;
  readonly display: string | null;
  readonly organization: number;
  readonly automatic: boolean;
  readonly requestId: string;
}
