import type { Page } from 'playwright-core';

/** Longer than this is seen, in milliseconds. */
const SEEN = 10;

/** What moves, or would, though the person asked for no motion (`prefers-reduced-motion`, as every window here says): nothing is what a test expects. */
export function motion(page: Page): Promise<string[]> {
  return page.evaluate((seen) => {
    const found = new Set<string>();
    const name = (element: Element | null) => `${element?.tagName.toLowerCase()}.${element?.getAttribute('class')}`;
    const milliseconds = (list: string) =>
      Math.max(...list.split(',').map((one) => Number.parseFloat(one) * (one.trim().endsWith('ms') ? 1 : 1000)));
    for (const { playState, effect } of document.getAnimations()) {
      if (playState === 'running') found.add(`moves: ${name(effect instanceof KeyframeEffect ? effect.target : null)}`);
    }
    for (const element of document.querySelectorAll('*')) {
      for (const part of [undefined, '::before', '::after']) {
        const { transitionDuration, transitionProperty, animationDuration, animationName, scrollBehavior, content } =
          getComputedStyle(element, part);
        if (part !== undefined && content === 'none') continue;
        const would = [
          transitionProperty !== 'none' && milliseconds(transitionDuration) > seen && 'transition',
          animationName !== 'none' && milliseconds(animationDuration) > seen && 'animation',
          scrollBehavior === 'smooth' && 'scroll',
        ].filter(Boolean);
        for (const kind of would) found.add(`${kind}: ${name(element)}${part ?? ''}`);
      }
    }
    return [...found];
  }, SEEN);
}
