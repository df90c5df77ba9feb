/** The state behind the screen: the guest's terminal, the view beside it, what the keys mean. Drawn by `open-terminal.tsx`. */
import { Monitor } from '../api/monitor.ts';
import type { System, WindowSize } from '../api/system.ts';
import type { Chrome } from './App.tsx';
import { CopyMode } from './copy-mode.ts';
import { HostModes } from './host-modes.ts';
import { type InputAction, InputReader, PREFIX } from './input.ts';
import { type Layout, layoutOf } from './layout.ts';
import { guestReport } from './mouse.ts';
import { saveText } from './save-text.ts';
import type { CellGrid, Rect, Texts } from './screen/cells.ts';
import type { GuestLayer } from './screen/compositor.ts';
import type { CursorState } from './screen/frame-writer.ts';
import type { HostCapabilities } from './screen/host-capabilities.ts';
import type { SplitView, ViewRow } from './split-view.ts';
import { StatusSampler } from './status-sampler.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

const HINT = '^A ? keys';
const ESCAPE = '\x1b';
const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

export interface SessionOptions {
  size: WindowSize;
  host: HostCapabilities;
  /** Programs of the guest may write the clipboard of the host. */
  allowsClipboard: boolean;
}

/** What is drawn by Ink, which is loaded later. */
export interface Views {
  readonly VIEWS: readonly ViewRow[];
  readonly openHelpView: (rows: readonly ViewRow[], changed: () => void) => SplitView;
}

export class TerminalSession implements GuestLayer {
  private readonly terminal: VirtualTerminal;
  private readonly modes: HostModes;
  private readonly input = new InputReader();
  private views: Views | undefined;
  /** Typed before they were there, from the first key on that is the screen's. */
  private early: Uint8Array[] = [];
  private system: System | undefined;
  private monitor: Monitor | undefined;
  private sampler: StatusSampler | undefined;
  private layout: Layout;
  private view: SplitView | undefined;
  private isZoomed = false;
  private hasViewKeys = false;
  private isPrefixed = false;
  private copyMode: CopyMode | undefined;
  /** What ^A ] pastes. */
  private copied = '';
  private status = 'booting';
  private note = '';
  private cached: Chrome | undefined;
  /** Something that is shown may have changed. */
  onChange: () => void = () => undefined;
  /** The host's screen has been spoilt. */
  onRedraw: () => void = () => undefined;
  onResize: (size: WindowSize) => void = () => undefined;
  /** The guest has printed something, which was drawn or is about to be. */
  onOutput: () => void = () => undefined;
  /** Something is asked for that `useViews` brings. */
  onWanted: () => void = () => undefined;
  /** The user asked to leave. */
  onQuit: () => void = () => undefined;

  constructor({ size, host, allowsClipboard }: SessionOptions) {
    this.layout = layoutOf(size, false, false);
    this.modes = new HostModes(host);
    const { rows, columns } = this.layout.terminal ?? size;
    this.terminal = new VirtualTerminal({ rows, columns }, (data) =>
      this.system?.writeConsole(data),
    );
    this.terminal.onChange = () => this.onChange();
    this.terminal.onBell = () => this.modes.ring();
    if (allowsClipboard) this.terminal.clipboard.onWrite = (text) => this.modes.copy(text);
  }

  /** What Ink lays out; another object when that has changed. */
  get chrome(): Chrome {
    this.cached ??= {
      layout: this.layout,
      view: this.layout.view && this.view?.element(this.layout.view, this.hasViewKeys),
      status: this.status,
      hint: this.hasViewKeys && !this.isPrefixed ? 'q closes' : HINT,
      help: this.help(),
    };
    return this.cached;
  }

  /** What the host's terminal has to be told besides cells. */
  controls(): string {
    return this.modes.change(this.terminal);
  }

  get rect(): Rect | undefined {
    return this.layout.terminal;
  }

  get isHeld(): boolean {
    return this.terminal.isHeld;
  }

  paint(grid: CellGrid, rect: Rect, clusters: Texts, extras: Texts): void {
    this.terminal.paint(grid, rect, clusters, extras);
    this.copyMode?.paint(grid, rect);
  }

  cursor(): CursorState {
    const shape = this.terminal.modes.cursorShape;
    const rect = this.layout.terminal;
    const at = this.copyMode?.viewCursor ?? this.terminal.cursor();
    if (!rect || !at || this.hasViewKeys) return { x: 0, y: 0, isVisible: false, shape };
    return { x: rect.x + at.x, y: rect.y + at.y, isVisible: true, shape };
  }

  attach(system: System): void {
    this.system = system;
    this.monitor = new Monitor(system.devices, (note) => this.say(note));
    system.onConsole(async (bytes) => {
      await this.terminal.write(bytes);
      this.onOutput();
    });
    this.sampler = new StatusSampler(system, (status) => {
      this.status = status;
      this.changed();
    });
  }

  detach(): void {
    this.view?.dispose();
    this.sampler?.close();
    this.system = undefined;
    this.terminal.dispose();
  }

  resize(size: WindowSize): void {
    this.layout = layoutOf(size, this.view !== undefined, this.isZoomed);
    this.fitGuest();
    this.onResize(size);
    this.changed();
  }

  /** To be called once. */
  useViews(views: Views): void {
    this.views = views;
    for (const bytes of this.early.splice(0)) this.type(bytes);
    this.changed();
  }

