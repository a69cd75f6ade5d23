// Beside the running server, which clients go on reading through, runs are killed at random moments: every page goes
// on being the last good run's, and is in the audit log. A run that comes to its end is taken up by itself, or at SIGHUP,
// and until then every page is of the run before, whatever became of its files.
// run_beside.mjs PROGRAM KILLS
import { spawn } from "node:child_process";
import { join } from "node:path";
import { appendFileSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { ask, assert, Browser, county, done, run, serve, test, until } from "../api/harness.mjs";

const kills = Number(process.argv[3]);
const readers = 3;
const dir = await county(500, ["dr.hughes", "finance.powell"]);
const server = await serve(dir);
const browser = new Browser(server);
await browser.signIn("dr.hughes");
const person = await browser.find("gwendoline preece 1944");
const { cookie } = browser.session;
let reads = 0;
let goesOn = true;

async function readOn() {
    while (goesOn) {
        const { status, body } = await ask(server, "GET", person, { headers: { cookie } });
        assert.equal(status, 200);
        assert.match(body, /Preece/i);
        reads++;
    }
}

const runEnds = (child) => new Promise((resolve) => child.on("close", (status) => resolve(status)));
const startRun = () => spawn(process.argv[2], ["run", dir], { stdio: "ignore" });
let milliseconds;

test("runs that are killed beside the server take nothing from those who read", async () => {
    const loops = Array.from({ length: readers }, readOn);
    const began = performance.now();
    assert.equal(await runEnds(startRun()), 0);
    milliseconds = performance.now() - began;
    for (let i = 0; i < kills; i++) {
        const child = startRun();
        const ended = runEnds(child);
        const before = reads;
        await new Promise((resolve) => setTimeout(resolve, milliseconds * Math.random()));
        child.kill("SIGKILL");
        await ended;
        await until("readers go on", () => reads > before + readers);
    }
    goesOn = false;
    await Promise.all(loops);
});

const takenUp = () => server.log().split("took up the last run").length - 1;

test("a run that comes to its end is taken up by itself, without a page lost", async () => {
    goesOn = true;
    const loops = Array.from({ length: readers }, readOn);
    appendFileSync(join(dir, "organisations.csv"), "NEW1,A new body,council,,\n");
    const before = takenUp();
    assert.equal(await runEnds(startRun()), 0);
    await until("the run is taken up", () => takenUp() > before);
    const readBefore = reads;
    await until("readers go on", () => reads > readBefore + readers);
    server.process.kill("SIGHUP");
    await until("it is taken up once more", () => takenUp() > before + 1);
    goesOn = false;
    await Promise.all(loops);
});

// A page without what is drawn anew for each answer.
const shown = async (path) => {
    const page = await finance.get(path);
    assert.equal(page.status, 200, path);
    return page.body.replace(/(nonce|value)="[^"]*"/g, "");
};
const finance = new Browser(server);
const paths = ["/costs", "/admin/runs"];

test("pages of figures stay those of the run that the server has, also when its files are gone", async () => {
    await finance.signIn("finance.powell");
    const before = [];
    for (const path of paths) {
        before.push(await shown(path));
    }
    const state = join(dir, ".shire");
    mkdirSync(join(state, "away"));
    for (const name of readdirSync(state).filter((name) => /^(run|warehouse|columns)/.test(name))) {
        renameSync(join(state, name), join(state, "away", name));
    }
    for (const [i, path] of paths.entries()) {
        assert.equal(await shown(path), before[i]);
    }
    assert.equal((await ask(server, "GET", person, { headers: { cookie } })).status, 200);
    reads++;
    const upBefore = takenUp();
    assert.equal(await runEnds(startRun()), 0);
    await until("the run is taken up", () => takenUp() > upBefore);
    assert.equal(await server.stop(), 0);
    await done(["audit", "verify", dir]);
    const entries = JSON.parse(await done(["audit", "log", dir, "--subject", person.split("/").pop(), "--json"]));
    assert.ok(entries.filter((entry) => entry.kind === "read").length >= reads);
});

await run();
