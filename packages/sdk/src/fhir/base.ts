/** Where a node's FHIR R4 interface stands below its address. */
export const FHIR_BASE = '/fhir/R4';

/** The media type of FHIR JSON (FHIR R4 http.html#mime-type). */
export const FHIR_JSON = 'application/fhir+json';
