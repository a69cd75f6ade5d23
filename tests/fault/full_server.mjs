// The disk of the real server's store is full: changes are refused with a sentence, what needs no entry in the audit log
// is served on, records are read on, each reading with its entry, and changes are taken again when there is room; nothing
// that was answered is missing. With a store in a file and with PostgreSQL, whose tables then lie on the full disk.
// full_server.mjs PROGRAM [postgres]; in a name space of its own, so that the small disk does not stay mounted.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, assert, atEnd, Browser, county, done, run, serve, test, until } from "../api/harness.mjs";

const [, self, program, kind, place] = process.argv;
const cluster = join(dirname(fileURLToPath(import.meta.url)), "../postgres/cluster.sh");
const isPostgres = kind === "postgres";

function skip(why) {
    console.log(`1..1\nok 1 # SKIP ${why}`);
    process.exit(0);
}

if (place !== "inside") {
    if (spawnSync("unshare", ["--mount", "true"]).status !== 0) {
        skip("no right to mount a small disk");
    }
    if (isPostgres && spawnSync(cluster, ["bin"]).status !== 0 && process.env.CI !== "true") {
        skip("there is no PostgreSQL");
    }
    process.exit(spawnSync("unshare", ["--mount", process.execPath, self, program, kind ?? "file", "inside"], { stdio: "inherit" }).status ?? 1);
}

const scratch = mkdtempSync(join(tmpdir(), "shire-full-"));
const disk = join(scratch, "disk");
const filler = join(disk, "filler");
chmodSync(scratch, 0o755);
mkdirSync(disk);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]);
atEnd(() => (execFileSync("umount", ["-l", disk]), rmSync(scratch, { recursive: true })));

// A database whose tables lie on the small disk.
function startDatabase() {
    const home = join(scratch, "server");
    const url = execFileSync(cluster, ["start", home]).toString().trim();
    atEnd(() => execFileSync(cluster, ["stop", home]));
    const psql = join(execFileSync(cluster, ["bin"]).toString().trim(), "psql");
    const space = join(disk, "space");
    mkdirSync(space);
    execFileSync("chown", [`--reference=${home}`, space]);
    execFileSync(psql, ["-X", "-q", url, "-c", `CREATE TABLESPACE small LOCATION '${space}'`]);
    return `${url}&options=-cdefault_tablespace%3Dsmall`;
}

process.env.SHIRE_STORE = isPostgres ? startDatabase() : join(disk, "store.db");

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

const dir = await county(500, ["dr.hughes", "index.thomas"]);
const server = await serve(dir);
const browser = new Browser(server);
const reviewer = new Browser(server);
let person;
let readings = 0;
let unique = 0;

async function read() {
    assert.equal((await browser.get(person)).status, 200);
    readings++;
}

// How often the database server found no room to keep.
const looksInVain = () => readFileSync(join(scratch, "server/log"), "utf8").split("STATEMENT:  TRUNCATE disk_reserve").length;

async function change() {
    const form = `${person}/new/alert`;
    const page = await browser.get(form);
    return page.status === 200 ? browser.submit(form, { text: `Alert ${++unique};`, why: "Because" }) : page;
}

const decide = (page) => (reviewer.page = page, reviewer.submit("/review", { verdict: "different", why: "Because" }));
const decisions = async () => (JSON.parse(await done(["audit", "log", dir, "--json"]))).filter((entry) => entry.kind === "decision").length;

test("a full disk stops changes with a sentence, and reading goes on", async () => {
    await browser.signIn("dr.hughes");
    await reviewer.signIn("index.thomas");
    person = await browser.find("gwendoline preece 1944");
    const pair = await reviewer.get("/review");
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
    assert.equal((await ask(server, "GET", "/")).status, 200);
    assert.equal((await ask(server, "GET", "/sign-in")).status, 200);
    assert.equal((await ask(server, "GET", "/health")).status, 200);
    const other = new Browser(server);
    for (let i = 0; i < 200; i++) {
        await read();
    }
    if (isPostgres) {
        const looks = looksInVain();
        await until("the server looked for room", async () => (await read(), looksInVain() > looks));
    }
    assert.equal((await other.signIn("dr.hughes")).status, 200);
    assert.match(server.log(), /the disk is full: nothing is changed any more/);
    assert.equal((await change()).status, 503);
    assert.equal((await decide(pair)).status, 503);
    assert.equal(await decisions(), 0);
});

test("when there is room again changes are taken, and nothing that was answered is missing", async () => {
    rmSync(filler);
    await until("changes are taken", async () => (await change()).status === 200);
    const page = await browser.get(person);
    readings++;
    assert.ok(page.body.includes(`Alert ${unique};`));
    assert.equal((await decide(await reviewer.get("/review"))).status, 200);
    assert.equal(await decisions(), 1);
    assert.equal(await server.stop(), 0);
    await done(["audit", "verify", dir]);
    const entries = JSON.parse(await done(["audit", "log", dir, "--subject", person.split("/").pop(), "--json"]));
    assert.ok(entries.filter((entry) => entry.kind === "read" && entry.actor === "dr.hughes").length >= readings);
    assert.match(server.log(), /the disk has room again/);
    const backup = join(scratch, "backup"); // the room that is kept again is no part of it
    await done(["backup", dir, backup]);
    assert.ok(statSync(backup).size < 8 << 20);
    await done(["restore", backup, dir, "--force"]);
    await done(["audit", "verify", dir]);
});

await run();
