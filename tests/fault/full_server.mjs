// The disk of the real server's store is full: changes are refused with a sentence, records are read
// on, each reading with its entry in the audit log, and changes are taken again when there is room.
// full_server.mjs PROGRAM; in a name space of its own, so that the small disk does not stay mounted.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, assert, atEnd, Browser, county, done, run, serve, test, until } from "../api/harness.mjs";

if (process.argv[3] !== "--inside") {
    if (spawnSync("unshare", ["--mount", "true"]).status !== 0) {
        console.log("1..1\nok 1 # SKIP no right to mount a small disk");
        process.exit(0);
    }
    process.exit(spawnSync("unshare", ["--mount", process.execPath, fileURLToPath(import.meta.url), process.argv[2], "--inside"], { stdio: "inherit" }).status ?? 1);
}

const scratch = mkdtempSync(join(tmpdir(), "shire-full-"));
const disk = join(scratch, "disk");
const filler = join(disk, "filler");
mkdirSync(disk);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]);
atEnd(() => (execFileSync("umount", ["-l", disk]), rmSync(scratch, { recursive: true })));
process.env.SHIRE_STORE = join(disk, "store.db");

function fillTheDisk() {
    const file = openSync(filler, "w");
    for (const size of [65536, 4096]) {
        try {
            for (;;) {
                writeSync(file, Buffer.alloc(size));
            }
        } catch (error) {
            assert.equal(error.code, "ENOSPC");
        }
    }
    closeSync(file);
}

const dir = await county(500, ["dr.hughes"]);
const server = await serve(dir);
const browser = new Browser(server);
let person;
let readings = 0;
let unique = 0;

async function read() {
    assert.equal((await browser.get(person)).status, 200);
    readings++;
}

async function change() {
    const form = `${person}/new/alert`;
    assert.equal((await browser.get(form)).status, 200);
    return browser.submit(form, { text: `Alert ${++unique};`, why: "Because" });
}

test("a full disk stops changes with a sentence, and reading goes on", async () => {
    await browser.signIn("dr.hughes");
    person = await browser.find("gwendoline preece 1944");
    assert.equal((await change()).status, 200);
    fillTheDisk();
    let page;
    await until("the disk is full", async () => {
        await read();
        page = await change();
        assert.ok([200, 503].includes(page.status), `${page.status}`);
        return page.status === 503;
    });
    assert.match(page.body, /disk of this service is full: nothing can be changed/);
    for (let i = 0; i < 200; i++) {
        await read();
    }
    assert.equal((await change()).status, 503);
    assert.equal((await ask(server, "GET", "/")).status, 200);
    const other = new Browser(server);
    assert.equal((await other.signIn("dr.hughes")).status, 200);
    assert.match(server.log(), /the disk is full: nothing is changed any more/);
});

test("when there is room again changes are taken, and nothing that was answered is missing", async () => {
    rmSync(filler);
    await until("changes are taken", async () => (await change()).status === 200);
    const page = await browser.get(person);
    readings++;
    assert.ok(page.body.includes(`Alert ${unique};`));
    assert.equal(await server.stop(), 0);
    await done(["audit", "verify", dir]);
    const entries = JSON.parse(await done(["audit", "log", dir, "--subject", person.split("/").pop(), "--json"]));
    assert.ok(entries.filter((entry) => entry.kind === "read" && entry.actor === "dr.hughes").length >= readings);
    assert.match(server.log(), /the disk has room again/);
});

await run();
