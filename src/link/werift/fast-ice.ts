/**
 * werift's check loop looks for work every 20 ms, reports a nomination only at the end of a round, and waits for ever or
 * gives up by itself when no check succeeds. Here checks start as soon as there is a pair and a nomination counts at
 * once; how long to try is the peer machine's business.
 */
import { Connection, type RTCPeerConnection, StunOverTurnProtocol } from 'werift';
import { releaseRelays } from './gather.js';
import { type Address, type CandidatePair, dtlsOf, type Ice, PairState } from './internals.js';
import { oneCheck } from './one-check.js';

const ROUND_MS = 2;
/** Nothing to start: only a trickled candidate or a check from the far end can bring work. */
const IDLE_ROUND_MS = 20;

/**
 * A direct path that both ends must open first may answer later than a relayed one, and nothing is moved to a better
 * path afterwards: relayed ones wait this long while a direct one may still answer.
 */
const RELAYED_AFTER_MS = 300;

const attempts = new WeakMap<Ice, Attempt>();

class Attempt {
  readonly #ice: Ice;
  readonly #generation: number;
  readonly #nominated: () => void;
  readonly #startMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(ice: Ice, nominated: () => void) {
    this.#ice = ice;
    this.#generation = ice.generation;
    this.#nominated = nominated;
  }

  run = (): void => {
    clearTimeout(this.#timer);
    const ice = this.#ice;
    if (ice.state === 'closed' || ice.generation !== this.#generation) return this.#end();
    if (ice.nominated) {
      this.#end();
      releaseRelays(ice);
      ice.queryConsent();
      ice.setState('connected');
      return this.#nominated();
    }
    ice.schedulingChecks();
    const isDue = (pair: CandidatePair) => pair.state === PairState.waiting || pair.state === PairState.frozen;
    const more = ice.checkList.some((pair) => isDue(pair) && this.mayCheck(pair));
    this.#timer = setTimeout(this.run, more ? ROUND_MS : IDLE_ROUND_MS);
    this.#timer.unref();
  };

  mayCheck(pair: CandidatePair): boolean {
    if (!isRelayed(pair) || performance.now() - this.#startMs >= RELAYED_AFTER_MS) return true;
    return this.#ice.checkList.every((other) => isRelayed(other) || other.state === PairState.failed);
  }

  #end(): void {
    if (attempts.get(this.#ice) === this) attempts.delete(this.#ice);
  }
}

const isRelayed = ({ protocol, remoteCandidate }: CandidatePair) =>
  protocol instanceof StunOverTurnProtocol || remoteCandidate.type === 'relay';

export function fastIce(): void {
  const prototype = Connection.prototype as unknown as Ice;
  const checkComplete = prototype.checkComplete;
  prototype.checkComplete = function (this: Ice, pair) {
    checkComplete.call(this, pair);
    if (this.nominated) attempts.get(this)?.run();
  };
  const checkIncoming = prototype.checkIncoming;
  prototype.checkIncoming = function (this: Ice, message, address, ...rest) {
    checkIncoming.call(this, message, address, ...rest); // answers it
    askForNomination(this, address);
  };
  const holding = new WeakSet<Ice>();
  const holdRelayed = (ice: Ice) => {
    if (holding.has(ice)) return;
    holding.add(ice);
    const checkStart = ice.checkStart;
    ice.checkStart = (pair) => (attempts.get(ice)?.mayCheck(pair) === false ? {} : checkStart(pair));
  };
  /** Resolves when a pair is nominated; stays pending when a restart or close makes it pointless. */
  prototype.connect = function (this: Ice) {
    if (!this.localCandidatesStart) return Promise.reject(new Error('candidates were not gathered'));
    if (!this.remoteUsername || !this.remotePassword) return Promise.reject(new Error('remote credentials missing'));
    holdRelayed(this);
    for (const candidate of this.remoteCandidates) this.pairRemoteCandidate(candidate);
    this.sortCheckList();
    this.unfreezeInitial();
    for (const check of this.earlyChecks.splice(0)) this.checkIncoming(...check);
    this.earlyChecksDone = true;
    return new Promise((resolve) => {
      const attempt = new Attempt(this, resolve);
      attempts.set(this, attempt);
      attempt.run();
    });
  };
}

/**
 * The far end nominates. Some nominate at once when a check of ours comes for a pair that works for them, and otherwise
 * only 200 ms later; our first check was too early for that, as it came before our answer did.
 */
function askForNomination(ice: Ice, [host, port]: Address): void {
  const attempt = attempts.get(ice);
  if (ice.iceControlling || ice.nominated || !attempt) return;
  const pair = ice.checkList.find(({ remoteAddr }) => remoteAddr[0] === host && remoteAddr[1] === port);
  if (pair && attempt.mayCheck(pair)) oneCheck(ice, pair).catch(() => {});
}

/** Another round of checks for an attempt that is still under way: failed pairs are never tried again by themselves. */
export function checkAgain(ice: Ice): void {
  for (const pair of ice.checkList) if (pair.state === PairState.failed) pair.updateState(PairState.waiting);
  attempts.get(ice)?.run();
}

/** After a restart: werift starts no checks by itself while DTLS is connected. */
export function startChecks(pc: RTCPeerConnection): void {
  const transport = dtlsOf(pc)?.iceTransport;
  if (!transport || transport.connection.nominated || transport.state === 'closed') return;
  transport.start().catch(() => {});
}
