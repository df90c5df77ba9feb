/** The kernel's log, as it grows. */
import type { LogLineItem } from '../../protocol.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import { LEVELS, logLines } from './kernel-log.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';

const INTERVAL_MS = 500;
const MAX_LINES = 5000;

class LogView extends SampledView<readonly LogLineItem[]> {
  protected readonly name = 'Kernel log';
  private level = LEVELS.length - 1;
  private filter = '';
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['/'], name: 'filter', act: () => this.askFilter() },
    { keys: ['l'], name: 'level', act: () => this.nextLevel() },
  ];

  protected async read(): Promise<readonly LogLineItem[]> {
    const { sample = [] } = this;
    const more = await this.system.inspect.log((sample.at(-1)?.sequence ?? -1) + 1);
    return more.length === 0 ? sample : [...sample, ...more].slice(-MAX_LINES);
  }

  protected draw(sample: readonly LogLineItem[]): Body {
    const lines = logLines(sample, this.level, this.filter);
    const parts = [
      `Kernel log: ${lines.length} lines`,
      ...(this.level < LEVELS.length - 1 ? [`up to ${LEVELS[this.level]}`] : []),
      ...(this.filter === '' ? [] : [`with '${this.filter}'`]),
    ];
    return { title: parts.join(', '), lines, isStream: true };
  }

  private nextLevel(): void {
    this.level = (this.level + LEVELS.length - 1) % LEVELS.length;
    this.selected = undefined;
  }

  private askFilter(): void {
    this.ask('part of a line', this.filter, (text) => {
      this.filter = text;
      this.selected = undefined;
    });
  }
}

export function openLogView(host: ViewHost): SplitView {
  return new LogView(host, INTERVAL_MS);
}
