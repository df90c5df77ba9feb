/** Builds the root image: rootfs/, the userland and the fixed tree, as an ext2 file. `mkrootfs.ts OUT.img [--size 64M]` */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../src/abi/stat.ts';
import type { TreeEntry } from '../src/fs/populate.ts';
import { IMAGE_SECONDS, type ImageOptions, writeImage } from '../src/image/write-image.ts';
import { MODULE_CATALOGUE, versionMagic } from '../src/kernel/modules/catalogue.ts';
import { writeModuleFile } from '../src/kernel/modules/module-file.ts';
import { Uts } from '../src/kernel/uts.ts';
import { fromUnicode } from '../src/lib/bytes.ts';
import { manualArchives, manualPages } from './userland/manual.ts';
import { readApplets } from './userland.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_BYTES = 64 * 2 ** 20;
/** What git does not keep: the permissions of files of rootfs/ that are not for everybody. */
const FILE_MODES: ReadonlyMap<string, number> = new Map([
  ['etc/shadow', 0o600],
  ['etc/sudoers', 0o440],
]);
const USER = 1000;
/** Directories that every image has. */
const FIXED_TREE: readonly TreeEntry[] = [
  ...['bin', 'dev', 'etc', 'home', 'host', 'lib', 'mnt', 'opt', 'run', 'srv'].map(directory),
  { path: 'proc', mode: S_IFDIR | 0o555 },
  { path: 'sys', mode: S_IFDIR | 0o555 },
  { path: 'root', mode: S_IFDIR | 0o700 },
  { path: 'tmp', mode: S_IFDIR | 0o1777 },
  { path: 'home/user', mode: S_IFDIR | 0o700, uid: USER, gid: USER },
  ...['usr', 'usr/include', 'usr/local', 'usr/local/bin', 'usr/share'].map(directory),
  ...['var', 'var/cache', 'var/lib', 'var/log', 'var/spool'].map(directory),
  { path: 'var/tmp', mode: S_IFDIR | 0o1777 },
  symlink('sbin', 'bin'),
  symlink('usr/bin', '../bin'),
  symlink('usr/sbin', '../bin'),
  symlink('usr/lib', '../lib'),
  symlink('var/run', '../run'),
  symlink('etc/mtab', '../proc/self/mounts'),
];

function directory(name: string): TreeEntry {
  return { path: name, mode: S_IFDIR | 0o755 };
}

function symlink(name: string, target: string): TreeEntry {
  return { path: name, mode: S_IFLNK | 0o777, target };
}

/** The files below a folder of the host, parents first, in the order of their names: owned by root, modes 755 and 644. */
export function readFolder(folder: string, prefix = ''): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const name of fs.readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    const inImage = fromUnicode(prefix === '' ? name : `${prefix}/${name}`);
    const stat = fs.lstatSync(file);
    if (stat.isSymbolicLink()) {
      entries.push(symlink(inImage, fromUnicode(fs.readlinkSync(file))));
    } else if (stat.isDirectory()) {
      entries.push(directory(inImage));
      entries.push(...readFolder(file, prefix === '' ? name : `${prefix}/${name}`));
    } else if (stat.isFile()) {
      const permissions = FILE_MODES.get(inImage) ?? ((stat.mode & 0o100) === 0 ? 0o644 : 0o755);
      entries.push({ path: inImage, mode: S_IFREG | permissions, content: fs.readFileSync(file) });
    }
  }
  return entries;
}

/** A multi-call binary under the name of each of its commands. */
function userlandEntries(folder: string, binary: string, permissions: number): TreeEntry[] {
  const names: unknown = JSON.parse(fs.readFileSync(path.join(folder, `${binary}.json`), 'utf8'));
  if (!Array.isArray(names) || names.length === 0) throw new Error(`no commands in ${folder}`);
  const content = fs.readFileSync(path.join(folder, binary));
  const mode = S_IFREG | permissions;
  const [first, ...others] = names.map((name) => `bin/${String(name)}`);
  if (first === undefined) return [];
  return [
    { path: first, mode, content },
    ...others.map((name) => ({ path: name, mode, linkTo: first })),
  ];
}

/** /lib/modules/<release>: a file per module of the kernel's catalogue, and what they depend on. */
function moduleEntries(): TreeEntry[] {
  const { release } = new Uts();
  const root = `lib/modules/${release}`;
  const folder = 'kernel/drivers/block';
  const files = MODULE_CATALOGUE.map((module) => {
    const content = writeModuleFile([
      ['description', module.description],
      ['license', module.license],
      ['depends', module.depends.join(',')],
      ['intree', 'Y'],
      ['name', module.name],
      ['hartix_driver', module.driver],
      ['vermagic', versionMagic(release)],
      ...module.parameters.flatMap(({ name, type, description }): [string, string][] => {
        return [
          ['parmtype', `${name}:${type}`],
          ['parm', `${name}:${description}`],
        ];
      }),
    ]);
    return { path: `${root}/${folder}/${module.name}.ko`, mode: S_IFREG | 0o644, content };
  });
  const dependencies = MODULE_CATALOGUE.map(({ name, depends }) => {
    return `${folder}/${name}.ko:${depends.map((other) => ` ${folder}/${other}.ko`).join('')}\n`;
  });
  return [
    ...['lib/modules', root, `${root}/kernel`, `${root}/kernel/drivers`, `${root}/${folder}`].map(
      directory,
    ),
    ...files,
    {
      path: `${root}/modules.dep`,
      mode: S_IFREG | 0o644,
      content: Buffer.from(dependencies.join('')),
    },
  ];
}

/** /usr/share/man: an archive for each section, since a file of each page would take a block of its own. */
function manualEntries(): TreeEntry[] {
  const archives = manualArchives(manualPages(readApplets()));
  return [
    directory('usr/share/man'),
    ...[...archives].map(([name, content]) => ({
      path: `usr/share/man/${name}`,
      mode: S_IFREG | 0o644,
      content,
    })),
  ];
}

/** Writes an ext2 image of a folder or a list of entries. The same input gives the same bytes. Throws ImageSourceError if it does not fit. */
export function makeImage(
  source: string | Iterable<TreeEntry>,
  outFile: string,
  options: Partial<ImageOptions> = {},
): void {
  const { bytes = DEFAULT_BYTES, label = 'hartix', seconds = IMAGE_SECONDS } = options;
  const entries = typeof source === 'string' ? readFolder(source) : source;
  writeImage(entries, outFile, { bytes, label, seconds });
}

/** The entries of the image that Hartix boots from. The fixed tree comes behind rootfs/ and sets its directories' modes. */
export function rootEntries(): TreeEntry[] {
  return [
    ...readFolder(path.join(ROOT, 'rootfs')),
    ...FIXED_TREE,
    ...userlandEntries(path.join(ROOT, 'build/userland'), 'hartix-tools', 0o755),
    ...userlandEntries(path.join(ROOT, 'build/userland'), 'hartix-privileged', 0o4755),
    ...moduleEntries(),
    ...manualEntries(),
  ];
}

function parseBytes(text: string): number {
  const match = /^([0-9]+)([KMG]?)$/i.exec(text);
  if (match === null) throw new Error(`bad size ${text}`);
  return Number(match[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf((match[2] ?? '').toLowerCase());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [outFile, option, size] = process.argv.slice(2);
  if (outFile === undefined || (option !== undefined && option !== '--size')) {
    throw new Error('usage: mkrootfs.ts OUT.img [--size 64M]');
  }
  makeImage(rootEntries(), outFile, size === undefined ? {} : { bytes: parseBytes(size) });
}
