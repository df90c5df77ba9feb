/** Every subcommand explains itself, with all of its options. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandOutput } from '../../test/support/command-output.ts';
import { main } from './commands.ts';
import { SUBCOMMANDS } from './subcommands.ts';

describe.each(Object.entries(SUBCOMMANDS))('hartix %s', (name, { options, actions = [] }) => {
  test('--help is a usage, and names each option and action', async () => {
    const { status, stdout } = await commandOutput(() => main([name, '--help']));
    expect(status).toBe(0);
    expect(stdout).toContain(`hartix ${name} `.trimEnd());
    for (const [option, { help }] of Object.entries(await options())) {
      expect(stdout).toContain(`--${option}`);
      expect(stdout).toContain(help);
    }
    for (const action of actions) expect(stdout).toContain(action);
    expect(stdout).toMatch(/\n$/);
  });
});

test('hartix help is --help, of a subcommand too', async () => {
  const { stdout } = await commandOutput(() => main(['help']));
  expect(stdout).toBe((await commandOutput(() => main(['--help']))).stdout);
  const { status, stdout: ofRun } = await commandOutput(() => main(['help', 'run']));
  expect(status).toBe(0);
  expect(ofRun).toMatch(/^usage: hartix run /);
});

test('hartix --help names all of them', async () => {
  const { status, stdout } = await commandOutput(() => main(['--help']));
  expect(status).toBe(0);
  for (const [name, { help }] of Object.entries(SUBCOMMANDS))
    expect(stdout).toMatch(new RegExp(`^ {2}hartix ${name}\\b.* ${help}$`, 'm'));
  expect(stdout).toContain('exit status:');
});

test('README lists all of them', () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  for (const [name, { words, help }] of Object.entries(SUBCOMMANDS)) {
    const usage = `hartix ${name} ${words}`.trimEnd().replaceAll('|', '\\|');
    expect(readme).toContain(`| \`${usage}\` | ${help} |`);
  }
});
