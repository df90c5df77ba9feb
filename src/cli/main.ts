#!/usr/bin/env node
/** Entry of the command `hartix`: finds a current Node, parses arguments, dispatches, and sets the exit status. */
import { requireCurrentNode } from './node-version.ts';

if (requireCurrentNode()) {
  const { main } = await import('./commands.ts');
  process.exitCode = await main(process.argv.slice(2));
}
