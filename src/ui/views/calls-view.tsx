/** The system calls of a process and its children, or of all, as they come. */
import type { SplitView, ViewHost } from '../split-view.ts';
import { CallLog, callLine } from './call-log.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { choose, neighbour, subjectOf } from './subject.ts';

const INTERVAL_MS = 250;

interface CallSample {
  of: 'all' | number;
  name: string;
  log: CallLog;
  after: number | undefined;
  before: number | undefined;
}

class CallsView extends SampledView<CallSample> {
  protected readonly name = 'System calls';
  private isAll = false;
  private isStopped = false;
  private filter = '';
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['a'], name: 'all or one', act: () => this.toggleAll() },
    { keys: ['/'], name: 'filter', act: () => this.askFilter() },
    { keys: [' '], shown: 'Space', name: 'hold', act: () => this.toggle() },
    { keys: ['n'], name: 'next process', act: () => this.next(1) },
    { keys: ['N'], name: '', act: () => this.next(-1) },
  ];

  protected async read(): Promise<CallSample> {
    const last = this.sample;
    if (this.isStopped && last) return last;
    const processes = await this.system.processes();
    const subject = subjectOf(this.system, processes);
    const of = this.isAll ? 'all' : subject?.pid;
    if (of === undefined || !subject) throw new Error('there is no program');
    const log = last?.of === of ? last.log : new CallLog();
    log.add(await this.system.inspect.calls(of));
    const name =
      of === 'all' ? 'all processes' : `process ${of} (${subject.name}) and its children`;
    const after = neighbour(processes, subject.pid, 1);
    return { of, name, log, after, before: neighbour(processes, subject.pid, -1) };
  }

  protected override ended(): Promise<unknown> {
    return this.system.inspect.calls('none');
  }

  protected draw({ name, log }: CallSample): Body {
    const parts = [
      `System calls of ${name}: ${log.total}`,
      ...(log.dropped > 0 ? [`${log.dropped} lost`] : []),
      ...(this.filter === '' ? [] : [`with '${this.filter}'`]),
      ...(this.isStopped ? ['on hold'] : []),
    ];
    return {
      title: parts.join(', '),
      lines: log.lines(this.filter).map(callLine),
      isStream: true,
    };
  }

  private toggleAll(): void {
    this.isAll = !this.isAll;
    this.selected = undefined;
    void this.refresh();
  }

  private toggle(): void {
    this.isStopped = !this.isStopped;
  }

  private askFilter(): void {
    this.ask('part of a call', this.filter, (text) => {
      this.filter = text;
      this.selected = undefined;
    });
  }

  private next(step: 1 | -1): void {
    const pid = step === 1 ? this.sample?.after : this.sample?.before;
    if (pid !== undefined) choose(this.system, pid);
    this.isAll = false;
    void this.refresh();
  }
}

export function openCallsView(host: ViewHost): SplitView {
  return new CallsView(host, INTERVAL_MS);
}
