import { type Bundle, pages, type Resource } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { type Session, useSignedIn } from '../../app/session.ts';

/** Everything that the home organisation keeps about the patient, in memory for as long as she is signed in. */
export function useRecord() {
  const session = useSignedIn();
  return useQuery({
    queryKey: ['record', session.patient],
    queryFn: ({ signal }) => fetchRecord(session, signal),
    staleTime: 60_000,
  });
}

/** `Patient/$everything`, page after page. Throws RequestError. */
async function fetchRecord({ client, patient = '' }: Session, signal: AbortSignal): Promise<readonly Resource[]> {
  const path = `/fhir/R4/Patient/${encodeURIComponent(patient)}/$everything`;
  const first = (await client.request({ path, query: { _count: 1000 }, signal })).body() as Bundle;
  const found: Resource[] = [];
  for await (const { resource } of pages(client, first, { signal })) {
    if (resource !== undefined) found.push(resource);
  }
  return found;
}
