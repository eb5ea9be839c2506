/** FHIR's definitions by canonical: those of R4, and those of packages that an operator adds. */
export {
  type CodeSystemRow,
  type ConceptRow,
  type ConstraintRow,
  compactCodeSystem,
  compactValueSet,
  type ElementRow,
  type IncludeRow,
  type StructureRow,
  type TypeRow,
  type ValueSetRow,
} from './compact.ts';
export { type DefinitionKind, type Definitions, type Library, layered, libraryOf, splitCanonical } from './library.ts';
export { type LoadedPackages, loadPackages, openLibrary } from './packages.ts';
export { r4Constraints, r4Library } from './r4.ts';
