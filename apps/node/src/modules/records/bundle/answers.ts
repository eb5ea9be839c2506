import { AnamnesisError, OutcomeError, operationOutcome } from '@anamnesis/protocol';
import type { Applied } from '../apply.ts';
import type { BundleEntry } from '../bundle-types.ts';
import type { FhirResource } from '../search/index.ts';

/** What the answer to a write holds (`Prefer: return=…`, https://hl7.org/fhir/R4/http.html#ops): nothing, the stored resource, or an OperationOutcome. */
export type Returned = 'minimal' | 'representation' | 'OperationOutcome';

/** What a write that went well says where an OperationOutcome is wanted. */
export function doneOutcome(diagnostics: string): FhirResource {
  return { ...operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]) };
}

/** The entry of a response Bundle for a write. */
export function writeAnswer(base: string, applied: Applied, returns: Returned): BundleEntry {
  const { type, id, version, lastUpdated, created, resource } = applied;
  if (resource === null) return deletedAnswer(applied, returns);
  return {
    ...(returns === 'representation' && { fullUrl: `${base}/${type}/${id}`, resource }),
    response: {
      status: created ? '201' : '200',
      location: `${base}/${type}/${id}/_history/${version}`,
      etag: `W/"${version}"`,
      lastModified: lastUpdated,
      ...(returns === 'OperationOutcome' && { outcome: doneOutcome(created ? 'Created' : 'Updated') }),
    },
  };
}

/** The answer to a deletion; without `applied` there was nothing to delete, or several records were. */
export function deletedAnswer(
  applied: { version: number | string; lastUpdated: string } | null,
  returns: Returned,
): BundleEntry {
  return {
    response: {
      status: '204',
      ...(applied !== null && { etag: `W/"${applied.version}"`, lastModified: applied.lastUpdated }),
      ...(returns === 'OperationOutcome' && { outcome: doneOutcome('Deleted') }),
    },
  };
}

/** The answer to a failure of an entry of a batch. What was not expected says nothing but that. */
export function failureAnswer(error: unknown): BundleEntry {
  if (error instanceof OutcomeError) {
    return { response: { status: String(error.status), outcome: { ...error.outcome } } };
  }
  const diagnostics = error instanceof AnamnesisError ? `The entry failed (${error.code})` : 'The entry failed';
  const outcome = operationOutcome([{ severity: 'error', code: 'exception', diagnostics }]);
  return { response: { status: '500', outcome: { ...outcome } } };
}
