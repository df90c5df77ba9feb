/**
 * Loops that copy or fill memory: all that an iteration does is to move `stride` bytes on. Most of their iterations can be one
 * memory.copy or memory.fill (bulk-emitter.ts).
 */
import type { Block } from './control-flow.ts';
import {
  type Condition,
  type Iteration,
  isSameSum,
  loadedBytes,
  readIteration,
  type Store,
  type Sum,
  storedRegister,
} from './loop-values.ts';

/** Iterations that move more are left as they are. */
const MAX_STRIDE = 256;

export interface BulkLoop {
  /** Bytes that an iteration writes, from `target` up. */
  readonly stride: number;
  readonly target: Sum;
  /** Where they are copied from, or the register whose low bytes are stored again and again (0: zero). */
  readonly from: Sum | { readonly register: number; readonly size: number };
  /** What is added to registers in an iteration. */
  readonly steps: ReadonlyMap<number, number>;
  /** The loop goes on while this holds; one side changes by `conditionStep` in each iteration, the other does not. */
  readonly condition: Condition;
  readonly isLeftChanging: boolean;
  readonly conditionStep: number;
}

type Steps = Iteration['steps'];

const stepOf = (steps: Steps, { registers }: Sum): number =>
  registers.reduce((total, register) => total + (steps.get(register) ?? 0), 0);

/** The lowest address of stores that write `stride` bytes in a row, each once. */
function tile(stores: readonly Store[], stride: number): Sum | undefined {
  const ascending = [...stores].sort((a, b) => a.address.offset - b.address.offset);
  const first = ascending[0]?.address;
  if (first === undefined) return undefined;
  let { offset } = first;
  for (const { address, size } of ascending) {
    if (!isSameSum(address, { ...first, offset })) return undefined;
    offset += size;
  }
  return offset - first.offset === stride ? first : undefined;
}

/** Where byte i of the target comes from byte i of the source, the source. */
function sourceOf(
  { loads, stores, steps }: Iteration,
  target: Sum,
  stride: number,
): Sum | undefined {
  let source: Sum | undefined;
  for (const store of stores) {
    const bytes = loadedBytes(store);
    if (bytes === undefined) return undefined;
    for (const [index, byte] of bytes.entries()) {
      const start = {
        ...byte,
        offset: byte.offset - (store.address.offset + index - target.offset),
      };
      if (source !== undefined && !isSameSum(source, start)) return undefined;
      source = start;
    }
  }
  if (source === undefined || stepOf(steps, source) !== stride) return undefined;
  const { offset } = source;
  const isInside = loads.every(
    ({ address, size }) =>
      isSameSum({ ...address, offset }, source as Sum) &&
      address.offset >= offset &&
      address.offset + size <= offset + stride,
  );
  return isInside ? source : undefined;
}

function filledWith({ loads, stores, steps }: Iteration): BulkLoop['from'] | undefined {
  const [first] = stores;
  if (first === undefined || loads.length > 0) return undefined;
  const register = storedRegister(first);
  if (register === undefined || steps.has(register)) return undefined;
  const isSame = stores.every(
    (store) => storedRegister(store) === register && (register === 0 || store.size === first.size),
  );
  return isSame ? { register, size: first.size } : undefined;
}

/** Comparisons that end a loop whose changing side, if on the left, goes up or down. */
const ENDS: Readonly<Record<'up' | 'down', readonly Condition['comparison'][]>> = {
  up: ['ne', 'ltS', 'ltU'],
  down: ['ne', 'geS', 'geU'],
};

function conditionOf({
  condition,
  steps,
}: Iteration): Pick<BulkLoop, 'condition' | 'isLeftChanging' | 'conditionStep'> | undefined {
  if (condition === undefined) return undefined;
  const [left, right] = [stepOf(steps, condition.left), stepOf(steps, condition.right)];
  if ((left === 0) === (right === 0)) return undefined;
  const conditionStep = left + right;
  const isUp = conditionStep > 0 === (left !== 0);
  if (!ENDS[isUp ? 'up' : 'down'].includes(condition.comparison)) return undefined;
  return { condition, isLeftChanging: left !== 0, conditionStep };
}

/** Undefined for any other block. */
export function bulkLoopOf({ start, instructions, terminator }: Block): BulkLoop | undefined {
  if (terminator.kind !== 'branch' || terminator.taken !== start || terminator.next === start)
    return undefined;
  const iteration = readIteration(instructions);
  const first = iteration?.stores[0];
  if (iteration === undefined || first === undefined) return undefined;
  const { steps } = iteration;
  const stride = stepOf(steps, first.address);
  if (stride <= 0 || stride > MAX_STRIDE) return undefined;
  const target = tile(iteration.stores, stride);
  const from = target && (sourceOf(iteration, target, stride) ?? filledWith(iteration));
  const condition = conditionOf(iteration);
  if (target === undefined || from === undefined || condition === undefined) return undefined;
  return { stride, target, from, steps, ...condition };
}
