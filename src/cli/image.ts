/** `hartix image`: making root images, and looking into them. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { bundleFile } from '../api/bundle.ts';
import { ImageSourceError } from '../image/image-source-error.ts';
import type { ImageNode } from '../image/image-tree.ts';
import { checkTarget, importImage } from '../image/import-image.ts';
import { longListing, names } from '../image/list-image.ts';
import { openImage } from '../image/read-image.ts';
import { Scratch } from '../image/scratch.ts';
import { readSource } from '../image/source.ts';
import { IMAGE_SECONDS, sizeFor, writeImage } from '../image/write-image.ts';
import { writeTar } from '../image/write-tar.ts';
import { fromUnicode } from '../lib/bytes.ts';
import { type OptionTable, optionHelp } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** Of `hartix image`. */
export const IMAGE_ROWS = {
  size: {
    type: 'string',
    value: 'SIZE',
    help: 'of the file system, such as 2G (default: the files and 512M more; what is free takes no room)',
  },
  force: { type: 'boolean', help: 'replace an image that exists' },
  long: { type: 'boolean', short: 'l', help: 'ls: the long form' },
  recursive: { type: 'boolean', short: 'R', help: 'ls: folders below, too' },
  help: { type: 'boolean', short: 'h', help: 'print this text' },
} as const satisfies OptionTable;

const USAGE = `usage: hartix image import [--size SIZE] [--force] SOURCE IMAGE
       hartix image build [--size SIZE] [--force] FOLDER IMAGE
       hartix image ls [-l] [-R] IMAGE [PATH]
       hartix image export IMAGE FILE.tar[.gz]|-

  import   a root image from a folder, a tar archive (.gz, .xz, .zst) or an OCI image (folder or archive, linux/riscv64):
           owners, modes, times, devices, links and extended attributes are kept. A root that was only unpacked gets
           what its packages' scripts would have made, where it is missing.
  build    Hartix's own system with the files of FOLDER laid over it
  ls       what is in an image
  export   the files of an image as a tar archive; - is the standard output

options:
${optionHelp(IMAGE_ROWS)}

Start from an image with: hartix --rootfs IMAGE, hartix run --rootfs IMAGE -- CMD. It is not changed by that.
`;

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};
const MIN_BYTES = 2 ** 20;

interface Values {
  readonly size?: string;
  readonly force?: boolean;
  readonly long?: boolean;
  readonly recursive?: boolean;
}

type Command = (words: readonly string[], values: Values) => Promise<void>;

/** What `hartix image` does, by its first word. */
export const IMAGE_COMMANDS: Readonly<
  Record<string, { readonly words: readonly [number, number]; readonly run: Command }>
> = {
  import: { words: [2, 2], run: importCommand },
  build: { words: [2, 2], run: build },
  ls: { words: [1, 2], run: list },
  export: { words: [2, 2], run: exportCommand },
};

/** Returns the exit status. Throws UsageError. */
export async function image(argv: readonly string[]): Promise<number> {
  let parsed: { values: Values & { help?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: IMAGE_ROWS });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const [name = '', ...words] = parsed.positionals;
  if (parsed.values.help || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = IMAGE_COMMANDS[name];
  if (!command)
    throw new UsageError(
      `image: ${name === '' ? 'say what to do' : `no '${name}'`}: import, build, ls or export; see hartix image --help`,
    );
  const [least, most] = command.words;
  if (words.length < least || words.length > most)
    throw new UsageError(`image ${name}: wrong number of names; see hartix image --help`);
  try {
    await command.run(words, parsed.values);
    return 0;
  } catch (cause) {
    if (cause instanceof ImageSourceError)
      throw new UsageError(`image ${name}: ${cause.message}`, { cause });
    const { code, path = '', syscall } = cause as NodeJS.ErrnoException;
    if (code === 'EPIPE') return 0;
    if (syscall === undefined) throw cause;
    throw new UsageError(`image ${name}: ${code} on '${path}'`, { cause });
  }
}

function sizeOf({ size }: Values): number | undefined {
  if (size === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)i?B?$/i.exec(size);
  const bytes = Number(match?.[1]) * (UNITS[(match?.[2] ?? '').toUpperCase()] ?? Number.NaN);
  if (!(bytes >= MIN_BYTES)) throw new UsageError(`--size ${size}: write for example 512M or 2G`);
  return Math.floor(bytes / 4096) * 4096;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function importCommand(
  [source = '', outFile = '']: readonly string[],
  values: Values,
): Promise<void> {
  const bytes = sizeOf(values);
  const report = await importImage(source, outFile, {
    isReplacing: values.force ?? false,
    ...(bytes === undefined ? {} : { bytes }),
  });
  say(
    `${outFile}: ${report.kind}, ${report.files} files, ${mebibytes(report.content)} in a file system of ${mebibytes(report.bytes)}`,
  );
  for (const line of report.added) say(`  added ${line}`);
  for (const line of report.notes) say(`  note: ${line}`);
}

async function build(
  [folder = '', outFile = '']: readonly string[],
  values: Values,
): Promise<void> {
  checkTarget(outFile, values.force ?? false);
  const scratch = new Scratch();
  const base = openImage(bundleFile('rootfs.img'));
  try {
    const { tree, notes } = await readSource(folder, scratch);
    // The folder's own attributes are those of a checkout, not of a root.
    for (const { path, node } of walk(tree.root, '')) base.tree.put(path, node);
    const room = sizeFor(base.tree.entries());
    const bytes = sizeOf(values) ?? room.bytes;
    writeImage(base.tree.entries(), outFile, {
      ...room,
      bytes,
      label: 'hartix',
      seconds: IMAGE_SECONDS,
    });
    say(
      `${outFile}: ${room.files} files, ${mebibytes(room.content)} in a file system of ${mebibytes(bytes)}`,
    );
    for (const line of notes) say(`  note: ${line}`);
  } finally {
    base.close();
    scratch.close();
  }
}

/** What is below a folder, parents first. */
function* walk(folder: ImageNode, prefix: string): Generator<{ path: string; node: ImageNode }> {
  for (const [name, node] of folder.children ?? []) {
    const path = `${prefix}/${name}`;
    yield { path, node: node.children === undefined ? node : { ...node, children: new Map() } };
    yield* walk(node, path);
  }
}

async function list([file = '', path = '/']: readonly string[], values: Values): Promise<void> {
  const { tree, close } = openImage(file);
  try {
    const wanted = fromUnicode(path);
    const node = tree.find(wanted);
    if (!node) throw new ImageSourceError(`there is no '${path}' in it`);
    const lines = values.long
      ? longListing(wanted, node, values.recursive ?? false)
      : names(wanted, node, values.recursive ?? false);
    await pipeline(Readable.from(lines), process.stdout, { end: false });
  } finally {
    close();
  }
}

async function exportCommand(
  [file = '', outFile = '']: readonly string[],
  values: Values,
): Promise<void> {
  const isStdout = outFile === '-';
  if (!isStdout) checkTarget(outFile, values.force ?? false);
  const { tree, close } = openImage(file);
  try {
    const target: WriteStream | NodeJS.WriteStream = isStdout
      ? process.stdout
      : createWriteStream(outFile);
    const source = Readable.from(writeTar(tree.entries()), { objectMode: false });
    if (outFile.endsWith('gz')) await pipeline(source, createGzip(), target, { end: !isStdout });
    else await pipeline(source, target, { end: !isStdout });
  } finally {
    close();
  }
}
