/** Adds to a list that forgets its oldest entries. */
export function pushBounded<T>(list: T[], entry: T, limit: number): void {
  list.push(entry);
  // A tenth at once: moving a long list for each new entry would cost more than the entry.
  if (list.length > limit) list.splice(0, list.length - Math.floor(limit * 0.9));
}
