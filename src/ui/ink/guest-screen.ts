/** The console of a machine as a picture that React can follow: a new one at most each frame. */
import type { System, WindowSize } from '../../api/system.ts';
import { VirtualTerminal } from '../virtual-terminal.ts';

const FRAME_MS = 33;
const CURSOR_KEY = /^\x1b\[([ABCDHF])$/;

export interface Picture {
  /** As wide as the screen, with SGR sequences. */
  readonly lines: readonly string[];
  readonly cursor: { x: number; y: number } | undefined;
}

export class GuestScreen {
  private readonly system: System;
  private readonly terminal: VirtualTerminal;
  private readonly listeners = new Set<() => void>();
  private picture: Picture;
  private frame: NodeJS.Timeout | undefined;

  constructor(system: System, size: WindowSize) {
    this.system = system;
    this.terminal = new VirtualTerminal(size, (data) => system.writeConsole(data));
    this.picture = this.draw();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): Picture => this.picture;

  /** Takes the console over. */
  start(): void {
    this.terminal.onChange = () => this.drawSoon();
    this.system.onConsole((bytes) => this.terminal.write(bytes));
    this.drawSoon();
  }

  stop(): void {
    clearTimeout(this.frame);
    this.frame = undefined;
    this.terminal.onChange = () => undefined;
    this.system.onConsole(() => undefined);
  }

  resize(size: WindowSize): void {
    this.terminal.resize(size);
    this.system.resizeConsole(size);
  }

  type(keys: readonly string[]): void {
    const isApplication = this.terminal.hasApplicationCursorKeys;
    const text = keys.map((key) => (isApplication ? key.replace(CURSOR_KEY, '\x1bO$1') : key));
    this.system.writeConsole(text.join(''));
  }

  private draw(): Picture {
    return { lines: this.terminal.lines(), cursor: this.terminal.cursor() };
  }

  private drawSoon(): void {
    this.frame ??= setTimeout(() => {
      this.frame = undefined;
      this.picture = this.draw();
      for (const listener of this.listeners) listener();
    }, FRAME_MS);
  }
}
