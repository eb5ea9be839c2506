import { AnamnesisError, type Sha256, STREAMS } from '@anamnesis/protocol';
import { type Connection, connect } from '../client/connection.ts';
import { getProfile } from '../verbs/getProfile.ts';
import { getStatus } from '../verbs/getStatus.ts';
import { type Failure, type Report, ReportBuilder } from './report.ts';
import type { TrustedLedger } from './trustedLedger.ts';
import { verifyLog } from './verifyLog.ts';

/** What to verify, and against what. */
export interface VerifyNodeParameters {
  readonly ledger: TrustedLedger;
  /** Addresses of nodes. Without any, those that the Directory's profiles name. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each part, for a display of progress. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** A faster SHA-256 than the built-in one, such as that of node:crypto. */
  readonly hash?: Sha256 | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Verifies nodes without trusting them, and without any right at them: the profile is the one that the Directory pins, and both logs
 * have the root that stands on the ledger at every checkpoint. What the records say needs `verifyExport`.
 *
 * A node that lies or does not answer becomes a failure of the report. Throws only when the ledger cannot be read, or `cancelled`.
 */
export async function verifyNode(parameters: VerifyNodeParameters): Promise<Report> {
  const { ledger, signal, onProgress } = parameters;
  const report = new ReportBuilder();
  const addresses = parameters.nodes?.length ? parameters.nodes : await knownNodes(ledger);
  if (addresses.length === 0) {
    report.check('nodes', '', [
      { where: 'directory', reason: 'no-nodes', detail: 'the Directory names no node to verify' },
    ]);
  }
  for (const address of addresses) {
    onProgress?.(`verifying ${address}`);
    let organization: number | null;
    const connection = connect({ baseUrl: address, fetch: parameters.fetch });
    try {
      organization = await verifyProfile(connection, ledger, report, signal);
    } catch (error) {
      report.check(`${address}: profile`, '', [unreadable(address, error)]);
      continue;
    }
    if (organization === null) continue;
    for (const { name: log } of STREAMS) {
      try {
        const found = await verifyLog(connection, ledger, { organization, log }, { signal, hash: parameters.hash });
        const tail = found.size - found.sealed;
        const detail = `${found.size} leaves, right at ${found.checkpoints} of ${found.checkpoints} checkpoints${
          tail > 0 ? `; the last ${tail} not yet sealed` : ''
        }`;
        report.check(`${address}: ${log} log`, detail, found.failures);
      } catch (error) {
        report.check(`${address}: ${log} log`, '', [unreadable(address, error)]);
      }
    }
  }
  return report.build();
}

/** Compares the node's profile with the Directory's pin. Returns the organisation when they agree, else null. */
async function verifyProfile(
  connection: Connection,
  ledger: TrustedLedger,
  report: ReportBuilder,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const [{ hash, profile }, { organization }] = await Promise.all([
    getProfile(connection, { signal }),
    getStatus(connection, { signal }),
  ]);
  const entry = Number.isSafeInteger(organization) && organization > 0 ? await ledger.organization(organization) : null;
  const where = `organisation ${String(organization)}`;
  const failures: Failure[] = [];
  if (entry === null) {
    failures.push({ where, reason: 'organisation-unknown', detail: 'the Directory does not know it' });
  } else if (entry.profileHash.toLowerCase() !== hash.toLowerCase()) {
    const detail = `the profile at ${connection.baseUrl} is not the one that the Directory pins`;
    failures.push({ where, reason: 'profile-differs', detail });
  }
  const standing = entry?.active === false ? ', suspended' : '';
  const detail = `${profile.organization.name} is organisation ${organization} of the Directory${standing}`;
  return report.check(`${connection.baseUrl}: profile`, detail, failures) || entry !== null ? organization : null;
}

/** Addresses of the nodes that the Directory names. */
export async function knownNodes(ledger: TrustedLedger): Promise<string[]> {
  const organizations = await ledger.organizations();
  return organizations.flatMap(({ active, profileUrl }) => {
    const at = profileUrl?.lastIndexOf('/.well-known/') ?? -1;
    return active && profileUrl !== null && at > 0 ? [profileUrl.slice(0, at)] : [];
  });
}

function unreadable(address: string, error: unknown): Failure {
  if (!(error instanceof AnamnesisError) || error.code === 'cancelled') throw error;
  return { where: address, reason: error.code, detail: error.message };
}
