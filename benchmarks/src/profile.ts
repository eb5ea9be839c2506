/** How much is measured, and on how much. */
export interface Profile {
  readonly name: 'smoke' | 'default' | 'full';
  /** Of each measured run, and of the warm-up before the first one. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** The figure shown is the median of so many runs. */
  readonly runs: number;
  /** How many clients ask at once. */
  readonly clients: readonly number[];
  /** Entries of a transaction bundle. */
  readonly entries: number;
  /** What is in the database before requests are timed. */
  readonly patients: number;
  readonly observations: number;
  /** Records of the one patient whose compartment another organisation fetches. */
  readonly fetched: number;
  /** Patients of the generated population that is imported. */
  readonly imported: number;
  /** Whether the Synthea patients in ../shared are imported too, where they are present. */
  readonly synthea: boolean;
  /** Sizes of the logs whose proofs are measured. */
  readonly leaves: readonly number[];
}

/** By name: `smoke` proves that everything runs and its figures mean nothing. */
export const PROFILES: Readonly<Record<Profile['name'], Profile>> = {
  smoke: {
    ...{ name: 'smoke', seconds: 0.05, warmSeconds: 0, runs: 1, patients: 2, observations: 8 },
    ...{ clients: [1, 4], entries: 10, fetched: 12, imported: 1, synthea: false, leaves: [100] },
  },
  default: {
    ...{ name: 'default', seconds: 0.5, warmSeconds: 0.2, runs: 3, patients: 20, observations: 100 },
    ...{ clients: [1, 16], entries: 100, fetched: 200, imported: 25, synthea: true, leaves: [1_000, 100_000] },
  },
  full: {
    ...{ name: 'full', seconds: 6, warmSeconds: 2, runs: 5, patients: 500, observations: 100 },
    ...{
      clients: [1, 16],
      entries: 100,
      fetched: 500,
      imported: 250,
      synthea: true,
      leaves: [1_000, 10_000, 100_000, 1_000_000],
    },
  },
};
