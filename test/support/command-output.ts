/** What a subcommand prints, run in this process. */
import { vi } from 'vitest';

export async function commandOutput(
  run: () => Promise<number>,
): Promise<{ status: number; stdout: string }> {
  let stdout = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  try {
    const status = await run();
    return { status, stdout };
  } finally {
    spy.mockRestore();
  }
}
