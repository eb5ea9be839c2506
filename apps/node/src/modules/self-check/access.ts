import { createHash } from 'node:crypto';
import { openEnvelope } from '@anamnesis/crypto/envelope';
import { canonicalize, commitmentOf, fromUtf8, parseStoredJson } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import { rollbackDecisions } from '../checkpoints/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { erasedPlaces } from './erased.ts';
import type { Finding } from './index.ts';
import { openableKeys } from './keys.ts';
import type { CheckedTree } from './tree.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const PORTION = 1_000;

interface Row {
  readonly leaf_index: number;
  readonly id: string;
  readonly recorded: Date;
  readonly patient: string | null;
  readonly key_id: string;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
}

/** Every entry of the access log at its place: its event is the committed one, and its columns say what the event says. */
export async function checkAccess(context: ExchangeContext, q: Queryable, tree: CheckedTree): Promise<Finding[]> {
  const { places: erased, findings: unproven } = await erasedPlaces(context, q, 'access');
  const findings: Finding[] = [...unproven];
  const lost = (await rollbackDecisions(q)).filter(({ log }) => log === 'access');
  for (let start = 0; start < tree.size; start += PORTION) {
    const end = Math.min(start + PORTION, tree.size);
    const rows = await q.query<Row>(
      'select leaf_index, id, recorded, patient, key_id, salt, content from access_entry where leaf_index >= $1 and leaf_index < $2',
      [start, end],
    );
    const byPlace = new Map(rows.map((row) => [row.leaf_index, row]));
    const keys = await openableKeys(
      context,
      q,
      rows.map((row) => row.key_id),
    );
    for (let place = start; place < end; place++) {
      const row = byPlace.get(place);
      if (erased.has(place) || lost.some(({ kept, posted }) => place >= kept && place < posted)) continue;
      if (row === undefined) {
        findings.push({
          where: `access log, leaf ${place}`,
          reason: 'entry-missing',
          detail: 'the entry that stood here is gone',
        });
        continue;
      }
      const fail = (reason: string, detail: string): void =>
        void findings.push({ where: `AuditEvent/${row.id}`, reason, detail });
      const opened = open(keys.get(row.key_id)?.secret, row);
      if (opened === null) {
        fail('unreadable', 'its content, its salt or its key was changed, moved or deleted');
        continue;
      }
      const { event, salt } = opened;
      const commitment = commitmentOf({ kind: 'access', ...context.ledger }, salt, canonicalize(event), sha256);
      if (!tree.holds(place, commitment)) {
        fail('content-differs', 'its content is not what the log commits to at its place');
        continue;
      }
      const { id, recorded = '', entity = [] } = event as Event;
      const about = entity.find(({ role }) => role?.code === '1')?.what?.reference ?? null;
      if (id !== row.id) fail('column-differs', 'id says something else than the content');
      if (Date.parse(recorded) !== row.recorded.getTime())
        fail('column-differs', 'recorded says something else than the content');
      if (about !== (row.patient === null ? null : `Patient/${row.patient}`))
        fail('column-differs', 'patient says something else than the content');
    }
  }
  const beyond = await q.query<{ id: string }>('select id from access_entry where leaf_index >= $1 or leaf_index < 0', [
    tree.size,
  ]);
  for (const { id } of beyond)
    findings.push({ where: `AuditEvent/${id}`, reason: 'no-leaf', detail: 'no leaf of the log stands for it' });
  return findings;
}

interface Event {
  readonly id?: string;
  readonly recorded?: string;
  readonly entity?: readonly {
    readonly role?: { readonly code?: string };
    readonly what?: { readonly reference?: string };
  }[];
}

function open(
  key: Parameters<typeof openEnvelope>[0] | undefined,
  row: Row,
): { event: object; salt: Uint8Array } | null {
  if (key === undefined) return null;
  try {
    const event = parseStoredJson(fromUtf8(openEnvelope(key, row.content, `AuditEvent/${row.id}`))) as object;
    return { event, salt: openEnvelope(key, row.salt, `AuditEvent/${row.id}#salt`) };
  } catch {
    return null;
  }
}
