import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import { canonicalize, fromUtf8, parseStoredJson } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import type { FhirResource } from '../records/search/index.ts';
import type { SubscriptionsContext } from './context.ts';
import type { Standing } from './standing.ts';
import type { SubscriptionTerms } from './terms.ts';

export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off';

/** A subscription as it stands. */
export interface Subscription {
  readonly id: string;
  /** Who it belongs to: see `ownerOf`. */
  readonly owner: string;
  readonly version: number;
  readonly status: SubscriptionStatus;
  /** As it was sent, without what is the server's. */
  readonly resource: FhirResource;
  readonly terms: SubscriptionTerms;
  readonly standing: Standing;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
  /** The place in the record log from which on nothing was looked at yet. */
  readonly nextLeaf: number;
  /** Events so far; the number of the last one. */
  readonly events: number;
  readonly delivered: number;
  readonly logged: number;
  /** Whether the endpoint answered a handshake, or needs none. */
  readonly shaken: boolean;
  /** Failed deliveries in a row. */
  readonly failures: number;
  /** What went wrong last, in a word of ours; null when all is well. */
  readonly error: string | null;
  readonly beatAt: number | null;
}

interface Row extends Omit<Subscription, 'resource' | 'terms' | 'standing'> {
  readonly content: Uint8Array;
}

/** What is kept encrypted. */
export type SubscriptionContent = Pick<Subscription, 'resource' | 'terms' | 'standing'>;

const COLUMNS = `id, owner, version, status, content, updated_at as "updatedAt", next_leaf as "nextLeaf", events, delivered,
  logged, shaken, failures, error, beat_at as "beatAt"`;

/** The subscriptions that a condition selects, in the order of their ids. */
export async function selectSubscriptions(
  context: SubscriptionsContext,
  q: Queryable,
  condition: string,
  params: readonly unknown[],
): Promise<Subscription[]> {
  const rows = await q.query<Row>(`select ${COLUMNS} from subscription where ${condition}`, params);
  return rows.map(({ content, ...rest }) => ({ ...rest, ...open(context, rest.id, content) }));
}

/** Seals what a subscription is. */
export function sealSubscription(
  context: SubscriptionsContext,
  id: string,
  { resource, terms, standing }: SubscriptionContent,
): Uint8Array {
  // The resource as canonical text, so that its numbers keep their digits.
  const text = JSON.stringify({ resource: canonicalize(resource), terms, standing });
  return sealEnvelope(context.keys.derive('subscription'), text, placeOf(id));
}

function open(context: SubscriptionsContext, id: string, content: Uint8Array): SubscriptionContent {
  const text = fromUtf8(openEnvelope(context.keys.derive('subscription'), content, placeOf(id)));
  const { resource, ...rest } = JSON.parse(text) as Omit<SubscriptionContent, 'resource'> & { resource: string };
  return { ...rest, resource: parseStoredJson(resource) as FhirResource };
}

function placeOf(id: string): string {
  return `subscription/${id}`;
}
