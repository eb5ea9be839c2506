import type { PageRoute } from '../../app/page.ts';

const own = { layout: 'staff', for: ['operator'] } as const;

export const routes: readonly PageRoute[] = [
  {
    ...own,
    path: '/health',
    load: () => import('./Health.tsx'),
    nav: { label: 'operator:nav.health', order: 10 },
    visits: [{ name: 'operator-health', as: 'Grace', address: '/health' }],
  },
  {
    ...own,
    path: '/sealing-key',
    load: () => import('./NewKey.tsx'),
    visits: [{ name: 'operator-key', as: 'Grace', address: '/sealing-key' }],
  },
  {
    ...own,
    path: '/peers',
    load: () => import('./Peers.tsx'),
    nav: { label: 'operator:nav.peers', order: 20 },
    visits: [{ name: 'operator-peers', as: 'Grace', address: '/peers' }],
  },
];
