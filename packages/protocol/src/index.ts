export * from './bytes.ts';
export * from './codes.ts';
export * from './commitments.ts';
export * from './errors.ts';
export * from './json/index.ts';
export * from './merkle/index.ts';
export * from './proof.ts';
export * from './terms/index.ts';
