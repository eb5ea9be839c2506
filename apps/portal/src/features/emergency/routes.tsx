import type { PageRoute } from '../../app/page.ts';

const care = { layout: 'staff', for: ['clinician'] } as const;

export const routes: readonly PageRoute[] = [
  {
    ...care,
    path: '/emergency',
    load: () => import('./BreakGlass.tsx'),
    nav: { label: 'emergency:nav.declare', order: 30 },
    search: ({ patient }) => (typeof patient === 'string' ? { patient } : {}),
    visits: [{ name: 'emergency', as: 'Dr Thomas Okafor', address: '/emergency' }],
  },
  { ...care, path: '/emergency/$id', load: () => import('./OpenedBox.tsx') },
  {
    path: '/reviews',
    layout: 'staff',
    for: ['auditor', 'operator'],
    load: () => import('./Reviews.tsx'),
    nav: { label: 'emergency:nav.reviews', order: 30 },
    visits: [{ name: 'emergency-reviews', as: 'Hannah', address: '/reviews' }],
  },
];
