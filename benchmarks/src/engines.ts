import { createPostgresDatabase, type PostgresServer, startPostgres } from '../../apps/node/src/testing/postgres.ts';

export const ENGINE_NAMES = ['pglite', 'postgres'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A database engine that nodes can be started on. */
export interface Engine {
  readonly name: EngineName;
  /** As people call it. */
  readonly title: string;
  /** URL of a new, empty database; undefined where the node makes one in its folder. */
  newDatabase(): Promise<string | undefined>;
  /** The server, where there is one. */
  readonly server: PostgresServer | null;
  stop(): Promise<void>;
}

/** Starts an engine: PGlite runs inside the node, PostgreSQL is a real server from npm, with its durability as it comes. */
export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === 'pglite') {
    return { name, title: 'PGlite', server: null, newDatabase: async () => undefined, stop: async () => {} };
  }
  const server = await startPostgres();
  const newDatabase = () => createPostgresDatabase(server.url);
  return { name, title: 'PostgreSQL', server, newDatabase, stop: () => server.stop() };
}
