/**
 * One simulated process: the Runtime of everything in it. It can be stopped in the ways that real ones are. Frozen: time
 * goes on, timers and sockets wait. Suspended: its monotonic clock stands still, and datagrams to it are lost. Dead: it
 * never runs again. When it goes on, overdue timers run before sockets are read, as in Node.
 */
import type { ClockReading, Runtime } from '../runtime.js';
import type { Loop } from './loop.js';
import type { Rng } from './rng.js';

export type ProcessState = 'running' | 'frozen' | 'suspended' | 'dead';
/** What a stopped machine's kernel does with what arrives: keeps it (bounded), or was not there to take it. */
export type Arrival = 'datagram' | 'stream';

/** 2026-01-01, when every world begins. */
const EPOCH_MS = 1_767_225_600_000;
/** A socket buffer holds a few hundred small datagrams. */
const MAX_WAITING_DATAGRAMS = 4_096;

interface Timer {
  dueMs: number;
  handle: number;
  callback: () => void;
}

/** Says which timers of the mesh may come later than asked, because nothing depends on them: see rest.ts. */
export interface Rest {
  /** Milliseconds to wait instead of `delayMs`, or null: not before something happens. */
  delay(delayMs: number): number | null;
  /** A timer that was asked for this delay is about to fire. */
  before(delayMs: number): void;
}

export class SimProcess implements Runtime {
  rest: Rest | null = null;
  readonly #loop: Loop;
  readonly #rng: Rng;
  readonly #failed: (error: unknown) => void;
  readonly #bornMs: number;
  readonly #timers = new Map<number, Timer>();
  /** Timers that may come late: armed when, and for when. */
  readonly #resting = new Map<number, { timer: Timer; armedMs: number; delayMs: number }>();
  #state: ProcessState = 'running';
  #stoppedMs = 0;
  #thawedMs = 0;
  #lastTimer = 0;
  #suspendedMs = 0;
  #wallStepMs = 0;
  #overdue: Timer[] = [];
  #inbox: { arrival: Arrival; callback: () => void }[] = [];
  #turns: (() => void)[] = [];

  constructor(loop: Loop, rng: Rng, failed: (error: unknown) => void) {
    this.#loop = loop;
    this.#rng = rng;
    this.#failed = failed;
    this.#bornMs = loop.nowMs;
    this.#stoppedMs = loop.nowMs;
    this.#thawedMs = loop.nowMs;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get runs(): boolean {
    return this.#state === 'running';
  }

  /** Since when it has been running without a stop. */
  get runsSinceMs(): number {
    return this.#thawedMs;
  }

  /** How long its last stop was. */
  get lastStopMs(): number {
    return this.#thawedMs - this.#stoppedMs;
  }

  /** Timers that are armed, transport included: bounded in a healthy process. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  // Runtime

  clocks(): ClockReading {
    const { nowMs } = this.#loop;
    return { monoMs: this.monoMs(), wallMs: EPOCH_MS + nowMs + this.#wallStepMs, bootMs: 3_600_000 + nowMs };
  }

  monoMs(): number {
    return this.#loop.nowMs - this.#bornMs - this.#suspendedMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    const { rest } = this;
    const restMs = rest ? rest.delay(delayMs) : delayMs;
    const withTraffic = () => {
      rest?.before(delayMs);
      callback();
    };
    const id = this.#arm(withTraffic, restMs ?? Number.POSITIVE_INFINITY);
    const timer = this.#timers.get(id);
    if (restMs !== delayMs && timer) this.#resting.set(id, { timer, armedMs: this.#loop.nowMs, delayMs });
    return id;
  }

  clearTimeout(handle: unknown): void {
    const id = handle as number;
    const timer = this.#timers.get(id);
    if (!timer) return;
    this.#timers.delete(id);
    this.#resting.delete(id);
    this.#loop.cancel(timer.handle);
    if (this.#overdue.length > 0) this.#overdue = this.#overdue.filter((each) => each !== timer);
  }

  afterIoTurn(callback: () => void): void {
    const turn = () => {
      this.#loop.unsettled();
      this.#run(callback);
    };
    this.#loop.after(0, () => (this.runs ? turn() : this.#turns.push(turn)));
  }

  random(): number {
    return this.#rng.next();
  }

  randomBytes(length: number): Uint8Array {
    return this.#rng.bytes(length);
  }

  // What the transport below uses

  /** A timer of the transport: it stops with the process, but is never put off. */
  later(delayMs: number, callback: () => void): number {
    return this.#arm(callback, delayMs);
  }

