import type { Database } from '../../storage/index.ts';
import type { LogContext } from '../audit/index.ts';

/** What the repository needs for every request of a node. */
export interface RecordsContext extends LogContext {
  readonly database: Database;
  /** Absolute base of the FHIR API without a slash at the end, such as `https://node.example/fhir/R4`: for links and full URLs. */
  readonly base: string;
  /** What a conditional delete may delete: one record (default), or all that match. */
  readonly conditionalDelete?: 'single' | 'multiple';
  /** Checks what is about to be stored beyond its structure. Throws 422 when it may not be. Default: nothing more is checked. */
  readonly checkContent?: (resource: object) => void;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** The present moment of a context. */
export function nowOf(context: RecordsContext): number {
  return context.now?.() ?? Date.now();
}
