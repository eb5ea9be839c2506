import { openEnvelope } from '@anamnesis/crypto/envelope';
import { checkGrant, fromUtf8, type Grant, parseStoredJson } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import { idOf } from '../consent/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import type { Finding } from './index.ts';
import { openableKeys } from './keys.ts';

interface Row {
  readonly id: string;
  readonly subject: string;
  readonly epoch: number;
  readonly index: number;
  readonly grantee: number;
  readonly key_id: string;
  readonly content: Uint8Array;
}

/** Every consent is what the patient signed: its id is the digest of its terms, and its columns say what the terms say. */
export async function checkConsents(context: ExchangeContext, q: Queryable): Promise<Finding[]> {
  const findings: Finding[] = [];
  const rows = await q.query<Row>('select id, subject, epoch, index, grantee, key_id, content from consent');
  const keys = await openableKeys(
    context,
    q,
    rows.map((row) => row.key_id),
  );
  for (const row of rows) {
    const fail = (reason: string, detail: string): void =>
      void findings.push({ where: `Consent/${row.id}`, reason, detail });
    const grant = open(keys.get(row.key_id)?.secret, row);
    if (grant === null) {
      fail('unreadable', 'its terms or its key was changed, moved or deleted');
      continue;
    }
    const { subject, epoch, index, grantee } = grant.terms;
    if (idOf(context, grant.terms).toLowerCase() !== row.id.toLowerCase())
      fail('content-differs', 'its id is not that of its terms');
    const columns = { subject: subject.toLowerCase(), epoch, index, grantee };
    for (const name of ['subject', 'epoch', 'index', 'grantee'] as const) {
      if (row[name] !== columns[name]) fail('column-differs', `${name} says something else than the terms`);
    }
  }
  return findings;
}

function open(key: Parameters<typeof openEnvelope>[0] | undefined, row: Row): Grant | null {
  if (key === undefined) return null;
  try {
    return checkGrant(parseStoredJson(fromUtf8(openEnvelope(key, row.content, `Consent/${row.id}`))));
  } catch {
    return null;
  }
}
