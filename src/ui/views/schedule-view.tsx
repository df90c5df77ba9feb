/** The scheduler's timeline: a row per task, time from left to right. */
import type { WindowSize } from '../../api/system.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { barColumns, Timeline, timelineLine } from './timeline.ts';

const INTERVAL_MS = 250;
const SPANS_MS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
const FIRST_SPAN = 7;

class ScheduleView extends SampledView<{ toNs: number }> {
  protected readonly name = 'Scheduler';
  private readonly timeline = new Timeline();
  private span = FIRST_SPAN;
  private isStopped = false;
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['+', '='], name: 'shorter', act: () => this.zoom(-1) },
    { keys: ['-'], name: 'longer', act: () => this.zoom(1) },
    { keys: [' '], shown: 'Space', name: 'hold', act: () => this.toggle() },
  ];

  protected async read(): Promise<{ toNs: number }> {
    this.timeline.add(await this.system.inspect.switches(true));
    return this.isStopped && this.sample ? this.sample : { toNs: this.timeline.nowNs };
  }

  protected override ended(): Promise<unknown> {
    return this.system.inspect.switches(false);
  }

  protected draw({ toNs }: { toNs: number }, { columns }: WindowSize): Body {
    const spanMs = SPANS_MS[this.span] ?? 1000;
    const spanNs = spanMs * 1e6;
    const rows = this.timeline.rows(toNs - spanNs, toNs, barColumns(columns - 2));
    const time = spanMs >= 1000 ? `${spanMs / 1000} s` : `${spanMs} ms`;
    const lost = this.timeline.dropped > 0 ? `, ${this.timeline.dropped} events lost` : '';
    return {
      title: `Scheduler: the last ${time} until ${(toNs / 1e9).toFixed(2)} s${lost}${this.isStopped ? ', on hold' : ''}`,
      head: ['  TID NAME         CPU  █ runs (colour: its hart)  ░ waits for a hart'],
      lines: rows.map((row) => timelineLine(row, spanNs)),
    };
  }

  private zoom(step: number): void {
    this.span = Math.max(0, Math.min(SPANS_MS.length - 1, this.span + step));
  }

  private toggle(): void {
    this.isStopped = !this.isStopped;
  }
}

export function openScheduleView(host: ViewHost): SplitView {
  return new ScheduleView(host, INTERVAL_MS);
}
