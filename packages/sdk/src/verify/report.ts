/** One thing that was looked at. `name` is stable; `detail` is a sentence for people. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One thing that is wrong, by its exact place: `Observation/7/_history/2`, or `records log of organisation 3, size 120`. */
export interface Failure {
  readonly where: string;
  /** A stable kebab-case word. */
  readonly reason: string;
  readonly detail: string;
}

/** What a verifier found. `ok` is true only when there is no failure. */
export interface Report {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly failures: readonly Failure[];
}

/** Collects a report. A check with failures beneath it is not ok, whoever forgets to say so. */
export class ReportBuilder {
  readonly #checks: Check[] = [];
  readonly #failures: Failure[] = [];

  get failures(): number {
    return this.#failures.length;
  }

  /** Notes a check with the failures that it found; it is ok when there are none. */
  check(name: string, detail: string, failures: readonly Failure[] = []): boolean {
    const ok = failures.length === 0;
    this.#checks.push({ name, ok, detail: ok ? detail : `${failures[0]?.where}: ${failures[0]?.detail}` });
    this.#failures.push(...failures);
    return ok;
  }

  build(): Report {
    return { ok: this.#failures.length === 0, checks: [...this.#checks], failures: [...this.#failures] };
  }
}
