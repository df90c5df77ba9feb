/** The stream of system calls as lines: the newest are kept. Pure. */
import type { CallStream } from '../../protocol.ts';
import type { Line } from './line.ts';

const MAX_LINES = 2000;

export class CallLog {
  private kept: string[] = [];
  /** What is wanted has lines of its own: calls that are not wanted do not push it out. */
  private matching: string[] = [];
  private filter = '';
  /** Calls that were seen, and that were lost before anyone saw them. */
  total = 0;
  dropped = 0;

  add({ lines, dropped }: CallStream): void {
    this.kept = newest(this.kept, lines);
    if (this.filter !== '') this.matching = newest(this.matching, matches(lines, this.filter));
    this.total += lines.length;
    this.dropped += dropped;
  }

  /** Those with `filter` in them. */
  lines(filter: string): string[] {
    if (filter === '') return this.kept;
    if (filter !== this.filter) {
      this.filter = filter;
      this.matching = matches(this.kept, filter);
    }
    return this.matching;
  }
}

function newest(before: readonly string[], lines: readonly string[]): string[] {
  return [...before, ...lines].slice(-MAX_LINES);
}

function matches(lines: readonly string[], filter: string): string[] {
  return lines.filter((line) => line.includes(filter));
}

/** `time tid name(arguments) = result` */
export function callLine(text: string): Line {
  const [, start = '', name = '', rest = text, result = ''] =
    /^(\S+ \d+ )(\w+)(\(.*)( = .*)$/s.exec(text) ?? [];
  const isError = result.startsWith(' = -1');
  return [
    { text: start, colour: 'gray' },
    { text: name, isBold: true },
    { text: rest },
    { text: result, colour: isError ? 'red' : 'green' },
  ];
}