  type(bytes: Uint8Array): void {
    if (!this.views && (this.early.length > 0 || bytes.includes(PREFIX.charCodeAt(0)))) {
      this.early.push(bytes);
      this.onWanted();
      return;
    }
    const modes = () => ({
      isScreens: this.isScreens,
      hasApplicationCursorKeys: this.terminal.hasApplicationCursorKeys,
      hasBracketedPaste: this.terminal.hasBracketedPaste,
      hasFocusReports: this.terminal.hasFocusReports,
    });
    for (const action of this.input.read(bytes, modes)) this.act(action);
  }

  /** The keys are not the guest's. */
  private get isScreens(): boolean {
    return this.hasViewKeys || this.copyMode !== undefined || this.monitor?.line !== undefined;
  }

  private act(action: InputAction): void {
    switch (action.type) {
      case 'send':
        this.system?.writeConsole(action.text);
        // Nothing else is drawn for it: its echo would wait for the frame after.
        if (this.note === '') return;
        this.note = '';
        break;
      case 'mouse':
        this.mouse(action.report);
        return;
      case 'prefix':
        this.isPrefixed = true;
        break;
      case 'command':
        this.isPrefixed = false;
        this.note = '';
        this.command(action.key);
        break;
      case 'key':
        this.note = '';
        this.key(action.key);
        break;
    }
    this.changed();
  }

  private command(key: string): void {
    const { VIEWS: views = [], openHelpView } = this.views ?? {};
    const row = views.find((view) => view.key === key);
    if (row) {
      const { system } = this;
      if (!system) return;
      this.show(
        row.open({
          system,
          changed: () => this.changed(),
          close: () => this.show(undefined),
        }),
      );
      return;
    }
    switch (key) {
      case '?':
      case 'h':
        this.show(openHelpView?.(views, () => this.changed()));
        break;
      case '[':
        this.lookBack();
        break;
      case ']':
        this.paste();
        break;
      case '\t':
        this.hasViewKeys = this.view !== undefined && !this.hasViewKeys;
        break;
      case 'z':
        this.isZoomed = !this.isZoomed && this.view !== undefined;
        this.hasViewKeys ||= this.isZoomed;
        this.resize(this.layout.size);
        break;
      case 'c':
        this.monitor?.open();
        break;
      case 'r':
        this.onRedraw();
        break;
      case 'q':
      case 'x':
        this.onQuit();
        break;
      case 'a':
      case PREFIX:
        this.system?.writeConsole(PREFIX);
        break;
    }
  }

  private key(key: string): void {
    if (this.monitor?.line !== undefined) this.monitor.type(key);
    else if (this.copyMode) this.copyKey(this.copyMode, key);
    else if (this.view && !this.view.key(key) && (key === 'q' || key === ESCAPE || key === '\x03'))
      this.show(undefined);
  }

  /** A view in place of the one that there is; undefined: none. */
  private show(view: SplitView | undefined): void {
    this.view?.dispose();
    this.view = view;
    this.hasViewKeys = view !== undefined;
    this.isZoomed &&= view !== undefined;
    this.resize(this.layout.size);
  }

  private lookBack(): void {
    this.hasViewKeys = false;
    this.copyMode ??= new CopyMode(this.terminal);
    this.terminal.scroll(0);
  }

  private copyKey(mode: CopyMode, key: string): void {
    const action = mode.key(key);
    if (action === 'none') return;
    if (action !== 'leave' && 'save' in action) {
      this.note = saveText(action.save);
      return;
    }
    if (action !== 'leave') {
      this.copied = action.copy;
      this.modes.copy(this.copied);
      this.note = `${this.copied.length} characters copied; ^A ] pastes`;
    }
    this.copyMode = undefined;
    this.terminal.follow();
  }

  private paste(): void {
    // As typed: a line ends with RETURN.
    const text = this.copied.replaceAll('\n', '\r');
    const isMarked = this.terminal.hasBracketedPaste;
    this.system?.writeConsole(isMarked ? PASTE_START + text + PASTE_END : text);
  }

  private mouse(report: string): void {
    const { terminal: rect } = this.layout;
    if (!rect || this.copyMode) return;
    const { modes, mouseTracking } = this.terminal;
    const text = guestReport(report, rect, mouseTracking, modes.mouseEncoding);
    // The one-byte form is no UTF-8.
    if (text !== undefined && text !== '') this.system?.writeConsole(Buffer.from(text, 'latin1'));
  }

  /** The guest's terminal in the size of its part of the screen. */
  private fitGuest(): void {
    const rect = this.layout.terminal;
    const { terminal } = this;
    if (!rect || (rect.rows === terminal.rows && rect.columns === terminal.columns)) return;
    this.copyMode = undefined;
    terminal.follow();
    terminal.resize(rect);
    this.system?.resizeConsole({ rows: rect.rows, columns: rect.columns });
  }

  private help(): string | undefined {
    if (this.isPrefixed) {
      const views = (this.views?.VIEWS ?? []).map(({ key, name }) => `${key} ${name}`).join(' ');
      return `${views} [ look back z zoom Tab focus c devices q quit`;
    }
    const line = this.monitor?.line;
    if (line !== undefined) return `monitor: ${line}_ (device_add disk FILE, device_del NAME)`;
    if (this.note !== '') return this.note;
    if (this.copyMode) return this.copyMode.help;
    return this.hasViewKeys ? this.view?.help : undefined;
  }

  private say(note: string): void {
    this.note = note;
    this.changed();
  }

  private changed(): void {
    this.cached = undefined;
    this.onChange();
  }
}
