// The door `@runnel/cli`: what the documentation is made from, and what tests print. The program itself is `src/main.ts`.
export { cliConfiguration } from './config.ts';
export { formatDiagnostics } from './format-diagnostics.ts';
export { diagnosticsSchema } from './operations.ts';
