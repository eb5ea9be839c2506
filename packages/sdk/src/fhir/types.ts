/** Any FHIR R4 resource, as JSON. Narrow it with the types of your choice (`@types/fhir`, `@medplum/fhirtypes`). */
export interface Resource {
  resourceType: string;
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** One entry of a Bundle. */
export interface BundleEntry {
  fullUrl?: string;
  resource?: Resource;
  request?: { method: string; url: string; ifNoneExist?: string; ifMatch?: string; [key: string]: unknown };
  response?: { status: string; location?: string; etag?: string; outcome?: Resource; [key: string]: unknown };
  search?: { mode?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** FHIR R4 Bundle. */
export interface Bundle extends Resource {
  resourceType: 'Bundle';
  type: string;
  total?: number;
  entry?: BundleEntry[];
  link?: { relation: string; url: string }[];
}
