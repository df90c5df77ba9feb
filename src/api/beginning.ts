/** What machine threads are started for. */

/**
 * How its first machine begins: each needs other functions of our code, which are kept compiled (machine-thread-loader.ts). The last two are of
 * a process that holds its young generations.
 */
export type Beginning = 'boot' | 'restore' | 'twin' | 'drawnBoot' | 'drawnPrompt';

/** Of a process that holds its young generations (young-generation.ts). */
export function isDrawn(beginning: Beginning | undefined): boolean {
  return beginning === 'drawnBoot' || beginning === 'drawnPrompt';
}
