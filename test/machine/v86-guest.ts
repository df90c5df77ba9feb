/** v86 and what it boots, for `hartix bench --v86`: its package of npm, Debian's SeaBIOS and Linux for i686. Fetched, never committed. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '../../build/v86');
const SUITE = 'bookworm'; /* the last with kernels for i686 */
const PACKAGE = 'v86@0.5.462';
/** The package that depends on the current kernel's. */
const META_PACKAGE = 'linux-image-686';
const TIMEOUT_MS = 600_000;

class Missing extends Error {}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (status !== 0) throw new Missing(`${command}: ${(stderr ?? '').trim().split('\n').at(-1)}`);
  return stdout;
}

/** Where this host's own packages come from. */
function archive(): string {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  const uri = /^URIs:\s*(\S+)|^deb\s+(?:\[.*?\]\s*)?(\S+)/m.exec(texts.join('\n'));
  if (!uri) throw new Missing("no Debian archive in this host's apt sources");
  return uri[1] ?? uri[2] ?? '';
}

/** apt with a state of its own for i386: the host's is not touched. */
function aptOptions(state: string): string[] {
  for (const folder of ['lists/partial', 'archives/partial'])
    mkdirSync(join(state, folder), { recursive: true });
  writeFileSync(join(state, 'status'), '');
  writeFileSync(join(state, 'sources.list'), `deb [arch=i386] ${archive()} ${SUITE} main\n`);
  const options = {
    'APT::Architecture': 'i386',
    'APT::Architectures': 'i386',
    'APT::Sandbox::User': 'root',
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Etc::SourceList': join(state, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Cache': state,
  };
  return Object.entries(options).map(([key, value]) => `-o${key}=${value}`);
}

function fetchDebian(folder: string): void {
  const state = join(CACHE, 'apt');
  const options = aptOptions(state);
  run('apt-get', [...options, '-qq', 'update'], state);
  const meta = run('apt-cache', [...options, 'show', META_PACKAGE], state);
  const kernel = /^Depends: (linux-image-[\w.-]+)/m.exec(meta)?.[1];
  if (kernel === undefined) throw new Missing(`${META_PACKAGE} depends on no kernel`);
  run('apt-get', [...options, '-qq', 'download', kernel, 'seabios'], state);
  for (const file of readdirSync(state).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['-x', join(state, file), folder], state);
}

/** The folder of --v86; undefined, with a warning, where something of it cannot be had. */
export function v86Guest(): string | undefined {
  const folder = join(CACHE, 'guest');
  if (existsSync(join(folder, 'bzImage'))) return folder;
  try {
    mkdirSync(folder, { recursive: true });
    run('npm', ['pack', '--silent', PACKAGE], CACHE);
    run('tar', ['-xzf', `${PACKAGE.replace('@', '-')}.tgz`], CACHE);
    const root = join(CACHE, 'root');
    fetchDebian(root);
    const firmware = join(root, 'usr/share/seabios');
    const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz'));
    if (kernel === undefined) throw new Missing('no kernel in its package');
    for (const name of ['libv86.mjs', 'v86.wasm'])
      copyFileSync(join(CACHE, 'package/build', name), join(folder, name));
    copyFileSync(join(firmware, 'bios.bin'), join(folder, 'bios.bin'));
    copyFileSync(join(firmware, 'vgabios-stdvga.bin'), join(folder, 'vgabios.bin'));
    copyFileSync(join(root, 'boot', kernel), join(folder, 'bzImage'));
    return folder;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.warn(`SKIPPED: no v86: ${error.message}`);
    return undefined;
  }
}
