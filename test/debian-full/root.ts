/** The root of the long tests: interpreters, compilers, full-screen programs and stress-ng of Debian. */
import { boot, type ExecResult, type System } from '../../src/index.ts';
import { type DebianRoot, debianRoot } from '../support/debian-root.ts';

const PACKAGES = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'bc',
    'bsdutils',
    'busybox',
    'coreutils',
    'dash',
    'diffutils',
    'file',
    'findutils',
  ],
  ...[
    'g++',
    'gawk',
    'gcc',
    'git',
    'grep',
    'gzip',
    'hostname',
    'htop',
    'less',
    'libc-bin',
    'libc6-dev',
    'libpython3.13-testsuite',
  ],
  ...[
    'lua5.4',
    'make',
    'mount',
    'nano',
    'ncurses-base',
    'ncurses-bin',
    'nodejs',
    'perl-base',
    'procps',
    'python3',
    'sed',
    'sqlite3',
  ],
  ...['strace', 'stress-ng', 'tar', 'tmux', 'util-linux', 'vim-tiny', 'xz-utils'],
];

export const root = await debianRoot('full', PACKAGES);

export async function start(memory = '1G', from: DebianRoot | undefined = root): Promise<System> {
  if (!from) throw new Error('the packages could not be had');
  return boot({
    rootfs: from.image,
    memory,
    env: { HOME: '/root', LC_ALL: 'C.UTF-8', TERM: 'xterm' },
  });
}

/** Half an hour: a host that is busy elsewhere gives a guest a fifth of a core. */
const LIMIT_MS = 1_800_000;

/** A script of bash; both streams are in stdout. */
export function bash(system: System, script: string, timeoutMs = LIMIT_MS): Promise<ExecResult> {
  return system.exec('cd /root && exec bash 2>&1', { input: script, timeout: timeoutMs });
}
