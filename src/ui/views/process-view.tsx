/** The process tree: sort, filter, send a signal, choose the process of other views. */
import type { SplitView, ViewHost } from '../split-view.ts';
import {
  ORDERS,
  PROCESS_HEADING,
  type ProcessRow,
  type ProcessSample,
  processLine,
  processRows,
} from './process-tree.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { choose, subjectOf } from './subject.ts';

const INTERVAL_MS = 1000;

class ProcessView extends SampledView<ProcessSample> {
  protected readonly name = 'Processes';
  private before: ProcessSample | undefined;
  private order = ORDERS[0] ?? 'tree';
  private filter = '';
  private rows: ProcessRow[] = [];
  private pid: number | undefined;
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['k'], name: 'signal', act: () => this.askSignal() },
    { keys: ['s'], name: 'sort', act: () => this.sort() },
    { keys: ['/'], name: 'filter', act: () => this.askFilter() },
  ];

  protected async read(): Promise<ProcessSample> {
    const processes = await this.system.processes();
    this.before = this.sample;
    this.pid ??= subjectOf(this.system, processes)?.pid;
    return { atMs: performance.now(), processes };
  }

  protected draw(sample: ProcessSample): Body {
    this.rows = processRows(this.before, sample, this.order, this.filter);
    this.keepMark();
    const by = this.filter === '' ? '' : `, with '${this.filter}'`;
    return {
      title: `Processes (${sample.processes.length}), by ${this.order}${by}`,
      head: [PROCESS_HEADING],
      lines: this.rows.map(processLine),
    };
  }

  /** The mark stays on its process, wherever that goes; where it has gone, or is filtered out, on the process that is there now. */
  private keepMark(): void {
    const at = this.rows.findIndex(({ process }) => process.pid === this.pid);
    if (at >= 0) this.selected = at;
    else if (this.rows.length > 0) {
      this.selected = Math.min(this.selected ?? 0, this.rows.length - 1);
      this.moved();
    }
  }

  protected override moved(): void {
    this.pid = this.rows[this.selected ?? 0]?.process.pid;
    if (this.pid !== undefined) choose(this.system, this.pid);
  }

  private sort(): void {
    this.order = ORDERS[(ORDERS.indexOf(this.order) + 1) % ORDERS.length] ?? 'tree';
  }

  private askFilter(): void {
    this.ask('command or pid', this.filter, (text) => {
      this.filter = text;
    });
  }

  private askSignal(): void {
    const row = this.rows[this.selected ?? 0];
    if (!row) return;
    const { pid, name } = row.process;
    this.ask(`signal to ${pid} (${name})`, 'TERM', (signal) =>
      this.perform(async () => {
        const number = Number(signal);
        await this.system.inspect.signal(pid, Number.isInteger(number) ? number : signal);
        return `${signal} sent to ${pid}`;
      }),
    );
  }
}

export function openProcessView(host: ViewHost): SplitView {
  return new ProcessView(host, INTERVAL_MS);
}
