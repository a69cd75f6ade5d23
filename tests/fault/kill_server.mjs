// The real server is killed (kill -9) at a random moment while clients read records, search and
// change plans over HTTP: after so many answers, and a little later; then it is started again. Nothing that was answered may be missing: each
// record shown and each search has its entry in the audit log, each plan its version, and the log
// must hold. kill_server.mjs PROGRAM; SHIRE_KILL_TRIALS says how often (5). With SHIRE_TEST_STORE=postgres
// the store is a schema of its own in SHIRE_TEST_POSTGRES.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, assert, atEnd, Browser, county, done, run, serve, shire, test, until } from "../api/harness.mjs";

const trials = Number(process.env.SHIRE_KILL_TRIALS ?? 5);
const readers = 6;
const searchers = 2;
const writers = 4;
const trialsAPlan = 25; // then a new one, so that the page of its versions stays short
const answersMost = 60;
const millisecondsMost = 40;

function ownSchema() {
    const cluster = join(dirname(fileURLToPath(import.meta.url)), "../postgres/cluster.sh");
    const psql = join(execFileSync(cluster, ["bin"]).toString().trim(), "psql");
    const url = process.env.SHIRE_TEST_POSTGRES;
    const schema = `kill_server_${process.pid}`;
    execFileSync(psql, ["-X", "-q", url, "-c", `CREATE SCHEMA ${schema}`]);
    atEnd(() => execFileSync(psql, ["-X", "-q", url, "-c", `SET client_min_messages = warning; DROP SCHEMA ${schema} CASCADE`]));
    process.env.SHIRE_STORE = `${url}&options=-csearch_path%3D${schema}`;
}

if (process.env.SHIRE_TEST_STORE === "postgres") {
    ownSchema();
}
const dir = await county(500, ["dr.hughes"]);
let server;
let cookie; // of a session, which outlives the server
let csrf;
let people;
let plans; // { edit, versions, newest }: newest is what was last told as done
let checkedEntries = 0;
const totals = { reads: 0, searches: 0, changes: 0 };

const get = (path) => ask(server, "GET", path, { headers: { cookie } });
const post = (path, fields) => ask(server, "POST", path, { headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrf, ...fields }).toString() });

async function signIn() {
    const browser = new Browser(server);
    await browser.signIn("dr.hughes");
    cookie = browser.session.cookie;
    csrf = /name="csrf" value="([^"]+)"/.exec((await get("/people")).body)[1];
}

async function findPeople() {
    const found = new Set();
    for (const line of ["smith", "jones", "davies", "powell", "preece", "price", "williams", "morgan"]) {
        for (const [, id] of (await post("/people", { line })).body.matchAll(/href="\/people\/([0-9A-Za-z-]+)"/g)) {
            found.add(id);
        }
    }
    people = [];
    for (const id of found) {
        if ((await get(`/people/${id}`)).status === 200) {
            people.push(id);
        }
    }
    assert.ok(people.length >= writers, `only ${people.length} people found`);
}

async function makePlans() {
    plans = [];
    for (const person of people) {
        const edits = async () => [...(await get(`/people/${person}`)).body.matchAll(/href="(\/people\/[^"]+)\/edit"/g)].map(([, path]) => path);
        const before = await edits();
        if (plans.length < writers && (await post(`/people/${person}/new/plan`, { title: "A plan", why: "To begin" })).status === 303) {
            const item = (await edits()).find((path) => !before.includes(path));
            plans.push({ item, told: [] });
        }
    }
    assert.equal(plans.length, writers);
}

// Every loop ends when the server is gone; what was answered to the end counts.
async function untilGone(step) {
    try {
        for (;;) {
            await step();
        }
    } catch (error) {
        if (error.code === "ERR_ASSERTION") {
            throw error;
        }
    }
}

let unique = 0;

async function change(plan, trial) {
    const form = await get(`${plan.item}/edit`);
    assert.equal(form.status, 200);
    const version = /name="version" value="(\d+)"/.exec(form.body)[1];
    const why = `trial ${trial} change ${++unique};`;
    const answer = await post(`${plan.item}/edit`, { version, title: "A plan", why });
    assert.equal(answer.status, 303);
    plan.told.push(why);
    totals.changes++;
}

async function load(trial, told) {
    const loops = [];
    for (let i = 0; i < readers; i++) {
        let at = i;
        loops.push(untilGone(async () => {
            const person = people[(at += readers) % people.length];
            assert.equal((await get(`/people/${person}`)).status, 200);
            told.reads.set(person, (told.reads.get(person) ?? 0) + 1);
            totals.reads++;
        }));
    }
    for (let i = 0; i < searchers; i++) {
        loops.push(untilGone(async () => {
            assert.equal((await post("/people", { line: "williams" })).status, 200);
            told.searches++;
            totals.searches++;
        }));
    }
    for (const plan of plans) {
        loops.push(untilGone(() => change(plan, trial)));
    }
    await Promise.all(loops);
}

// What the audit log has since it was looked at last.
async function checkEntries(told) {
    const entries = JSON.parse(await done(["audit", "log", dir, "--from", String(checkedEntries), "--json"]));
    checkedEntries += entries.length;
    const count = (kind, subject) => entries.filter((entry) => entry.kind === kind && entry.actor === "dr.hughes" && (subject === undefined || entry.subject === subject)).length;
    for (const [person, reads] of told.reads) {
        assert.ok(count("read", person) >= reads, `${reads} readings were shown, ${count("read", person)} are in the log`);
    }
    assert.ok(count("search") >= told.searches, `${told.searches} searches were answered, ${count("search")} are in the log`);
    const verdict = await shire(["audit", "verify", dir]);
    assert.equal(verdict.status, 0, verdict.stdout + verdict.stderr);
}

async function checkPlans() {
    for (const plan of plans) {
        const page = await get(plan.item);
        assert.equal(page.status, 200);
        for (const why of plan.told) {
            assert.ok(page.body.includes(why), `a change that was told as done is missing: ${why}`);
        }
    }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const answers = () => totals.reads + totals.searches + totals.changes;

test("nothing that the server answered is lost when it is killed", async () => {
    server = await serve(dir);
    await signIn();
    await findPeople();
    for (let trial = 0; trial < trials; trial++) {
        if (trial % trialsAPlan === 0) {
            await makePlans();
        }
        const told = { reads: new Map(), searches: 0 };
        const before = answers();
        const wanted = Math.random() * answersMost;
        const loaded = load(trial, told);
        await until("answers", () => answers() - before >= wanted && (trial > 0 || Object.values(totals).every((count) => count > 0)));
        await sleep(Math.random() * millisecondsMost);
        server.process.kill("SIGKILL");
        await Promise.all([server.ended, loaded]);
        await checkEntries(told);
        server = await serve(dir);
        await checkPlans();
    }
    assert.equal(await server.stop(), 0);
    assert.ok(totals.reads > 0 && totals.changes > 0 && totals.searches > 0);
    console.log(`# ${trials} kills; told as done, and none lost: ${totals.reads} readings, ${totals.searches} searches, ${totals.changes} changes`);
});

await run(86400);
