/** Pause, single step, slow motion: where the machine stands, and how it goes on. */
import type { WindowSize } from '../../api/system.ts';
import type { Pace, Stand } from '../../protocol.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import { codeLines, paceText, registerLines, taskText } from './registers.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';

const INTERVAL_MS = 200;
const RATES = [1, 2, 5, 10, 50, 100, 1000, 10_000, 100_000, 1_000_000];
const FIRST_RATE = 3;
const MIN_CODE_ROWS = 3;

class PaceView extends SampledView<Stand> {
  protected readonly name = 'Pause and step';
  /** The last one that was another. */
  private before: Stand | undefined;
  private rate = FIRST_RATE;
  protected readonly keys: readonly KeyRow[] = [
    { keys: [' '], shown: 'Space', name: 'pause', act: () => this.toggle() },
    { keys: ['s'], name: 'step', act: () => this.go({ kind: 'instruction' }) },
    { keys: ['c'], name: 'next call', act: () => this.go({ kind: 'call' }) },
    { keys: ['m'], name: 'slow', act: () => this.slow(0) },
    { keys: ['+', '='], name: 'faster', act: () => this.slow(1) },
    { keys: ['-'], name: 'slower', act: () => this.slow(-1) },
    { keys: ['r'], name: 'run', act: () => this.go({ kind: 'run' }) },
  ];

  protected async read(): Promise<Stand> {
    const stand = await this.system.inspect.stand();
    if (this.sample && stand.retired !== this.sample.retired) this.before = this.sample;
    return stand;
  }

  /** Nobody would know why the terminal does not answer. */
  protected override ended(): Promise<unknown> {
    return this.system.inspect.pace({ kind: 'run' });
  }

  protected draw(stand: Stand, { rows, columns }: WindowSize): Body {
    const registers = registerLines(stand, this.before, columns - 2);
    const event = stand.event === '' ? '' : `; trap: ${stand.event}`;
    const room = Math.max(MIN_CODE_ROWS, rows - 1 - registers.length);
    return {
      title: `${taskText(stand)}: ${paceText(stand.pace)}, ${stand.retired} instructions${event}`,
      head: codeLines(stand, room),
      lines: registers,
    };
  }

  private go(pace: Pace): void {
    this.perform(async () => {
      await this.system.inspect.pace(pace);
      return '';
    });
  }

  private toggle(): void {
    const isRunning = this.sample?.pace.kind === 'run';
    this.go({ kind: isRunning ? 'pause' : 'run' });
  }

  private slow(step: number): void {
    this.rate = Math.max(0, Math.min(RATES.length - 1, this.rate + step));
    this.go({ kind: 'slow', perSecond: RATES[this.rate] ?? 1 });
  }
}

export function openPaceView(host: ViewHost): SplitView {
  return new PaceView(host, INTERVAL_MS);
}