  /** Something has arrived at a socket of this process. */
  receive(arrival: Arrival, callback: () => void): void {
    if (this.runs) return this.#run(callback);
    if (this.#state === 'dead') return;
    if (arrival === 'datagram' && (this.#state === 'suspended' || this.#inbox.length >= MAX_WAITING_DATAGRAMS)) return;
    this.#inbox.push({ arrival, callback });
  }

  // What happens to it

  freeze(): void {
    this.#stop('frozen');
  }

  suspend(): void {
    this.#stop('suspended');
    for (const timer of this.#timers.values()) this.#loop.cancel(timer.handle);
  }

  kill(): void {
    this.#state = 'dead';
    for (const timer of this.#timers.values()) this.#loop.cancel(timer.handle);
    this.#timers.clear();
    this.#resting.clear();
    this.#overdue = [];
    this.#inbox = [];
    this.#turns = [];
  }

  /** Goes on after `freeze` or `suspend`. */
  thaw(): void {
    if (this.#state !== 'frozen' && this.#state !== 'suspended') return;
    const wasSuspended = this.#state === 'suspended';
    this.#state = 'running';
    this.#thawedMs = this.#loop.nowMs;
    if (wasSuspended) {
      const awayMs = this.#loop.nowMs - this.#stoppedMs;
      this.#suspendedMs += awayMs;
      for (const timer of this.#timers.values()) this.#schedule(timer, timer.dueMs + awayMs);
    }
    const overdue = this.#overdue.sort((a, b) => a.dueMs - b.dueMs);
    const [inbox, turns] = [this.#inbox, this.#turns];
    [this.#overdue, this.#inbox, this.#turns] = [[], [], []];
    for (const timer of overdue) this.#schedule(timer, this.#loop.nowMs);
    for (const { arrival, callback } of inbox) this.#loop.after(0, () => this.receive(arrival, callback));
    for (const turn of turns) this.#loop.after(0, () => (this.runs ? turn() : this.#turns.push(turn)));
  }

  stepWallClock(ms: number): void {
    this.endRest();
    this.#wallStepMs += ms;
  }

  /** Something is about to happen: timers that were put off come when they would have come. */
  endRest(): void {
    for (const [id, { timer, armedMs, delayMs }] of this.#resting) {
      this.#resting.delete(id);
      this.#loop.cancel(timer.handle);
      const periods = Math.max(1, Math.ceil((this.#loop.nowMs - armedMs) / delayMs));
      // The sweep keeps its phase; a look at the clocks that is overdue is made at once, before they show anything.
      if (delayMs < 1_000 && periods > 1) timer.callback();
      else this.#schedule(timer, armedMs + periods * delayMs);
    }
  }

  #stop(state: 'frozen' | 'suspended'): void {
    if (!this.runs) return;
    this.endRest();
    this.#state = state;
    this.#stoppedMs = this.#loop.nowMs;
  }

  #arm(callback: () => void, delayMs: number): number {
    const id = ++this.#lastTimer;
    if (this.#state === 'dead') return id;
    const timer: Timer = { dueMs: 0, handle: 0, callback: () => this.#fire(id, timer, callback) };
    this.#timers.set(id, timer);
    if (delayMs !== Number.POSITIVE_INFINITY) this.#schedule(timer, this.#loop.nowMs + Math.max(0, delayMs));
    return id;
  }

  #schedule(timer: Timer, dueMs: number): void {
    timer.dueMs = dueMs;
    timer.handle = this.#loop.after(dueMs - this.#loop.nowMs, timer.callback);
  }

  #fire(id: number, timer: Timer, callback: () => void): void {
    if (!this.runs) {
      this.#overdue.push(timer);
      return;
    }
    this.#timers.delete(id);
    this.#resting.delete(id);
    this.#run(callback);
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#failed(error);
    }
  }
}
