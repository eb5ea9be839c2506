import { OutcomeError } from '@anamnesis/protocol';
import type { Scope, ScopeAction } from '../consent/scope.ts';
import { rulesFor } from './search/index.ts';

/** 403 `insufficient_scope` (RFC 6750 section 3.1): what the app was allowed has no such interaction with this type. */
export class InsufficientScope extends OutcomeError {
  override readonly name = 'InsufficientScope';
  override readonly code: string = 'insufficient-scope';

  constructor() {
    const diagnostics = 'The app was not given a scope for this';
    super(403, [{ severity: 'error', code: 'forbidden', diagnostics }]);
  }
}

/**
 * The part of a scope that counts for one interaction (`r`: read, vread, history of a record; `s`: search, history of a type or of everything; `c`,
 * `u`, `d`; null: an operation that needs both `r` and `s`) with one type, or with any. Scopes that no app narrows are returned as they are.
 *
 * Errors: {@link InsufficientScope}.
 */
export function scopeFor(scope: Scope, action: ScopeAction | null, type: string | null): Scope {
  if (scope.kind !== 'narrowed') return scope;
  const chosen = { ...scope, action };
  const rules = rulesFor(chosen);
  if (!rules.some((rule) => type === null || rule.type === null || rule.type === type)) throw new InsufficientScope();
  return { ...chosen, rules };
}
