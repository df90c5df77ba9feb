/**
 * Registers of a one-block loop that are written in each iteration before they are read: nothing but an exit wants what the iteration
 * before left in them. Where a loop has more registers than the host, these are stored into the hart as soon as they have the
 * iteration's last value, so that no host register, nor a move at each back edge, carries them along. sha256's rounds have twelve.
 */
import { type Block, type ControlFlow, DISPATCH } from './control-flow.ts';
import type { Structure } from './dominators.ts';
import {
  common,
  EMPTY,
  minus,
  type RegisterSet,
  readsOf,
  registersIn,
  union,
  writesOf,
} from './register-set.ts';

/** x64 has 16 registers, of which V8 and a region's own values take half. */
const MANY = { x: 11, f: 13 } as const;

function temporariesOf({ instructions }: Block): RegisterSet {
  let [read, written] = [EMPTY, EMPTY];
  for (const instruction of instructions) {
    read = union(read, minus(readsOf(instruction), written));
    written = union(written, writesOf(instruction));
  }
  const found = minus(written, read);
  const all = union(read, written);
  return {
    x: registersIn(all.x).length > MANY.x ? found.x : 0,
    f: registersIn(all.f).length > MANY.f ? found.f : 0,
  };
}

/** By the loop's block. */
export function loopTemporaries(
  flow: ControlFlow,
  structure: Structure,
): ReadonlyMap<number, RegisterSet> {
  const dispatch = flow.blocks.get(DISPATCH)?.terminator;
  const dispatched = new Set(dispatch?.kind === 'dispatch' ? dispatch.targets : []);
  const found = new Map<number, RegisterSet>();
  for (const start of structure.loopHeaders) {
    const block = flow.blocks.get(start);
    // Where a table leads to the loop, nothing can be stored on the way.
    if (block === undefined || dispatched.has(start)) continue;
    if (structure.edges.get(start)?.includes(start)) found.set(start, temporariesOf(block));
  }
  return found;
}

/** By instruction, the temporaries that it writes as the last one of the block. */
export function lastWrites(
  { instructions }: Block,
  temporaries: RegisterSet,
): readonly RegisterSet[] {
  let rest = temporaries;
  const last = [...instructions].reverse().map((instruction) => {
    const writes = writesOf(instruction);
    const here = common(rest, writes);
    rest = minus(rest, writes);
    return here;
  });
  return last.reverse();
}
