import type { Resource } from '@anamnesis/sdk';
import { codesOf, conceptText, isPart, parts, textOf } from './text.ts';

/** What things are called, by `system|code`. */
export type Words = ReadonlyMap<string, string>;

/** Beside the records and not in them, as their origin is: what somebody else wrote stays as it was written. */
const given = new WeakMap<Resource, Words>();

/** What an organisation calls that which it writes down. */
export function wordsOf(resources: readonly Resource[]): Words {
  const words = new Map<string, string>();
  for (const resource of resources) {
    const { code, type, medicationCodeableConcept, vaccineCode, component } = resource;
    const concepts = [code, type, medicationCodeableConcept, vaccineCode, ...parts(component).map((part) => part.code)];
    for (const concept of concepts.flatMap(parts)) {
      const word = conceptText(concept);
      for (const coded of codesOf(concept)) if (word !== undefined && !coded.startsWith('|')) words.set(coded, word);
    }
  }
  return words;
}

/** Has records of elsewhere called as they are called at home, so that she finds a thing under one name, in a language that she reads. */
export function callBy(words: Words, resources: readonly Resource[]): void {
  for (const resource of resources) given.set(resource, words);
}

/** What a concept of a record is called: at home, where home has a word for its code, else by itself. */
export function wordFor(resource: Resource, concept: unknown): string | undefined {
  const words = given.get(resource);
  const own = words && codesOf(concept).map((code) => words.get(code));
  return own?.find((word) => word !== undefined) ?? conceptText(concept);
}

/** What a record is called: its code, its title, or nothing. */
export function titleOf(resource: Resource): string | undefined {
  const [billed] = parts(resource.item);
  const content = parts(resource.content).map(({ attachment }) =>
    isPart(attachment) ? textOf(attachment.title) : undefined,
  );
  return (
    wordFor(resource, resource.code) ??
    wordFor(resource, resource.medicationCodeableConcept) ??
    wordFor(resource, resource.vaccineCode) ??
    wordFor(resource, billed?.productOrService) ??
    wordFor(resource, resource.type) ??
    wordFor(resource, resource.category) ??
    textOf(resource.title) ??
    textOf(resource.description) ??
    content.find((title) => title !== undefined)
  );
}
