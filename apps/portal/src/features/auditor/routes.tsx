import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    // For everybody, signed in or not: a proof is worth something only when a stranger can check it.
    path: '/verify',
    layout: 'staff',
    load: () => import('./Verify.tsx'),
    nav: { label: 'auditor:nav.verify', order: 80 },
    visits: [
      { name: 'verify', address: '/verify' },
      { name: 'verify-logs', as: 'Hannah', address: '/verify', clicks: ['[data-check-node]', '[data-verdict] h2'] },
    ],
  },
  {
    path: '/log',
    layout: 'staff',
    for: ['auditor'],
    load: () => import('./AccessLog.tsx'),
    nav: { label: 'auditor:nav.log', order: 20 },
    visits: [{ name: 'auditor-log', as: 'Hannah', address: '/log' }],
  },
  {
    path: '/reports',
    layout: 'staff',
    for: ['auditor'],
    load: () => import('./Reports.tsx'),
    nav: { label: 'auditor:nav.reports', order: 30 },
    visits: [{ name: 'auditor-report', as: 'Hannah', address: '/reports' }],
  },
];
