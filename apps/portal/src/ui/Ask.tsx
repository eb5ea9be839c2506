import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './ErrorState.tsx';
import { Loading } from './Loading.tsx';

/** A query in its three states: waiting, failed (with "try again"), there. What is there stays while it is asked for anew. */
export function Ask<T>({ of, children }: { of: UseQueryResult<T>; children: (found: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.isError) return <ErrorState error={of.error} retry={() => void of.refetch()} />;
  return <Loading />;
}
