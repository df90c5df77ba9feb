/** Commands whose input fails with EIO: each says so and fails, as its original does; what was read is never taken for the whole. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

/** Exit status of the GNU command (xxd: of the one in vim; pax: of Debian's) where reading the file `in` fails. */
const CASES: readonly (readonly [command: string, exitCode: number])[] = [
  ['sed p in', 4],
  ['sed p <in', 4],
  ["sed -n '$p' ok in", 4],
  ['cat in', 1],
  ['sort in', 2],
  ['head in', 1],
  ['head -c 5 in', 1],
  ['tail in', 1],
  ['tail -n +3 in', 1],
  ['cut -c1 in', 1],
  ['tr a b <in', 1],
  ['uniq in', 1],
  ['wc in', 1],
  ['grep 1 in', 2],
  ['grep -c 1 in', 2],
  ['grep -r 1 in', 2],
  ['awk 1 in', 2],
  ['awk 1 <in', 2],
  ['awk -v RS= 1 in', 2],
  ['paste in', 1],
  ['paste -s in', 1],
  ['join in ok', 1],
  ['comm in ok', 1],
  ['fold in', 1],
  ['nl in', 1],
  ['cmp in ok', 2],
  ['diff in ok', 2],
  ['tee <in', 1],
  ['od in', 1],
  ['xxd in', 2],
  ['gzip -c in', 1],
  ['tar cf /dev/null in', 2],
  ['tar tf in', 2],
  ['cp in out', 1],
  ['dd if=in of=/dev/null', 1],
  ['md5sum in', 1],
  ['base64 in', 1],
  ['shuf in', 1],
  ['split in', 1],
  ['tsort in', 1],
  ['xargs echo <in', 1],
  ['factor <in', 1],
  ['bc -q in', 1],
  ['ed -s in </dev/null', 1],
  ['cpio -o <in', 2],
  ['cpio -it <in', 2],
  ['csplit in 5', 1],
  ['base64 -d in', 1],
  ['patch ok in', 2],
  ['gunzip -c in', 1],
  ['zcat in', 1],
  ['pax -f in', 1],
  ['pax -w in', 1],
];

let system: System;

beforeAll(async () => {
  const names = new Set(CASES.map(([command]) => command.split(' ')[0]));
  const faults = Array.from(names, (name) => `read:EIO:comm=${name}`);
  system = await boot({ memory: '64M', deterministic: 5, faults });
  await system.exec('cd /tmp; seq 100 | (while read n; do echo $n; done) > in; echo 1 > ok');
});

afterAll(() => system.close());

test.each(CASES)('%s', async (command, status) => {
  const before = system.faults.length;
  const { stderr, exitCode } = await system.exec(`cd /tmp; ${command}`);
  expect(system.faults.length).toBeGreaterThan(before);
  expect(stderr).toMatch(/: I\/O error$/m);
  expect(exitCode).toBe(status);
});

test('sed -i leaves the file as it was', async () => {
  const script =
    'cd /tmp; mkdir i; cd i; echo whole > x; sed -i s/w/v/ x; echo $?; ls; read line < x; echo $line';
  const { stdout, stderr } = await system.exec(script);
  expect(stderr).toBe('sed: read error on x: I/O error\n');
  expect(stdout).toBe('4\nx\nwhole\n');
});

test('grep -s is silent about it, and getline of awk is -1', async () => {
  const silent = await system.exec('cd /tmp; grep -s 1 in');
  expect(silent).toMatchObject({ stderr: '', exitCode: 2 });
  const script = 'awk \'BEGIN { print getline line < "/tmp/in" }\'';
  expect((await system.exec(script)).stdout).toBe('-1\n');
});
