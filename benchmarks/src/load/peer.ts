/** A line of the comparison: a phase of the load script, and what the peer did in it. */
export interface PeerLine {
  /** Name in the load script: operation and clients. */
  readonly phase: string;
  readonly label: string;
  /** Units of work in one request: a transaction of 100 counts as 100 records, an export as all that it gives. */
  readonly each: number;
  /** The peer's median of several runs, units a second; the highest where several passes differed. */
  readonly rate: number;
  /** The peer's p99 in milliseconds; null where none was measured. */
  readonly p99: number | null;
}

/** Records that an export of the whole data set gives. */
const EXPORTED = 50_800;

/**
 * Medplum 5.0.10 on PostgreSQL 15 with Redis, two cores, 50,299 Observations, one node process, the same load script; its audit events, consent and
 * encryption off. Reads at 16 clients were 1,200/s from its database and 2,700/s from its cache in Redis: both stand here.
 */
export const PEER: readonly PeerLine[] = [
  { phase: 'read1', label: 'read, 1 client', each: 1, rate: 650, p99: 3.5 },
  { phase: 'read16', label: 'read, 16 clients (its database)', each: 1, rate: 1200, p99: 51.7 },
  { phase: 'read16', label: 'read, 16 clients (its cache)', each: 1, rate: 2700, p99: 16.7 },
  { phase: 'search1', label: 'search, 1 client', each: 1, rate: 360, p99: 6.7 },
  { phase: 'search16', label: 'search, 16 clients', each: 1, rate: 600, p99: 48 },
  { phase: 'everything1', label: '$everything of 500, 1 client', each: 1, rate: 17, p99: 79 },
  { phase: 'everything4', label: '$everything of 500, 4 clients', each: 1, rate: 28, p99: 241 },
  { phase: 'export', label: 'export, records', each: EXPORTED, rate: EXPORTED, p99: null },
  { phase: 'create1', label: 'create, 1 client', each: 1, rate: 185, p99: 17.7 },
  { phase: 'create16', label: 'create, 16 clients', each: 1, rate: 380, p99: 115.7 },
  { phase: 'update16', label: 'update, 16 clients', each: 1, rate: 330, p99: 121.8 },
  { phase: 'tx1', label: 'transaction of 100, 1 client: records', each: 100, rate: 280, p99: 671 },
  { phase: 'tx4', label: 'transaction of 100, 4 clients: records', each: 100, rate: 550, p99: 1590 },
  { phase: 'mixed16', label: 'mixed 70/20/10, 16 clients', each: 1, rate: 955, p99: 84.2 },
];
