/** What the interpreter knows about a page of code that is to be translated. */
import type { Interpreter } from '../machine/interpreter.ts';
import {
  OPERATION,
  RECORD,
  RECORD_PAGE_BYTES,
  SIDE,
  SLOTS_PER_PAGE,
  STRADDLE,
  TARGET_LOG,
} from '../machine/record-layout.ts';
import { EXECUTED, INTERPRETED, type RegionRequest, TRANSLATED } from './control-flow.ts';

/** All of a request but for its entry. The page has records. */
export function pageProfile(
  interpreter: Interpreter,
  hostPage: number,
): Omit<RegionRequest, 'entry'> {
  const first = interpreter.pages.recordAt(hostPage, 0);
  return {
    page: hostPage,
    code: interpreter.codeOf(hostPage).slice(),
    next: halfwordAfter(interpreter, first),
    executed: executed(interpreter, hostPage, first),
    indirect: recordedTargets(interpreter, hostPage, first),
  };
}

function executed({ halfwords, marks }: Interpreter, hostPage: number, first: number): Uint8Array {
  const found = new Uint8Array(SLOTS_PER_PAGE);
  for (let k = 0; k < SLOTS_PER_PAGE; k++) {
    const operation = halfwords[(first + k * RECORD.BYTES) >>> 1];
    if (operation === OPERATION.REGION) found[k] = TRANSLATED;
    else if (operation === OPERATION.ILLEGAL) found[k] = INTERPRETED;
    else if (operation !== OPERATION.UNDECODED) found[k] = EXECUTED;
  }
  for (const slot of marks.slotsOf(hostPage)?.keys() ?? []) found[slot] = INTERPRETED;
  return found;
}

/** The second half of the instruction that straddles the page's end, if the interpreter has come to it. */
function halfwordAfter({ halfwords }: Interpreter, first: number): number | undefined {
  const known = first + SLOTS_PER_PAGE * RECORD.BYTES;
  const operation = halfwords[(known + STRADDLE.OPERATION) >>> 1] as number;
  if (operation < OPERATION.FIRST_ROW) return undefined;
  return halfwords[(known + STRADDLE.HALFWORD) >>> 1];
}

/** Computed jumps inside a page that the interpreter has logged, targets that are entered most first. */
function recordedTargets(
  { words, halfwords, area, pages }: Interpreter,
  hostPage: number,
  first: number,
): [number, number][] {
  const found: [number, number][] = [];
  for (let k = 0; k < TARGET_LOG.ENTRIES; k++) {
    const at = (area.targetLog + k * TARGET_LOG.BYTES) >>> 2;
    const site = (words[at] as number) - first;
    const target = (words[at + 1] as number) - first;
    if (site < 0 || site >= RECORD_PAGE_BYTES) continue;
    found.push([site / (RECORD.BYTES / 2), target / (RECORD.BYTES / 2)]);
  }
  const heat = (target: number): number =>
    halfwords[(pages.sideAt(hostPage, target / 2) + SIDE.HEAT) >>> 1] as number;
  return found.sort((a, b) => heat(b[1]) - heat(a[1]));
}
