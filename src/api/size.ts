/** Sizes as people write them: bytes, '64M', '1.5G'. */
import { OptionError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Of a size, in bytes. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly range: string;
  /** What the result is a multiple of, rounded down. */
  readonly unit: number;
}

/** Bytes. `name` is the option's, for the error. Throws OptionError. */
export function parseSize(
  name: string,
  value: number | string,
  { least, most, range, unit: step }: Range,
): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(String(value));
  const unit = UNITS[(match?.[2] ?? '').toUpperCase()];
  if (!match || unit === undefined) {
    throw new OptionError(`${name}: '${value}' is no size; write for example 256M or 1G`);
  }
  const bytes = Math.floor((Number(match[1]) * unit) / step) * step;
  if (bytes < least || bytes > most) throw new OptionError(`${name}: ${value} is outside ${range}`);
  return bytes;
}
