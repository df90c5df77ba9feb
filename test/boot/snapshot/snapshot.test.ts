/**
 * Snapshots of Hartix. A program that has everything alive is stopped at random instructions, saved, and goes on in another
 * machine: it must end as if nothing had happened, and so must the whole kernel, object for object.
 * By hand: HARTIX_ROUNDS=1000 npx vitest run --project guest test/boot/snapshot
 */
import { basename, dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPrograms } from '../../support/build-programs.ts';
import { Random } from '../../support/random.ts';
import { SystemRun } from '../../support/system-run.ts';

const SEED = Number(process.env['HARTIX_SEED'] ?? 1);
const ROUNDS = Number(process.env['HARTIX_ROUNDS'] ?? 3);
const EXIT_STATUS = 7 << 8;
const ROUND_MS = 20_000;

describe('a snapshot', () => {
  let folder = '';
  let argv: string[] = [];
  let whole: SystemRun;
  let begin = 0;
  let base = new Uint8Array();
  let wanted: Uint8Array = new Uint8Array();

  beforeAll(async () => {
    const source = { file: join(import.meta.dirname, 'alive.c'), flags: ['-O1'] };
    const [path = ''] = await buildPrograms([source], resolve('build/snapshot'));
    folder = dirname(path);
    argv = [`/m/${basename(path)}`];
    whole = new SystemRun(folder);
    whole.spawn(argv);
    begin = whole.retired;
    base = new Uint8Array(whole.save());
    whole.run();
    wanted = whole.picture();
  });

  it('is of a program to whose end everything comes', () => {
    expect(whole.status).toBe(EXIT_STATUS);
    expect(whole.output).toMatch(/^begin\n.*\nend \d+ \d+\n$/s);
    expect(whole.output.split('\n').length).toBeGreaterThan(20);
  });

  it(
    'at random instructions changes nothing',
    () => {
      const random = new Random(SEED);
      for (let round = 0; round < ROUNDS; round++) {
        const at = begin + random.below(whole.retired - begin);
        const message = `HARTIX_SEED=${SEED}, round ${round}, instruction ${at}`;
        const first = new SystemRun(folder, { kind: 'bytes', bytes: base });
        first.run(at);
        const second = new SystemRun(folder, { kind: 'bytes', bytes: first.save() });
        expect(second.retired, message).toBe(first.retired);
        second.run();
        expect(first.output + second.output, message).toBe(whole.output);
        expect([second.status, second.retired], message).toEqual([EXIT_STATUS, whole.retired]);
        expect(Buffer.compare(second.picture(), wanted), message).toBe(0);
        first.close();
        second.close();
      }
    },
    ROUNDS * ROUND_MS,
  );

  it('that is damaged is refused, wherever', () => {
    const random = new Random(SEED);
    const restore = (bytes: Uint8Array) => () => new SystemRun(folder, { kind: 'bytes', bytes });
    for (let round = 0; round < 50; round++) {
      const at = random.below(base.length);
      const bit = 1 << random.below(8);
      const altered = new Uint8Array(base);
      altered[at] = (altered[at] as number) ^ bit;
      expect(restore(altered), `byte ${at}, bit ${bit}`).toThrow(/snapshot/);
      expect(restore(base.subarray(0, at)), `cut at ${at}`).toThrow(/snapshot/);
    }
  });
});
