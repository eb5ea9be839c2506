/**
 * A node looks at its own database: is everything in it what its logs commit to? It names the very record. What it finds an auditor finds as well, by exports
 * and against the ledger, but for what a row hides from everyone (a record moved to another patient): only who has the keys sees that.
 */
import type { Queryable } from '../../storage/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { checkAccess } from './access.ts';
import { checkConsents } from './consents.ts';
import { checkRecords } from './records.ts';
import { checkTree } from './tree.ts';

/** One thing that is not as it was written. */
export interface Finding {
  /** `Observation/7/_history/2`, `AuditEvent/…`, `Consent/0x…`, or a place in a log. */
  readonly where: string;
  /** A stable word. */
  readonly reason: string;
  readonly detail: string;
}

export interface SelfCheck {
  readonly records: number;
  readonly accesses: number;
  readonly findings: readonly Finding[];
}

/** Looks at all of the database. It takes a while in proportion to its size and changes nothing. */
export async function selfCheck(context: ExchangeContext, q: Queryable = context.database): Promise<SelfCheck> {
  const { organization } = context.ledger;
  const records = await checkTree(q, organization, 'records');
  const access = await checkTree(q, organization, 'access');
  const findings = [
    ...records.findings,
    ...(await checkRecords(context, q, records)),
    ...access.findings,
    ...(await checkAccess(context, q, access)),
    ...(await checkConsents(context, q)),
  ];
  return { records: records.size, accesses: access.size, findings };
}
