import type { PageRoute } from '../../app/page.ts';

/** Picks the button that does the next act. */
const NEXT = '[data-next]';

export const routes: readonly PageRoute[] = [
  {
    path: '/tour',
    layout: 'plain',
    load: () => import('./Tour.tsx'),
    visits: [
      { name: 'tour', address: '/tour' },
      // As far as Maria sees who looked; the acts are real, so each opening of it is one more request to her.
      { name: 'tour-looked', address: '/tour', clicks: [NEXT, NEXT, NEXT, NEXT, NEXT] },
    ],
  },
];
