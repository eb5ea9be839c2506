import type { Connection } from '../client/connection.ts';
import type { Bundle } from '../fhir/types.ts';
import { type AccountingFile, checkAccountingFile } from '../verify/accountingFile.ts';
import { API_BASE } from './base.ts';

/** Which accounting: from and to are FHIR dates (`2026`, `2026-03`, `2026-03-31`, or with a time); a day as `to` is included. */
export interface AccountingParameters {
  /** May be left out in the patient's own session. */
  readonly patient?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * Who saw or changed what of one patient in a period, as a signed file with proofs: `verifyAccounting` checks it without the node.
 * Throws RequestError `unauthorized`, `forbidden`, `invalid`.
 */
export async function getAccounting(
  connection: Connection,
  parameters: AccountingParameters = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccountingFile> {
  return checkAccountingFile((await ask(connection, 'application/json', parameters, options)).body());
}

/** The same as a FHIR Bundle of AuditEvents. Throws as `getAccounting`. */
export async function getAccountingBundle(
  connection: Connection,
  parameters: AccountingParameters = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Bundle> {
  return (await ask(connection, 'application/fhir+json', parameters, options)).body() as Bundle;
}

/** The same as a PDF to print. Throws as `getAccounting`. */
export async function getAccountingPdf(
  connection: Connection,
  parameters: AccountingParameters = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  return (await ask(connection, 'application/pdf', parameters, options)).bytes;
}

function ask(
  connection: Connection,
  accept: string,
  { patient, from, to }: AccountingParameters,
  options: { signal?: AbortSignal | undefined },
) {
  return connection.request({
    path: `${API_BASE}/accounting`,
    query: { patient, from, to },
    headers: { accept },
    ...options,
  });
}
