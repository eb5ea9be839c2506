import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/desk',
    layout: 'staff',
    for: ['registrar'],
    load: () => import('./Desk.tsx'),
    nav: { label: 'registrar:nav.desk', order: 10 },
    visits: [{ name: 'desk', as: 'Owen Pryce', address: '/desk' }],
  },
];
