/** Processor time of this thread; by the clock on Node before 23.9, which cannot tell it. */

interface Usage {
  readonly user: number;
  readonly system: number;
}

const { threadCpuUsage } = process as { threadCpuUsage?: () => Usage };

/** Milliseconds since some moment. */
export function processorMs(): number {
  if (threadCpuUsage === undefined) return performance.now();
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}
