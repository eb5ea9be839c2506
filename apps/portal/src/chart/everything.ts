import { type Bundle, type Client, pages, type Resource } from '@anamnesis/sdk';

/** Everything that a node keeps about a patient and shows to the holder of this client (`Patient/$everything`), page after page. Throws RequestError. */
export async function everythingOf(client: Client, patient: string, signal: AbortSignal): Promise<readonly Resource[]> {
  const path = `/fhir/R4/Patient/${encodeURIComponent(patient)}/$everything`;
  const first = (await client.request({ path, query: { _count: 1000 }, signal })).body() as Bundle;
  const found: Resource[] = [];
  for await (const { resource } of pages(client, first, { signal })) if (resource !== undefined) found.push(resource);
  return found;
}
