/**
 * Runs the functional and regression tests of libc-test (musl's, https://repo.or.cz/libc-test.git) in the guest, built statically by
 * zig: `libc-test.ts DIRECTORY`, a checkout of it. Fails if a test fails that is not in KNOWN, or one of KNOWN passes.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boot } from '../src/index.ts';
import { buildPrograms } from '../test/support/build-programs.ts';

const LIBRARY_FAILS = 'of the C library itself: fails on Linux too';
const FILLS_MEMORY = 'its way of filling the address space fails on 64-bit Linux too';

/** Tests that fail, and why. The list may only become shorter. */
const KNOWN: Readonly<Record<string, string>> = {
  'functional/mntent': LIBRARY_FAILS,
  'functional/socket': 'AF_INET is not there',
  'functional/strptime': LIBRARY_FAILS,
  'regression/malloc-brk-fail': FILLS_MEMORY,
  'regression/malloc-oom': FILLS_MEMORY,
  'regression/pthread_atfork-errno-clobber': 'RLIMIT_NPROC does not hold root: fails on Linux too',
  'regression/pthread_create-oom': FILLS_MEMORY,
  'regression/setenv-oom': FILLS_MEMORY,
};
/** Need shared objects of their own, which a static build has not. */
const DYNAMIC = /_dso$|dlopen|dlsym|tls_init|tls_align|tls_get_new-dtv/;
const FLAGS = ['-O1', '-fno-sanitize=undefined', '-D_POSIX_C_SOURCE=200809L'];
const SECONDS = 20;

function sources(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.c'))
    .map((file) => file.slice(0, -2))
    .sort();
}

async function run(directory: string): Promise<boolean> {
  const root = resolve(directory, 'src');
  const build = resolve(import.meta.dirname, '../build/libc-test');
  const common = sources(join(root, 'common')).filter((name) => !/^(runtest|mtest)$/.test(name));
  const flags = [
    ...FLAGS,
    `-I${join(root, 'common')}`,
    ...common.map((name) => join(root, 'common', `${name}.c`)),
  ];
  const names = ['functional', 'regression'].flatMap((set) =>
    sources(join(root, set))
      .map((name) => `${set}/${name}`)
      .filter((name) => !DYNAMIC.test(name)),
  );
  mkdirSync(build, { recursive: true });
  const files = names.map((name) => ({ file: join(root, `${name}.c`), flags }));
  const programs = await buildPrograms(files, build);
  await using os = await boot({ mounts: { '/tests': build } });
  let isAsKnown = true;
  for (const [index, name] of names.entries()) {
    const program = (programs[index] ?? '').split('/').at(-1);
    const result = await os.exec(`cd /tmp && timeout ${SECONDS} /tests/${program} 2>&1`);
    const hasPassed = result.exitCode === 0;
    if (hasPassed !== name in KNOWN) continue;
    isAsKnown = false;
    console.log(
      hasPassed ? `${name} passes: take it off the list` : `${name} fails:\n${result.stdout}`,
    );
  }
  console.log(`${names.length} tests, ${Object.keys(KNOWN).length} known to fail`);
  return isAsKnown;
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: libc-test.ts DIRECTORY');
process.exitCode = (await run(directory)) ? 0 : 1;
