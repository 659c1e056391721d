/** What one list of messages has that the other has not, in order: `-` was said then, `+` is said by us. */

/** Said at intervals or in an order that are each implementation's own: once in each form is enough, wherever it stands. */
const ANYWHERE = /"kind":"(announce|candidate|ping)"/;

export function differences(theirs: readonly string[], ours: readonly string[]): string[] {
  const inOrder = (lines: readonly string[]) => lines.filter((line) => !ANYWHERE.test(line));
  const anywhere = (lines: readonly string[]) => [...new Set(lines.filter((line) => ANYWHERE.test(line)))].sort();
  return [...ordered(inOrder(theirs), inOrder(ours)), ...ordered(anywhere(theirs), anywhere(ours))];
}

/** By the longest common sequence. */
function ordered(a: readonly string[], b: readonly string[]): string[] {
  // Its length from each pair of places on.
  const rest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const next = a[i] === b[j] ? rest[i + 1]![j + 1]! + 1 : Math.max(rest[i + 1]![j]!, rest[i]![j + 1]!);
      rest[i]![j] = next;
    }
  }
  const found: string[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j === b.length || (i < a.length && rest[i + 1]![j]! >= rest[i]![j + 1]!)) found.push(`- ${a[i++]}`);
    else found.push(`+ ${b[j++]}`);
  }
  return found;
}
