/**
 * Records what programs of the guest write at terminals of both sizes, for the frames that are compared: `node --import tsx
 * test/ui/record-programs.ts` writes programs.json beside it.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { boot } from '../../src/api/system.ts';
import { RECORDED_SIZES, type RecordedProgram } from './programs.ts';

/** Command, and what is typed at it, each after what it waits for. */
const PROGRAMS: { name: string; command: string; keys: [RegExp, string][] }[] = [
  { name: 'vi', command: 'vi /etc/passwd', keys: [[/nobody|~/, 'jjx']] },
  { name: 'less', command: 'seq 1000 | less', keys: [[/\n20/, ' /77\r']] },
  {
    name: 'colours',
    command:
      "for i in 1 2 3 4 5 6 7; do printf '\\033[3%sm text \\033[1;4%sm on \\033[m' $i $i; done; echo; printf '\\033[38;2;250;120;10mrgb\\033[m 日本 e\\314\\201\\n'; ls -F /; seq 40",
    keys: [],
  },
];
const SETTLE_MS = 3000;

const recorded: RecordedProgram[] = [];
const system = await boot({ env: { TERM: 'xterm-256color', PS1: '# ' } });
try {
  for (const { name, command, keys } of PROGRAMS) {
    for (const size of RECORDED_SIZES) {
      const program = system.spawn('sh', ['-c', command], {
        tty: { rows: size.rows - 1, columns: size.columns },
      });
      let text = '';
      program.stdout.on('data', (bytes: Buffer) => {
        text += bytes.toString('utf8');
      });
      await new Promise((done) => setTimeout(done, SETTLE_MS));
      for (const [, typed] of keys) program.write(typed);
      await new Promise((done) => setTimeout(done, SETTLE_MS));
      program.kill('SIGKILL');
      recorded.push({ name, ...size, text });
    }
  }
} finally {
  await system.close();
}
writeFileSync(
  resolve(import.meta.dirname, 'programs.json'),
  `${JSON.stringify(recorded, null, 1)}\n`,
);
