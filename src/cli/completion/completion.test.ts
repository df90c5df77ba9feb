/** The script for bash, completing in a bash; those for other shells, read by these where they are installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandOutput } from '../../../test/support/command-output.ts';
import { SUBCOMMANDS } from '../subcommands.ts';
import { completedValue } from './completed-command.ts';
import { completion } from './completion.ts';

async function script(shell: string): Promise<string> {
  const { status, stdout } = await commandOutput(() => completion([shell], SUBCOMMANDS));
  expect(status).toBe(0);
  return stdout;
}

/** What bash offers for the last of `words`; `files` where it leaves that to readline. */
function offered(text: string, ...words: string[]): string[] {
  const ask = `compopt() { echo files; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hartix
    [[ \${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['--norc', '-c', `${text}\n${ask}`, 'bash', ...words],
    { encoding: 'utf8' },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash is offered subcommands, options, values and files', async () => {
  const text = await script('bash');
  expect(offered(text, 'hartix', '')).toEqual(Object.keys(SUBCOMMANDS));
  expect(offered(text, 'hartix', 'com')).toEqual(['completion']);
  expect(offered(text, 'hartix', 'run', '--memory', '64M', '--mo')).toEqual(['--mount']);
  expect(offered(text, 'hartix', '--time', 'v')).toEqual(['virtual']);
  expect(offered(text, 'hartix', 'machine', '--mmu', '')).toEqual(['sv39', 'sv48', 'sv57']);
  expect(offered(text, 'hartix', 'run', '--user', '')).toEqual([]);
  expect(offered(text, 'hartix', 'run', '--rootfs', 'x')).toEqual(['files']);
  expect(offered(text, 'hartix', 'image', 'e')).toEqual(['export']);
  expect(offered(text, 'hartix', 'image', 'export', '')).toEqual(['files']);
  expect(offered(text, 'hartix', 'run', '--', 'ls', '--m')).toEqual(['files']);
});

test('every option of every subcommand is in every script', async () => {
  const scripts = [await script('bash'), await script('zsh'), await script('fish')];
  for (const [name, { options }] of Object.entries(SUBCOMMANDS)) {
    for (const option of Object.keys(await options())) {
      expect(offered(scripts[0] ?? '', 'hartix', name, `--${option}`)).toContain(`--${option}`);
      expect(scripts[1]).toContain(`--${option}[`);
      expect(scripts[2]).toMatch(new RegExp(`from ${name}'.* -l ${option} `));
    }
  }
});

test.each(['zsh', 'fish'])('%s understands its script', async (shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-completion-'));
  const file = join(folder, 'script');
  writeFileSync(file, await script(shell));
  const result = spawnSync(shell, ['-n', file]);
  rmSync(folder, { recursive: true });
  if ((result.error as { code?: string } | undefined)?.code === 'ENOENT') {
    process.stderr.write(`SKIPPED: ${shell} is not installed: its script is not read by it\n`);
    return;
  }
  expect({ status: result.status, stderr: String(result.stderr) }).toEqual({
    status: 0,
    stderr: '',
  });
});

test.each([
  [undefined, { kind: 'none' }],
  ['[=SEED]', { kind: 'none' }],
  ['N', { kind: 'text' }],
  ['K=V', { kind: 'text' }],
  ['real|virtual', { kind: 'choice', words: ['real', 'virtual'] }],
  ['HOST:GUEST[:ro]', { kind: 'file' }],
  ['none|hub|FILE', { kind: 'file' }],
])('a value shown as %s', (value, completed) => {
  const row = { type: 'string', help: '', ...(value === undefined ? {} : { value }) } as const;
  expect(completedValue(row)).toEqual(completed);
});

test('a shell that is none is refused', async () => {
  await expect(completion(['constructor'], SUBCOMMANDS)).rejects.toThrow(/bash, zsh or fish/);
});
