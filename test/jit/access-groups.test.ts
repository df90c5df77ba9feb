/** Which accesses of a block share a TLB look-up. */
import { expect, it } from 'vitest';
import { groupsOf as allGroupsOf } from '../../src/jit/access-groups.ts';
import { discover } from '../../src/jit/control-flow.ts';
import { addi, amoaddW, ecall, ld, sd } from '../support/assembler.ts';
import { requestFor } from '../support/region-request.ts';

function groupsOf(words: readonly number[]): string[] {
  const block = discover(requestFor([...words, ecall]))?.blocks.get(0);
  const groups = allGroupsOf(block?.instructions ?? [], true).filter(
    ({ members }) => members.length > 1,
  );
  return groups.map(
    ({ members, low, end, writes }) => `${members} ${low}-${end} ${writes ? 'w' : 'r'}`,
  );
}

it('joins accesses through one register, for writing if any of them writes', () => {
  expect(groupsOf([sd(1, 40, 2), sd(8, 32, 2), ld(9, 24, 2)])).toEqual(['0,1,2 24-48 w']);
  expect(groupsOf([ld(1, -8, 2), ld(8, 0, 2), ld(9, 8, 2)])).toEqual(['0,1,2 -8-16 r']);
});

it('keeps registers apart', () => {
  expect(groupsOf([ld(5, 0, 10), sd(5, 0, 11), ld(6, 8, 10), sd(6, 8, 12)])).toEqual([
    '0,2 0-16 r',
  ]);
  const three = [ld(5, 0, 10), sd(5, 0, 11), ld(6, 8, 10), sd(6, 8, 11), ld(7, 16, 10)];
  expect(groupsOf(three)).toEqual(['0,2,4 0-24 r', '1,3 0-16 w']);
});

it('ends a group where its register changes, by a load through itself too', () => {
  expect(groupsOf([ld(5, 0, 10), addi(10, 10, 16), ld(7, 0, 10)])).toEqual([]);
  expect(groupsOf([ld(5, 0, 10), ld(6, 8, 10), addi(10, 10, 16), ld(7, 0, 10)])).toEqual([
    '0,1 0-16 r',
  ]);
  expect(groupsOf([ld(5, 0, 10), ld(6, 8, 10), ld(10, 16, 10), ld(7, 0, 10)])).toEqual([
    '0,1,2 0-24 r',
  ]);
});

it('leaves far and atomic accesses alone', () => {
  expect(groupsOf([ld(5, 0, 10), ld(6, 2000, 10), ld(7, -2000, 10)])).toEqual([]);
  expect(groupsOf([amoaddW(5, 6, 10), amoaddW(5, 6, 10), amoaddW(5, 6, 10)])).toEqual([]);
});
