import { Group } from './group.ts';
import type { Database } from './types.ts';

/**
 * Makes a lookup that requests which come in together share: one statement for all of them. Nothing is remembered, and each sees what was committed before
 * it asked, since a statement that is under way takes nobody in.
 *
 * @param run asks for these keys at once and returns how the answer to each is had. When it fails, each key is asked for alone.
 */
export function lookUpTogether<Key, Value>(
  run: (database: Database, keys: readonly Key[]) => Promise<(key: Key) => Value>,
): (database: Database, key: Key) => Promise<Value> {
  const groups = new WeakMap<Database, Group<Key, Value>>();
  return (database, key) => {
    const known = groups.get(database);
    if (known !== undefined) return known.submit(key);
    const one = async (keys: readonly Key[]): Promise<{ readonly value: Value }[]> => {
      const answerTo = await run(database, keys);
      return keys.map((asked) => ({ value: answerTo(asked) }));
    };
    const made = new Group(one, { limit: 256, atOnce: 1 });
    groups.set(database, made);
    return made.submit(key);
  };
}
