export * from './account.ts';
export * from './hpke.ts';
export * from './lock.ts';
export * from './note.ts';
export * from './passphrase.ts';
export * from './random.ts';
export * from './subject.ts';
