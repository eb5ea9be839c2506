import type { ScopeRule } from '../consent/scope.ts';

/** Scopes as SMART 2.2 writes them. */
export type ParsedScopes = readonly string[];

/** The rules of scopes that are known to be well formed; `modules/smart` reads those that come from outside. */
export function scopesFrom(scopes: ParsedScopes, patient: string | null): ScopeRule[] {
  return scopes.flatMap((scope) => {
    const [, level, type = '', actions = '', criteria = null] = /^(\w+)\/([\w*]+)\.(\w+)(?:\?(.*))?$/.exec(scope) ?? [];
    if (level === 'patient' && patient === null) return [];
    return [{ type: type === '*' ? null : type, actions, patient: level === 'patient' ? patient : null, criteria }];
  });
}
