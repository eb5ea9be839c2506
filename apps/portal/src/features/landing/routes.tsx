import type { PageRoute } from '../../app/page.ts';
import Landing from './Landing.tsx';

export const routes: readonly PageRoute[] = [
  {
    path: '/',
    layout: 'plain',
    // Comes with what every page needs, since it is the first of most.
    load: () => Promise.resolve({ default: Landing }),
    visits: [{ name: 'landing', address: '/' }],
  },
];
