/** The panel says what does not fit. */
import { renderToString } from 'ink';
import { expect, test } from 'vitest';
import { Panel } from './Panel.tsx';

const lines = Array.from({ length: 10 }, (_, index) => `line ${index}`);

function titleAt(selected: number, rows: number): string {
  const frame = renderToString(
    <Panel title="Keys" lines={lines} selected={selected} rows={rows} columns={60} />,
    { columns: 60 },
  );
  return (frame.split('\n')[1] ?? '').replace(/[│]/g, '').trim();
}

test('the title counts the lines above and below', () => {
  expect(titleAt(0, 9)).toBe('Keys  ↓ 4 more');
  expect(titleAt(5, 9)).toBe('Keys  ↑ 2 more  ↓ 2 more');
  expect(titleAt(9, 9)).toBe('Keys  ↑ 4 more');
  expect(titleAt(0, 13)).toBe('Keys');
});
