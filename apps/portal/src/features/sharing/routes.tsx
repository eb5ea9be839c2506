import type { PageRoute } from '../../app/page.ts';

const own = { layout: 'patient', for: ['patient'] } as const;

export const routes: readonly PageRoute[] = [
  {
    ...own,
    path: '/sharing',
    load: () => import('./Sharing.tsx'),
    visits: [{ name: 'sharing', as: 'Maria', address: '/sharing' }],
  },
  {
    ...own,
    path: '/activity',
    load: () => import('./Activity.tsx'),
    visits: [{ name: 'activity', as: 'Maria', address: '/activity' }],
  },
];
