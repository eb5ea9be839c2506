import { consentDomain, decodeProfile, type Sha256, utf8 } from '@anamnesis/protocol';
import { isAddressEqual, keccak256 } from 'viem';
import type { ExportFile } from './exportFile.ts';
import { type CheckpointWitness, ledgerWitness, noteWitness } from './posted.ts';
import { type Failure, type Report, ReportBuilder } from './report.ts';
import type { TrustedLedger } from './trustedLedger.ts';
import { verifyConsent } from './verifyConsent.ts';
import { type Proven, verifyRelease } from './verifyRelease.ts';

/** The verdict on an export, and how far it reaches. */
export interface ExportReport extends Report {
  /** `ledger`: checkpoints compared with the ledger. `notes`: signed by the log's key. `file`: only that the file is in itself whole. */
  readonly against: 'ledger' | 'notes' | 'file';
  readonly records: number;
  readonly accessEntries: number;
  /** Of both, how many no checkpoint covers yet. */
  readonly unsealed: number;
  /** What was not shown, though nothing is wrong: `profile-not-pinned`, `names-unproven`. */
  readonly warnings: readonly Failure[];
}

/**
 * Verifies an export file without the node that made it: every record and access entry is committed in the organisation's logs, under
 * checkpoints that stand on the ledger; or, without one, that the key of the pinned profile signed. Consents' signatures are checked.
 * A failure names the very record (`Observation/7/_history/2`). It judges what is in the file: that nothing was left out of it, no file can show.
 *
 * Throws only what the ledger throws (`ledger-unreachable`).
 */
export async function verifyExport(
  file: ExportFile,
  ledger: TrustedLedger | null,
  options: { now?: number; hash?: Sha256 | undefined; onProgress?: (message: string) => void } = {},
): Promise<ExportReport> {
  const report = new ReportBuilder();
  const { chainId, checkpoints, organization } = file;
  const contents = `${file.records.length} records and ${file.accessLog.length} access entries of one patient`;
  report.check('file', contents, frameFailures(file));
  const warnings: Failure[] = [];
  const profile = await checkIdentity(file, ledger, report, warnings);

  let witness: CheckpointWitness | null = null;
  let against: ExportReport['against'] = 'file';
  if (ledger) [witness, against] = [ledgerWitness(ledger), 'ledger'];
  else if (profile?.logKey && file.notes?.length) {
    [witness, against] = [noteWitness(file.notes, profile.logKey), 'notes'];
  }

  let unsealed = 0;
  const suffix = { ledger: 'on the ledger', notes: "signed by the log's key", file: 'not compared with the ledger' }[
    against
  ];
  const judge = async (
    name: string,
    kind: 'record' | 'access',
    items: Iterable<Proven>,
    total: number,
  ): Promise<void> => {
    const failures: Failure[] = [];
    let open = 0;
    let done = 0;
    const expected = { kind, chainId, checkpoints, organization };
    for await (const verdict of verifyRelease(items, { expected, witness, hash: options.hash })) {
      if (verdict.failure) failures.push(verdict.failure);
      else if (!verdict.sealed) open++;
      if (++done % 500 === 0) options.onProgress?.(`${name}: ${done} of ${total}`);
    }
    unsealed += open;
    const tail = open > 0 ? `; ${open} of them not yet sealed` : '';
    report.check(name, `${total} in the log, under checkpoints ${suffix}${tail}`, failures);
  };
  await judge(
    'records',
    'record',
    proven(file.records, (item) => item.resource),
    file.records.length,
  );
  await judge(
    'access log',
    'access',
    proven(file.accessLog, (item) => item.event),
    file.accessLog.length,
  );
  if (file.unreadable?.length) {
    const detail = 'the node holds it and can no longer open it: it was changed behind its back';
    const failures = file.unreadable.map(({ reference }) => ({ where: reference, reason: 'unreadable', detail }));
    report.check('unreadable', '', failures);
  }
  await checkConsents(file, ledger, report, options.now ?? Math.floor(Date.now() / 1000));
  const [records, accessEntries] = [file.records.length, file.accessLog.length];
  return { ...report.build(), against, records, accessEntries, unsealed, warnings };
}

