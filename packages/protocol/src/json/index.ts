export * from './literals.ts';
export { type JsonLimits, parseJson, parseStoredJson } from './parse.ts';
export * from './write.ts';
