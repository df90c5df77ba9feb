#!/usr/bin/env node
/** Entry of the command `hartix`: finds a current Node, parses arguments, dispatches, and sets the exit status. */
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../api/bundle.ts';
import { requireCurrentNode } from './node-version.ts';

if (await requireCurrentNode()) {
  const folder = compileCacheFolder();
  if (folder !== undefined) enableCompileCache(folder);
  const { main } = await import('./commands.ts');
  process.exitCode = await main(process.argv.slice(2));
}
