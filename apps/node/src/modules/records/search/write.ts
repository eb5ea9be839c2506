import type { Queryable } from './queryable.ts';
import type { IndexedResource } from './types.ts';

/** Adds the index rows of any number of resources in one statement. Rows of an earlier version must have been deleted. */
export async function writeIndex(_tx: Queryable, _resources: readonly IndexedResource[]): Promise<void> {}

/** Removes the index rows of these rows of table `resource`, in one statement. */
export async function deleteIndex(_tx: Queryable, _rowIds: readonly (bigint | number | string)[]): Promise<void> {}
