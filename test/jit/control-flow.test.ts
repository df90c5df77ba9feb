/** Discovery of a region's blocks. */
import { describe, expect, it } from 'vitest';
import { discover, EXECUTED } from '../../src/jit/control-flow.ts';
import { structureOf } from '../../src/jit/dominators.ts';
import { planRegisters } from '../../src/jit/liveness.ts';
import { type RegisterSet, registersIn } from '../../src/jit/register-set.ts';
import {
  add,
  addi,
  auipc,
  bne,
  csrrs,
  ecall,
  jal,
  jalr,
  ld,
  nop,
  sd,
} from '../support/assembler.ts';
import { requestFor } from '../support/region-request.ts';

describe('discover', () => {
  it('splits a block at the target of a branch back into it', () => {
    const flow = discover(requestFor([addi(5, 0, 9), addi(6, 6, 1), bne(5, 6, -4), ecall]));
    expect([...(flow?.blocks.keys() ?? [])].sort((a, b) => a - b)).toEqual([0, 4, 12]);
    expect(flow?.blocks.get(0)?.terminator).toEqual({ kind: 'jump', target: 4 });
    expect(flow?.blocks.get(4)?.terminator).toEqual({ kind: 'branch', taken: 4, next: 12 });
    expect(flow?.blocks.get(12)?.terminator).toEqual({ kind: 'stop', at: 12 });
  });

  it('ends a straight run that is too long where another region may begin, and that one holds the rest', () => {
    const request = requestFor([...new Array(1000).fill(nop), ecall]);
    const flow = discover(request);
    const terminator = flow?.blocks.get(0)?.terminator;
    expect([...(flow?.blocks.keys() ?? [])]).toEqual([0]);
    expect(terminator?.kind).toBe('jump');
    const rest = terminator?.kind === 'jump' ? terminator.target : 0;
    expect(rest).toBe(4 * (flow?.blocks.get(0)?.instructions.length ?? 0));
    const next = discover({ ...request, entry: rest });
    expect(next?.blocks.get(rest)?.terminator).toEqual({ kind: 'stop', at: 4000 });
  });

  it('does not divide a loop that is entered in its middle', () => {
    const loop = [addi(5, 5, 1), addi(6, 6, 1), bne(5, 6, -8), ecall];
    const flow = discover({ ...requestFor(loop), entry: 4 });
    const offsets = (start: number) => flow?.blocks.get(start)?.instructions.map((it) => it.offset);
    expect(offsets(4)).toEqual([4, 8]);
    expect(offsets(0)).toEqual([0, 4, 8]);
    expect(flow?.blocks.get(0)?.terminator).toEqual({ kind: 'branch', taken: 0, next: 12 });
    expect(flow?.entry).toBe(4);
  });

  it('does not follow what was never executed', () => {
    const request = requestFor([bne(5, 6, 8), nop, nop, ecall]);
    request.executed[4] = 0;
    expect([...(discover(request)?.blocks.keys() ?? [])]).toEqual([0, 4]);
  });

  it('takes for granted no instruction that was never executed: the machine may not have it', () => {
    const request = requestFor([addi(5, 5, 1), nop, 0x0200_0057, jal(0, -12)]);
    request.executed[4] = 0;
    expect(discover(request)?.blocks.get(0)?.terminator).toEqual({ kind: 'stop', at: 8 });
    request.executed[0] = 0;
    expect(discover(request)).toBeUndefined();
  });

  it('makes auipc and jalr a direct jump, unless the register changed between', () => {
    const direct = discover(requestFor([auipc(6, 0), nop, jalr(1, 16, 6), nop, nop]));
    expect(direct?.blocks.get(0)?.terminator).toEqual({ kind: 'jump', target: 16 });
    const changed = discover(requestFor([auipc(6, 0), add(6, 6, 7), jalr(1, 16, 6)]));
    expect(changed?.blocks.get(0)?.terminator).toEqual({ kind: 'indirect', targets: [] });
  });

  it('takes recorded targets of a computed jump as edges', () => {
    const words = [jalr(0, 0, 5), nop, jal(0, -8), nop, jal(0, -16)];
    const indirect = [
      [0, 12],
      [0, 4],
      [99, 8],
    ] as const;
    const flow = discover(requestFor(words, 0, indirect));
    expect(flow?.blocks.get(0)?.terminator).toEqual({ kind: 'indirect', targets: [12, 4] });
    expect(flow?.blocks.size).toBe(3);
  });

  it('gives nothing for an instruction of the interpreter', () => {
    expect(discover(requestFor([ecall]))).toBeUndefined();
    // sscratch; fcsr where it is written.
    expect(discover(requestFor([csrrs(5, 0x140, 0)]))).toBeUndefined();
    expect(discover(requestFor([csrrs(5, 3, 6)]))).toBeUndefined();
    expect(discover(requestFor([csrrs(5, 3, 0), ecall]))).toBeDefined();
    expect(discover(requestFor([0]))).toBeUndefined();
  });

  it('ends before an instruction that straddles the page', () => {
    const request = requestFor([]);
    request.code.set([0x0001, addi(5, 5, 1) & 0xffff], 2046);
    request.executed.fill(EXECUTED, 2046);
    const flow = discover({ ...request, entry: 4092 });
    expect(flow?.blocks.get(4092)?.terminator).toEqual({ kind: 'stop', at: 4094 });
  });
});

