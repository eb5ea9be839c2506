import { QueryClient } from '@tanstack/react-query';

/** Whether asking again may help: the network, or a node in trouble; never a refusal. */
function mayHelp(error: unknown): boolean {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return code === 'network' || (typeof status === 'number' && status >= 500);
}

/** What pages asked the node for. It lives in memory only, and is emptied at sign-out. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && mayHelp(error),
      // Offline is shown (OfflineBanner); what is there already stays readable.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always', retry: false },
  },
});
