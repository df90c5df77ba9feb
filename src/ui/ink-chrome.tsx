/** Ink as a layout engine: it makes frames of the status line and the views, which are taken as text and never shown by it. */
import { EventEmitter } from 'node:events';
import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import type { WindowSize } from '../api/system.ts';

/** What Ink takes for its terminal. */
class FrameStream extends EventEmitter {
  readonly isTTY = true;
  rows: number;
  columns: number;
  onFrame: (text: string) => void = () => undefined;

  constructor({ rows, columns }: WindowSize) {
    super();
    this.rows = rows;
    this.columns = columns;
  }

  /** In Ink's debug form each write is a whole frame. */
  write(text: string, written?: () => void): boolean {
    // Its last act is to end the line.
    if (text !== '\n' && text !== '') this.onFrame(text);
    written?.();
    return true;
  }
}

export class InkChrome {
  private readonly stream: FrameStream;
  private instance: Instance | undefined;

  /** `onFrame` gets each new frame, of which lines are separated by `\n`. */
  constructor(size: WindowSize, onFrame: (text: string) => void) {
    this.stream = new FrameStream(size);
    this.stream.onFrame = onFrame;
  }

  /** The frame has been handed over when this returns. */
  render(element: ReactElement, { rows, columns }: WindowSize): void {
    this.stream.rows = rows;
    this.stream.columns = columns;
    if (this.instance) {
      this.instance.rerender(element);
      return;
    }
    this.instance = render(element, {
      stdout: this.stream as unknown as NodeJS.WriteStream,
      debug: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  }

  close(): void {
    this.stream.onFrame = () => undefined;
    this.instance?.unmount();
  }
}
