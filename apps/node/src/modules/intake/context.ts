import type { IntakeSettings } from '../../config/index.ts';
import type { RecordsContext } from '../records/index.ts';

/** What intake needs besides a message: the same for every message of a node. */
export interface IntakeContext extends RecordsContext {
  readonly intake: IntakeSettings;
  /** Throws while the node must not answer, as after a rollback of its database. */
  readonly requireIntact: () => void;
}

/** Systems of identifiers that this node makes of what messages say. */
export const ID = 'https://anamnesis.example/id/';
