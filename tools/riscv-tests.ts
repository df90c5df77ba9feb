/**
 * Runs the programs of riscv-tests (built elsewhere: src/machine/README.md) on the bare machine, interpreted and translated:
 * `riscv-tests.ts FOLDER [PATTERN]`. FOLDER holds ELF files such as rv64ui-p-add; PATTERN is a regular expression on names.
 * A failure that test/machine/known-failures.txt does not name, or a name there that passes, gives status 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { symbolsOf } from '../test/support/bare-machine/bare-machine.ts';
import { ConformanceMachine, MODES } from '../test/support/bare-machine/conformance-machine.ts';
import { knownFailures } from '../test/support/known-failures.ts';

const LIMIT = 20_000_000;
/** tohost: 1 is a pass, another odd number twice the failed case's number and 1; even ones are calls, of which one prints. */
const PASS = 1;

/** The HTIF word that ended the program, or undefined when it never ended. */
function run(machine: ConformanceMachine, elf: Uint8Array): number | undefined {
  const symbols = symbolsOf(elf);
  const toHost = symbols.get('tohost');
  const fromHost = symbols.get('fromhost');
  if (toHost === undefined || fromHost === undefined) throw new Error('no tohost symbol');
  machine.load(elf);
  let status = 0;
  machine.run(LIMIT, () => {
    const word = machine.word(toHost);
    if (word === 0) return false;
    if ((word & 1) === 1) {
      status = word;
      return true;
    }
    machine.setWord(toHost, 0);
    machine.setWord(toHost + 4, 0);
    machine.setWord(fromHost, 1);
    return false;
  });
  return status === 0 ? undefined : status;
}

function verdict(status: number | undefined): string {
  if (status === PASS) return 'pass';
  return status === undefined ? 'does not end' : `fails case ${status >>> 1}`;
}

function main(folder: string, pattern: RegExp): number {
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  if (names.length === 0) throw new Error(`no test in ${folder}`);
  const known = knownFailures();
  let passed = 0;
  let surprises = 0;
  for (const mode of MODES) {
    const machine = new ConformanceMachine(mode);
    for (const name of names) {
      const result = verdict(run(machine, new Uint8Array(readFileSync(join(folder, name)))));
      const isPass = result === 'pass';
      if (isPass) passed++;
      if (isPass === known.has(name)) surprises++;
      if (!isPass || known.has(name)) {
        const remark = known.has(name) ? ` (known: ${known.get(name)})` : '';
        process.stdout.write(`${mode} ${name}: ${result}${remark}\n`);
      }
    }
  }
  process.stdout.write(`${passed} of ${names.length * MODES.length} pass\n`);
  return surprises === 0 ? 0 : 1;
}

const [folder, pattern = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: riscv-tests.ts FOLDER [PATTERN]');
process.exitCode = main(folder, new RegExp(pattern));
