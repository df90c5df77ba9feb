/** The part of node-pty that the tests use: the build with prebuilt binaries declares its types under another name. */
declare module 'node-pty' {
  interface Pty {
    readonly pid: number;
    onData(listener: (data: string) => void): void;
    onExit(listener: (event: { exitCode: number; signal?: number }) => void): void;
    write(data: string): void;
    resize(columns: number, rows: number): void;
    kill(signal?: string): void;
  }
  export function spawn(
    file: string,
    args: string[],
    options: {
      rows: number;
      cols: number;
      name: string;
      cwd?: string;
      env: Record<string, string | undefined>;
    },
  ): Pty;
}
