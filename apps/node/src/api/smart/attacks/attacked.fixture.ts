import type { SmartNode } from '../../../testing/smart-world.ts';

/** A node with two patients, and an app that is registered with it. */
export interface Attacked {
  readonly node: SmartNode;
  readonly app: string;
  /** Starts another node of the same kind, for attacks after which nobody is let in. */
  another(): Promise<SmartNode>;
}
