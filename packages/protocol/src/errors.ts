/**
 * The one base of every error that a caller of Anamnesis can meet. `code` is a stable kebab-case word that programs switch on;
 * `message` is for people and never holds clinical content, keys or tokens; nor does `hint`, which says what to do next.
 */
export class AnamnesisError extends Error {
  override readonly name: string = 'AnamnesisError';
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options?: { cause?: unknown; hint?: string }) {
    super(message, options);
    this.code = code;
    this.hint = options?.hint;
  }
}
