/** Numbers in /proc/sys. */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from './row.ts';

/** INT_MAX. */
export const LARGEST = 2 ** 31 - 1;

/** A whole number from `low` to `high`. Throws EINVAL. */
export function integer(text: string, low: number, high: number): number {
  const number = Number(text.trim());
  if (text.trim() === '' || !Number.isInteger(number)) throw fail(EINVAL, 'not a number');
  if (number < low || number > high) throw fail(EINVAL, 'out of range');
  return number;
}

/** A number that can be written, within bounds. */
export function tunable(
  name: string,
  low: number,
  high: number,
  get: (kernel: Kernel) => number,
  set: (kernel: Kernel, value: number) => void,
): ProcRow {
  return {
    name,
    mode: 0o644,
    show: (kernel) => `${get(kernel)}\n`,
    store: (kernel, text) => set(kernel, integer(text, low, high)),
  };
}
