/** A view beside the guest's terminal: what the screen asks of it, and what it may ask of the screen. */
import type { ReactElement } from 'react';
import type { System, WindowSize } from '../api/system.ts';

export interface ViewHost {
  readonly system: System;
  /** element(), or the help, would be another one now. */
  changed(): void;
  close(): void;
}

export interface SplitView {
  /**
   * Drawn by Ink in exactly this size. Asked for when the layout or the focus changes and after `changed()`; an element with
   * a state of its own need not call that.
   */
  element(size: WindowSize, hasFocus: boolean): ReactElement;
  /** A key while it has the focus: one character, or one escape sequence (`\x1b[A`). False: none of its keys, the screen may use it. */
  key(key: string): boolean;
  /** Its keys, for the bottom line while it has the focus: a few words. */
  readonly help: string;
  /** Closed: no timer of it may be left. */
  dispose(): void;
}

/** A row of the table of views. */
export interface ViewRow {
  /** After the prefix. */
  readonly key: string;
  /** One or two words, for the lists of keys. */
  readonly name: string;
  open(host: ViewHost): SplitView;
}
