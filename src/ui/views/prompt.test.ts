import { expect, it } from 'vitest';
import { Prompt } from './prompt.ts';

function typed(proposal: string, keys: string[]): string {
  let taken = '';
  const prompt = new Prompt('address', proposal, (text) => {
    taken = text;
  });
  for (const key of [...keys, '\r']) prompt.key(key);
  return taken;
}

it('proposes a text that the first character replaces, and that DEL shortens', () => {
  expect(typed('TERM', [])).toBe('TERM');
  expect(typed('TERM', [...'KILL'])).toBe('KILL');
  expect(typed('0x1000', ['\x7f', '8'])).toBe('0x1008');
  expect(typed('TERM', ['\x15', 'I', 'N', 'T', '\x7f'])).toBe('IN');
});
