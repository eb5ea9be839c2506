import { type AccessRequest, type Client, getReceived, RequestError, type Resource } from '@anamnesis/sdk';
import { originOf, setOrigin, type Verification } from '../../chart/origin.ts';
import { parts, textOf } from '../../chart/text.ts';

/** Why nothing of what came may be shown now. */
export type LockReason = 'stopped' | 'ended' | 'other' | 'unsure';

/** What came from another organisation about a patient, for as long as she lets it be seen. */
export type Received =
  | {
      readonly state: 'open';
      readonly resources: readonly Resource[];
      /** Did not verify: kept apart, and nobody should rely on it. */
      readonly doubtful: readonly Resource[];
      /** When it was fetched, as FHIR writes an instant. */
      readonly fetchedAt: string | undefined;
    }
  | { readonly state: 'locked'; readonly reason: LockReason };

const VERIFICATION = 'https://anamnesis.example/code/verification';

/** Asks this organisation's node for what came, which asks the consent again. Throws RequestError; a refusal is an answer. */
export async function fetchReceived(
  client: Client,
  { custodian, subject, purpose }: Pick<AccessRequest, 'custodian' | 'subject' | 'purpose'>,
  signal?: AbortSignal,
): Promise<Received> {
  try {
    const { entry = [] } = await getReceived(client, { custodian, subject, purpose }, { signal });
    const all = entry.flatMap(({ resource }) => (resource && resource.resourceType !== 'Provenance' ? [resource] : []));
    for (const resource of all) setOrigin(resource, { custodian, verification: verificationOf(resource) });
    const fetched = entry.flatMap(({ resource }) =>
      resource?.resourceType === 'Provenance' ? (textOf(resource.recorded) ?? []) : [],
    );
    const doubtful = all.filter((one) => originOf(one)?.verification === 'unverified');
    const resources = all.filter((one) => !doubtful.includes(one));
    return { state: 'open', resources, doubtful, fetchedAt: fetched.sort().at(-1) };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 403) return { state: 'locked', reason: reasonOf(error) };
    if (error.status === 503) return { state: 'locked', reason: 'unsure' };
    throw error;
  }
}

function verificationOf({ meta }: Resource): Verification {
  const tag = parts(meta?.tag).find(({ system }) => system === VERIFICATION);
  return tag?.code === 'verified' || tag?.code === 'unsealed' ? tag.code : 'unverified';
}

/** The last word of what the node says is why (spec: denial reasons). */
function reasonOf({ issues }: RequestError): LockReason {
  const said = issues[0]?.diagnostics ?? '';
  if (/\b(revoked|wrong-epoch)\b/.test(said)) return 'stopped';
  return /\bexpired\b/.test(said) ? 'ended' : 'other';
}
