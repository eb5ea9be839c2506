export * from './embedded/index.ts';
export * from './generated/index.ts';
