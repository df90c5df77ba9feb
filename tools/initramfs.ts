/**
 * An initial RAM disk for a Linux kernel, of busybox and modules: `initramfs.ts OUT ROOT [MODULE…]`. ROOT is a folder that
 * Debian's packages were unpacked in: busybox-static, and linux-image-… for modules, which come with those they depend on.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CpioEntry, cpio } from '../src/cli/bench/cpio.ts';

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;
const LINK = 0o120777;

const FOLDERS = ['bin', 'dev', 'proc', 'sys', 'mnt', 'tmp', 'root', 'modules'];
/** Of busybox; the others by `busybox NAME`. */
const APPLETS =
  'sh cat echo ls mount umount mkdir insmod lsmod uname poweroff reboot setsid cttyhack ip ifconfig ping dmesg ps grep head tail wc sync cp cmp dd sleep free hostname md5sum sha256sum vi true seq tr awk'.split(
    ' ',
  );
const text = new TextEncoder();

/** Loads the modules, then a shell on the console; when it ends, the machine is powered off. */
function initScript(modules: readonly string[]): string {
  return `#!/bin/sh
export PATH=/bin HOME=/root
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
${modules.map((name) => `insmod /modules/${name}`).join('\n')}
cd /root
setsid cttyhack sh -i
poweroff -f
`;
}

/** Paths of all modules by name, in which - and _ are the same. */
function modulePaths(root: string): Map<string, string> {
  const files = globSync('{lib,usr/lib}/modules/**/*.ko{,.xz}', { cwd: root });
  return new Map(files.map((file) => [moduleName(file), join(root, file)]));
}

function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_');
}

function readModule(file: string): Uint8Array {
  if (!file.endsWith('.xz')) return readFileSync(file);
  const { status, stdout, stderr } = spawnSync('xz', ['-dc', file], { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`xz cannot expand ${file}: ${String(stderr)}`);
  return stdout;
}

/** The modules and what they depend on, each after its dependencies. */
function orderedModules(root: string, names: readonly string[]): Map<string, Uint8Array> {
  const paths = modulePaths(root);
  const found = new Map<string, Uint8Array>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    const path = paths.get(name);
    if (path === undefined) throw new Error(`${root} has no module ${name}`);
    const bytes = readModule(path);
    // In the section .modinfo: strings that end in NUL.
    const [, depends = ''] =
      /\0depends=([^\0]*)\0/.exec(Buffer.from(bytes).toString('latin1')) ?? [];
    for (const other of depends.split(',').filter(Boolean)) visit(moduleName(other));
    found.set(name, bytes);
  };
  for (const name of names) visit(moduleName(name));
  return found;
}

/** Write the gzip-compressed archive to `output`. Throws for packages that lack something. */
export function writeInitramfs(output: string, root: string, modules: readonly string[]): void {
  const [busybox] = globSync('{bin,usr/bin}/busybox', { cwd: root });
  if (busybox === undefined) throw new Error(`${root} has no busybox: unpack busybox-static there`);
  const ordered = orderedModules(root, modules);
  const entries: CpioEntry[] = [
    ...FOLDERS.map((path) => ({ path, mode: DIRECTORY })),
    { path: 'bin/busybox', mode: PROGRAM, bytes: readFileSync(join(root, busybox)) },
    ...APPLETS.map((name) => ({
      path: `bin/${name}`,
      mode: LINK,
      bytes: text.encode('busybox'),
    })),
    ...[...ordered].map(([name, bytes]) => ({ path: `modules/${name}.ko`, mode: FILE, bytes })),
    {
      path: 'init',
      mode: PROGRAM,
      bytes: text.encode(initScript([...ordered.keys()].map((name) => `${name}.ko`))),
    },
  ];
  writeFileSync(output, gzipSync(cpio(entries)));
}

const [output, root, ...modules] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename) {
  if (output === undefined || root === undefined) {
    throw new Error('write: initramfs.ts OUT ROOT [MODULE…]');
  }
  writeInitramfs(output, root, modules);
}
