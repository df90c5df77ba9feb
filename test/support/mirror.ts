/**
 * Three terminals: the guest's, one that gets what the frame writer makes of it, and xterm's own fed directly with what the guest
 * got. The second has to show the cells of the third.
 */
import xterm from '@xterm/headless';
import { characterWidths } from '../../src/ui/character-widths.ts';
import { CellGrid, Texts } from '../../src/ui/screen/cells.ts';
import { FrameWriter } from '../../src/ui/screen/frame-writer.ts';
import { VirtualTerminal } from '../../src/ui/virtual-terminal.ts';

interface Size {
  rows: number;
  columns: number;
}

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;

function mirrorOf(size: { rows: number; columns: number }): xterm.Terminal {
  const mirror = new xterm.Terminal({
    rows: size.rows,
    cols: size.columns,
    scrollback: 5000,
    allowProposedApi: true,
  });
  mirror.unicode.register(characterWidths);
  mirror.unicode.activeVersion = characterWidths.version;
  return mirror;
}

const write = (terminal: xterm.Terminal, text: string) =>
  new Promise<void>((resolve) => terminal.write(text, resolve));

/** What can be seen of a cell, asked of xterm by its public interface. */
function traits(cell: xterm.IBufferCell, hasLinks: boolean): (string | number | boolean)[] {
  return [
    cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
    cell.getWidth(),
    cell.getFgColorMode(),
    cell.getFgColor(),
    cell.getBgColorMode(),
    cell.getBgColor(),
    cell.isBold() !== 0,
    cell.isDim() !== 0,
    cell.isItalic() !== 0,
    // xterm draws a line of its own under links, also under those that it has forgotten.
    !hasLinks && cell.isUnderline() !== 0,
    cell.isBlink() !== 0,
    cell.isInverse() !== 0,
    cell.isInvisible() !== 0,
    cell.isStrikethrough() !== 0,
    cell.isOverline() !== 0,
  ];
}

/** The first cell of `shown` that is not as in `wanted`; '' if there is none. */
function difference(shown: xterm.Terminal, wanted: xterm.Terminal, hasLinks: boolean): string {
  const [ours, theirs] = [shown.buffer.active, wanted.buffer.active];
  for (let y = 0; y < wanted.rows; y++) {
    const [line, other] = [ours.getLine(ours.baseY + y), theirs.getLine(theirs.baseY + y)];
    for (let x = 0; x < wanted.cols; x++) {
      const [cell, like] = [line?.getCell(x), other?.getCell(x)];
      if (!cell || !like) return `row ${y} column ${x} is missing`;
      const [a, b] = [traits(cell, hasLinks), traits(like, hasLinks)];
      if (b.some((value, i) => a[i] !== value)) {
        return `row ${y} column ${x}: ${a.join('|')} instead of ${b.join('|')}`;
      }
    }
  }
  return '';
}

export class MirroredScreen {
  private readonly size: Size;
  private readonly guest: VirtualTerminal;
  private readonly mirror: xterm.Terminal;
  private readonly reference: xterm.Terminal;
  private readonly clusters = new Texts();
  private readonly extras = new Texts();
  private readonly writer = new FrameWriter(HOST, this.clusters, this.extras);

  constructor(size: Size) {
    this.size = size;
    this.guest = new VirtualTerminal(size, () => undefined);
    this.mirror = mirrorOf(size);
    this.reference = mirrorOf(size);
  }

  /** Draw a frame after this output; returns where it is not as it should be, '' if it is. */
  async draw(text: string, hasLinks = false): Promise<string> {
    const { guest, mirror, reference } = this;
    await guest.write(new TextEncoder().encode(text));
    await write(reference, text);
    await write(mirror, this.frame());
    const wrong = difference(mirror, reference, hasLinks);
    if (wrong !== '') return wrong;
    const at = guest.cursor();
    const { cursorX, cursorY } = mirror.buffer.active;
    const isPlaced = at === undefined || (at.x === cursorX && at.y === cursorY);
    if (!isPlaced) return `cursor at ${cursorX},${cursorY} instead of ${at.x},${at.y}`;
    return this.frame() === '' ? '' : 'a second frame without a change';
  }

  dispose(): void {
    for (const terminal of [this.guest, this.mirror, this.reference]) terminal.dispose();
  }

  private frame(): string {
    const { size, guest, clusters, extras } = this;
    const grid = new CellGrid(size.rows, size.columns);
    guest.paint(grid, { x: 0, y: 0, ...size }, clusters, extras);
    const at = guest.cursor();
    const cursor = { x: at?.x ?? 0, y: at?.y ?? 0, isVisible: at !== undefined, shape: 0 };
    return this.writer.frame(grid, cursor);
  }
}
