// The door `@runnel/ingress`: what the documentation is made from. The process itself is `src/main.ts`.
export { ingressConfiguration } from './config.ts';
