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
  /** Of syslog(3), 0 to 127: 0 is the kernel, what programs write is at least 1, user. */
  facility: number;
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

  print(text: string, level = 6, facility = 0): void {
    const sequence = this.nextSequence++;
    const line = { sequence, timeNs: this.clock.monotonicNs(), level, facility, text };
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
      .map((line) => `<${priorityOf(line)}>${formatLine(line)}\n`)
      .join('');
  }

  /** What nobody took yet. */
  unreadText(): string {
    return this.ring
      .filter((line) => line.sequence >= this.unread)
      .map((line) => `<${priorityOf(line)}>${formatLine(line)}\n`)
      .join('');
  }

  /** Takes as many whole lines as fit in `bytes`. */
  takeUnread(bytes: number): string {
    let text = '';
    for (const line of this.ring) {
      if (line.sequence < this.unread) continue;
      const next = `<${priorityOf(line)}>${formatLine(line)}\n`;
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

/** Facility and level in one number: syslog(3). */
export function priorityOf({ facility, level }: LogLine): number {
  return (facility << 3) | level;
}

/** `[    1.234567] text`. */
export function formatLine(line: LogLine): string {
  return `[${(line.timeNs / 1e9).toFixed(6).padStart(12)}] ${line.text}`;
}
