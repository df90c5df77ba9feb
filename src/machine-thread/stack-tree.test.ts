/** Which samples of a profile are of one stack. */
import { expect, test } from 'vitest';
import { StackTree } from './stack-tree.ts';

const upper = (name: string): string => name.toUpperCase();
const who = (kind: 'user' | 'kernel', pid: number, tid: number, name: string) => ({
  kind,
  pid,
  tid,
  name,
});
const frame = (file: number, at: number) => ({ file, at });

test('equal stacks of one task have one index, all others have their own', () => {
  const tree = new StackTree();
  const deep = [frame(0, 16), frame(1, 2 ** 46), frame(0, 48)];
  const samples = [
    [who('user', 1, 1, 'sh'), deep],
    // A part of the one before, from either end.
    [who('user', 1, 1, 'sh'), deep.slice(0, 2)],
    [who('user', 1, 1, 'sh'), deep.slice(1)],
    [who('user', 1, 1, 'sh'), [frame(1, 16), frame(0, 2 ** 46), frame(0, 48)]],
    [who('user', 1, 1, 'sh'), []],
    [who('kernel', 1, 1, 'sh'), deep],
    [who('user', 2, 1, 'sh'), deep],
    [who('user', 1, 2, 'sh'), deep],
    [who('user', 1, 1, 'ls'), deep],
  ] as const;
  for (let round = 0; round < 2; round++) {
    const indices = samples.map(([of, frames]) => tree.indexOf(of, frames, upper));
    expect(indices).toEqual(samples.map((_, index) => index));
  }
  expect(tree.stacks[1]).toEqual({
    kind: 'user',
    pid: 1,
    tid: 1,
    name: 'SH',
    frames: deep.slice(0, 2),
  });
  expect(tree.stacks).toHaveLength(samples.length);
});
