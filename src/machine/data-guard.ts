/**
 * What stands between a load or store and its page, in the order of the privileged spec (20240411, table 15): the hart's
 * triggers, translation, memory protection; then the points of a debugger.
 */
import { CAUSE } from '../isa/trap.ts';
import { DEBUG_CAUSE, type DebugPoints } from './debug/points.ts';
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import { ACCESS, ACCESS_FAULT, type Access, type Mmu } from './mmu.ts';
import { COVER, type Cover } from './pmp.ts';

const TRAPPED = 1;

/** Record an exception for Exit.TRAP. */
export function raise(hart: Hart, cause: number, tvalLow: number, tvalHigh: number): number {
  const { state } = hart;
  state.setWord(HART.CAUSE, cause);
  state.setWord(HART.TVAL, tvalLow);
  state.setWord(HART.TVAL + 4, tvalHigh);
  return TRAPPED;
}

export class DataGuard {
  private readonly mmu: Mmu;
  private readonly points: DebugPoints;
  /** What `physical` found out about the page. */
  private cover: Cover = COVER.NONE;

  constructor(mmu: Mmu, points: DebugPoints) {
    this.mmu = mmu;
    this.points = points;
  }

  /** Physical address of an access within one page, or -1 with the exception recorded. Atomic stores also load. */
  physical(
    hart: Hart,
    low: number,
    high: number,
    size: number,
    access: Access,
    isAtomic = false,
  ): number {
    const isStore = access === ACCESS.STORE;
    const isLoad = isAtomic || !isStore;
    if (hart.triggers.hasData && isTriggered(hart, low, high, size, isLoad, isStore)) return -1;
    const pa = this.mmu.translate(hart.data, low, high, access);
    this.cover = COVER.NONE;
    if (pa >= 0) this.cover = hart.pmp.cover(pa, size, access, hart.data.privilege);
    if (this.cover === COVER.NONE) {
      raise(hart, pa < 0 ? -pa : (ACCESS_FAULT[access] as number), low, high);
      return -1;
    }
    if (this.points.hasData && this.isWatched(hart, low, high, size, isLoad, isStore)) return -1;
    return pa;
  }

  /**
   * Whether the page that `physical` found may enter the tables. Watched ones and those that are protected in part never do,
   * so that every access to them comes here.
   */
  mayFill({ triggers }: Hart, low: number, high: number): boolean {
    if (this.cover !== COVER.PAGE) return false;
    if (this.points.hasData && this.points.watchesPage(low, high)) return false;
    return !triggers.hasData || !triggers.watchesPage(low, high);
  }

  /** Whether an access touches a watchpoint; then the debugger's exit is recorded. */
  private isWatched(
    hart: Hart,
    low: number,
    high: number,
    size: number,
    isLoad: boolean,
    isStore: boolean,
  ): boolean {
    const point = this.points.hitsData(low, high, size, isLoad, isStore);
    if (point === undefined) return false;
    const isInside = point.high === high && point.low > low;
    raise(hart, DEBUG_CAUSE + point.kind, isInside ? point.low : low, high);
    return true;
  }
}

/** Whether one of the hart's own triggers fires; then the breakpoint exception is recorded. */
function isTriggered(
  hart: Hart,
  low: number,
  high: number,
  size: number,
  isLoad: boolean,
  isStore: boolean,
): boolean {
  const at = hart.triggers.hitsData(low, high, size, isLoad, isStore);
  if (at === undefined) return false;
  raise(hart, CAUSE.BREAKPOINT, Number(at & 0xffff_ffffn), Number(at >> 32n));
  return true;
}
