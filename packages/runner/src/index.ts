// The door `@runnel/runner`. The process itself is `main.ts`.
export { runnerConfiguration } from './config.ts';
