/** The tables of transitions in `rows/`, on the shipped charts. */
import { expect, it } from 'vitest';
import { allChecks } from './rows/all.js';

it.each(allChecks())('$name', async ({ expected, outcome }) => {
  expect(await outcome()).toEqual(expected);
});
