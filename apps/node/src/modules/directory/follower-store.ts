import type { BlockPlace, FollowerStore, LedgerEvent } from '@anamnesis/ledger';
import type { Database } from '../../storage/types.ts';
import { foldEvent, unfoldAbove } from './fold.ts';

/** How many of the newest blocks are remembered: as far back as a reorganisation is undone without reading the chain anew. */
const REMEMBERED = 512;
/** Events read at a time when the follower starts. */
const PAGE = 1000;

/**
 * What the follower has seen, in the node's database. The events of a page, the tables folded from them and the block that it ends at
 * are written in one transaction, so a decision always looks at the ledger as it was at some one block.
 */
export function sqlFollowerStore(database: Database): FollowerStore {
  return {
    async load(scope) {
      return database.transaction(async (tx) => {
        const [kept] = await tx.query<{ scope: string }>('select scope from ledger_scope');
        if (kept?.scope !== scope) {
          await unfoldAbove(tx, -1);
          await tx.query('delete from ledger_event');
          await tx.query('delete from ledger_block');
          await tx.query(
            'insert into ledger_scope (scope) values ($1) on conflict (single) do update set scope = excluded.scope',
            [scope],
          );
        }
        return tx.query<BlockPlace>(
          'select number as block, hash, time as timestamp from ledger_block order by number',
        );
      });
    },

    async *events() {
      let [block, index] = [-1, -1];
      for (;;) {
        const rows = await database.query<{ block: number; log_index: number; content: string }>(
          `select block, log_index, content from ledger_event where (block, log_index) > ($1, $2)
           order by block, log_index limit ${PAGE}`,
          [block, index],
        );
        for (const row of rows) yield JSON.parse(row.content) as LedgerEvent;
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        [block, index] = [last.block, last.log_index];
      }
    },

    async append(end, events) {
      await database.transaction(async (tx) => {
        for (const event of events) {
          await tx.query(
            'insert into ledger_event (block, log_index, content) values ($1, $2, $3) on conflict do nothing',
            [event.block, event.index, JSON.stringify(event)],
          );
          await foldEvent(tx, event);
        }
        await tx.query(
          `insert into ledger_block (number, hash, time) values ($1, $2, $3)
           on conflict (number) do update set hash = excluded.hash, time = excluded.time`,
          [end.block, end.hash, end.timestamp],
        );
        await tx.query(
          `delete from ledger_block where number <=
             (select number from ledger_block order by number desc offset ${REMEMBERED} limit 1)`,
        );
      });
    },

    async rewind(block) {
      await database.transaction(async (tx) => {
        await unfoldAbove(tx, block);
        await tx.query('delete from ledger_event where block > $1', [block]);
        await tx.query('delete from ledger_block where number > $1', [block]);
      });
    },
  };
}
