/** hartix/ink: the terminal of a machine and its views, as components for Ink. No side effect at import. */
export { SystemMonitor, type SystemMonitorProps, type ViewName } from './SystemMonitor.tsx';
export { Terminal, type TerminalProps } from './Terminal.tsx';
