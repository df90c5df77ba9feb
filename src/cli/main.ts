#!/usr/bin/env node
/** Entry of the command `hartix`: finds a current Node, parses arguments, dispatches, and sets the exit status. */
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../api/bundle.ts';
import { requireCurrentNode } from './node-version.ts';

/** 128 + SIGPIPE. */
const EXIT_UNREAD = 141;

// Whoever read our output has gone, as in `hartix doctor | head -1`. Commands that have more to do then listen themselves.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.stdout.listenerCount('error') > 1) return;
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_UNREAD);
});

if (await requireCurrentNode()) {
  const folder = compileCacheFolder();
  if (folder !== undefined) enableCompileCache(folder);
  const { main } = await import('./commands.ts');
  process.exitCode = await main(process.argv.slice(2));
}
