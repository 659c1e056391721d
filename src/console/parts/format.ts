/** Numbers and names as people read them. */

/** `0.42 s`, `12 s`, `3 min`, `2 h`: how long something took or takes. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 0.01) return '0 ms';
  if (size < 1) return `${ms.toFixed(2)} ms`;
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (size < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (size < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** How long ago, calm: under a second it does not count. */
export const ago = (atMs: number, nowMs: number): string =>
  nowMs - atMs < 1_000 ? 'now' : `${duration(nowMs - atMs)} ago`;

export const roundTrip = (ms: number | null): string =>
  ms === null ? '–' : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;

/** `14:03:07.250` */
export function clockTime(atMs: number, withMs = true): string {
  const time = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return withMs ? `${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}` : seconds;
}

/** Enough of a device id to tell devices apart; they begin alike less often than one thinks. */
export const shortId = (device: string): string => device.slice(0, 8);

/** What a peer calls itself, or the beginning of its id. */
export const nameOf = ({ label, device }: { label: string; device: string }): string =>
  label === '' ? shortId(device) : label;
