/** Snapshots of a foreign machine: what must be known to build the same machine again goes with its state. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { readSnapshot, writeSnapshot } from '../../machine/host/snapshot-file.ts';
import { type SnapshotContent, SnapshotError } from '../../machine/snapshot/file.ts';
import { extraOf, restoreMachine, saveMachine } from '../../machine/snapshot/machine-state.ts';
import type { StateValue } from '../../machine/state.ts';
import { StateFields } from '../../machine/state-fields.ts';
import type { TraceHash } from '../../machine/trace-hash.ts';
import type { DiskOption, ForeignOptions } from '../../protocol.ts';
import type { ForeignBoard } from './board.ts';

const NO_SEED = -1;
const MAX_HARTS = 8;
const MAX_LEVELS = 5;

/** What a snapshot says about the machine that it is of. */
export interface Restored {
  /** The given options, with the machine's own properties as they were. */
  readonly options: ForeignOptions;
  readonly isBuiltIn: boolean;
  /** Which harts were in wfi. */
  readonly waiting: readonly boolean[];
  /** Put the state into the machine that was made with these options. Throws an Error that says what does not fit. */
  into(board: ForeignBoard, hash: TraceHash): void;
}

function describeDisk({ path }: DiskOption): StateValue {
  const { size, mtimeMs } = statSync(path);
  return { name: basename(path), sizeBytes: size, mtimeMs };
}

/** Between slices. Returns the length of the file. Throws node's errors where it cannot be written. */
export function saveForeign(
  path: string,
  options: ForeignOptions,
  board: ForeignBoard,
  progress: { readonly waiting: readonly boolean[]; readonly hash: string },
): number {
  const { memoryBytes, harts, pageTableLevels, isa, hasAclint } = options;
  const { deterministicSeed, commandLine } = options;
  const extra = {
    memoryBytes,
    harts,
    pageTableLevels,
    isa: isa ?? '',
    hasAclint,
    seed: deterministicSeed ?? NO_SEED,
    commandLine,
    isBuiltIn: board.isBuiltIn,
    hasNetwork: options.network !== undefined,
    disks: options.disks.map(describeDisk),
    shares: options.shares.map(({ tag }) => tag),
    console: board.console.save(),
    ...progress,
  };
  board.machine.pause();
  try {
    return writeSnapshot(path, saveMachine(board.machine, extra));
  } finally {
    board.machine.resume();
  }
}

/** The files of the host that the machine used are named anew, so that no snapshot opens what its user did not hand in. */
function checkDisks(saved: readonly StateFields[], given: readonly DiskOption[]): void {
  const names = saved.map((disk) => disk.string('name'));
  if (names.length !== given.length) {
    throw new SnapshotError(
      `the snapshot's machine had ${names.length} disks (${names.join(', ')}), not ${given.length}: name each with --disk`,
    );
  }
  for (const [index, disk] of saved.entries()) {
    const { path } = given[index] as DiskOption;
    const { size, mtimeMs } = statSync(path);
    if (size !== disk.number('sizeBytes')) {
      throw new SnapshotError(`disk '${path}' has another size than '${names[index]}' had`);
    }
    if (mtimeMs !== disk.number('mtimeMs')) {
      throw new SnapshotError(
        `disk '${path}' is not as it was when the snapshot was made: it was written to (a copy for it is made with cp -p)`,
      );
    }
  }
}

function levelsOf(fields: StateFields): ForeignOptions['pageTableLevels'] {
  const levels = fields.index('pageTableLevels', MAX_LEVELS);
  if (levels === 3 || levels === 4 || levels === 5) return levels;
  throw new SnapshotError(`the snapshot is damaged: ${levels} levels of page tables`);
}

function flags(fields: StateFields, name: string): boolean[] {
  return fields.list(name).map((flag) => flag === true);
}

/** Throws SnapshotError, or an Error for a snapshot with wrong fields. */
export function readForeign(path: string, given: ForeignOptions): Restored {
  const content: SnapshotContent = readSnapshot(path);
  const fields = new StateFields('snapshot', extraOf(content));
  checkDisks(fields.records('disks'), given.disks);
  const tags = fields.strings('shares');
  if (tags.join(' ') !== given.shares.map(({ tag }) => tag).join(' ')) {
    throw new SnapshotError(
      `the snapshot's machine had the shares '${tags.join(' ')}': name the same with --mount`,
    );
  }
  if (fields.boolean('hasNetwork') !== (given.network !== undefined)) {
    throw new SnapshotError(
      given.network ? 'the snapshot has no network card' : 'the snapshot has a network card',
    );
  }
  const seed = fields.number('seed');
  const isa = fields.string('isa');
  const options = {
    ...given,
    memoryBytes: fields.number('memoryBytes'),
    harts: fields.index('harts', MAX_HARTS),
    pageTableLevels: levelsOf(fields),
    isa: isa === '' ? undefined : isa,
    hasAclint: fields.boolean('hasAclint'),
    deterministicSeed: seed === NO_SEED ? undefined : seed,
    commandLine: fields.string('commandLine'),
  };
  return {
    options,
    isBuiltIn: fields.boolean('isBuiltIn'),
    waiting: flags(fields, 'waiting'),
    into: (board, hash) => {
      restoreMachine(board.machine, content);
      board.console.restore(fields.value('console'));
      hash.restore(fields.string('hash'));
    },
  };
}
