// check_speedscope.mjs FOLDER FILE...: each file obeys the schema that speedscope ships, and its events are balanced.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(folder + '/package.json');
const Ajv = require('ajv').default;
const release = folder + '/node_modules/speedscope/dist/release/';
const schema = JSON.parse(fs.readFileSync(release + 'file-format-schema.json', 'utf8'));
delete schema.$schema; // the draft that ajv takes for granted
const valid = new Ajv({ strict: false }).compile(schema);

function fail(file, what) {
    throw new Error(`${file}: ${what}`);
}

for (const file of files) {
    const data = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (!valid(data))
        fail(file, JSON.stringify(valid.errors));
    for (const profile of data.profiles) {
        const open = [];
        let last = profile.startValue;
        for (const { type, frame, at } of profile.events) {
            if (at < last || at > profile.endValue)
                fail(file, `${profile.name}: time ${at} is out of order`);
            last = at;
            if (frame >= data.shared.frames.length)
                fail(file, `${profile.name}: there is no frame ${frame}`);
            if (type === 'O')
                open.push(frame);
            else if (open.pop() !== frame)
                fail(file, `${profile.name}: frame ${frame} closes at ${at}, which is not the innermost`);
        }
        if (open.length)
            fail(file, `${profile.name}: ${open.length} frames stay open`);
    }
}
