export * from './check.ts';
export * from './grant.ts';
export * from './terms.ts';
export * from './typed-data.ts';
