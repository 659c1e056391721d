/** Beside the chart: what the actor did last and why, what it waits for, which ways lead out, and its context. */
import { Fragment } from 'preact';
import { type Chart, labelOf } from '../../chart/chart.js';
import { armedDelay, eventName, lastMove, pathOfId, transitionOf } from '../chart/last-step.js';
import { ago, clockTime, duration } from '../parts/format.js';
import { useServices, useTicking } from '../parts/hooks.js';
import type { Actor, Step } from '../store/state.js';

export function MachineFacts({ actor, title, chart }: { actor: Actor; title: string; chart: Chart | null }) {
  useTicking(actor.armed.length > 0 ? 100 : 500);
  const nowMs = useServices().store.nowMs();
  const step = lastMove(actor);
  return (
    <aside class="side facts-column" aria-label="About this machine">
      <section class="panel">
        <header>
          <h2 title={actor.name}>{title}</h2>
        </header>
        {actor.status !== 'active' && <p class={`badge is-${actor.status}`}>{actor.status}</p>}
        {actor.error !== undefined && <p class="problem">{textOf(actor.error)}</p>}
        <h3>Last transition</h3>
        {step === null ? (
          <p class="empty">None since this page was opened.</p>
        ) : (
          <LastStep step={step} chart={chart} nowMs={nowMs} />
        )}
        <h3>Waits for</h3>
        <ArmedDelays actor={actor} nowMs={nowMs} />
        <WaysOut actor={actor} chart={chart} />
      </section>
      <section class="panel">
        <h3>Context</h3>
        <Context value={actor.context} />
      </section>
      <section class="panel">
        <h3>Latest events</h3>
        {actor.events.length === 0 && <p class="empty">None since this page was opened.</p>}
        <ol class="events">
          {actor.events
            .slice(-12)
            .reverse()
            .map((event) => (
              <li key={`${event.atMs} ${event.type}`}>
                <time>{clockTime(event.atMs)}</time> {eventName(event.type)}
              </li>
            ))}
        </ol>
      </section>
    </aside>
  );
}

function LastStep({ step, chart, nowMs }: { step: Step; chart: Chart | null; nowMs: number }) {
  const reason = chart && transitionOf(chart, step)?.reason;
  return (
    <dl class="facts" data-testid="last-step">
      <dt>event</dt>
      <dd>
        <code>{eventName(step.eventType)}</code>
      </dd>
      <dt>guard</dt>
      <dd>{step.guard === null ? <small>none</small> : <code>{step.guard}</code>}</dd>
      <dt>from</dt>
      <dd>{pathOfId(step.from) || 'any state'}</dd>
      <dt>to</dt>
      <dd>{step.to.map(pathOfId).join(', ')}</dd>
      {reason && (
        <>
          <dt>reason</dt>
          <dd>{reason}</dd>
        </>
      )}
      <dt>when</dt>
      <dd>
        {clockTime(step.atMs)} <small>{ago(step.atMs, nowMs)}</small>
      </dd>
    </dl>
  );
}

function ArmedDelays({ actor, nowMs }: { actor: Actor; nowMs: number }) {
  if (actor.armed.length === 0) return <p class="empty">No delay is armed: it waits for events.</p>;
  return (
    <ul class="armed">
      {actor.armed.map((armed) => {
        const { name, path } = armedDelay(armed);
        const leftMs = Math.max(0, armed.dueAtMs - nowMs);
        return (
          <li key={armed.eventType}>
            <span>
              <code>{name}</code> <small>in {path || 'the machine'}</small>
            </span>
            <span>
              {duration(leftMs)} <small>of {duration(armed.delayMs)}</small>
            </span>
            <progress max={armed.delayMs || 1} value={leftMs} aria-label={`${name}: time left`} />
          </li>
        );
      })}
    </ul>
  );
}

function WaysOut({ actor, chart }: { actor: Actor; chart: Chart | null }) {
  const lit = new Set(actor.lit);
  const ways = (chart?.transitions ?? []).filter(({ source, targets }) => lit.has(source) && targets.length > 0);
  if (ways.length === 0) return null;
  return (
    <details>
      <summary>Ways out ({ways.length})</summary>
      <ul class="ways">
        {ways.map((way, n) => (
          <li key={n}>
            {labelOf(way)} → {way.targets.join(', ')}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Context({ value }: { value: unknown }) {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return <p class="empty">Nothing.</p>;
  return (
    <dl class="facts context">
      {entries.map(([key, item]) => (
        <Fragment key={key}>
          <dt>{key}</dt>
          <dd>
            <code class="wrap">{textOf(item)}</code>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'));