/** What the proofs do not tell: that the file is about the patient whom it names, and counts nothing twice. */
function frameFailures(file: ExportFile): Failure[] {
  const failures: Failure[] = [];
  const seen = new Set<string>();
  for (const { resource } of file.records) {
    const where = `${resource.resourceType}/${resource.id}/_history/${versionOf(resource)}`;
    if (seen.has(where)) failures.push({ where, reason: 'twice', detail: 'it is in the file more than once' });
    seen.add(where);
    if (resource.resourceType === 'Patient' && resource.id !== file.patient) {
      failures.push({ where, reason: 'other-patient', detail: 'it is about another patient than the file names' });
    }
  }
  return failures;
}

function versionOf({ meta }: { readonly meta?: unknown }): string {
  return String((meta as { versionId?: unknown } | undefined)?.versionId ?? '?');
}

/** Chain, contracts and profile are those that the verifier knows from the ledger. */
async function checkIdentity(
  file: ExportFile,
  ledger: TrustedLedger | null,
  report: ReportBuilder,
  warnings: Failure[],
) {
  const failures: Failure[] = [];
  const where = `organisation ${file.organization}`;
  const fail = (reason: string, detail: string): void => void failures.push({ where, reason, detail });
  let profile: ReturnType<typeof decodeProfile> | null = null;
  if (file.profile !== undefined) {
    try {
      profile = decodeProfile(utf8(file.profile));
    } catch {
      fail('profile-malformed', 'the profile in the file is malformed');
    }
  }
  if (ledger) {
    const { contracts } = ledger;
    if (file.chainId !== ledger.chainId) fail('other-chain', `the file is about chain ${file.chainId}`);
    if (
      !isAddressEqual(file.checkpoints, contracts.checkpoints) ||
      !isAddressEqual(file.directory, contracts.directory)
    ) {
      fail('other-contracts', 'the file is about other contracts than those of this ledger');
    }
    const entry = await ledger.organization(file.organization);
    if (!entry) fail('organisation-unknown', 'the Directory does not know it');
    else if (file.profile !== undefined && keccak256(utf8(file.profile)) !== entry.profileHash) {
      // No failure: an organisation may have changed its profile since. But nothing in this one counts, its name least of all.
      profile = null;
      const detail =
        'the profile in the file is not the one that the Directory pins: the names in it count for nothing';
      warnings.push({ where, reason: 'profile-not-pinned', detail });
    }
  }
  const name = profile?.organization.name ?? where;
  if (!ledger && profile !== null) {
    const detail =
      'without the ledger its name, and every other name in its profile, is unproven: anybody could have written it';
    warnings.push({ where, reason: 'names-unproven', detail });
  }
  report.check(
    'origin',
    ledger
      ? `${name}, chain ${file.chainId}`
      : `calls itself ${name}, chain ${file.chainId}, not compared with the ledger`,
    failures,
  );
  return profile;
}

async function checkConsents(file: ExportFile, ledger: TrustedLedger | null, report: ReportBuilder, now: number) {
  const { consents } = file;
  const contract = ledger?.contracts.consents ?? file.consentsContract;
  if (!consents?.length || !contract) return;
  const domain = consentDomain(file.chainId, contract);
  const failures: Failure[] = [];
  let inForce = 0;
  for (const grant of consents) {
    const verdict = await verifyConsent(grant, domain, ledger, now);
    if (verdict.failure) failures.push(verdict.failure);
    if (verdict.inForce) inForce++;
  }
  const state = ledger
    ? `${inForce} in force, ${consents.length - inForce} ended or refused`
    : 'whether in force, only the ledger knows';
  report.check('consents', `${consents.length} signed by the patient's key; ${state}`, failures);
}

function* proven<T extends { readonly proof: Proven['proof'] }>(
  items: readonly T[],
  content: (item: T) => Proven['content'],
): Generator<Proven> {
  for (const item of items) yield { content: content(item), proof: item.proof };
}