describe('planRegisters', () => {
  const planOf = (...words: number[]) => {
    const flow = discover(requestFor(words));
    if (flow === undefined) throw new Error('nothing was discovered');
    return planRegisters(flow, structureOf(flow), true);
  };
  const registers = (set?: RegisterSet): number[] => registersIn(set?.x ?? 0);

  it('loads what is read where it is read, and stores where paths meet what only one has written', () => {
    // x5 is read; x6 is written on one path only; x7 is written before all exits.
    const plan = planOf(addi(7, 0, 1), bne(5, 0, 8), addi(6, 0, 2), ecall);
    expect(plan.loadedBefore.get(0)?.map(registers)).toEqual([[], [5]]);
    expect(plan.loadedBefore.get(8)?.map(registers)).toEqual([[]]);
    expect(registers(plan.neededIn.get(0))).toEqual([]);
    expect(registers(plan.dirtyOut.get(8))).toEqual([6, 7]);
    expect(registers(plan.dirtyIn.get(12))).toEqual([7]);
  });

  it('loads before a loop what the loop touches', () => {
    // x5 counts to x6; x7 is read after the loop, and x8 written in it.
    const plan = planOf(addi(5, 0, 0), addi(5, 5, 1), addi(8, 5, 2), bne(5, 6, -8), add(9, 7, 8));
    expect(registers(plan.neededIn.get(4))).toEqual([5, 6, 8]);
    expect(registers(plan.dirtyIn.get(4))).toEqual([5, 8]);
    expect(plan.loadedBefore.get(4)?.map(registers)).toEqual([[], [], []]);
    expect(registers(plan.loadedBefore.get(16)?.[0])).toEqual([7]);
  });

  it('spills exactly what was written before an instruction that fails', () => {
    const plan = planOf(ld(5, 6, 0), addi(7, 5, 1), ld(8, 7, 0), addi(5, 8, 1), sd(5, 6, 0), ecall);
    const [third, first, none, ...others] = plan.spillSets;
    expect(plan.spillSetOf.get(0)).toEqual([2, undefined, 1, undefined, 0]);
    expect(registers(third?.stored)).toEqual([8]);
    expect(third?.next).toBe(1);
    expect(registers(first?.stored)).toEqual([5, 7]);
    expect(first?.next).toBe(2);
    expect(none).toEqual({ stored: { x: 0, f: 0 }, next: undefined });
    expect(others).toEqual([]);
  });
});
