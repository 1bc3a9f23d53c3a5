// `npm run docs`: writes the documents that are made from the code.
import { writeFileSync } from 'node:fs';
import { documents } from './documents.ts';

for (const [file, text] of documents()) writeFileSync(new URL(`../../${file}`, import.meta.url), text);
