export * from './coordinates.ts';
export * from './fold.ts';
export * from './hash.ts';
export * from './verify.ts';
