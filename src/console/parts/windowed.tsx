/** A long list of which only the rows in sight are in the page. All rows are equally high. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useSize } from './hooks.js';

interface Props<T> {
  items: T[];
  rowPx: number;
  label: string;
  keyOf(item: T, index: number): string | number;
  row(item: T, index: number): ComponentChildren;
  /** Keep the end in sight while entries are added, as in a log. */
  followsEnd?: boolean;
}

const SPARE_ROWS = 6;

export function Windowed<T>({ items, rowPx, label, keyOf, row, followsEnd = false }: Props<T>) {
  const [ref, { height }] = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.min(items.length, Math.floor(top / rowPx)) - SPARE_ROWS);
  const last = Math.min(items.length, Math.ceil((top + height) / rowPx) + SPARE_ROWS);
  useEffect(() => {
    if (followsEnd && ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  });
  return (
    <div
      class="windowed"
      ref={ref}
      tabIndex={0}
      role="group"
      aria-label={label}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <ul style={{ height: `${items.length * rowPx}px` }}>
        {items.slice(first, last).map((item, n) => (
          <li key={keyOf(item, first + n)} style={{ top: `${(first + n) * rowPx}px`, height: `${rowPx}px` }}>
            {row(item, first + n)}
          </li>
        ))}
      </ul>
    </div>
  );
}
