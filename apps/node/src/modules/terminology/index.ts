/** Codes: which system has them, which value set holds them, as far as is known here. No authority is needed: definitions are nobody's record. */
export { type CodeSystem, type Concept, codeSystemOf, isGrammatical } from './code-system.ts';
export { type Expanded, type ExpandOptions, type Expansion, expand, MAX_EXPANSION } from './expand.ts';
export { type Looked, lookup, type Validated, validateInSystem, validateInValueSet } from './lookup.ts';
export { type Coded, isMember, type Membership, memberOf } from './value-set.ts';
