/** Widths against East_Asian_Width of Unicode and wcwidth(3) of glibc. */
import { expect, test } from 'vitest';
import { characterWidths } from './character-widths.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

test('letters have one column, ideographs and emoji two, combining marks none', () => {
  const columns = [...'aé\u0301日😀─'].map((text) =>
    characterWidths.wcwidth(text.codePointAt(0) ?? 0),
  );
  expect(columns).toEqual([1, 1, 0, 2, 2, 1]);
});

test('the cursor stands behind wide characters and marks where the guest thinks it does', async () => {
  const terminal = new VirtualTerminal({ rows: 2, columns: 20 }, () => undefined);
  await terminal.write(new TextEncoder().encode('日😀e\u0301x'));
  expect(terminal.cursor()).toEqual({ x: 6, y: 0 });
  expect(terminal.lines()[0]).toBe(`日😀e\u0301x${' '.repeat(14)}`);
  terminal.dispose();
});
