/**
 * The instructions of a block. Where some share a TLB look-up they are emitted twice: with it, and each with its own. A look-up that
 * fails, for a miss or since the group lies in two pages, goes on at the same instruction of the second form; so what can fault does
 * so at its own instruction, and the first form has no branches but one a group.
 */
import type { AccessGroup } from './access-groups.ts';
import type { DecodedInstruction } from './control-flow.ts';
import type { Sharing } from './kept-checks.ts';
import { labelledBlock } from './labelled-block.ts';
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
  sharings: ReadonlyMap<number, Sharing>,
  { failureOf, before, after, label }: Options,
): Outcome {
  const { module } = emitter;
  const end = instructions.length;
  const shared = new Set<AccessGroup>();
  for (const sharing of sharings.values()) if (sharing.kind === 'shared') shared.add(sharing.group);
  // The last one, which may be a branch, comes once.
  const twice = Math.max(0, ...[...shared].map(({ members }) => (members.at(-1) ?? 0) + 1));
  const openings = new Map([...shared].map((group) => [group.members[0] ?? 0, group]));
  const places = [...openings.keys()].sort((a, b) => a - b);
  const [first = end] = places;
  const emitOne = (index: number, isShared: boolean): Outcome => {
    const instruction = instructions[index] as DecodedInstruction;
    const sharing = sharings.get(index);
    emitter.emit(...before(index));
    const opened = isShared ? openings.get(index) : undefined;
    if (opened !== undefined) emitter.openGroup(opened, `${label}/${index}`);
    const used = isShared || sharing?.kind !== 'shared' ? sharing : undefined;
    const outcome = emitter.instruction(instruction, failureOf(instruction, index), used);
    emitter.emit(...after(index));
    return outcome;
  };
  const plain = (from: number, to: number): Outcome => {
    let outcome: Outcome = {};
    for (let index = from; index < to; index++) outcome = emitOne(index, false);
    return outcome;
  };
  if (first === end) return plain(0, end);
  plain(0, first);
  const outer = emitter.take();
  const done = `${label}/done`;
  emitter.beginBlock();
  for (let index = first; index < twice; index++) emitOne(index, true);
  let code: ExpressionRef[] = [...emitter.take(), module.br(done)];
  places.forEach((opening, k) => {
    code = [labelledBlock(module, `${label}/${opening}`, code)];
    emitter.forgetHost(openings.get(opening) as AccessGroup);
    plain(opening, places[k + 1] ?? twice);
    code.push(...emitter.take());
  });
  emitter.emit(...outer, labelledBlock(module, done, code));
  return plain(twice, end);
}
