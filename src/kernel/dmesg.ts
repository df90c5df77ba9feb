/** The kernel log: a bounded list of lines, read by syslog(2), /dev/kmsg and the boot console. */

import { log } from '../lib/log.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Clock, Ns } from './clock.ts';
import { observer } from './observer.ts';

export interface LogLine {
  sequence: number;
  timeNs: Ns;
  /** Syslog severity, 0 emergency to 7 debug. */
  level: number;
  text: string;
}

const MAX_LINES = 1024;
/** At first, lines of a lower level are shown on the console: all but those for debugging. */
export const CONSOLE_LEVEL = 7;
const channel = log.channel('dmesg');

export class KernelLog {
  private readonly clock: Clock;
  private readonly ring: LogLine[] = [];
  private nextSequence = 0;
  /** Woken by every new line: /dev/kmsg. */
  readonly queue = new WaitQueue();
  /** Lines before this sequence number were cleared by `dmesg -C`. */
  clearedBefore = 0;
  consoleLevel = CONSOLE_LEVEL;
  /** syslog(2) took the lines before this sequence number one after the other. */
  private unread = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  print(text: string, level = 6): void {
    const line = { sequence: this.nextSequence++, timeNs: this.clock.monotonicNs(), level, text };
    this.ring.push(line);
    if (this.ring.length > MAX_LINES) this.ring.shift();
    if (level < this.consoleLevel) channel.write(formatLine(line));
    observer.log?.(line);
    this.queue.wakeAll();
  }

  lines(): readonly LogLine[] {
    return this.ring;
  }

  /** `<6>[    0.000000] text` lines as syslog(2) gives them, those that were not cleared. */
  text(): string {
    return this.ring
      .filter((line) => line.sequence >= this.clearedBefore)
      .map((line) => `<${line.level}>${formatLine(line)}\n`)
      .join('');
  }

  /** What nobody took yet. */
  unreadText(): string {
    return this.ring
      .filter((line) => line.sequence >= this.unread)
      .map((line) => `<${line.level}>${formatLine(line)}\n`)
      .join('');
  }

  /** Takes as many whole lines as fit in `bytes`. */
  takeUnread(bytes: number): string {
    let text = '';
    for (const line of this.ring) {
      if (line.sequence < this.unread) continue;
      const next = `<${line.level}>${formatLine(line)}\n`;
      if (text.length + next.length > bytes) break;
      text += next;
      this.unread = line.sequence + 1;
    }
    return text;
  }

  clear(): void {
    this.clearedBefore = this.nextSequence;
  }
}

/** `[    1.234567] text`. */
export function formatLine(line: LogLine): string {
  return `[${(line.timeNs / 1e9).toFixed(6).padStart(12)}] ${line.text}`;
}
