/** README's TypeScript, run as it is written there: each block is a module of its own in a folder where hartix is installed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

interface Around {
  /** What the text above the block says is there. */
  readonly before?: string;
  readonly after?: string;
  readonly prints: RegExp;
}

const DATA = `import { boot } from 'hartix';
import { Volume } from 'memfs';
const os = await boot({ memory: '64M', mounts: { '/data': Volume.fromJSON({ '/a.txt': 'b\\na\\n' }) } });`;
const CLOSE = 'await os.close();';

/** By a part of it: what is around a block, and what comes of it. */
const BLOCKS: readonly (readonly [part: string, around: Around])[] = [
  ["'sort /data/a.txt');\n", { prints: /\b42\b[\s\S]*\[stack\]/ }],
  [
    'greet world',
    {
      before: "import { boot } from 'hartix';",
      after: `console.log((await os.exec('greet world | tr a-z A-Z')).stdout); ${CLOSE}`,
      prints: /^HELLO WORLD\n/,
    },
  ],
  [
    'ENOSPC',
    {
      before: DATA,
      after: `console.log(await os.exec('sort /data/a.txt', { hooks: { write: full, writev: full } })); ${CLOSE}`,
      prints: /No space left on device[\s\S]*exitCode: [1-9]/,
    },
  ],
  [
    "os.events('process')",
    {
      before: `${DATA}\nsetTimeout(() => void os.exec('true'), 100);`,
      after: CLOSE,
      prints: /^fork[\s\S]*exit/,
    },
  ],
  [
    "os.events('syscall'",
    {
      before: `${DATA}
const shell = os.spawn('sh', ['-c', 'read go; cat /none; true']);
const pid = await shell.pid;
setTimeout(() => shell.end('go'), 100);
void shell.exit.then(() => os.close());`,
      prints: /open\w*\(.*"\/none"/,
    },
  ],
  [
    'os.fork()',
    {
      before: DATA,
      after: `console.log((await twin.exec('echo twin')).stdout); const again = await start.fork(); for (const each of [twin, later, again, os]) await each.close();`,
      prints: /^twin\n/,
    },
  ],
];

const blocks = Array.from(
  readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms),
  ([, block = '']) => block,
);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hartix-readme-programs-'));
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "reader" }');
  symlinkSync(ROOT, join(folder, 'node_modules/hartix'));
  for (const name of ['memfs', 'vitest'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[]) {
  // Its vitest is no part of this one.
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: Object.fromEntries(env),
  });
  return { status, stdout, stderr };
}

test('README has programs, and each is known here', () => {
  expect(blocks.length).toBeGreaterThan(4);
  expect(BLOCKS.filter(([part]) => !blocks.some((block) => block.includes(part)))).toEqual([]);
});

describe('README', () => {
  for (const block of blocks) {
    const [title = ''] = block
      .split('\n')
      .filter((line) => !line.startsWith('import') && line !== '');
    if (block.includes("'hartix/test'")) {
      test(title, () => {
        writeFileSync(join(folder, 'greet.test.mjs'), block);
        const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
        expect(run([vitest, 'run', '--no-color'])).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/Tests +1 passed \(1\)/) as string,
        });
      });
      continue;
    }
    test(title, () => {
      const around = BLOCKS.find(([part]) => block.includes(part))?.[1];
      expect(around).toBeDefined();
      const { before = '', after = '', prints = /./ } = around ?? {};
      const file = join(folder, 'program.mjs');
      writeFileSync(file, [before, block, after].join('\n'));
      const { status, stdout, stderr } = run([file]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(prints);
    });
  }
});
