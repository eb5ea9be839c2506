/** Prepared statements that a connection may hold. */
const NAMED = 300;
/** Texts that are watched for coming again. */
const WATCHED = 2000;

/**
 * Gives the statements that come again a name, under which the server keeps them parsed and planned. The number of names is bounded, because
 * each holds memory on the server for as long as the connection lives, and search makes texts without end.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seen = new Set<string>();

  /** The name of a statement's text; undefined for one that is new or comes too late. */
  nameOf(text: string): string | undefined {
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size >= NAMED) return name;
    if (!this.#seen.delete(text)) {
      if (this.#seen.size >= WATCHED) this.#seen.clear();
      this.#seen.add(text);
      return undefined;
    }
    const fresh = `s${this.#names.size}`;
    this.#names.set(text, fresh);
    return fresh;
  }
}
