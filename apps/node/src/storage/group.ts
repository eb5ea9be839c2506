/**
 * Group commit. A commit waits for the disk, and the row that orders a log lets one transaction in at a time; so requests that arrive while
 * one transaction is under way are done together in the next. Nobody waits for others to come: a request that finds nothing under way begins,
 * after one turn of the event loop. That turn reads what has come in already: PGlite works in this thread, so while it does nothing is read,
 * and without it each request would find the one before it done and have a commit to itself.
 */

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A result, or the error that this job alone ends in. */
export type Settled<Result> = { readonly value: Result } | { readonly error: unknown };

export class Group<Job, Result> {
  readonly #run: (jobs: readonly Job[]) => Promise<Settled<Result>[]>;
  readonly #limit: number;
  readonly #atOnce: number;
  readonly #keyOf: (job: Job) => string | null;
  #waiting: Waiting<Job, Result>[] = [];
  #running = 0;

  /**
   * @param run does jobs in one transaction. When it throws, nothing was done, and each job is run again on its own.
   * @param options `limit`: jobs in a transaction; `atOnce`: transactions at a time; `keyOf`: two jobs of one key never share a transaction.
   */
  constructor(
    run: (jobs: readonly Job[]) => Promise<Settled<Result>[]>,
    options: { limit: number; atOnce: number; keyOf?: (job: Job) => string | null },
  ) {
    this.#run = run;
    this.#limit = options.limit;
    this.#atOnce = options.atOnce;
    this.#keyOf = options.keyOf ?? (() => null);
  }

  submit(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    if (this.#running >= this.#atOnce || this.#waiting.length === 0) return;
    this.#running++;
    setImmediate(() => {
      void this.#settle(this.#take()).finally(() => {
        this.#running--;
        this.#start();
      });
    });
  }

  #take(): Waiting<Job, Result>[] {
    const batch: Waiting<Job, Result>[] = [];
    const later: Waiting<Job, Result>[] = [];
    const keys = new Set<string>();
    for (const waiting of this.#waiting) {
      const key = this.#keyOf(waiting.job);
      if (batch.length >= this.#limit || (key !== null && keys.has(key))) {
        later.push(waiting);
        continue;
      }
      if (key !== null) keys.add(key);
      batch.push(waiting);
    }
    this.#waiting = later;
    return batch;
  }

  async #settle(batch: readonly Waiting<Job, Result>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const results = await this.#run(batch.map((waiting) => waiting.job));
      for (const [at, waiting] of batch.entries()) deliver(waiting, results[at]);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const waiting of batch) await this.#settle([waiting]);
    }
  }
}

function deliver<Job, Result>(waiting: Waiting<Job, Result>, result: Settled<Result> | undefined): void {
  if (result === undefined) waiting.reject(new TypeError('a group gives a result for each job'));
  else if ('error' in result) waiting.reject(result.error);
  else waiting.resolve(result.value);
}
