/** Lines of the kernel log, as dmesg(1) prints them. Pure. */
import type { LogLineItem } from '../../protocol.ts';
import type { Line, Span } from './line.ts';

/** syslog(3). */
export const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const ERROR = 3;
const WARNING = 4;

/** Lines up to a level, with `filter` in them. */
export function logLines(items: readonly LogLineItem[], level: number, filter: string): Line[] {
  return items
    .filter((item) => item.level <= level && item.text.includes(filter))
    .map((item) => {
      const time = (item.timeNs / 1e9).toFixed(6).padStart(12);
      const text: Span = { text: item.text };
      if (item.level <= ERROR) text.colour = 'red';
      else if (item.level === WARNING) text.colour = 'yellow';
      return [{ text: `[${time}] `, colour: 'green' }, text];
    });
}
