import { authorityAbi, checkpointsAbi, consentsAbi, councilAbi, directoryAbi, subjectsAbi } from './generated/index.ts';

/** Every event by which the state of the ledger is followed. Their names are unique across the contracts. */
export const eventAbi = [...directoryAbi, ...subjectsAbi, ...consentsAbi, ...checkpointsAbi].filter(
  (item) => item.type === 'event',
);

/** Every error that a contract can answer. */
export const errorAbi = [
  ...directoryAbi,
  ...subjectsAbi,
  ...consentsAbi,
  ...checkpointsAbi,
  ...authorityAbi,
  ...councilAbi,
].filter((item) => item.type === 'error');
