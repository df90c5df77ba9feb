/** A view that is a list of lines, read anew each second. */
import type { ReactElement } from 'react';
import type { WindowSize } from '../../api/system.ts';
import { Panel } from '../components/Panel.tsx';
import { type ListName, type PanelContent, readPanel } from '../panels.ts';
import type { SplitView, ViewHost } from '../split-view.ts';

const REFRESH_MS = 1000;
const PAGE_LINES = 10;

const MOVES: Readonly<Record<string, number>> = {
  '\x1b[A': -1,
  '\x1bOA': -1,
  k: -1,
  '\x1b[B': 1,
  '\x1bOB': 1,
  j: 1,
  '\x1b[5~': -PAGE_LINES,
  b: -PAGE_LINES,
  '\x1b[6~': PAGE_LINES,
  ' ': PAGE_LINES,
};

class ListView implements SplitView {
  readonly help = 'arrows move, q closes';
  private readonly host: ViewHost;
  private readonly name: ListName;
  private readonly pid: number;
  private content: PanelContent = { title: '', lines: [] };
  private selected = 0;
  private readonly timer: NodeJS.Timeout;
  private isOpen = true;

  constructor(host: ViewHost, name: ListName, pid: number) {
    this.host = host;
    this.name = name;
    this.pid = pid;
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
    void this.refresh();
  }

  element({ rows, columns }: WindowSize): ReactElement {
    const { title, lines } = this.content;
    return (
      <Panel title={title} lines={lines} selected={this.selected} rows={rows} columns={columns} />
    );
  }

  key(key: string): boolean {
    const lines = MOVES[key];
    if (lines === undefined) return false;
    const last = this.content.lines.length - 1;
    this.selected = Math.max(0, Math.min(last, this.selected + lines));
    this.host.changed();
    return true;
  }

  dispose(): void {
    this.isOpen = false;
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    try {
      this.content = await readPanel(this.host.system, this.name, this.pid);
    } catch (error) {
      // The process has ended, or the machine.
      const reason = error instanceof Error ? error.message : String(error);
      this.content = { title: `Process ${this.pid}`, lines: [reason] };
    }
    if (this.isOpen) this.host.changed();
  }
}

export function openListView(host: ViewHost, name: ListName): SplitView {
  return new ListView(host, name, 1);
}
