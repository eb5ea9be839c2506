import { openNote } from '@anamnesis/crypto';
import {
  canonicalize,
  commitmentOf,
  decodeProfile,
  foldRoot,
  type LogNode,
  leafHash,
  newNodes,
  nodeReader,
  type PostedCheckpoint,
  rootCoordinates,
  type Sha256,
  toBase64,
  utf8,
} from '@anamnesis/protocol';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import type { AccountedRange, AccountingFile } from './accountingFile.ts';
import { ledgerWitness, noteWitness } from './posted.ts';
import type { Failure } from './report.ts';
import type { ReportFile } from './reportFile.ts';
import type { TrustedLedger } from './trustedLedger.ts';
import { type ExportReport, verifyExport } from './verifyExport.ts';

/**
 * Verifies an accounting without the node that made it: every entry existed (it is in the log under a checkpoint), nothing was taken out of the log between
 * the two checkpoints of its period (all leaves are there and lead from the one root to the other), each entry stands where its proof says, and the
 * node signed the whole. That the node opened every leaf that is the patient's, no file can show: what it can no longer deny is shown by
 * {@link compareAccountings}, with an accounting of before.
 *
 * Throws only what the ledger throws (`ledger-unreachable`).
 */
export async function verifyAccounting(
  file: AccountingFile,
  ledger: TrustedLedger | null,
  options: { hash?: Sha256 | undefined } = {},
): Promise<ExportReport> {
  return verifyFile(file, ledger, options);
}

/**
 * Verifies an auditor's report as an accounting is verified. As it is about everybody, more can be shown: no entry between its first and its last is left out.
 * Throws only what the ledger throws (`ledger-unreachable`).
 */
export async function verifyReport(
  file: ReportFile,
  ledger: TrustedLedger | null,
  options: { hash?: Sha256 | undefined } = {},
): Promise<ExportReport> {
  return verifyFile(file, ledger, options);
}

type SignedFile = AccountingFile | ReportFile;

async function verifyFile(
  file: SignedFile,
  ledger: TrustedLedger | null,
  options: { hash?: Sha256 | undefined },
): Promise<ExportReport> {
  const { chainId, checkpoints, directory, organization, profile, notes, entries } = file;
  const whose = 'patient' in file ? file.patient : '*';
  const shared = { chainId, checkpoints, directory, organization, patient: whose, profile, notes };
  const asExport = { ...shared, format: 'anamnesis-export/1', records: [], accessLog: entries } as const;
  const report = await verifyExport(asExport, ledger, options);
  const checks = report.checks.filter(({ name }) => name !== 'file' && name !== 'records');
  const failures = [...report.failures];
  const check = (name: string, detail: string, found: readonly Failure[]): void => {
    checks.push({ name, ok: found.length === 0, detail: found[0]?.detail ?? detail });
    failures.push(...found);
  };
  check('signature', 'the node signed this file', await signatureFailures(file));
  check('entries', `${entries.length}, in the period, each once`, frameFailures(file));
  if (!('patient' in file)) check('nothing left out', 'every entry between the first and the last', gapsIn(file));
  const { from, to, leaves } = file.range;
  const stretch = `all ${leaves.length} entries of the log between sizes ${from?.size ?? 0} and ${(from?.size ?? 0) + leaves.length}`;
  check(
    'nothing removed',
    to === null ? `${stretch}; its end is not sealed yet` : `${stretch}, by the roots on both ends`,
    await rangeFailures(file, ledger, options.hash),
  );
  if (file.unreadable?.length) {
    const detail = 'the node holds it and can no longer open it: it was changed or erased';
    check(
      'unreadable',
      '',
      file.unreadable.map((at) => ({ where: placeOf(at), reason: 'unreadable', detail })),
    );
  }
  return { ...report, ok: failures.length === 0, checks, failures };
}

/**
 * Compares two accountings of one patient at one organisation: nothing that the earlier one shows may be missing from or different in the later one, as far as
 * both periods reach. So whoever keeps an accounting finds out what was left out of the next. Verify both as well.
 */
export function compareAccountings(earlier: AccountingFile, later: AccountingFile): Failure[] {
  const failures: Failure[] = [];
  for (const name of ['chainId', 'checkpoints', 'organization', 'patient'] as const) {
    if (String(earlier[name]).toLowerCase() !== String(later[name]).toLowerCase()) {
      return [{ where: 'file', reason: 'other-log', detail: `they are about another ${name}` }];
    }
  }
  const now = new Map(later.entries.map(({ event, proof }) => [proof.index, canonicalize(event)]));
  for (const { event, proof } of earlier.entries) {
    const { recorded } = event as { recorded?: string };
    if (recorded === undefined || recorded < later.from || recorded >= later.until) continue;
    const kept = now.get(proof.index);
    if (kept === canonicalize(event)) continue;
    const where = `AuditEvent/${event.id ?? '?'}`;
    failures.push(
      kept === undefined
        ? { where, reason: 'left-out', detail: 'it was shown before and is left out now' }
        : { where, reason: 'other-entry', detail: `it was shown before; now another entry stands at its place` },
    );
  }
  return failures;
}

async function signatureFailures(file: SignedFile): Promise<Failure[]> {
  const fail = (detail: string): Failure[] => [{ where: 'file', reason: 'signature-invalid', detail }];
  try {
    const { signature, ...body } = file;
    const { logKey } = decodeProfile(utf8(file.profile));
    if (logKey === undefined) return fail('the profile in it names no key');
    const digest = await crypto.subtle.digest('SHA-256', utf8(canonicalize(body)));
    const signed = `${file.format}\n${toBase64(new Uint8Array(digest))}\n`;
    return openNote(signature, logKey) === signed ? [] : fail('it was changed after the node signed it');
  } catch {
    return fail('it is not signed by the key of the profile in it');
  }
}

