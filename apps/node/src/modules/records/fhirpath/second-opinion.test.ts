import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evalFhirPathTyped, type TypedValue } from '@medplum/core';
import { expect, test } from 'vitest';
import { SHARED_DATA } from '../../../testing/shared-packages.ts';
import { r4Library } from '../../library/index.ts';
import { typeRules } from '../validation/profile.ts';
import { childrenOf, fhirPath, type Node, resourceNode } from './index.ts';

/** Where the other evaluator does otherwise: it calls dom-3 broken in official examples, since it does not know which of the descendants are references. */
const OTHERWISE: ReadonlySet<string> = new Set(['dom-3']);

const folder = join(SHARED_DATA, 'fhir-r4-examples');

function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node))
    if (typeof child.value === 'object' && child.type !== 'xhtml') yield* nodesIn(child);
}

test.skipIf(!existsSync(folder))(
  'behavior: the invariants of R4 mean to another evaluator (@medplum/core) what they mean here',
  { timeout: 120_000 },
  () => {
    const differing = new Map<string, number>();
    const evaluated = new Set<string>();
    let compared = 0;
    for (const file of readdirSync(folder).sort()) {
      const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { resourceType: string };
      if (resource.resourceType === 'Bundle') continue;
      const root = resourceNode(resource);
      const typed = (node: Node): TypedValue => ({ type: node.type, value: node.value });
      for (const node of nodesIn(root)) {
        const path = r4Library.find(
          'StructureDefinition',
          `http://hl7.org/fhir/StructureDefinition/${node.type.split('.')[0]}`,
        )
          ? node.type
          : '';
        const rules = typeRules(path.split('.')[0] ?? '');
        const own = path.includes('.')
          ? path
              .split('.')
              .slice(1)
              .reduce((rule, name) => rule?.children.get(name), rules?.root)
          : rules?.root;
        for (const { key, expression } of own?.invariants ?? []) {
          const env = {
            resource: root,
            rootResource: root,
            context: node,
            effort: { left: 1_000_000, undecided: false },
          };
          const ours = fhirPath(expression).holds(node, env);
          const variables = {
            '%resource': typed(root),
            '%rootResource': typed(root),
            '%context': typed(node),
            '%ucum': { type: 'string', value: 'http://unitsofmeasure.org' },
          };
          let theirs: boolean | undefined;
          try {
            const [answer] = evalFhirPathTyped(expression, [typed(node)], variables);
            theirs = answer === undefined ? undefined : Boolean(answer.value);
          } catch {
            theirs = undefined;
          }
          compared++;
          evaluated.add(key);
          // No answer of theirs is none; what matters is that nobody calls broken what the other calls whole.
          if (ours !== undefined && theirs !== undefined && ours !== theirs)
            differing.set(key, (differing.get(key) ?? 0) + 1);
        }
      }
    }
    process.stdout.write(
      `${compared} evaluations of ${evaluated.size} invariants, differing: ${[...differing].join(' ') || 'none'}\n`,
    );
    expect([...differing.keys()].filter((key) => !OTHERWISE.has(key))).toEqual([]);
  },
);
