/** What the frame writer draws, cell by cell against xterm's own headless buffer: screens after vttest, and random output. */
import { describe, expect, test } from 'vitest';
import { MirroredScreen } from '../support/mirror.ts';
import { RandomOutput } from './random-output.ts';
import { screens } from './screens.ts';

const SIZES = [
  { rows: 24, columns: 80, seeds: 4 },
  { rows: 5, columns: 11, seeds: 20 },
  { rows: 50, columns: 200, seeds: 1 },
];
const FRAMES = 20;

test.each(SIZES)('random output: $columns columns, $rows rows', async (size) => {
  for (let seed = 1; seed <= size.seeds; seed++) {
    const screen = new MirroredScreen(size);
    const hasLinks = seed % 2 === 0;
    const output = new RandomOutput(seed, size, hasLinks);
    for (let frame = 0; frame < FRAMES; frame++) {
      expect(await screen.draw(output.next(), hasLinks), `seed ${seed}, frame ${frame}`).toBe('');
    }
    screen.dispose();
  }
});

const LARGE = { rows: 50, columns: 200 };
const SMALL = { rows: 24, columns: 80 };

describe.each([SMALL, LARGE])('$columns columns, $rows rows', (size) => {
  test.each(screens(size))('$name', async ({ pieces }) => {
    const screen = new MirroredScreen(size);
    // Some pieces are drawn alone, most of them in tens.
    for (let i = 0; i < pieces.length; i += i < 3 ? 1 : 10) {
      const text = pieces.slice(i, i < 3 ? i + 1 : i + 10).join('');
      expect(await screen.draw(text), `from piece ${i} on`).toBe('');
    }
    screen.dispose();
  });
});
