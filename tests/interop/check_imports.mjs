// check_imports.mjs FOLDER FILE...: what speedscope's own importers, out of its release, make of our views.
//
// NAME.speedscope, NAME.chrome and NAME.folded are read as speedscope would read them, its warnings being errors, and what it
// understood is compared with what stands in the file: calls and their times, and for stacks their weights.
import fs from 'node:fs';
import vm from 'node:vm';

const [folder, ...files] = process.argv.slice(2);
const release = folder + '/node_modules/speedscope/dist/release/';
const program = fs.readdirSync(release).find(name => /^speedscope-.*\.js$/.test(name));
let text = fs.readFileSync(release + program, 'utf8');
// The module of the importers is made when it is first used: by `(init(),names)`, where `names` lists them unminified.
const [, init, names] = text.match(/\((\w+)\(\),(\w+)\)\);\w+\.then\(\(\)=>\{\}\)/);
text = text.replace(`var ${names}={};`, `var ${names}={};globalThis.importers=()=>(${init}(),${names});`);
const warnings = [];
const tell = (...what) => warnings.push(what.join(' '));
const page = vm.createContext({
    console: { log() {}, debug() {}, info() {}, warn: tell, error: tell },
    TextDecoder, TextEncoder, URL, WebAssembly, performance, setTimeout, clearTimeout, queueMicrotask,
});
page.window = page.self = page;
try {
    vm.runInContext(text, page);
} catch { // there is no page to draw on, which is after the importers
}

function fail(file, what) {
    throw new Error(`${file}: ${what}`);
}

// The calls of a profile: frame, start and end, sorted.  Calls of no length are not drawn, and not kept by all readers.
function calls(profile) {
    const open = [], all = [];
    profile.forEachCall(
        (node, value) => open.push([node.frame.name, value]),
        (node, value) => {
            const [name, start] = open.pop();
            if (value > start)
                all.push(`${name} ${start} ${value}`);
        });
    return all.sort();
}

function same(file, what, ours, theirs) {
    if (ours.length !== theirs.length)
        fail(file, `${what}: ${ours.length} calls written, ${theirs.length} understood`);
    ours.sort().forEach((call, i) => {
        if (call !== theirs[i])
            fail(file, `${what}: ${JSON.stringify(call)} was written, ${JSON.stringify(theirs[i])} understood`);
    });
}

const readers = {
    speedscope: (file, written, group) => {
        const data = JSON.parse(written);
        data.profiles.forEach((ours, p) => {
            const open = [], all = [];
            for (const { type, frame, at } of ours.events) {
                if (type === 'O')
                    open.push(at);
                else if (at > open.at(-1))
                    all.push(`${data.shared.frames[frame].name} ${open.pop() - ours.startValue} ${at - ours.startValue}`);
                else
                    open.pop();
            }
            if (group.profiles[p].getName() !== ours.name)
                fail(file, `a profile is called ${group.profiles[p].getName()}`);
            same(file, ours.name, all, calls(group.profiles[p]));
        });
        return data.profiles.length;
    },
    chrome: (file, written, group) => {
        const lanes = new Map();
        for (const event of JSON.parse(written).traceEvents)
            if (event.ph === 'X')
                lanes.set(`${event.pid} ${event.tid}`, (lanes.get(`${event.pid} ${event.tid}`) ?? 0) + (event.dur > 0));
        const ours = [...lanes.values()].sort(), theirs = group.profiles.map(x => calls(x).length).sort();
        if (String(ours) !== String(theirs))
            fail(file, `lanes of ${ours} calls were written, of ${theirs} understood`);
        return lanes.size;
    },
    folded: (file, written, group) => {
        const lines = written.split('\n').filter(x => x), [profile] = group.profiles;
        const sum = lines.reduce((n, line) => n + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
        if (profile.getTotalWeight() !== sum)
            fail(file, `${sum} ns were written, ${profile.getTotalWeight()} understood`);
        const frames = new Set(lines.flatMap(line => line.slice(0, line.lastIndexOf(' ')).split(';')));
        profile.forEachFrame(frame => frames.delete(frame.name) || fail(file, `no frame ${JSON.stringify(frame.name)} was written`));
        if (frames.size)
            fail(file, `frames were not understood: ${[...frames].join(', ')}`);
        return 1;
    },
};
const suffix = { speedscope: '.speedscope.json', chrome: '.json', folded: '.collapsedstack.txt' };

for (const file of files) {
    const written = fs.readFileSync(file, 'utf8'), kind = file.slice(file.lastIndexOf('.') + 1);
    const group = await page.importers().importProfileGroupFromText('x' + suffix[kind], written);
    if (warnings.length)
        fail(file, warnings.join('\n'));
    if (!group)
        fail(file, 'nothing was understood');
    const profiles = readers[kind](file, written, group);
    if (group.profiles.length !== profiles)
        fail(file, `${profiles} profiles were written, ${group.profiles.length} understood`);
}
