import { getOrganizations } from '@anamnesis/sdk';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../app/session.ts';

/** Names of organisations by Directory id; an ellipsis until they are here. */
export function useOrganizations(): (id: number) => string {
  const { t } = useTranslation();
  const { client } = useSignedIn();
  const { data, isPending } = useQuery({
    queryKey: ['organizations'],
    queryFn: ({ signal }) => getOrganizations(client, { signal }),
    staleTime: 600_000,
  });
  return (id) => data?.find((one) => one.id === id)?.name ?? (isPending ? '…' : t('organization', { id }));
}
