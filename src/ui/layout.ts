/** Where the guest's terminal, a view and the bottom line are on the screen. */
import type { WindowSize } from '../api/system.ts';
import type { Rect } from './screen/cells.ts';

/** The bottom line: figures, or the keys that there are. */
const STATUS_ROWS = 1;
/** From this width on a view is beside the terminal, else below it. */
const WIDE_COLUMNS = 150;
/** What is left of the terminal at least. */
const MIN_TERMINAL = { rows: 2, columns: 80 } as const;

export interface Layout {
  size: WindowSize;
  /** undefined: a view has all of the screen. */
  terminal: Rect | undefined;
  view: Rect | undefined;
  isBeside: boolean;
}

/** `isZoomed`: the view has all of the screen, the terminal keeps its size behind it. */
export function layoutOf(size: WindowSize, hasView: boolean, isZoomed: boolean): Layout {
  const { columns } = size;
  const rows = Math.max(MIN_TERMINAL.rows, size.rows - STATUS_ROWS);
  const all: Rect = { x: 0, y: 0, rows, columns };
  if (!hasView) return { size, terminal: all, view: undefined, isBeside: false };
  if (isZoomed) return { size, terminal: undefined, view: all, isBeside: false };
  if (columns >= WIDE_COLUMNS) {
    const left = Math.max(MIN_TERMINAL.columns, Math.floor(columns / 2));
    return {
      size,
      terminal: { x: 0, y: 0, rows, columns: left },
      view: { x: left, y: 0, rows, columns: columns - left },
      isBeside: true,
    };
  }
  const above = Math.max(MIN_TERMINAL.rows, Math.floor((rows - 1) / 2));
  return {
    size,
    terminal: { x: 0, y: 0, rows: above, columns },
    view: { x: 0, y: above, rows: rows - above, columns },
    isBeside: false,
  };
}
