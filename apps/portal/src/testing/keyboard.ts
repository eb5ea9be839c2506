import type { Page } from 'playwright-core';

interface Walk {
  over: boolean;
  /** Ends the walk: what was found on the way, and what a mouse can use and the keyboard did not come to. */
  end(): string[];
}

declare global {
  interface Window {
    walk?: Walk;
  }
}

/** Tabs that are pressed before the page is given time to draw, which is quicker than anybody's finger. */
const STRIDE = 5;
/** More stops than any page has: a way this long goes round in circles. */
const MANY = 600;

/**
 * What is wrong for somebody without a mouse, who goes through the page by Tab from its top (in a dialog: through the dialog): controls that are not come to, an
 * order that is not the document's, a focus that is out of sight, covered or does not show, a place without a way on. Nothing is what a test expects.
 * WCAG 2.2: 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11.
 */
export async function keyboard(page: Page): Promise<string[]> {
  await page.evaluate(begin);
  for (let pressed = 0, over = false; !over && pressed < MANY; pressed += STRIDE) {
    await Promise.all(Array.from({ length: STRIDE }, () => page.keyboard.press('Tab')));
    over = await page.evaluate(async () => {
      for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
      return window.walk?.over ?? true;
    });
  }
  return page.evaluate(() => window.walk?.end() ?? []);
}

/** Runs in the page: notes what there is, puts the keyboard at the top, and looks at where it is whenever it goes on. */
function begin(): void {
  const CONTROLS =
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex^="-"]), [role=button], [role=link], [role=tab], [role=menuitem]';
  const dialog = [...document.querySelectorAll('[role=dialog][aria-modal=true]')].at(-1);
  const scope = dialog ?? document.body;
  const found = new Set<string>();
  const stops: Element[] = [];
  const reached = new Set<Element | string>();
  const PARTS = 4;
  let within = 0;

  const name = (element: Element) => {
    const says = element.getAttribute('aria-label') ?? (element.textContent?.trim() || element.getAttribute('name'));
    return `${element.tagName.toLowerCase()} “${(says ?? '').slice(0, 40)}”`;
  };
  const isHidden = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    return width <= 1 || height <= 1 || getComputedStyle(element).opacity === '0';
  };
  /** The control as it is seen: itself, or what is drawn in the place of a hidden field, which is its label, its neighbour or its frame. */
  const seenAs = (element: Element): Element[] => {
    const labels = [...((element as HTMLInputElement).labels ?? [])];
    if (!isHidden(element)) return [element, ...labels];
    return [...labels, element.nextElementSibling, element.parentElement].filter((one) => one !== null);
  };
  const isUsable = (element: Element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.closest('[inert]') === null &&
    !element.matches(':disabled, [aria-disabled=true]') &&
    seenAs(element).some((one) => !isHidden(one));
  const usable = () => [...scope.querySelectorAll(CONTROLS)].filter(isUsable);
  /** Of radios of one name and tabs of one list one is a stop; arrows go on from it. A link that a long list has drawn anew is the same link. */
  const stopOf = (element: Element): Element | string => {
    if (element.matches('input[type=radio]')) return `radio ${(element as HTMLInputElement).name}`;
    if (element.matches('a[href]')) return `${name(element)} ${(element as HTMLAnchorElement).href}`;
    return element.closest('[role=tablist], [role=menu]') ?? element;
  };

  const looks = (element: Element) => {
    const style = getComputedStyle(element);
    return [style.outlineStyle === 'none' ? '' : style.outline, style.boxShadow, style.borderColor].join();
  };
  const before = new Map(
    usable()
      .flatMap(seenAs)
      .map((one) => [one, looks(one)]),
  );
  /** In the window, and nothing else lies over the middle of that part of it. */
  const isInSight = (element: Element) =>
    [...element.getClientRects()].some((box) => {
      const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
      const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      if (right - left < 1 || bottom - top < 1) return false;
      return element.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
    });

  const look = () => {
    const at = document.activeElement;
    if (walk.over) return;
    if (at === null || at === document.body) {
      walk.over = stops.length > 0;
      return;
    }
    // Within a date Tab goes from the day to the month, the year and the calendar.
    if (at === stops.at(-1) && at.matches('input[type=date]') && ++within < PARTS) return;
    within = 0;
    if (stops.includes(at)) {
      walk.over = true;
      if (at !== stops[0]) found.add(`no way on from: ${name(at)}`);
      return;
    }
    const last = stops.at(-1);
    stops.push(at);
    reached.add(stopOf(at));
    if (last?.isConnected && !(last.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING))
      found.add(`order: ${name(at)} comes after ${name(last)}`);
    if (dialog !== undefined && !dialog.contains(at)) found.add(`outside of the dialog: ${name(at)}`);
    const parts = seenAs(at);
    if (!parts.some(isInSight)) found.add(`out of sight or covered: ${name(at)}`);
    const known = parts.filter((one) => before.has(one));
    if (known.length > 0 && known.every((one) => before.get(one) === looks(one)))
      found.add(`focus does not show: ${name(at)}`);
  };
  // The focus is where the last Tab brought it, and the page has been scrolled to it.
  const onTab = ({ key }: KeyboardEvent) => key === 'Tab' && look();
  addEventListener('keydown', onTab, true);

  const walk: Walk = {
    over: false,
    end() {
      removeEventListener('keydown', onTab, true);
      delete window.walk;
      if (!walk.over) found.add('no end');

      for (const one of usable()) if (!reached.has(stopOf(one))) found.add(`not come to: ${name(one)}`);
      // What looks as if it could be clicked, and is no control.
      for (const one of scope.querySelectorAll('*')) {
        const isPart =
          one.closest(`${CONTROLS}, label, option, :disabled`) !== null ||
          one.querySelector(`${CONTROLS}, label`) !== null;
        if (!isPart && one.checkVisibility() && getComputedStyle(one).cursor === 'pointer')
          found.add(`for a mouse only: ${name(one)}`);
      }
      (document.activeElement as HTMLElement | null)?.blur();
      scrollTo(0, 0);
      return [...found];
    },
  };
  window.walk = walk;

  // The keyboard goes on from where the focus was last: here, at the top.
  const top = document.createElement('span');
  top.tabIndex = -1;
  scope.prepend(top);
  top.focus();
  top.remove();
}
