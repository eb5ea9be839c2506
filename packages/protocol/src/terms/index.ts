export * from './check.ts';
export * from './emergency.ts';
export * from './grant.ts';
export * from './guardians.ts';
export * from './proxy.ts';
export * from './terms.ts';
export * from './typed-data.ts';
