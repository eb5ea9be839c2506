import { useQuery } from '@tanstack/react-query';
import { fetchSignInInfo } from '../../app/signIn.ts';

/** Whose node this is, and who can sign in by a click. */
export function useSignInInfo() {
  return useQuery({ queryKey: ['sign-in'], queryFn: fetchSignInInfo, staleTime: 300_000 });
}
