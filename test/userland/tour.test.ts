/** The tour: a stop for each area of the system, each command of which does what the text says it does. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

const TEXT = fs.readFileSync(
  fileURLToPath(new URL('../../rootfs/usr/share/hartix/tour', import.meta.url)),
  'utf8',
);
const stops = TEXT.split(/^# /m)
  .slice(1)
  .map((stop) => {
    const [title = '', ...lines] = stop.trimEnd().split('\n');
    const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
    return { title, commands, text: lines.filter((line) => !line.startsWith('$ ')) };
  });

/** A host that is busy elsewhere takes its time. */
const PATIENCE_MS = 60_000;

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

describe('tour', () => {
  it.each(stops)('$title', async ({ commands, text }) => {
    expect(commands.length).toBeGreaterThan(0);
    for (const line of text) expect(line.length).toBeLessThan(80);
    for (const command of commands) {
      const { exitCode, stdout, stderr } = await os.exec(command, { timeout: PATIENCE_MS });
      expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
      // strace says of a call that failed what its error means.
      const told = `${stdout}${stderr}`.replaceAll(/ = -1 E[A-Z]+ \(.*\)$/gm, '');
      expect(told, command).not.toMatch(/not found|No such file|invalid option/);
    }
  });

  it('shows the stops one after the other, runs what is typed, and goes where it is told', async () => {
    const { stdout, exitCode } = await os.exec(
      String.raw`printf '\necho $((6*7))\n3\nb\n22\nr\nr\nq\n' | tour`,
    );
    expect(exitCode).toBe(0);
    const shown = [...stdout.matchAll(/^(?:\[Enter.*?tour> )?(\d+)\/(\d+) {2}(.*)$/gm)];
    expect(shown.map(([, number]) => number)).toEqual(['1', '2', '3', '2', '22']);
    expect(shown.every(([, , count]) => Number(count) === stops.length)).toBe(true);
    expect(stdout).toContain('tour> 42\n');
    // r: its examples, one after the other.
    expect(stops[21]?.commands).toEqual(['echo goodbye']);
    expect(stdout).toContain('tour> echo goodbye\ngoodbye\n');
    expect(stdout).toContain('tour> That was the last example.\n');
  });
});
