import type { Resource } from '@anamnesis/sdk';
import { parts, textOf } from './text.ts';

/** A person's name as she writes it: the official one, else the first. Undefined where the record has none. */
export function nameOf(person: Resource): string | undefined {
  const names = parts(person.name);
  const [name] = [...names.filter(({ use }) => use === 'official'), ...names];
  const given = Array.isArray(name?.given) ? name.given.flatMap((one) => textOf(one) ?? []) : [];
  const spelled = [...given, textOf(name?.family)].filter(Boolean).join(' ');
  return textOf(name?.text) ?? (spelled || undefined);
}
