import type { IssueCode } from '@anamnesis/protocol';
import { expressionOf, type Place, type ValidationIssue } from './structure.ts';

type Severity = ValidationIssue['severity'];

/** So many errors, and so many other findings, are told. */
const MAX_ISSUES = 100;

/** Findings of a full validation: each once, errors never crowded out by warnings. */
export class Report {
  readonly #errors: ValidationIssue[] = [];
  readonly #others: ValidationIssue[] = [];
  readonly #said = new Set<string>();

  add(place: Place, severity: Severity, code: IssueCode, diagnostics: string): void {
    this.take({ severity, code, diagnostics, expression: [expressionOf(place)] });
  }

  take(issue: ValidationIssue): void {
    const list = issue.severity === 'error' || issue.severity === 'fatal' ? this.#errors : this.#others;
    if (list.length === MAX_ISSUES) return;
    const said = `${issue.expression[0]} ${issue.code} ${issue.diagnostics}`;
    if (this.#said.has(said)) return;
    this.#said.add(said);
    list.push(issue);
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0;
  }

  get issues(): readonly ValidationIssue[] {
    return [...this.#errors, ...this.#others];
  }
}
