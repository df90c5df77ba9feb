#!/usr/bin/env node
/** Entry of the command `hartix`: finds a current Node, parses arguments, dispatches, and sets the exit status. */
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../api/bundle.ts';
import type { Beginning } from '../api/machine-worker.ts';
import { startAhead } from '../api/thread-ahead.ts';
import { requireCurrentNode } from './node-version.ts';

/** 128 + SIGPIPE. */
const EXIT_UNREAD = 141;

/** How it begins a machine, as a rule, where it draws no screen (which chooses how its threads keep their heaps first). */
function beginningOf([command, ...words]: readonly string[]): Beginning | undefined {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  const asks = options.some((word) => ['--help', '-h', '--version'].includes(word));
  if (asks) return undefined;
  if (command === 'run') return 'boot';
  return command === 'restore' && end >= 0 ? 'restore' : undefined;
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
