/** What patients say about their records, and what staff answer: plain FHIR in her record, told apart by a category of its own. */
export { answerNote } from './answer.ts';
export { CONTRIBUTED, writeNote } from './write.ts';
