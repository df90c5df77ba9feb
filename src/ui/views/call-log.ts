/** The stream of system calls as lines: the newest are kept. Pure. */
import type { CallStream } from '../../protocol.ts';
import type { Line } from './line.ts';

const MAX_LINES = 2000;

export class CallLog {
  private kept: string[] = [];
  /** Calls that were seen, and that were lost before anyone saw them. */
  total = 0;
  dropped = 0;

  add({ lines, dropped }: CallStream): void {
    this.kept = [...this.kept, ...lines].slice(-MAX_LINES);
    this.total += lines.length;
    this.dropped += dropped;
  }

  /** Those with `filter` in them. */
  lines(filter: string): string[] {
    return filter === '' ? this.kept : this.kept.filter((line) => line.includes(filter));
  }
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
