import { forbidden } from '@anamnesis/protocol';
import type { AccessAction, AccessEntry } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { queryFor } from './access-query.ts';

/** A record that an access touched, and whose it is; or a patient who was asked about. */
export interface Touched {
  readonly patient: string | null;
  /** `type/id/_history/version`, or `type/id`; null when none of her records was shown. */
  readonly entity: string | null;
}

/** What an access was, besides who made it. */
export interface Access {
  readonly at: number;
  readonly action: AccessAction;
  readonly outcome?: AccessEntry['outcome'];
  readonly query?: string;
}

/** The entries of one access: one for each patient with only her own records in it, and one for what is nobody's. */
export function accessEntries(authority: Authority, access: Access, touched: readonly Touched[]): AccessEntry[] {
  const { actor, display, organization, purpose, automatic, basis, app, message, address, requestId } = authority;
  const byPatient = Map.groupBy(touched, (one) => one.patient);
  if (byPatient.size === 0) byPatient.set(null, []);
  return [...byPatient].map(([patient, records]) => ({
    at: access.at,
    action: access.action,
    outcome: access.outcome ?? 'success',
    actor,
    display,
    organization,
    purpose,
    basis: basis.kind,
    automatic,
    patients: patient === null ? [] : [patient],
    entities: records.flatMap((record) => record.entity ?? []),
    ...(access.query !== undefined && { query: patient === null ? access.query : queryFor(patient, access.query) }),
    ...(basis.kind === 'consent' && { consentId: basis.id }),
    ...(app !== undefined && { app }),
    ...(message !== undefined && { message }),
    ...(address !== undefined && { address }),
    requestId,
  }));
}

/** Errors: 403 unless the authority may do this to records at all. */
export function requireAction(authority: Authority, action: 'read' | 'write'): void {
  if (!authority.actions.has(action)) throw forbidden();
}

/** How a record version is named in the access log and in links. */
export function versionReference(record: { type: string; id: string; version: number }): string {
  return `${record.type}/${record.id}/_history/${record.version}`;
}
