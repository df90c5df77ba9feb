import { afterEach, describe, expect, it } from 'vitest';
import { assemble, hasInterpreter } from '../../../test/support/bare-machine/bare-machine.ts';
import { SYNCHRONOUS } from '../../../test/support/engine-backend.ts';
import { DebugBoard } from '../../../test/support/gdb/debug-board.ts';
import { log } from '../../lib/log.ts';

describe.skipIf(!hasInterpreter())('--trace jit', () => {
  afterEach(() => {
    log.channel('jit').isOn = false;
    log.setSink(() => undefined);
  });

  it('tells what is installed, and what is invalidated by a breakpoint in it', () => {
    const lines: string[] = [];
    log.setSink((channel, text) => lines.push(`${channel}: ${text}`));
    log.enable(['jit']);
    const board = new DebugBoard(
      assemble('counting.S', 0x8000_0000),
      1,
      SYNCHRONOUS,
      () => undefined,
    );
    const { debug } = board;
    debug.resume(() => 'run');
    for (let turn = 0; turn < 20; turn++) board.turn();
    expect(lines[0]).toMatch(/^jit: installed 800000[0-9a-f]{2}: region 1, \d+ halfwords$/);
    debug.interrupt();
    debug.addPoint({ kind: 0, low: 0x8000_0000 + 0x10, high: 0, bytes: 0 });
    debug.resume(() => 'run');
    board.turn();
    expect(
      lines.some((line) => /^jit: invalidated 80000000 \(breakpoint\): regions 1\b/.test(line)),
    ).toBe(true);
  });
});
