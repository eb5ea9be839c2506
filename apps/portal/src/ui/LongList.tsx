import { defaultRangeExtractor, type Range, useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import styles from './longList.module.css';

/** So many items are all in the page: no trick is needed, and the browser finds words in them by itself. */
const FEW = 50;
/** Items that stand ready beyond each edge of the window, for the next turn of a wheel and the next press of Tab. */
const BEYOND = 8;
/** Until an item has been drawn, in pixels. */
const GUESS = 240;

/** How high the items of a list were when its page was left: coming back leads to the same place. */
const heights = new WeakMap<object, VirtualItem[]>();

/**
 * A list in the page's own scroll, of any length: of a long one only what is near the window stands in the document, so that memory and time do not grow with it. Each item
 * says which of how many it is. Who prints, or searches the page by the keyboard, gets all of it.
 */
export function LongList<T extends { readonly key: string }>(props: {
  /** The same array for the same items: what is known of their heights hangs on it. */
  items: readonly T[];
  children: (item: T) => ReactNode;
}) {
  const { items, children } = props;
  const whole = useWhole() || items.length <= FEW;
  const list = useRef<HTMLOListElement>(null);
  const [above, setAbove] = useState(0);
  useLayoutEffect(() => {
    if (!whole) setAbove((list.current?.getBoundingClientRect().top ?? 0) + scrollY);
  }, [whole]);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    enabled: !whole,
    estimateSize: () => GUESS,
    overscan: BEYOND,
    scrollMargin: above,
    getItemKey: (at) => items[at]?.key ?? at,
    rangeExtractor: (range) => withFocused(range, list.current),
    initialMeasurementsCache: heights.get(items) ?? [],
  });
  useEffect(
    () => () => {
      if (!whole) heights.set(items, virtualizer.takeSnapshot());
    },
    [whole, items, virtualizer],
  );
  if (whole)
    return (
      <ol className={styles.list} data-long={items.length > FEW}>
        {items.map((item) => (
          <li key={item.key}>{children(item)}</li>
        ))}
      </ol>
    );
  return (
    <ol ref={list} className={styles.list} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const item = items[index];
        return (
          item && (
            <li
              key={key}
              ref={virtualizer.measureElement}
              className={styles.placed}
              style={{ transform: `translateY(${start - above}px)` }}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={items.length}
            >
              {children(item)}
            </li>
          )
        );
      })}
    </ol>
  );
}

/** What has the focus stays, and what is before and after it, however far the window goes. */
function withFocused(range: Range, list: HTMLElement | null): number[] {
  const near = defaultRangeExtractor(range);
  const focused = list?.querySelector<HTMLElement>(':scope > :focus-within')?.dataset.index;
  if (focused === undefined) return near;
  const held = [-1, 0, 1].map((by) => Number(focused) + by).filter((at) => at >= 0 && at < range.count);
  return [...new Set([...near, ...held])].sort((a, b) => a - b);
}

/** Whether all of a list is wanted: while it is printed, and once the keys that search a page were pressed. */
function useWhole(): boolean {
  const [printing, setPrinting] = useState(false);
  const [searched, setSearched] = useState(false);
  useEffect(() => {
    // The browser takes the page as it is when these have been heard.
    const print = () => flushSync(() => setPrinting(true));
    const printed = () => setPrinting(false);
    const search = ({ key, ctrlKey, metaKey }: KeyboardEvent) => {
      if ((key === 'f' && (ctrlKey || metaKey)) || key === 'F3') flushSync(() => setSearched(true));
    };
    addEventListener('beforeprint', print);
    addEventListener('afterprint', printed);
    addEventListener('keydown', search);
    return () => {
      removeEventListener('beforeprint', print);
      removeEventListener('afterprint', printed);
      removeEventListener('keydown', search);
    };
  }, []);
  return printing || searched;
}
