#!/usr/bin/env node
/** Entry of the command `hartix`: finds a current Node, parses arguments, dispatches, and sets the exit status. */
import { enableCompileCache } from 'node:module';
import type { Beginning } from '../api/beginning.ts';
import { compileCacheFolder } from '../api/bundle.ts';
import { startAhead } from '../api/thread-ahead.ts';
import { beginsAtPrompt, drawsScreen } from './console-start.ts';
import { requireCurrentNode } from './node-version.ts';

/** 128 + SIGPIPE. */
const EXIT_UNREAD = 141;

/** How it begins a machine, as a rule. */
function beginningOf(argv: readonly string[]): Beginning | undefined {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  if (options.some((word) => ['--help', '-h', '--version'].includes(word))) return undefined;
  const [command = '-'] = argv;
  if (command === 'run') return 'boot';
  if (command === 'restore') return end < 0 ? undefined : 'restore';
  return command.startsWith('-') ? consoleBeginning(options) : undefined;
}

function consoleBeginning(options: readonly string[]): Beginning {
  const names = options.map((word) => word.replace(/^--/, ''));
  if (!drawsScreen(names.includes('plain'))) return 'boot';
  return beginsAtPrompt(names) ? 'drawnPrompt' : 'drawnBoot';
}

// Whoever read our output has gone, as in `hartix doctor | head -1`. Commands that have more to do then listen themselves.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.stdout.listenerCount('error') > 1) return;
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_UNREAD);
});

if (await requireCurrentNode()) {
  const folder = compileCacheFolder();
  if (folder !== undefined) enableCompileCache(folder);
  const argv = process.argv.slice(2);
  const beginning = beginningOf(argv);
  if (beginning !== undefined) startAhead(beginning);
  const { main } = await import('./commands.ts');
  process.exitCode = await main(argv);
}
