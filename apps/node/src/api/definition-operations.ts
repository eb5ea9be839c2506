/** An operation as a CapabilityStatement names it. */
export interface NamedOperation {
  readonly name: string;
  readonly definition: string;
}

const operation = (name: string, definition: string): NamedOperation => ({
  name,
  definition: `http://hl7.org/fhir/OperationDefinition/${definition}`,
});

const VALIDATE = operation('validate', 'Resource-validate');

const TERMINOLOGY: Readonly<Record<string, readonly NamedOperation[]>> = {
  ValueSet: [operation('expand', 'ValueSet-expand'), operation('validate-code', 'ValueSet-validate-code')],
  CodeSystem: [operation('lookup', 'CodeSystem-lookup'), operation('validate-code', 'CodeSystem-validate-code')],
};

/** The operations on definitions that a resource type has: `$validate`, and terminology. */
export function definitionOperations(type: string): readonly NamedOperation[] {
  return [VALIDATE, ...(TERMINOLOGY[type] ?? [])];
}
