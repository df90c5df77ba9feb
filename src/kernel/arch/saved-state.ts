/** The kernel as a saved graph, and back. What it is bound to has names: the platform, its memory, the kernel's own tables. */

import { CHARSETS } from '../../fs/fat/charset.ts';
import { pipefs } from '../../fs/pipe-file.ts';
import { restoreGraph } from '../../lib/graph/reader.ts';
import { type Bindings, GraphNames, type SavedGraph } from '../../lib/graph/types.ts';
import { saveGraph } from '../../lib/graph/writer.ts';
import { panic } from '../../lib/panic.ts';
import type { Platform } from '../../platform/platform.ts';
import { anonymousType } from '../anonymous-inode.ts';
import { FILE_SYSTEMS } from '../filesystems.ts';
import { hugetlbfs } from '../mm/hugetlb-file-system.ts';
import { sockfs } from '../net/socket-file-system.ts';
import { STATE_TYPES } from '../state-types.ts';
import { SYSCALLS } from '../syscalls/table.ts';
import { NOTHING } from '../tty/tty.ts';

/** Constants of the kernel that its objects lead to, functions and all. */
const TABLES: Readonly<Record<string, object>> = {
  fileSystems: FILE_SYSTEMS,
  syscalls: SYSCALLS,
  pipefs,
  sockfs,
  hugetlbfs,
  anonymousType,
  charsets: CHARSETS,
  nothing: NOTHING,
};

function isNamed(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isOwnEntry(value: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

/** All objects and functions of a constant, by their paths in it. */
function nameConstant(
  path: string,
  value: unknown,
  names: Map<string, object>,
  seen: Set<object>,
): void {
  if (!isNamed(value) || seen.has(value)) return;
  seen.add(value);
  names.set(path, value);
  for (const [key, item] of Object.entries(value))
    if (key.includes('.')) panic(`a constant's key has a dot: ${path}[${key}]`);
    else nameConstant(`${path}.${key}`, item, names, seen);
}

let all: GraphNames | undefined;

/** Thousands, which are the same for each machine of this thread: their names are collected when the first graph is saved. */
const CONSTANTS: Bindings = {
  /** Who restores asks for few: a name is the way to what it names, by what Object.entries would find. */
  get: (name) => {
    let value: unknown = TABLES;
    for (const key of name.split('.')) {
      if (!isNamed(value) || !isOwnEntry(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return isNamed(value) ? value : undefined;
  },

  nameOf: (object) => {
    all ??= collectNames();
    return all.nameOf(object);
  },
};

function collectNames(): GraphNames {
  const names = new Map<string, object>();
  const seen = new Set<object>();
  for (const [name, table] of Object.entries(TABLES)) nameConstant(name, table, names, seen);
  return new GraphNames(names);
}

function namesOf(platform: Platform): GraphNames {
  const names = new Map<string, object>([
    ['platform', platform],
    ['memory', platform.memory],
    ['ram', platform.memory.u8.buffer],
  ]);
  for (let hart = 0; hart < platform.harts; hart++) {
    names.set(`registers.${hart}`, platform.registers(hart));
  }
  return new GraphNames(names, CONSTANTS);
}

/** Save all that `root` leads to, the kernel of this platform and what others keep of it. As saveGraph otherwise. */
export function saveState(root: object, platform: Platform, isShared: boolean): SavedGraph {
  return saveGraph(root, STATE_TYPES, namesOf(platform), isShared);
}

/** The texts of the classes that may be saved, down to their methods, in the order of their table. */
export function stateTexts(): string[] {
  return STATE_TYPES.all().map(([, { prototype }]) => String(prototype.constructor));
}

/** The root. Throws GraphError. */
export function restoreState(saved: SavedGraph, platform: Platform): object {
  return restoreGraph(saved, STATE_TYPES, namesOf(platform));
}
