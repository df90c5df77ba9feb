/**
 * Fuzzes two scripts under injected faults: whatever fails, the file must be the old one or the new one. One of them forgets that sed may
 * fail. The seed of a run decides what fails in it, so each finding comes again. `node examples/fuzz/main.ts`
 */
import { boot } from 'hartix';

const OLD = 'name=old\n'.repeat(50);
const NEW = 'name=new\n'.repeat(50);
const SCRIPTS = {
  careless: 'sed s/old/new/ config > config.tmp; mv config.tmp config',
  careful: 'sed s/old/new/ config > config.tmp && mv config.tmp config',
};
const FAULTS = ['write:ENOSPC:comm=sed:p=0.5', 'write:short:comm=sed:p=0.5'];
const SEEDS = 5;

/** What the script has made of the file under the faults of this seed, if that is neither the old nor the new one. */
async function findingOf(script: string, seed: number): Promise<string | undefined> {
  const os = await boot({ memory: '64M', deterministic: seed, faults: FAULTS });
  try {
    await os.fs.writeFile('/tmp/config', OLD);
    await os.exec(script, { cwd: '/tmp' });
    const content = await os.fs.readFile('/tmp/config', 'utf8');
    if (content === OLD || content === NEW) return undefined;
    const causes = os.faults.map(({ text }) => `  ${text.replace(/^(\w+)\[.*\) = /, '$1: ')}`);
    return [`seed ${seed}: ${content.length} bytes are left`, ...causes].join('\n');
  } finally {
    await os.close();
  }
}

for (const [name, script] of Object.entries(SCRIPTS)) {
  let finding: string | undefined;
  for (let seed = 1; seed <= SEEDS && finding === undefined; seed++)
    finding = await findingOf(script, seed);
  console.log(`${name}: ${finding ?? `nothing in ${SEEDS} runs`}`);
}
