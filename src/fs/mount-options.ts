/** The comma-separated options of mount(2)'s data argument. */
import { EINVAL, fail } from '../abi/errno.ts';

/** `a=1,b` as a map: a -> '1', b -> ''. */
export function parseOptions(options: string): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const option of options.split(',')) {
    if (option === '') continue;
    const at = option.indexOf('=');
    if (at < 0) parsed.set(option, '');
    else parsed.set(option.slice(0, at), option.slice(at + 1));
  }
  return parsed;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64M` in bytes; `50%` of `whole` bytes. Throws EINVAL. */
export function parseSize(text: string, whole: number): number {
  const match = /^([0-9]+)([kmg%]?)$/i.exec(text);
  const count = Number(match?.[1]);
  const unit = match?.[2]?.toLowerCase() ?? '';
  if (match === null || !Number.isSafeInteger(count)) throw fail(EINVAL, `size ${text}`);
  return unit === '%' ? Math.floor((whole * count) / 100) : count * (UNITS[unit] ?? 1);
}

/** An octal (`mode`) or decimal number. Throws EINVAL. */
export function parseNumber(text: string, radix: 8 | 10): number {
  if (!(radix === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(text)) throw fail(EINVAL, `number ${text}`);
  return Number.parseInt(text, radix);
}
