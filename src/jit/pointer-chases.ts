/**
 * Loads of a loop whose address comes from what they have loaded in an iteration before: walks along lists, trees and tables of
 * links. Each waits for the one before, so there the time of a look-up counts, not its instructions: predicted-addends.ts.
 */
import type { ControlFlow, DecodedInstruction } from './control-flow.ts';
import { loopBlocks, predecessorsOf, type Structure } from './dominators.ts';
import type { AccessPlan } from './kept-checks.ts';
import { readsOf, writesOf } from './register-set.ts';
import { registerUseOf } from './register-use.ts';

/** Larger loops have other costs, and take longer to look through. */
const MAX_BLOCKS = 32;

/** A plain load into an x register. */
function isLoad({ row, fields }: DecodedInstruction): boolean {
  const { access, writesX } = registerUseOf(row);
  return access?.writes === false && writesX && fields.rd !== 0;
}

/** The x registers that hang on those of `mask` after the instruction. */
function follow(mask: number, instruction: DecodedInstruction): number {
  const written = writesOf(instruction).x;
  return (readsOf(instruction).x & mask) !== 0 ? mask | written : mask & ~written;
}

class Loop {
  private readonly flow: ControlFlow;
  private readonly structure: Structure;
  private readonly inside: ReadonlySet<number>;

  constructor(flow: ControlFlow, structure: Structure, inside: ReadonlySet<number>) {
    this.flow = flow;
    this.structure = structure;
    this.inside = inside;
  }

  private instructions(start: number): readonly DecodedInstruction[] {
    return this.flow.blocks.get(start)?.instructions ?? [];
  }

  /** Whether what `load` loads comes back to it in its base register. */
  private isChase(load: DecodedInstruction, home: number, position: number): boolean {
    const known = new Map<number, number>();
    const waiting: number[] = [];
    const leave = (start: number, mask: number): void => {
      for (const to of this.structure.edges.get(start) ?? []) {
        const before = known.get(to) ?? 0;
        if (!this.inside.has(to) || (mask & ~before) === 0) continue;
        known.set(to, before | mask);
        waiting.push(to);
      }
    };
    const behind = this.instructions(home).slice(position + 1);
    leave(home, behind.reduce(follow, writesOf(load).x));
    for (let start = waiting.pop(); start !== undefined; start = waiting.pop()) {
      let mask = known.get(start) ?? 0;
      for (const instruction of this.instructions(start)) {
        if (instruction === load && (readsOf(load).x & mask) !== 0) return true;
        mask = follow(mask, instruction);
      }
      leave(start, mask);
    }
    return false;
  }

  *chases(): Generator<number> {
    for (const start of this.inside)
      for (const [position, instruction] of this.instructions(start).entries())
        if (isLoad(instruction) && this.isChase(instruction, start, position))
          yield instruction.offset;
  }
}

/** Page offsets of the loads. */
export function pointerChases(flow: ControlFlow, structure: Structure): ReadonlySet<number> {
  const found = new Set<number>();
  const predecessors = predecessorsOf(structure);
  for (const header of structure.loopHeaders) {
    const inside = loopBlocks(header, predecessors, structure);
    if (inside.size > MAX_BLOCKS) continue;
    for (const offset of new Loop(flow, structure, inside).chases()) found.add(offset);
  }
  return found;
}

/** Groups of accesses know which of theirs is one. */
export function markChases(
  flow: ControlFlow,
  accesses: AccessPlan,
  chases: ReadonlySet<number>,
): void {
  if (chases.size === 0) return;
  for (const [start, sharings] of accesses)
    for (const [position, { group }] of sharings) {
      const offset = flow.blocks.get(start)?.instructions[position]?.offset;
      if (offset !== undefined && chases.has(offset)) group.chase ??= offset;
    }
}
