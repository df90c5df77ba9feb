/** What workloads print, and the statistics of it. */

/** One line: `name rate unit (key value …)`. */
export interface Rate {
  readonly name: string;
  /** Higher is faster. */
  readonly rate: number;
  readonly unit: string;
  /** Equal wherever the program runs. */
  readonly check: string | undefined;
  /** Of the timed passes: how many, how long, and the instructions that they retired; undefined where unknown or not counted. */
  readonly passes: number | undefined;
  readonly seconds: number | undefined;
  readonly instructions: number | undefined;
}

const LINE = /^([\w.+-]+)\s+([\d.]+(?:e[+-]?\d+)?)\s+(\S+)\s*(?:\((.*)\))?\s*$/gm;

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return value > 0 ? value : undefined;
}

/** Lines of other forms (a kernel's messages) are skipped. */
export function parseRates(text: string): Rate[] {
  return [...text.replaceAll('\r', '').matchAll(LINE)].map(
    ([, name = '', rate = '', unit = '', rest = '']) => {
      const words = rest.split(/\s+/);
      const fields = new Map(words.flatMap((word, i) => (i % 2 ? [] : [[word, words[i + 1]]])));
      return {
        name,
        rate: Number(rate),
        unit,
        check: fields.get('check'),
        passes: positive(fields.get('n')),
        seconds: positive(fields.get('seconds')),
        instructions: positive(fields.get('instructions')),
      };
    },
  );
}

/** NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Of those that are numbers. */
export function geometricMean(values: readonly number[]): number {
  const known = values.filter((value) => value > 0);
  return Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length);
}

/** `median (least-greatest)`. */
export function spreadText(values: readonly number[]): string {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return '-';
  const short = (value: number): string => value.toFixed(value < 9.995 ? 2 : 1);
  const middle = short(median(known));
  if (known.length === 1) return middle;
  return `${middle} (${short(Math.min(...known))}-${short(Math.max(...known))})`;
}
