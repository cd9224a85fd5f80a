// check_mermaid.mjs FOLDER FILE...: Mermaid's own parser takes each file, as a flowchart.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(folder + '/package.json');
const { JSDOM } = require('jsdom');
globalThis.window = new JSDOM('').window;
globalThis.document = window.document;
const core = folder + '/node_modules/mermaid/dist/mermaid.core.mjs';
const mermaid = (await import(pathToFileURL(core))).default;
for (const file of files) {
    const { diagramType } = await mermaid.parse(fs.readFileSync(file, 'utf8'));
    if (!diagramType.startsWith('flowchart'))
        throw new Error(`${file}: ${diagramType}`);
}