/** What proofs do not tell: that the entries are of this patient and period, in order, none twice. */
function frameFailures(file: SignedFile): Failure[] {
  const failures: Failure[] = [];
  let last = -1;
  for (const [at, { event, proof }] of file.entries.entries()) {
    const where = `AuditEvent/${event.id ?? '?'}`;
    const { recorded = '', entity } = event as { recorded?: string; entity?: readonly Entity[] };
    if (!(proof.index > last))
      failures.push({ where, reason: 'not-in-order', detail: 'it stands twice or out of order' });
    last = proof.index;
    // Of a whole log, what stands between the first and the last belongs to the period whatever its clock says.
    const inside = !('patient' in file) && at > 0 && at < file.entries.length - 1;
    if (!inside && (recorded < file.from || recorded >= file.until)) {
      failures.push({ where, reason: 'other-period', detail: 'it is not of the period' });
    }
    if ('patient' in file && !entity?.some(({ what }) => what?.reference === `Patient/${file.patient}`)) {
      failures.push({ where, reason: 'other-patient', detail: 'it is not about the patient whom the file names' });
    }
  }
  return failures;
}

/** Places between the first and the last entry that the file says nothing of. */
function gapsIn({ entries, unreadable = [] }: ReportFile): Failure[] {
  const there = new Set([...entries.map(({ proof }) => proof.index), ...unreadable]);
  const failures: Failure[] = [];
  const [first, last] = [entries[0]?.proof.index ?? 0, entries.at(-1)?.proof.index ?? -1];
  for (let at = first; at <= last; at++) {
    if (there.has(at)) continue;
    failures.push({ where: placeOf(at), reason: 'left-out', detail: 'it is in the log and not in the file' });
  }
  return failures;
}

interface Entity {
  readonly what?: { readonly reference?: string };
}

/** Whether the leaves lead from one checkpoint to the other, both vouched for, and the entries are among them. */
async function rangeFailures(
  file: SignedFile,
  ledger: TrustedLedger | null,
  hash: Sha256 | undefined,
): Promise<Failure[]> {
  const { range, entries, organization, chainId, checkpoints } = file;
  const { from, to, leaves } = range;
  const start = from?.size ?? 0;
  const where = `access log of organisation ${organization}`;
  const failures: Failure[] = [];
  const fail = (size: number, reason: string, detail: string): void =>
    void failures.push({ where: `${where}, size ${size}`, reason, detail });
  const roots = rootsOf(range, hash);
  if (roots === null || (from !== null && !same(roots.from, from.root))) {
    fail(start, 'root-differs', 'what is said to stand before the period does not lead to its checkpoint');
  } else if (to !== null && (start + leaves.length !== to.size || !same(roots.to, to.root))) {
    fail(
      to.size,
      'root-differs',
      'the leaves of the period do not lead to its checkpoint: some were removed or changed',
    );
  }
  const profile = profileOf(file);
  const witness = ledger ? ledgerWitness(ledger) : profile ? noteWitness(file.notes, profile) : null;
  for (const checkpoint of [from, to]) {
    const doubt = checkpoint && (await witness?.vouch(proofOf(file, checkpoint)));
    if (doubt) failures.push({ where: `${where}, size ${checkpoint.size}`, ...doubt });
  }
  const identity = { kind: 'access', chainId, checkpoints, organization } as const;
  for (const { event, proof } of entries) {
    const leaf = leafHash(commitmentOf(identity, proof.salt, canonicalize(event), hash), hash);
    // Recorded in the period by the node's own clock, it may have been sealed after it.
    if (proof.index - start >= leaves.length && to !== null) continue;
    if (leaves[proof.index - start]?.toLowerCase() === bytesToHex(leaf)) continue;
    failures.push({
      where: `AuditEvent/${event.id ?? '?'}`,
      reason: 'other-leaf',
      detail: 'it is not the leaf at its place in the log',
    });
  }
  return failures;
}

/** Both ends of a stretch, computed from what is in it; null when it is of another form than a log has. */
function rootsOf(
  { from, before, leaves }: AccountedRange,
  hash: Sha256 | undefined,
): { from: Uint8Array; to: Uint8Array } | null {
  const start = from?.size ?? 0;
  const coordinates = rootCoordinates(start);
  if (coordinates.length !== before.length) return null;
  const known: LogNode[] = coordinates.map((one, at) => ({ ...one, hash: hexToBytes(before[at] as Hex) }));
  const added = newNodes(
    start,
    leaves.map((leaf) => hexToBytes(leaf)),
    nodeReader(known),
    hash,
  );
  const read = nodeReader([...known, ...added]);
  return {
    from: foldRoot(
      known.map((node) => node.hash),
      hash,
    ),
    to: foldRoot(rootCoordinates(start + leaves.length).map(read), hash),
  };
}

function profileOf({ profile }: SignedFile): string | null {
  try {
    return decodeProfile(utf8(profile)).logKey ?? null;
  } catch {
    return null;
  }
}

function proofOf({ chainId, checkpoints, organization }: SignedFile, checkpoint: PostedCheckpoint) {
  const { size, root } = checkpoint;
  return {
    ...({ kind: 'access', log: 'access', chainId, checkpoints, organization, checkpoint, size, root } as const),
    ...{ salt: `0x${'0'.repeat(64)}` as const, index: 0, path: [] },
  };
}

function placeOf(index: number): string {
  return `access log, entry ${index}`;
}

function same(root: Uint8Array, other: Hex): boolean {
  return bytesToHex(root) === other.toLowerCase();
}
