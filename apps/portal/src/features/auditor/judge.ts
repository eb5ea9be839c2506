import { AnamnesisError, decodeProfile, parseJson, type RecordProof, utf8 } from '@anamnesis/protocol';
import {
  type Client,
  chainPolicy,
  checkAccountingFile,
  checkExportFile,
  checkReportFile,
  type ExportFile,
  type Failure,
  getAccessLog,
  ledgerWitness,
  openTrustedLedger,
  type Proven,
  type TrustedLedger,
  verifyAccounting,
  verifyExport,
  verifyNode,
  verifyRelease,
  verifyReport,
} from '@anamnesis/sdk';
import { fetchSignInInfo } from '../../app/signIn.ts';

/** What came of checking something against the ledger. */
export interface Judgement {
  readonly ok: boolean;
  readonly about: 'export' | 'accounting' | 'report' | 'record' | 'access' | 'node';
  /** Every single thing that is wrong, by its name. */
  readonly failures: readonly Failure[];
  /** Whose log: a name only where the Directory pins the profile that says it. */
  readonly organization: { readonly id: number; readonly name: string | null } | null;
  readonly records: number;
  readonly accessEntries: number;
  /** Of both, how many no checkpoint covers yet. */
  readonly unsealed: number;
  /** Where a single thing stands; null for files. */
  readonly proof: RecordProof | null;
  readonly ledger: { readonly chainId: number; readonly contract: string };
}

/** The ledger that this consortium names. Throws `ledger-unreachable` and the others of `openTrustedLedger`. */
export async function openLedger(): Promise<TrustedLedger> {
  const { rpcUrls, deployment, policy } = (await fetchSignInInfo()).ledger;
  return openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
}

/**
 * Judges a file that somebody brings: an export, an accounting, or a receipt (one record or access entry with its proof).
 * Throws `json-malformed`, `file-unknown`, `export-malformed`, `accounting-malformed`, `report-malformed`; and what the ledger throws.
 */
export async function judgeFile(content: string): Promise<Judgement> {
  const value = parseJson(content, { maxLength: Number.POSITIVE_INFINITY });
  const part = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (part.format === 'anamnesis-accounting/1') {
    const file = checkAccountingFile(value);
    const ledger = await openLedger();
    return ofFile('accounting', file, ledger, await verifyAccounting(file, ledger));
  }
  if (part.format === 'anamnesis-report/1') {
    const file = checkReportFile(value);
    const ledger = await openLedger();
    return ofFile('report', file, ledger, await verifyReport(file, ledger));
  }
  if (part.format === 'anamnesis-export/1') {
    const file = checkExportFile(value);
    const ledger = await openLedger();
    return ofFile('export', file, ledger, await verifyExport(file, ledger));
  }
  const resource = (part.resource ?? part.event) as Proven['content'] | undefined;
  if (typeof resource?.resourceType === 'string' && typeof part.proof === 'object' && part.proof !== null) {
    return judgeOne({ content: resource, proof: part.proof as RecordProof }, null);
  }
  throw new AnamnesisError('file-unknown', 'The file is of no kind that can be checked');
}

/** One record or access entry with its proof. `organization`: whose it has to be; null: whoever the proof names, if the Directory knows it. */
export async function judgeOne(one: Proven, organization: number | null): Promise<Judgement> {
  const ledger = await openLedger();
  const { proof } = one;
  const { chainId, contracts } = ledger;
  const expected = { chainId, checkpoints: contracts.checkpoints, organization: organization ?? proof.organization };
  const failures: Failure[] = [];
  let sealed = false;
  for await (const verdict of verifyRelease([one], { expected, witness: ledgerWitness(ledger) })) {
    if (verdict.failure) failures.push(verdict.failure);
    sealed = verdict.sealed;
  }
  const known = failures.length > 0 || (await ledger.organization(expected.organization)) !== null;
  if (!known) {
    const where = `organisation ${expected.organization}`;
    failures.push({ where, reason: 'organisation-unknown', detail: 'the Directory does not know it' });
  }
  const access = proof.kind === 'access';
  return {
    ok: failures.length === 0,
    about: access ? 'access' : 'record',
    failures,
    organization: { id: expected.organization, name: null },
    records: access ? 0 : 1,
    accessEntries: access ? 1 : 0,
    unsealed: sealed || failures.length > 0 ? 0 : 1,
    proof,
    ledger: { chainId, contract: contracts.checkpoints },
  };
}

/** A record by its reference (`Observation/7`, or a version of it), as this person may read it. Throws RequestError, `reference-malformed`. */
export async function judgeRecord(client: Client, organization: number, reference: string): Promise<Judgement> {
  const found = /^([A-Z]\w{1,63})\/([\w.-]{1,64})(?:\/_history\/(\d{1,9}))?$/.exec(reference.trim());
  const [, type, id, version] = found ?? [];
  if (type === undefined || id === undefined) throw new AnamnesisError('reference-malformed', 'Not a reference');
  const content = await client.fhir.read(type, id, version === undefined ? {} : { version });
  const proof = await client.getProof({ type, id, version: version ?? String(content.meta?.versionId ?? '1') });
  return judgeOne({ content, proof }, organization);
}

/** An entry of the access log by its number, counted from 1. Throws RequestError `not-found` and others, `reference-malformed`. */
export async function judgeEntry(client: Client, organization: number, number: string): Promise<Judgement> {
  if (!/^[1-9]\d{0,11}$/.test(number.trim())) throw new AnamnesisError('reference-malformed', 'Not a place in a log');
  const index = Number(number) - 1;
  const { entries } = await getAccessLog(client, { before: index + 1, count: 1 });
  const [entry] = entries;
  if (entry?.proof.index !== index) throw new AnamnesisError('not-found', 'There is no such entry');
  return judgeOne({ content: entry.event, proof: entry.proof }, organization);
}

/** Both logs of a node, from their first entry, and its profile. Throws what the ledger throws. */
export async function judgeNode(address: string): Promise<Judgement> {
  const ledger = await openLedger();
  const { ok, failures } = await verifyNode({ ledger, nodes: [address] });
  const nothing = { organization: null, records: 0, accessEntries: 0, unsealed: 0, proof: null };
  return { ok, about: 'node', failures, ...nothing, ledger: ledgerOf(ledger) };
}

function ledgerOf({ chainId, contracts }: TrustedLedger): Judgement['ledger'] {
  return { chainId, contract: contracts.checkpoints };
}

function ofFile(
  about: 'export' | 'accounting' | 'report',
  file: Pick<ExportFile, 'organization' | 'profile'>,
  ledger: TrustedLedger,
  report: Awaited<ReturnType<typeof verifyExport>>,
): Judgement {
  const { ok, failures, records, accessEntries, unsealed, warnings } = report;
  const pinned = warnings.length === 0 && !failures.some(({ reason }) => reason.startsWith('profile-'));
  const name = pinned && file.profile !== undefined ? decodeProfile(utf8(file.profile)).organization.name : null;
  const organization = { id: file.organization, name };
  return { ok, about, failures, organization, records, accessEntries, unsealed, proof: null, ledger: ledgerOf(ledger) };
}
