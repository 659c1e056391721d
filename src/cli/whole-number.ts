import { InvalidArgumentError } from 'commander';

/** For commander: takes whole numbers from `from` to `to`, and says what is allowed of everything else. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`Allowed is a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}
