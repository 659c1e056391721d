/** The daemon's log: found by words, thinned by level. */
import { useState } from 'preact/hooks';
import type { LogMessage } from '../../inspect/messages.js';
import { clockTime, shortId } from '../parts/format.js';
import { Windowed } from '../parts/windowed.js';
import type { ConsoleState } from '../store/state.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const RANKS: Record<LogMessage['level'], number> = { trace: 0, debug: 0, info: 1, warn: 2, error: 3, fatal: 3 };

export function LogView({ state }: { state: ConsoleState }) {
  const [level, setLevel] = useState<(typeof LEVELS)[number]>('info');
  const [wanted, setWanted] = useState('');
  const [held, hold] = useState<LogMessage[] | null>(null);
  const words = wanted.toLowerCase();
  const lines = (held ?? state.log).filter(
    (line) => RANKS[line.level] >= RANKS[level] && (words === '' || textOf(line).toLowerCase().includes(words)),
  );
  return (
    <section class="panel grow log" aria-label="Log">
      <header>
        <h2>
          Log <span class="count">{lines.length}</span>
        </h2>
        <label>
          from{' '}
          <select value={level} onChange={(event) => setLevel(event.currentTarget.value as typeof level)}>
            {LEVELS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <input
          type="search"
          placeholder="words"
          aria-label="Find in the log"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        <button type="button" aria-pressed={held !== null} onClick={() => hold(held === null ? [...state.log] : null)}>
          {held === null ? 'Pause' : 'Go on'}
        </button>
      </header>
      {lines.length === 0 && <p class="empty">Nothing yet.</p>}
      <Windowed
        items={lines}
        rowPx={24}
        label="Log lines"
        followsEnd={held === null}
        keyOf={(_, index) => index}
        row={(line) => (
          <p class={`line is-${line.level}`} title={textOf(line)}>
            <time>{clockTime(line.atMs)}</time> <b>{line.level}</b> {line.text} <small>{fieldsOf(line)}</small>
          </p>
        )}
      />
    </section>
  );
}

/** A device id by its beginning, a duration without what no clock can tell. */
function shown(value: string | number | boolean | null): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toFixed(1);
  return typeof value === 'string' && /^[a-z2-7]{52}$/.test(value) ? `${shortId(value)}…` : String(value);
}

const fieldsOf = ({ fields }: LogMessage): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}=${shown(value)}`)
    .join(' ');
const textOf = (line: LogMessage): string => `${line.level} ${line.text} ${fieldsOf(line)}`;
