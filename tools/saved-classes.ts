/** Every class of the kernel is in the table of saved classes, or on the list below: else a snapshot of a system that has one fails. */
import { globSync, readFileSync } from 'node:fs';

const TABLES = [
  'src/kernel/state-types.ts',
  'src/kernel/subsystem-types.ts',
  'src/fs/state-types.ts',
];
const FOLDERS = ['src/kernel', 'src/fs', 'src/lib'];
/** Live no longer than a call, are of no kernel, or belong to the host, and are made again. */
const PASSING: ReadonlySet<string> = new Set([
  'BitWriter',
  'Blocks',
  'BufferSlice',
  'BytesBuffer',
  'CallFaults',
  'Census',
  'Channel',
  'ControlWriter',
  'Damage',
  'DirectoryIndex',
  'FaultPlan',
  'FaultRuleError',
  'FrameCensus',
  'GraphError',
  'GraphNames',
  'GraphReader',
  'GraphWriter',
  'Inflater',
  'KernelPanic',
  'LimitedBuffer',
  'Log',
  'LongName',
  'MemoryDisk',
  'MemoryFrames',
  'MergedNames',
  'MustWait',
  'Panic',
  'PctPolicy',
  'RandomPolicy',
  'Randomization',
  'Reader',
  'Replay',
  'Reply',
  'Request',
  'Residence',
  'ScheduleError',
  'Stream',
  'Structure',
]);

const rows = new Set(
  TABLES.flatMap((file) =>
    Array.from(readFileSync(file, 'utf8').matchAll(/^ {2}(\w+),$/gm), ([, name = '']) => name),
  ),
);
const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`)).filter(
  (file) => !file.endsWith('.test.ts') && !file.includes('/crash/'),
);
let missing = 0;
for (const file of files) {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:export )?class (\w+)/gm)) {
    if (rows.has(name) || PASSING.has(name)) continue;
    missing++;
    process.stdout.write(
      `${file}: class ${name} is in no table of saved classes: add it to one of ${TABLES.join(', ')}, ` +
        'or, if none of its objects is there from one trap to the next, to the list in tools/saved-classes.ts\n',
    );
  }
}
process.stdout.write(
  `saved classes: ${rows.size} rows, ${files.length} files, ${missing} missing\n`,
);
process.exitCode = missing > 0 || rows.size === 0 || files.length === 0 ? 1 : 0;
