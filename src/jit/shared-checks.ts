/**
 * The instructions of a block. Where some share a TLB look-up they are emitted twice: with it, and each with its own. A look-up that
 * fails, for a miss or since the group lies in two pages, goes on at the same instruction of the second form; so what can fault does
 * so at its own instruction, and the first form has no branches but one a group.
 */
import type { AccessGroup } from './access-groups.ts';
import type { DecodedInstruction } from './control-flow.ts';
import type { Failure, Outcome, RegionEmitter } from './region-emitter.ts';
import type { ExpressionRef } from './value.ts';

interface Options {
  readonly failureOf: (instruction: DecodedInstruction, index: number) => Failure | undefined;
  /** Statements before an instruction: to repeat them does nothing. */
  readonly before: (index: number) => readonly ExpressionRef[];
  /** Statements that follow an instruction. */
  readonly after: (index: number) => readonly ExpressionRef[];
  /** Prefix of labels, unique in the function. */
  readonly label: string;
}

/** Emit a block's instructions; what ends the block is returned for the caller to emit. */
export function emitInstructions(
  emitter: RegionEmitter,
  instructions: readonly DecodedInstruction[],
  groups: ReadonlyMap<number, AccessGroup>,
  { failureOf, before, after, label }: Options,
): Outcome {
  const { module } = emitter;
  const end = instructions.length;
  // The last one, which may be a branch, comes once.
  const twice = Math.max(0, ...groups.keys()) + 1;
  const openings = [...new Set(groups.values())].map(({ members }) => members[0] ?? 0);
  const [first = end] = openings.sort((a, b) => a - b);
  const plain = (from: number, to: number): Outcome => {
    let outcome: Outcome = {};
    instructions.slice(from, to).forEach((instruction, index) => {
      emitter.emit(...before(from + index));
      outcome = emitter.instruction(instruction, failureOf(instruction, from + index));
      emitter.emit(...after(from + index));
    });
    return outcome;
  };
  if (first === end) return plain(0, end);
  plain(0, first);
  const outer = emitter.take();
  const apart = (opening: number): string => `${label}/${opening}`;
  const done = `${label}/done`;
  emitter.beginBlock();
  instructions.slice(first, twice).forEach((instruction, k) => {
    const group = groups.get(first + k);
    emitter.emit(...before(first + k));
    if (group?.members[0] === first + k)
      emitter.openGroup(group, instruction.fields.rs1, apart(first + k));
    emitter.instruction(instruction, failureOf(instruction, first + k), group);
    emitter.emit(...after(first + k));
  });
  let code: ExpressionRef[] = [...emitter.take(), module.br(done)];
  openings.forEach((opening, k) => {
    code = [module.block(apart(opening), code)];
    plain(opening, openings[k + 1] ?? twice);
    code.push(...emitter.take());
  });
  emitter.emit(...outer, module.block(done, code));
  return plain(twice, end);
}
