export * from './account.ts';
export * from './hpke.ts';
export * from './note.ts';
export * from './random.ts';
export * from './subject.ts';
