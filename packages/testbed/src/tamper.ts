import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import type { RunningNode } from '@anamnesis/node';
import { AnamnesisError, canonicalize, fromUtf8, parseStoredJson } from '@anamnesis/protocol';

interface Row {
  key_id: string;
  content: Uint8Array;
}

/**
 * Changes a stored record as somebody could who has the node's database and its keys: the content is opened, altered, and sealed again in
 * the same place, so that nothing in the database looks wrong. Only the ledger knows better.
 *
 * @param reference `type/id/_history/version`.
 */
export async function tamper({ context }: RunningNode, reference: string): Promise<void> {
  const [type, id, , version] = reference.split('/');
  const place = [type, id, Number(version)] as const;
  await context.database.transaction(async (tx) => {
    const where = 'where type = $1 and id = $2 and version = $3 and content is not null';
    // The content of the current version stands in `resource`, that of earlier ones in `resource_version`.
    const rows = await tx.query<Row>(
      `select key_id, content from resource ${where} union all select key_id, content from resource_version ${where}`,
      place,
    );
    const [row] = rows;
    if (row === undefined) throw new AnamnesisError('not-found', 'There is no such record version');
    const key = (await context.keys.withIds(tx, [row.key_id])).get(row.key_id);
    if (key === undefined) throw new AnamnesisError('key-erased', 'The content key was erased');
    const resource = parseStoredJson(fromUtf8(openEnvelope(key.secret, row.content, reference))) as object;
    const changed = canonicalize({ ...resource, language: 'x-tampered' });
    const sealed = sealEnvelope(key.secret, changed, reference);
    for (const table of ['resource_version', 'resource']) {
      await tx.query(`update ${table} set content = $4 ${where}`, [...place, sealed]);
    }
  });
}
