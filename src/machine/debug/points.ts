/** Breakpoints and watchpoints of a debugger, by virtual address, as the slow paths of the harts of one thread see them. */

export const POINT = { CODE: 0, STORE: 1, LOAD: 2, ACCESS: 3 } as const;
export type PointKind = (typeof POINT)[keyof typeof POINT];

/** An address is 64 bits as words. */
export interface DebugPoint {
  readonly kind: PointKind;
  readonly low: number;
  readonly high: number;
  /** From 1 on; not used for code. */
  readonly bytes: number;
}

/**
 * HART.CAUSE of an exit that only the debugger sees, plus the point's kind. Nothing has happened yet: pc is the
 * instruction's, and TVAL the first watched byte that it would touch.
 */
export const DEBUG_CAUSE = 0x100;

const PAGE_BYTES = 4096;
const TWO_32 = 0x1_0000_0000;

/** Distance from a to b as signed 64-bit words; exact as far as it matters: below 2^53. */
function distance(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return ((bHigh - aHigh) | 0) * TWO_32 + (bLow - aLow);
}

/** The engine, as far as it asks before marked instructions. */
export interface CodeMarker {
  mark(physicalAddress: number): void;
  clearMarks(): void;
}

export class DebugPoints {
  /** There are breakpoints, watchpoints. */
  hasCode = false;
  hasData = false;
  /** The instruction that runs now passes its breakpoint, its watchpoints. */
  passesCode = false;
  passesData = false;
  private code: DebugPoint[] = [];
  private data: DebugPoint[] = [];
  /** Who is told that the instruction at a physical address shall ask EngineCalls.breakpoint. */
  marker: CodeMarker = { mark: () => undefined, clearMarks: () => undefined };

  /** The caller forgets what tables and marks were made of the points before. */
  replace(points: readonly DebugPoint[]): void {
    this.code = points.filter((point) => point.kind === POINT.CODE);
    this.data = points.filter((point) => point.kind !== POINT.CODE);
    this.hasCode = this.code.length > 0;
    this.hasData = this.data.length > 0;
  }

  /** The page of this virtual address is about to be fetched from, through physical address `pa`. */
  fetched(low: number, high: number, pa: number): void {
    const page = low - (low % PAGE_BYTES);
    for (const point of this.code) {
      const offset = point.low - page;
      if (point.high !== high || offset < 0 || offset >= PAGE_BYTES) continue;
      this.marker.mark(pa - (pa % PAGE_BYTES) + offset);
    }
  }

  /** Whether the instruction at this pc must not run. */
  hitsCode(low: number, high: number): boolean {
    if (this.passesCode) return false;
    return this.code.some((point) => point.low === low && point.high === high);
  }

  /** Whether an access to this page must always come to the slow path. */
  watchesPage(low: number, high: number): boolean {
    const page = low - (low % PAGE_BYTES);
    return this.data.some((point) => {
      const offset = distance(page, high, point.low, point.high);
      return offset < PAGE_BYTES && offset + point.bytes > 0;
    });
  }

  /** The watchpoint that an access touches. An AMO both loads and stores. */
  hitsData(
    low: number,
    high: number,
    bytes: number,
    isLoad: boolean,
    isStore: boolean,
  ): DebugPoint | undefined {
    if (this.passesData) return undefined;
    return this.data.find((point) => {
      if (point.kind === POINT.LOAD && !isLoad) return false;
      if (point.kind === POINT.STORE && !isStore) return false;
      const offset = distance(low, high, point.low, point.high);
      return offset < bytes && offset + point.bytes > 0;
    });
  }
}
