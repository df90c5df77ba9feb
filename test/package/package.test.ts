/** The tarball of `npm pack` in an empty folder: the command, the library, its types. HARTIX_NODE tries another Node. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Installed, NODE } from './installed.ts';

const MEGABYTE = 1e6;
const PACKAGES = resolve(import.meta.dirname, '../../node_modules');
let installed: Installed;

beforeAll(() => {
  installed = new Installed();
});

afterAll(() => rmSync(installed.folder, { recursive: true }));

test('is small, and is all that is installed', () => {
  expect(installed.tarballBytes).toBeLessThan(12 * MEGABYTE);
  const names = readdirSync(join(installed.project, 'node_modules'));
  expect(names.filter((name) => !name.startsWith('.'))).toEqual(['hartix']);
});

test('npx hartix runs a command of the guest', () => {
  expect(installed.run('npx', 'hartix', 'run', '--', 'sh', '-c', 'echo hi; exit 3')).toMatchObject({
    status: 3,
    stdout: 'hi\n',
  });
  expect(installed.run('npx', 'hartix', '--version').stdout).toBe(
    `hartix ${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
  );
});

test('a package that lacks a part says so, once, and what to do', () => {
  const code = join(installed.project, 'node_modules/hartix/dist/machine-code.js');
  renameSync(code, `${code}.away`);
  try {
    const { status, stderr } = installed.run('npx', 'hartix', 'run', '--', 'true');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^hartix: [^\n]* install it again: [^\n]*machine-code\.js'\n$/);
  } finally {
    renameSync(`${code}.away`, code);
  }
});

test('the library works by import, from a file and from the command line', () => {
  const script = `import { boot } from 'hartix';
    const os = await boot({ memory: '64M' });
    try { process.stdout.write((await os.exec('echo $((6*7))')).stdout); } finally { await os.close(); }\n`;
  writeFileSync(join(installed.project, 'program.mjs'), script);
  const answer = { status: 0, stdout: '42\n', stderr: '' };
  expect(installed.run(NODE, 'program.mjs')).toEqual(answer);
  // Options of Node that make no sense in a worker's file are not inherited.
  expect(installed.run(NODE, '--input-type=module', '--eval', script)).toEqual(answer);
});

test('its import does nothing: no thread, no file, no handle', () => {
  const program = `import { readdirSync } from 'node:fs';
    const before = [readdirSync('.').join(), Object.keys(globalThis).join(), process.eventNames().join()];
    const names = Object.keys(await import('hartix'));
    const after = [readdirSync('.').join(), Object.keys(globalThis).join(), process.eventNames().join()];
    console.log(JSON.stringify({ isSame: String(before) === String(after), names,
      resources: process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FSReq/.test(name)) }));`;
  const { stdout, stderr } = installed.run(NODE, '--input-type=module', '--eval', program);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ isSame: true, resources: [] });
  expect((JSON.parse(stdout) as { names: string[] }).names).toContain('boot');
});

test('hartix/test says how a failure is repeated, and that is true', () => {
  const modules = join(installed.project, 'node_modules');
  symlinkSync(join(PACKAGES, 'vitest'), join(modules, 'vitest'));
  writeFileSync(
    join(installed.project, 'guest.test.mjs'),
    `import { describe } from 'vitest';
    import { expect, test } from 'hartix/test';
    test.os('passes', async (os) => expect(await os.exec('true')).toSucceed());
    describe("what's random", () => {
      test.os('fails (always)', async (os) => {
        expect(await os.exec('head -c 4 /dev/urandom | od -An -tx1; exit 3')).toSucceed();
      });
    });\n`,
  );
  const vitest = join(PACKAGES, 'vitest/vitest.mjs');
  const failed = installed.run('env', 'HARTIX_SEED=5', NODE, vitest, 'run', '--no-color');
  expect(failed.stdout).toMatch(/1 failed \| 1 passed/);
  expect(failed.stderr).toMatch(/to succeed, but it ended with status 3/);
  const command = /seed of the machine: 5; again: (.*)/.exec(failed.stderr)?.[1] ?? '';
  expect(command).toBe(
    `HARTIX_SEED=5 npx vitest run guest.test.mjs -t '^what'\\''s random > fails \\(always\\)$'`,
  );
  const local = command.replace('npx vitest', `${NODE} ${vitest} --no-color`);
  const again = installed.run('sh', '-c', local);
  expect(again.stdout).toMatch(/1 failed \| 1 skipped/);
  const bytes = (text: string) => /stdout:\s+((?: [0-9a-f]{2}){4})/.exec(text)?.[1];
  expect(bytes(failed.stderr)).toMatch(/[0-9a-f]/);
  expect(bytes(again.stderr)).toBe(bytes(failed.stderr));
});

test('its types are those of its functions', () => {
  const modules = join(installed.project, 'node_modules');
  mkdirSync(join(modules, '@types'));
  for (const name of [
    'react',
    'ink',
    'csstype',
    'type-fest',
    'undici-types',
    '@types/node',
    '@types/react',
  ])
    symlinkSync(join(PACKAGES, name), join(modules, name));
  writeFileSync(
    join(installed.project, 'user.ts'),
    `import { boot, type System } from 'hartix';
    import { Terminal } from 'hartix/ink';
    const os: System = await boot({ memory: '64M', env: { A: 'b' } });
    const text: string = (await os.exec('true')).stdout;
    const bytes: Uint8Array = (await os.exec(['true'], { encoding: 'buffer' })).stdout;
    // @ts-expect-error there is no such option
    await boot({ memroy: 1 });
    console.log(text, bytes, Terminal);\n`,
  );
  const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit'];
  const compiler = join(PACKAGES, '.bin/tsc');
  const flags = [...options, '--jsx', 'react-jsx', '--types', 'node', '--preserveSymlinks'];
  expect(installed.run(compiler, ...flags, 'user.ts')).toMatchObject({ stdout: '', status: 0 });
});
