// The database server behind the store is killed while clients read and change plans: until it is there again they are
// told so, then everything goes on by itself, and nothing that was answered is missing. kill_database.mjs PROGRAM
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, assert, atEnd, Browser, county, done, run, serve, test, until } from "../api/harness.mjs";

const script = join(dirname(fileURLToPath(import.meta.url)), "../postgres/cluster.sh");
if (spawnSync(script, ["bin"]).status !== 0) {
    console.log(process.env.CI === "true" ? "Bail out! there is no PostgreSQL" : "1..1\nok 1 # SKIP there is no PostgreSQL");
    process.exit(process.env.CI === "true" ? 1 : 0);
}
const kills = 3;
const place = mkdtempSync(join(tmpdir(), "shire-database-"));
chmodSync(place, 0o755);
const cluster = (...verb) => execFileSync(script, verb).toString().trim();
const psql = join(cluster("bin"), "psql");
const home = join(place, "cluster");
atEnd(() => (cluster("stop", home), rmSync(place, { recursive: true })));
process.env.SHIRE_STORE = cluster("start", home);

const dir = await county(500, ["dr.hughes"]);
const server = await serve(dir);
const browser = new Browser(server);
await browser.signIn("dr.hughes");
const person = await browser.find("gwendoline preece 1944");
const { cookie } = browser.session;
const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get("/people")).body)[1];
const post = (path, fields) => ask(server, "POST", path, { headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrf, ...fields }).toString() });
const told = [];
const totals = { reads: 0, refused: 0 };
let goesOn = true;

function note(status, wanted) {
    assert.ok([wanted, 503].includes(status), `answered ${status}`);
    totals.refused += status === 503;
    return status === wanted;
}

async function readOn() {
    while (goesOn) {
        totals.reads += note((await ask(server, "GET", person, { headers: { cookie } })).status, 200);
    }
}

async function changeOn() {
    for (let i = 0; goesOn; i++) {
        const text = `Alert ${i};`;
        if (note((await post(`${person}/new/alert`, { text, why: "Because" })).status, 303)) {
            told.push(text);
        }
    }
}

test("a database that is killed and comes again loses nothing that was answered, and is not asked for in vain", async () => {
    const loops = [readOn(), readOn(), changeOn()];
    for (let i = 0; i < kills; i++) {
        const [reads, changes] = [totals.reads, told.length];
        await until("reading and changing go on", () => totals.reads > reads && told.length > changes);
        cluster("kill", home);
        const refused = totals.refused;
        await until("who asks is told", () => totals.refused > refused + 3);
        assert.equal((await ask(server, "GET", "/about")).status, 200);
        cluster("start", home);
    }
    const [reads, changes] = [totals.reads, told.length];
    await until("reading and changing go on", () => totals.reads > reads && told.length > changes);
    goesOn = false;
    await Promise.all(loops);
    await until("room for the log is kept again", () => Number(execFileSync(psql, ["-X", "-t", "-A", process.env.SHIRE_STORE, "-c",
        "SELECT coalesce(pg_relation_size(to_regclass('disk_reserve')), 0)"])) > 0);
    const { body } = await ask(server, "GET", person, { headers: { cookie } });
    for (const text of told) {
        assert.ok(body.includes(text), `a change that was told as done is missing: ${text}`);
    }
    assert.equal(await server.stop(), 0);
    await done(["audit", "verify", dir]);
    const entries = JSON.parse(await done(["audit", "log", dir, "--subject", person.split("/").pop(), "--json"]));
    assert.ok(entries.filter((entry) => entry.kind === "read").length >= totals.reads);
    console.log(`# ${kills} kills; ${totals.reads} readings and ${told.length} changes told as done, none lost; ${totals.refused} refused meanwhile`);
});

await run();
