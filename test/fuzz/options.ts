/** How much, and which: `npm run fuzz -- --runs N --seed S`. Without it a few seconds' worth, each time another one. */
const asked = process.env.FUZZ_RUNS;
const RUNS = Number(asked ?? 6_000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** `share` of all runs. What is fuzzed keeps its state from run to run, so that a failure is not shrunk: the seed repeats it. */
export function runs(share: number) {
  return { numRuns: Math.ceil(RUNS * share), seed: SEED, endOnFailure: true };
}

export const seed = SEED;
/** For the name of a test, so that its report names the seed. */
export const named = `seed ${SEED}`;
/** Only ends hangs; a long run is watched by whoever started it. */
export const timeout = asked === undefined ? 60_000 : 0;
