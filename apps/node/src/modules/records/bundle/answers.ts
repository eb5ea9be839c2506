import { AnamnesisError, OutcomeError, operationOutcome } from '@anamnesis/protocol';
import type { Applied } from '../apply.ts';
import type { BundleEntry } from '../bundle-types.ts';
import type { FhirResource } from '../search/index.ts';

/** The entry of a response Bundle for a write. `representation`: with the stored resource. */
export function writeAnswer(base: string, applied: Applied, representation: boolean): BundleEntry {
  const { type, id, version, lastUpdated, created, resource } = applied;
  if (resource === null) return deletedAnswer(applied);
  return {
    ...(representation && { fullUrl: `${base}/${type}/${id}`, resource }),
    response: {
      status: created ? '201' : '200',
      location: `${base}/${type}/${id}/_history/${version}`,
      etag: `W/"${version}"`,
      lastModified: lastUpdated,
    },
  };
}

/** The answer to a deletion; without `applied` there was nothing to delete. */
export function deletedAnswer(applied: { version: number | string; lastUpdated: string } | null): BundleEntry {
  if (applied === null) return { response: { status: '204' } };
  return { response: { status: '204', etag: `W/"${applied.version}"`, lastModified: applied.lastUpdated } };
}

/** The answer to a read. */
export function readAnswer(resource: FhirResource): BundleEntry {
  const { versionId, lastUpdated } = (resource.meta ?? {}) as { versionId?: string; lastUpdated?: string };
  return {
    resource,
    response: {
      status: '200',
      ...(versionId !== undefined && { etag: `W/"${versionId}"` }),
      ...(lastUpdated !== undefined && { lastModified: lastUpdated }),
    },
  };
}

/** The answer to an entry of a batch that failed. What was not expected says nothing but that. */
export function failureAnswer(error: unknown): BundleEntry {
  if (error instanceof OutcomeError) {
    return { response: { status: String(error.status), outcome: { ...error.outcome } } };
  }
  const diagnostics = error instanceof AnamnesisError ? `The entry failed (${error.code})` : 'The entry failed';
  const outcome = operationOutcome([{ severity: 'error', code: 'exception', diagnostics }]);
  return { response: { status: '500', outcome: { ...outcome } } };
}
