/**
 * One screen from two sources: what Ink lays out (status line, views), and the guest's terminal in its rectangle. A frame is
 * made at the earliest when the last one has been taken by the host's terminal, at most 60 times a second, and only when
 * something has changed; then it shows the state of that moment, so that no frame is a mixture.
 */
import { drawText } from './ansi-text.ts';
import { CellGrid, type Rect, Texts } from './cells.ts';
import { type CursorState, FrameWriter } from './frame-writer.ts';
import type { HostCapabilities } from './host-capabilities.ts';

/** The host's terminal, or what stands for it in a test. */
export interface FrameOutput {
  /** False: it is full, and `onDrain` will be called. */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
}

/** What is drawn beneath Ink's frame. */
export interface GuestLayer {
  /** undefined: it is hidden. */
  readonly rect: Rect | undefined;
  paint(grid: CellGrid, rect: Rect, clusters: Texts, extras: Texts): void;
  /** In cells of the screen. */
  cursor(): CursorState;
  /** The guest is in the middle of a frame of its own: mode 2026. */
  readonly isHeld: boolean;
}

/** Of one frame, 60 a second. */
const FRAME_MS = 1000 / 60;
/** A guest that holds its frame longer is not waited for. */
const HOLD_MS = 150;
/** Clusters and links that have been seen, and are forgotten together. */
const TEXTS_LIMIT = 8192;

function timeout(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function immediate(callback: () => void): () => void {
  const handle = setImmediate(callback);
  return () => clearImmediate(handle);
}

export class Compositor {
  private readonly output: FrameOutput;
  private readonly guest: GuestLayer;
  private readonly writer: FrameWriter;
  private readonly clusters = new Texts();
  private readonly extras = new Texts();
  private grid: CellGrid;
  /** Ink's frame as cells. */
  private chrome: CellGrid;
  private chromeText = '';
  /** Called before a frame, it may call `setChrome`. Returns controls that are written with the frame. */
  onFrame: () => string = () => '';
  private isStale = false;
  private isFull = false;
  private isClosed = false;
  /** The next frame is on its way; called, it is not. */
  private pending: (() => void) | undefined;
  /** When the next frame may be made. */
  private nextMs = 0;
  private heldSinceMs: number | undefined;

  constructor(
    size: { rows: number; columns: number },
    host: HostCapabilities,
    output: FrameOutput,
    guest: GuestLayer,
  ) {
    this.output = output;
    this.guest = guest;
    this.grid = new CellGrid(size.rows, size.columns);
    this.chrome = new CellGrid(size.rows, size.columns);
    this.writer = new FrameWriter(host, this.clusters, this.extras);
    output.onDrain(() => {
      this.isFull = false;
      if (this.isStale) this.schedule();
    });
  }

  /** The text of Ink's frame. */
  setChrome(text: string): void {
    if (text === this.chromeText) return;
    this.chromeText = text;
    drawText(text, this.chrome, this.clusters);
    this.changed();
  }

  resize(size: { rows: number; columns: number }): void {
    if (this.grid.isSize(size.rows, size.columns)) return;
    this.grid = new CellGrid(size.rows, size.columns);
    this.chrome = new CellGrid(size.rows, size.columns);
    this.chromeText = '';
    this.redraw();
  }

  /** All of it: the host's screen has been overwritten. */
  redraw(): void {
    this.writer.forget();
    this.changed();
  }

  /** Something that is shown has changed. */
  changed(): void {
    this.isStale = true;
    this.schedule();
  }

  close(): void {
    this.isClosed = true;
    this.pending?.();
  }

  private schedule(): void {
    if (this.isClosed || this.isFull || this.pending) return;
    const wait = Math.ceil(this.nextMs - performance.now());
    // Not at once: what else has arrived by now belongs to the same frame.
    this.pending = wait > 0 ? timeout(this.draw, wait) : immediate(this.draw);
  }

  private readonly draw = (): void => {
    const now = performance.now();
    if (this.isHeld(now)) {
      this.pending = timeout(this.draw, FRAME_MS);
      return;
    }
    // Timers count whole milliseconds: what one is late is not added to the next.
    this.nextMs = (now - this.nextMs < FRAME_MS ? this.nextMs : now) + FRAME_MS;
    // Still pending: Ink's frame, which is made now, is part of this one.
    const controls = this.onFrame();
    this.pending = undefined;
    this.isStale = false;
    this.boundTexts();
    const { grid, guest } = this;
    grid.copy(this.chrome);
    if (guest.rect) guest.paint(grid, guest.rect, this.clusters, this.extras);
    const text = controls + this.writer.frame(grid, guest.cursor());
    if (text !== '') this.isFull = !this.output.write(text);
  };

  private isHeld(now: number): boolean {
    if (!this.guest.isHeld) {
      this.heldSinceMs = undefined;
      return false;
    }
    this.heldSinceMs ??= now;
    return now - this.heldSinceMs < HOLD_MS;
  }

  private boundTexts(): void {
    if (this.clusters.size + this.extras.size < TEXTS_LIMIT) return;
    this.clusters.clear();
    this.extras.clear();
    drawText(this.chromeText, this.chrome, this.clusters);
    this.writer.forget();
  }
}
