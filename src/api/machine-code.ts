/**
 * What a machine thread runs. The thread that starts it reads it, while Node starts the worker: for 7 MB and their fresh pages a worker
 * took 14 ms beside a parent that saves a twin's parts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { MachineCode } from '../protocol.ts';
import type { Beginning } from './beginning.ts';
import { bundleFile, compileCacheFolder } from './bundle.ts';
import { CodeFile } from './code-file.ts';
import { OptionError } from './errors.ts';

/** Whose compiled code it uses. */
const KEPT: Readonly<Record<Beginning, string>> = {
  boot: 'boot',
  restore: 'restore',
  twin: 'twin',
  drawnBoot: 'boot',
  drawnPrompt: 'prompt',
};

/** The bundle begins with a comment of its checksum's sixteen digits (tools/bundle.ts). V8 itself tells two versions apart by their length only. */
const CHECKSUM = { at: 2, end: 18 };

function readWhole(path: string): Uint8Array<ArrayBuffer> {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(descriptor).size);
    const length = readSync(descriptor, bytes);
    if (length !== bytes.length) throw new Error(`${path} ends after ${length} bytes`);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function readSource(path: string): Uint8Array<ArrayBuffer> {
  try {
    return readWhole(path);
  } catch (cause) {
    throw new OptionError(`hartix is not installed whole, install it again: ${cause}`, { cause });
  }
}

/** Throws OptionError where the package is damaged. */
export function readMachineCode(beginning: Beginning): MachineCode {
  const path = bundleFile('machine-code.js');
  const source = readSource(path);
  const folder = compileCacheFolder();
  if (folder === undefined)
    return { path, source, compiled: undefined, isKept: true, keepAt: undefined };
  const checksum = Buffer.from(source.subarray(CHECKSUM.at, CHECKSUM.end)).toString('latin1');
  const read = (name: string) => {
    const key = `${checksum}-${process.version}-${process.arch}-${name}`;
    return { key, compiled: new CodeFile(folder, key).read() };
  };
  const { key, compiled } = read(KEPT[beginning]);
  const keepAt = { folder, key };
  if (compiled) return { path, source, compiled, isKept: true, keepAt };
  // Better than nothing: a thread that waits, or is shared, keeps none of its own.
  return { path, source, compiled: read(KEPT.boot).compiled, isKept: false, keepAt };
}
