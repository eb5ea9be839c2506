import { fdatasyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

interface EmscriptenModule {
  NODEFS: { stream_ops: { fsync?: (stream: { nfd?: number }) => number } };
}

/**
 * PGlite's file system with a working fsync. The one it ships ignores fsync, so that a transaction it acknowledged outlives the process but
 * not a power cut. Here PostgreSQL's fsync reaches the disk; together with `wal_sync_method=fsync` (its default, fdatasync, is a no-op in
 * WebAssembly) each commit is on stable storage before it is acknowledged.
 */
export class DurableFS extends NodeFS {
  override async init(database: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const ready = await super.init(database, options);
    const preRun = (module: EmscriptenModule): void => {
      module.NODEFS.stream_ops.fsync = ({ nfd }) => {
        if (nfd !== undefined) fdatasyncSync(nfd);
        return 0;
      };
    };
    const steps = ready.emscriptenOpts.preRun as unknown as ((module: EmscriptenModule) => void)[];
    steps.push(preRun);
    return ready;
  }
}
