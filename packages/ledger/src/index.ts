export * from './deploymentFile.ts';
export * from './embedded/index.ts';
export * from './portable.ts';
export * from './sender/fileOutbox.ts';
