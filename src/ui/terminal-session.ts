/** The state behind the screen: the guest's terminal, the open panel, the status; one immutable view per change for React. */
import { Monitor } from '../api/monitor.ts';
import type { System, WindowSize } from '../api/system.ts';
import { type InputAction, InputReader, type Panel } from './input.ts';
import { computeStatus, type Sample, STATUS_FILES, statusText } from './model.ts';
import { type PanelContent, readPanel } from './panels.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

export interface View {
  size: WindowSize;
  lines: string[];
  cursor: { x: number; y: number } | undefined;
  panel: (PanelContent & { selected: number }) | undefined;
  status: string;
  hint: string;
}

const HINT = '^A ? keys';
const PANEL_HINT = 'q closes';
const REFRESH_MS = 1000;
/** 30 frames a second, as Ink draws them. */
const FRAME_MS = 33;
const STATUS_LINES = 1;

export class TerminalSession {
  private readonly terminal: VirtualTerminal;
  private readonly input = new InputReader();
  private readonly listeners = new Set<() => void>();
  private system: System | undefined;
  private monitor: Monitor | undefined;
  private size: WindowSize;
  private current: View;
  private openPanel: Panel | undefined;
  private selected = 0;
  private pids: number[] = [];
  private pid = 1;
  private sample: Sample | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Runs until the next frame may be drawn. */
  private frame: NodeJS.Timeout | undefined;
  /** There is output that the view does not show yet. */
  private isStale = false;
  /** The user asked to leave. */
  onQuit: () => void = () => undefined;

  constructor(size: WindowSize) {
    this.size = size;
    this.terminal = new VirtualTerminal(this.guestSize(), (data) =>
      this.system?.writeConsole(data),
    );
    this.terminal.onChange = () => this.drawSoon();
    this.current = {
      size,
      lines: this.terminal.lines(),
      cursor: undefined,
      panel: undefined,
      status: 'booting',
      hint: HINT,
    };
  }

  readonly view = (): View => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The guest's part of the screen. */
  guestSize(): WindowSize {
    return { rows: Math.max(2, this.size.rows - STATUS_LINES), columns: this.size.columns };
  }

  attach(system: System): void {
    this.system = system;
    this.monitor = new Monitor(system.devices, (hint) => this.change({ hint }));
    system.onConsole((bytes) => this.terminal.write(bytes));
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
    void this.refresh();
  }

  detach(): void {
    clearInterval(this.timer);
    clearTimeout(this.frame);
    this.system = undefined;
    this.terminal.dispose();
  }

  resize(size: WindowSize): void {
    this.size = size;
    this.terminal.resize(this.guestSize());
    this.system?.resizeConsole(this.guestSize());
    this.change({ size });
  }

  type(bytes: Uint8Array): void {
    const actions = this.input.read(bytes, {
      isPanelOpen: this.openPanel !== undefined || this.terminal.scrollBack > 0,
      hasApplicationCursorKeys: this.terminal.hasApplicationCursorKeys,
      hasBracketedPaste: this.terminal.hasBracketedPaste,
    });
    for (const action of actions) this.act(action);
  }

  private act(action: InputAction): void {
    switch (action.type) {
      case 'send':
        if (this.monitor?.line === undefined) this.system?.writeConsole(action.text);
        else this.monitor.type(action.text);
        break;
      case 'monitor':
        this.monitor?.open();
        break;
      case 'prefix':
        this.change({ hint: 'p m t i panels, [ scroll, c devices, q quit, ? help' });
        return;
      case 'panel':
        this.openPanel = action.panel;
        if (action.panel === 'memory') this.pid = this.pids[this.selected] ?? this.pid;
        this.selected = 0;
        void this.refresh();
        break;
      case 'close':
        this.openPanel = undefined;
        this.terminal.scroll(Number.MAX_SAFE_INTEGER);
        this.change({ panel: undefined });
        break;
      case 'move':
        this.move(action.lines);
        break;
      case 'scroll':
        this.terminal.scroll(action.lines);
        break;
      case 'quit':
        this.onQuit();
        break;
      case 'unknown':
        break;
    }
    this.change({ hint: this.hint() });
  }

  private hint(): string {
    const line = this.monitor?.line;
    if (line !== undefined) return `monitor: ${line}_ (device_add disk FILE, device_del NAME)`;
    if (this.openPanel) return PANEL_HINT;
    const { scrollBack } = this.terminal;
    return scrollBack > 0 ? `${scrollBack} lines back, q ends` : HINT;
  }

  private move(lines: number): void {
    const { panel } = this.current;
    if (!panel) {
      this.terminal.scroll(lines);
      return;
    }
    this.selected = Math.max(0, Math.min(panel.lines.length - 1, this.selected + lines));
    this.change({ panel: { ...panel, selected: this.selected } });
  }

  private async refresh(): Promise<void> {
    const { system } = this;
    if (!system) return;
    try {
      const texts = await Promise.all(
        STATUS_FILES.map((name) => system.fs.readFile(`/proc/${name}`, 'utf8')),
      );
      const files = Object.fromEntries(
        STATUS_FILES.map((name, index) => [name, texts[index] ?? '']),
      );
      const sample = { atMs: performance.now(), files };
      const status = statusText(computeStatus(this.sample, sample));
      this.sample = sample;
      const panel = await this.panelContent(system);
      this.change({
        status,
        panel: panel && this.openPanel ? { ...panel, selected: this.selected } : undefined,
      });
    } catch (error) {
      // The machine is going down: say so in the status line.
      this.change({ status: error instanceof Error ? error.message : String(error) });
    }
  }

  private async panelContent(system: System): Promise<PanelContent | undefined> {
    if (!this.openPanel) return undefined;
    try {
      const panel = await readPanel(system, this.openPanel, this.pid);
      if (panel.pids) this.pids = panel.pids;
      return panel;
    } catch (error) {
      // The process of the panel has ended.
      return {
        title: `Process ${this.pid}`,
        lines: [error instanceof Error ? error.message : String(error)],
      };
    }
  }

  /** Output arrives in many small pieces: the first is shown at once, those that follow within a frame together. */
  private drawSoon(): void {
    this.isStale = true;
    if (this.frame !== undefined) return;
    this.change({});
    this.frame = setTimeout(() => {
      this.frame = undefined;
      if (this.isStale) this.drawSoon();
    }, FRAME_MS);
  }

  private change(part: Partial<View>): void {
    this.isStale = false;
    this.current = {
      ...this.current,
      lines: this.terminal.lines(),
      cursor: this.openPanel ? undefined : this.terminal.cursor(),
      ...part,
    };
    for (const listener of this.listeners) listener();
  }
}
